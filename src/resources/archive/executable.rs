//! Executables for Linux: for which processor, and what they need of the system that runs them.
use object::Endianness;
use object::elf::{EM_AARCH64, EM_X86_64, ET_DYN, ET_EXEC, FileHeader64, PT_LOAD, SHT_SYMTAB};
use object::read::elf::{FileHeader as _, ProgramHeader as _, SectionHeader as _};

use crate::schema::{Attribute, Kind, Mismatch};
use crate::value::Value;

/// The processors that Lambda has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    /// Graviton.
    Arm64,
    /// Intel's and AMD's.
    X86_64,
}

impl Architecture {
    /// Its name in Lambda.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::X86_64 => "x86_64",
        }
    }
}

impl Attribute for Architecture {
    const KIND: Kind = Kind::Text;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        match String::decode(value)?.as_str() {
            "arm64" => Ok(Self::Arm64),
            "x86_64" => Ok(Self::X86_64),
            other => Err(Mismatch::Invalid(format!("{other:?} is not \"arm64\" or \"x86_64\""))),
        }
    }
    fn encode(&self) -> Value {
        Value::text(self.as_str())
    }
}

/// A version of the GNU C library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Glibc(pub(super) u32, pub(super) u32);

impl std::fmt::Display for Glibc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(major, minor) = self;
        write!(f, "{major}.{minor}")
    }
}

/// What an executable says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Executable {
    /// The processor it is for.
    pub(super) architecture: Architecture,
    /// The oldest C library that it runs with; none if it brings its own.
    pub(super) glibc: Option<Glibc>,
    /// How many of its bytes are loaded, if what follows is only for debuggers.
    loaded: Option<usize>,
}

/// Where the header says what is in the sections: `e_shoff`, `e_shnum` with `e_shstrndx`.
const SECTION_OFFSET: std::ops::Range<usize> = 0x28..0x30;
const SECTION_COUNT: std::ops::Range<usize> = 0x3c..0x40;

impl Executable {
    /// Reads one. An error says what the file is instead.
    pub(super) fn read(data: &[u8]) -> Result<Self, String> {
        if !data.starts_with(b"\x7fELF") {
            return Err(foreign(data));
        }
        let broken = |error: object::Error| format!("is a damaged executable: {error}");
        let header = FileHeader64::<Endianness>::parse(data)
            .map_err(|_| "is an executable for a 32-bit system".to_owned())?;
        let endian = header.endian().map_err(broken)?;
        let architecture = match header.e_machine(endian) {
            EM_X86_64 => Architecture::X86_64,
            EM_AARCH64 => Architecture::Arm64,
            _ => return Err("is an executable for a processor that Lambda does not have".into()),
        };
        if ![ET_EXEC, ET_DYN].contains(&header.e_type(endian)) {
            return Err("is part of a program, no executable".to_owned());
        }
        let sections = header.sections(endian, data).map_err(broken)?;
        let mut glibc = None;
        if let Some((mut needed, strings)) = sections.gnu_verneed(endian, data).map_err(broken)? {
            let strings = sections.strings(endian, data, strings).map_err(broken)?;
            while let Some((_, mut versions)) = needed.next().map_err(broken)? {
                while let Some(version) = versions.next().map_err(broken)? {
                    let name = version.name(endian, strings).map_err(broken)?;
                    glibc = glibc.max(version_of(name));
                }
            }
        } else if sections.is_empty() {
            return Err("does not say which libraries it needs: its section table was removed. \
                        Take it as the compiler or `strip` left it"
                .to_owned());
        }
        let for_debuggers = |name: &[u8]| name.starts_with(b".debug") || name == b".symtab";
        let names = |section| sections.section_name(endian, section).unwrap_or_default();
        let loaded = if sections
            .iter()
            .any(|section| section.sh_type(endian) == SHT_SYMTAB || for_debuggers(names(section)))
        {
            let segments = header.program_headers(endian, data).map_err(broken)?;
            let ends = segments.iter().filter(|segment| segment.p_type(endian) == PT_LOAD);
            let end = ends.map(|s| s.p_offset(endian).saturating_add(s.p_filesz(endian))).max();
            end.and_then(|end| usize::try_from(end).ok())
                .filter(|end| (SECTION_COUNT.end..data.len()).contains(end))
        } else {
            None
        };
        Ok(Self { architecture, glibc, loaded })
    }

    /// The executable without symbols and debug information, which Lambda has no use for; as it is
    /// if it has none. What is loaded stands before them in the file and stays as it is.
    pub(super) fn stripped(&self, mut data: Vec<u8>) -> Vec<u8> {
        if let Some(loaded) = self.loaded {
            data.truncate(loaded);
            data[SECTION_OFFSET].fill(0);
            data[SECTION_COUNT].fill(0);
        }
        data
    }
}

/// `GLIBC_2.34`; other libraries' versions are no concern of ours.
fn version_of(name: &[u8]) -> Option<Glibc> {
    let version = std::str::from_utf8(name).ok()?.strip_prefix("GLIBC_")?;
    let mut numbers = version.split('.').map(|number| number.parse().ok());
    Some(Glibc(numbers.next()??, numbers.next()??))
}

fn foreign(data: &[u8]) -> String {
    let what = match data {
        [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] | [0xca, 0xfe, 0xba, 0xbe, ..] => {
            "an executable for macOS"
        }
        [b'M', b'Z', ..] => "an executable for Windows",
        [b'P', b'K', 3, 4, ..] => "a ZIP file; name the executable that is in it",
        [b'#', b'!', ..] => "a script",
        _ => "no executable",
    };
    format!("is {what}")
}

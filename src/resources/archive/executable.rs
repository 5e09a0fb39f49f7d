//! Executables for Linux: for which processor, and what they need of the system that runs them.
use object::Endianness;
use object::elf::{
    DT_STRTAB, DT_VERNEED, Dyn64, EM_AARCH64, EM_X86_64, ET_DYN, ET_EXEC, FileHeader64, PF_W, PF_X,
    PT_LOAD, ProgramHeader64, SHT_SYMTAB, Vernaux, Verneed,
};
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
    /// Its version, if it is drctl.
    pub(super) drctl: Option<String>,
    /// How many of its bytes are loaded, if what follows is only for debuggers.
    loaded: Option<usize>,
}

/// What every drctl has among its constants, so that one is known without running it.
#[used]
static MARK: &str = concat!("this executable is drctl/", env!("CARGO_PKG_VERSION"), ";");

/// How long what stands before the version is.
const MARK_LENGTH: usize = "this executable is drctl/".len();

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
        let segments = header.program_headers(endian, data).map_err(broken)?;
        let image = Image { segments, endian, data };
        let glibc = image.glibc().map_err(broken)?;
        let drctl = image.constants().find_map(version_in);
        let sections = header.sections(endian, data).map_err(broken)?;
        let for_debuggers = |name: &[u8]| name.starts_with(b".debug") || name == b".symtab";
        let names = |section| sections.section_name(endian, section).unwrap_or_default();
        let loaded = if sections
            .iter()
            .any(|section| section.sh_type(endian) == SHT_SYMTAB || for_debuggers(names(section)))
        {
            image.end().filter(|end| (SECTION_COUNT.end..data.len()).contains(end))
        } else {
            None
        };
        Ok(Self { architecture, glibc, drctl, loaded })
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

/// What is loaded of an executable. All that is to be known is there, also when its sections are no
/// longer told apart: packages carry it so.
struct Image<'a> {
    segments: &'a [ProgramHeader64<Endianness>],
    endian: Endianness,
    data: &'a [u8],
}

impl<'a> Image<'a> {
    fn loaded(&self) -> impl Iterator<Item = &'a ProgramHeader64<Endianness>> {
        let endian = self.endian;
        self.segments.iter().filter(move |segment| segment.p_type(endian) == PT_LOAD)
    }

    /// Where it ends in the file.
    fn end(&self) -> Option<usize> {
        let end = |segment: &ProgramHeader64<_>| {
            segment.p_offset(self.endian).saturating_add(segment.p_filesz(self.endian))
        };
        self.loaded().map(end).max().and_then(|end| usize::try_from(end).ok())
    }

    /// What can neither be run nor written.
    fn constants(&self) -> impl Iterator<Item = &'a [u8]> {
        let (endian, data) = (self.endian, self.data);
        let constant = self.loaded().filter(move |one| one.p_flags(endian) & (PF_X | PF_W) == 0);
        constant.filter_map(move |segment| segment.data(endian, data).ok())
    }

    /// What is at that address, to the end of its segment.
    fn at(&self, address: u64) -> Option<&'a [u8]> {
        self.loaded().find_map(|segment| {
            let offset = address.checked_sub(segment.p_vaddr(self.endian))?;
            segment.data(self.endian, self.data).ok()?.get(usize::try_from(offset).ok()?..)
        })
    }

    /// The newest version of the C library that it asks for.
    fn glibc(&self) -> object::Result<Option<Glibc>> {
        let dynamic =
            |segment: &'a ProgramHeader64<_>| segment.dynamic(self.endian, self.data).transpose();
        let Some(entries) = self.segments.iter().find_map(dynamic).transpose()? else {
            return Ok(None);
        };
        let value = |tag: i64| {
            let named = |entry: &&Dyn64<Endianness>| entry.d_tag.get(self.endian) == tag;
            entries.iter().find(named).map(|entry| entry.d_val.get(self.endian))
        };
        let table = |tag| value(tag).and_then(|address| self.at(address));
        let (Some(mut needed), Some(strings)) = (table(DT_VERNEED), table(DT_STRTAB)) else {
            return Ok(None);
        };
        let next = |table: &'a [u8], offset: u32| {
            let rest = table.get(usize::try_from(offset).unwrap_or(usize::MAX)..);
            rest.filter(|_| offset > 0).unwrap_or_default()
        };
        let mut glibc = None;
        while let Ok((library, _)) = object::pod::from_bytes::<Verneed<Endianness>>(needed) {
            let mut versions = next(needed, library.vn_aux.get(self.endian));
            while let Ok((version, _)) = object::pod::from_bytes::<Vernaux<Endianness>>(versions) {
                let name = usize::try_from(version.vna_name.get(self.endian)).ok();
                let name = name.and_then(|at| strings.get(at..)?.split(|byte| *byte == 0).next());
                glibc = glibc.max(name.and_then(version_of));
                versions = next(versions, version.vna_next.get(self.endian));
            }
            needed = next(needed, library.vn_next.get(self.endian));
        }
        Ok(glibc)
    }
}

/// `GLIBC_2.34`; other libraries' versions are no concern of ours.
fn version_of(name: &[u8]) -> Option<Glibc> {
    let version = std::str::from_utf8(name).ok()?.strip_prefix("GLIBC_")?;
    let mut numbers = version.split('.').map(|number| number.parse().ok());
    Some(Glibc(numbers.next()??, numbers.next()??))
}

/// The version that a mark among these constants names.
fn version_in(constants: &[u8]) -> Option<String> {
    let mark = &MARK.as_bytes()[..MARK_LENGTH];
    let at = memchr::memmem::find(constants, mark)?;
    let version = constants[at + mark.len()..].split(|byte| *byte == b';').next()?;
    std::str::from_utf8(version).ok().filter(|text| text.len() < 32).map(str::to_owned)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn this() -> Vec<u8> {
        std::fs::read(std::env::current_exe().unwrap()).unwrap()
    }

    /// Which symbols of the C library are needed is a matter of the compiler, of the crates and of
    /// the system that links: they are the same for this test and for what is released.
    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_built_here_runs_in_lambda() {
        let executable = Executable::read(&this()).unwrap();
        assert_eq!(
            executable.architecture.as_str(),
            std::env::consts::ARCH.replace("aarch64", "arm64")
        );
        let needed = executable.glibc.expect("it is linked with the C library");
        assert!(needed <= Glibc(2, 34), "glibc {needed} is needed, provided.al2023 has 2.34");
        assert_eq!(executable.drctl.as_deref(), Some(env!("CARGO_PKG_VERSION")));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_only_for_debuggers_is_left_out_and_it_still_runs() {
        use std::os::unix::fs::PermissionsExt;
        let whole = this();
        let read = Executable::read(&whole).unwrap();
        let stripped = read.stripped(whole.clone());
        assert!(stripped.len() < whole.len());
        // What is packed can be packed again: a function may have to compare its own package.
        let again = Executable::read(&stripped).unwrap();
        assert_eq!(again, Executable { loaded: None, ..read });
        assert!(again.stripped(stripped.clone()) == stripped);
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("stripped");
        std::fs::write(&path, stripped).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        let ran = std::process::Command::new(path).arg("--list").output().unwrap();
        assert!(ran.status.success(), "{ran:?}");
        assert!(String::from_utf8_lossy(&ran.stdout).contains("it_still_runs: test"));
    }

    #[test]
    fn what_is_no_executable_is_named() {
        let check = |data: &[u8], expected: &str| {
            let error = Executable::read(data).unwrap_err();
            assert!(error.contains(expected), "{error}");
        };
        check(b"", "no executable");
        check(b"#!/bin/sh", "a script");
        check(b"MZ..", "for Windows");
        check(&[0xcf, 0xfa, 0xed, 0xfe, 0, 0], "for macOS");
        check(b"PK\x03\x04...", "a ZIP file");
        check(b"\x7fELF", "32-bit");
        let whole = this();
        if whole.starts_with(b"\x7fELF") {
            check(&whole[..whole.len() / 2], "damaged");
            let mut other = whole;
            other[18] = 8;
            check(&other, "processor");
        }
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(version_of(b"GLIBC_2.34"), Some(Glibc(2, 34)));
        assert_eq!(version_of(b"GLIBC_2.2.5"), Some(Glibc(2, 2)));
        assert_eq!(version_of(b"GCC_3.0"), None);
        assert_eq!(version_of(b"GLIBC_PRIVATE"), None);
        assert!(Glibc(2, 4) < Glibc(2, 34));
    }
}

//! `data "drctl_package"`: this program as the code of a function, with its configuration.
use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::attributes;
use crate::function::drift::CARRIED;
use crate::function::{Configuration, Copier, Drift, FILE, Responder};
use crate::resources::archive::configuration;
use crate::resources::archive::excludes::Excludes;
use crate::resources::archive::executable::{Architecture, Executable, Glibc};
use crate::resources::archive::file::{Source, texts};
use crate::resources::archive::files::{self, Entry, Walk};
use crate::resources::archive::zip;
use crate::resources::{Error, LocalSource, Machine, Result};
use crate::schema::Unordered;

attributes! {
    /// Packs drctl itself as the code of a function, together with what its handlers are told.
    ///
    /// Functions that act on a failover, carry backups on, or look for drift are this program: in
    /// Lambda it serves the handler that `handler` of the function names. Their configuration is in
    /// the package, so that on the day of a disaster they need no other service to know what to do.
    ///
    /// Give it a block for each handler: `responder`, `copier`, `drift`. Functions of several handlers may
    /// share one package.
    ///
    /// The same program and configuration make the same bytes, so a function is only deployed
    /// again when one of them is another.
    pub struct DrctlPackage {
        /// Where the package is written.
        output_path: String,
        /// Processor of the function: `arm64` or `x86_64`; as in `architectures` of the function.
        architecture: Architecture,
        /// Path of the executable to pack: drctl for Linux and `architecture`. When absent it is the
        /// one that `-lambda-package` or `DRCTL_LAMBDA_PACKAGE` names, or else the running one.
        executable: Option<String>,
        /// Texts to carry along, each as a file.
        source: Unordered<Source>,
        /// A directory whose files are carried along.
        source_dir: Option<String>,
        /// Files and directories below `source_dir` to leave out; `*`, `?`, `[a-z]`, `{a,b}` and
        /// `**` are understood.
        excludes: BTreeSet<String>,
        /// For the handler `copier`, which carries copies of recovery points on to other vaults.
        copier: Option<Copier>,
        /// For the handler `drift`, which looks whether AWS still has what a configuration declares.
        drift: Option<Drift>,
        /// For the handler `responder`, which acts on switchovers and failovers.
        responder: Option<Responder>,
    }
}

attributes! {
    /// The package.
    pub struct Told {
        /// Where it is, as `filename` of a function wants it.
        path: String,
        /// Its SHA-256 in base 64, as `source_code_hash` of a function wants it.
        source_code_hash: String,
        /// Its length in bytes; Lambda takes 50 MB.
        size: i64,
        /// Length in bytes of what is in it; Lambda takes 250 MB.
        unpacked_size: i64,
        /// The oldest version of the GNU C library that the executable runs with. Amazon Linux 2023
        /// has 2.34. Null for an executable that needs none.
        glibc_version: Option<String>,
        /// What the role of the copier's function needs, as a policy of IAM. Not in it are its own
        /// log, and the key of KMS that an encrypted topic needs. Null without a `copier` block.
        copier_policy: Option<String>,
        /// What the role of the drift function needs, as a policy of IAM: to read, and to tell whom
        /// `notify` names. Not in it are its own log, roles that providers assume, and keys of KMS
        /// that encrypted topics need. Null without a `drift` block.
        drift_policy: Option<String>,
        /// What the role of the responder's functions needs, as a policy of IAM for the Regions of
        /// all members. Not in it are its own log, and the keys of KMS that encrypted topics,
        /// parameters and secrets need. Null without a `responder` block.
        responder_policy: Option<String>,
    }
}

/// The name of the type.
pub const TYPE: &str = DrctlPackage::TYPE;

/// The configuration that a package carries, as text; or that a file is, which is no package.
///
/// # Errors
/// When it cannot be read, or carries none.
pub fn configuration_of(path: &Path) -> Result<String> {
    let failed = |error: &dyn std::fmt::Display| files::cannot("read", path, error);
    let content = fs::read(path).map_err(|error| failed(&error))?;
    if let Ok(text) = String::from_utf8(content.clone())
        && !content.starts_with(ARCHIVE)
    {
        return Ok(text);
    }
    zip::text_of(&content, FILE).map_err(|error| failed(&error))
}

/// Whether the file is a package, and not only the configuration of one.
pub fn is_package(path: &Path) -> bool {
    let mut start = [0; 2];
    let read = fs::File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && start == *ARCHIVE
}

/// How an archive begins.
const ARCHIVE: &[u8; 2] = b"PK";

/// Writes the files that a package carries for its handlers below that directory.
///
/// # Errors
/// When they cannot be read or written.
pub fn unpack(package: &Path, to: &Path) -> Result<()> {
    let failed = |error: &dyn std::fmt::Display| files::cannot("unpack", package, error);
    let content = fs::read(package).map_err(|error| failed(&error))?;
    zip::unpack(&content, CARRIED, to).map_err(|error| failed(&error))
}

/// What `provided.al2023` has.
const AMAZON_LINUX_2023: Glibc = Glibc(2, 34);
/// Lambda's limits.
const PACKED_LIMIT: usize = 50 * 1024 * 1024;
const UNPACKED_LIMIT: usize = 250 * 1024 * 1024;
/// What Lambda runs.
const BOOTSTRAP: &str = "bootstrap";

impl LocalSource for DrctlPackage {
    type Outputs = Told;
    const TYPE: &'static str = "drctl_package";
    const ID: &'static str = "source_code_hash";

    fn compute(machine: &Machine, want: &Self) -> Result<Told> {
        let output = machine.base.join(&want.output_path);
        let (program, glibc) = program(machine, want)?;
        let (drift, watched) = match &want.drift {
            None => (None, Vec::new()),
            Some(drift) => {
                sound(&drift.problems(), "drift: ")?;
                let (told, entries) = configuration::carried(&machine.base, &output, drift)?;
                (Some(told), entries)
            }
        };
        let mut entries = vec![program, told(want, drift)?];
        entries.extend(carried(&machine.base, &output, want)?);
        entries.extend(watched);
        let archive = archive(&output, &entries)?;
        let unpacked = entries.iter().map(|entry| entry.content.len()).sum();
        within_limits(&entries, archive.len(), unpacked)?;
        Ok(Told {
            path: want.output_path.clone(),
            source_code_hash: STANDARD.encode(Sha256::digest(&archive)),
            size: i64::try_from(archive.len()).unwrap_or(i64::MAX),
            unpacked_size: i64::try_from(unpacked).unwrap_or(i64::MAX),
            glibc_version: glibc.map(|version| version.to_string()),
            copier_policy: want.copier.as_ref().map(|told| told.policy().to_string()),
            drift_policy: want.drift.as_ref().map(|told| told.policy().to_string()),
            responder_policy: want.responder.as_ref().map(|told| told.policy_of_all().to_string()),
        })
    }
}

/// What is in the package beside the program, in the order of names.
fn carried(base: &Path, output: &Path, want: &DrctlPackage) -> Result<Vec<Entry>> {
    let DrctlPackage { source, source_dir, excludes, .. } = want;
    let mut entries = texts(&source.0)?;
    match source_dir {
        Some(directory) => {
            let excludes = &Excludes::new(excludes)?;
            let walk = Walk { excludes, links_to_directories: true, output };
            entries.extend(files::directory(&base.join(directory), &walk)?);
        }
        None if !excludes.is_empty() => {
            return Err(Error::Refused("`excludes` needs `source_dir`".to_owned()));
        }
        None => {}
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    let is_ours = |entry: &&Entry| {
        [BOOTSTRAP, FILE, CARRIED].contains(&entry.name.split('/').next().unwrap_or_default())
    };
    if let Some(own) = entries.iter().find(is_ours) {
        let why = format!("{:?} is the name of a file that drctl_package makes itself", own.name);
        return Err(Error::Refused(why));
    }
    if let Some(twice) = entries.windows(2).find(|pair| pair[0].name == pair[1].name) {
        return Err(Error::Refused(format!("two files would be {:?}", twice[0].name)));
    }
    Ok(entries)
}

fn sound(problems: &[String], of: &str) -> Result<()> {
    let problems: Vec<String> = problems.iter().map(|problem| format!("{of}{problem}")).collect();
    if problems.is_empty() { Ok(()) } else { Err(Error::Refused(problems.join("; "))) }
}

/// What handlers are told; `drift` as it is in the package.
fn told(want: &DrctlPackage, drift: Option<Drift>) -> Result<Entry> {
    let DrctlPackage { copier, responder, .. } = want;
    let configuration =
        Configuration { copier: copier.clone(), drift, responder: responder.clone() };
    sound(&configuration.problems(), "")?;
    if configuration.is_empty() {
        return Err(Error::Refused(
            "there is no block for a handler: say what the function is for with a `responder`, a \
             `copier` or a `drift` block"
                .to_owned(),
        ));
    }
    Ok(files::text(FILE, &configuration.to_json()))
}

/// The executable: the one that is named, or the running one.
fn program(machine: &Machine, want: &DrctlPackage) -> Result<(Entry, Option<Glibc>)> {
    let architecture = want.architecture;
    if let Some(path) = &want.executable {
        return suitable(&machine.base.join(path), architecture)
            .map_err(|why| Error::Refused(format!("`executable`: {why}")));
    }
    if machine.executables.is_empty() {
        return match std::env::current_exe() {
            Ok(path) => suitable(&path, architecture),
            Err(error) => Err(format!("this program cannot be found: {error}")),
        }
        .map_err(|why| Error::Refused(format!("{why}.\n{}", how_to_get(architecture))));
    }
    let tried = machine.executables.iter().map(|path| suitable(path, architecture));
    let mut wrong = Vec::new();
    for result in tried {
        match result {
            Ok(found) => return Ok(found),
            Err(why) => wrong.push(why),
        }
    }
    let wrong = wrong.join("; ");
    Err(Error::Refused(format!("-lambda-package: {wrong}.\n{}", how_to_get(architecture))))
}

/// Reads it, if Lambda can run it.
fn suitable(path: &PathBuf, wanted: Architecture) -> Result<(Entry, Option<Glibc>), String> {
    let shown = path.display();
    let content = fs::read(path).map_err(|error| format!("{shown} cannot be read: {error}"))?;
    let executable = Executable::read(&content).map_err(|what| format!("{shown} {what}"))?;
    let (is, wanted) = (executable.architecture.as_str(), wanted.as_str());
    if is != wanted {
        return Err(format!("{shown} is for {is}, and the function for {wanted}"));
    }
    let this = env!("CARGO_PKG_VERSION");
    match executable.drctl.as_deref() {
        Some(version) if version == this => {}
        Some(other) => return Err(format!("{shown} is drctl {other}, and this is drctl {this}")),
        None => return Err(format!("{shown} is not drctl")),
    }
    match executable.glibc {
        Some(needed) if needed > AMAZON_LINUX_2023 => Err(format!(
            "{shown} needs glibc {needed}, and provided.al2023 has {AMAZON_LINUX_2023}: it was \
             built on a newer system"
        )),
        glibc => {
            let content = executable.stripped(content);
            Ok((Entry { name: BOOTSTRAP.to_owned(), content, executable: true }, glibc))
        }
    }
}

fn how_to_get(architecture: Architecture) -> String {
    let (name, flag) = (architecture.as_str(), architecture.as_str().replace('_', "-"));
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "Get drctl {version} for Linux on {name}, for example from its source:\n  \
         pip install cargo-lambda ziglang\n  \
         cargo lambda build --release --{flag} --bin drctl\n\
         and name it: -lambda-package=target/lambda/drctl/bootstrap, or as DRCTL_LAMBDA_PACKAGE."
    )
}

/// Packs and writes, unless exactly this was packed before: what went in is in the comment.
fn archive(output: &Path, entries: &[Entry]) -> Result<Vec<u8>> {
    let made_of = made_of(entries);
    if let Ok(there) = fs::read(output)
        && there.ends_with(made_of.as_bytes())
    {
        return Ok(there);
    }
    let archive = zip::pack(entries, None, &made_of)
        .map_err(|error| files::cannot("pack", output, &error))?;
    zip::write(output, &archive).map_err(|error| files::cannot("write", output, &error))?;
    Ok(archive)
}

fn made_of(entries: &[Entry]) -> String {
    let mut digest = Sha256::new();
    for Entry { name, content, executable } in entries {
        digest.update(name.len().to_le_bytes());
        digest.update(name);
        digest.update([u8::from(*executable)]);
        digest.update(content.len().to_le_bytes());
        digest.update(content);
    }
    format!("drctl {} {}", env!("CARGO_PKG_VERSION"), STANDARD.encode(digest.finalize()))
}

fn within_limits(entries: &[Entry], packed: usize, unpacked: usize) -> Result<()> {
    let (what, size, limit) = if unpacked > UNPACKED_LIMIT {
        ("unpacked, Lambda takes", unpacked, UNPACKED_LIMIT)
    } else if packed > PACKED_LIMIT {
        ("packed, Lambda takes", packed, PACKED_LIMIT)
    } else {
        return Ok(());
    };
    let megabytes = |bytes: usize| {
        let tenths = bytes.saturating_mul(10) / (1024 * 1024);
        format!("{}.{} MB", tenths / 10, tenths % 10)
    };
    let largest = entries.iter().max_by_key(|entry| entry.content.len());
    let largest = largest.map(|entry| {
        format!(" The largest file is {}, {}.", entry.name, megabytes(entry.content.len()))
    });
    Err(Error::Refused(format!(
        "the package is {} {what} {}.{}",
        megabytes(size),
        megabytes(limit),
        largest.unwrap_or_default()
    )))
}

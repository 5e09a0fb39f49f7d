//! A directory and an account of one test's own, and drctl run there.
use std::collections::BTreeMap;
use std::fs;
use std::hash::Hasher;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::ChildStdin;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;
use std::thread::JoinHandle;

use drctl::config::Types;
use drctl::plan::Plan;
use drctl::plan::file::Saved;
use regex::Regex;
use tempfile::TempDir;

use super::Emulator;

/// Where one test works: tests run side by side and see nothing of each other.
#[derive(Debug)]
pub(crate) struct Place {
    directory: TempDir,
    emulator: &'static Emulator,
    /// The account that its credentials belong to.
    pub(crate) account: String,
    environment: BTreeMap<String, String>,
}

/// A drctl that runs.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    _stdin: ChildStdin,
    out: JoinHandle<Vec<u8>>,
    err: JoinHandle<Vec<u8>>,
}

impl Running {
    /// Whether it has come to its end.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("a child can be asked").is_some()
    }

    /// Sends it a signal, by its name without `SIG`.
    pub(crate) fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &kill]).status().expect("there is a shell");
        assert!(sent.success(), "{name} could not be sent");
    }
}

fn kept(mut pipe: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut whole = Vec::new();
        pipe.read_to_end(&mut whole).expect("a pipe can be read");
        whole
    })
}

/// How a run of drctl ended.
#[derive(Debug)]
pub(crate) struct Ran {
    command: String,
    /// Its exit code; -1 if a signal ended it.
    pub(crate) code: i32,
    /// What it wrote to standard output.
    pub(crate) out: String,
    /// What it wrote to standard error.
    pub(crate) err: String,
}

impl Place {
    /// An empty directory, and an account in which nothing was made; both are told apart by the
    /// name of the test.
    pub(crate) fn new(test: &str) -> Self {
        let mut hasher = std::hash::DefaultHasher::new();
        hasher.write(test.as_bytes());
        Self::of_account(&format!("3{:011}", hasher.finish() % 100_000_000_000))
    }

    /// An empty directory, in this account.
    pub(crate) fn of_account(account: &str) -> Self {
        Self::at(Emulator::get(), account)
    }

    /// An empty directory, in this account of that emulator.
    pub(crate) fn at(emulator: &'static Emulator, account: &str) -> Self {
        let directory = TempDir::with_prefix("drctl-").expect("there is room for temporary files");
        let home = directory.path().display().to_string();
        let environment = [
            ("PATH", std::env::var("PATH").unwrap_or_default()),
            ("HOME", home),
            ("COLUMNS", "120".to_owned()),
            ("RUST_BACKTRACE", "1".to_owned()),
            ("AWS_ACCESS_KEY_ID", account.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ENDPOINT_URL", emulator.endpoint()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value)).into();
        Self { directory, emulator, account: account.to_owned(), environment }
    }

    /// The same with another environment variable; an empty value takes it away.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        if value.is_empty() {
            self.environment.remove(name);
        } else {
            self.environment.insert(name.to_owned(), value.to_owned());
        }
        self
    }

    /// The directory.
    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Writes a file, by its path in the directory.
    pub(crate) fn write(&self, file: &str, text: &str) -> &Self {
        let path = self.path().join(file);
        fs::create_dir_all(path.parent().expect("a file is in a directory"))
            .and_then(|()| fs::write(&path, text))
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        self
    }

    /// Copies all files of a directory of the repository here.
    pub(crate) fn copy(&self, directory: &str) -> &Self {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
        copy(&from, self.path());
        self
    }

    /// Runs drctl to its end. Arguments are separated by blanks.
    pub(crate) fn drctl(&self, arguments: &str) -> Ran {
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        self.drctl_with(&arguments, "")
    }

    /// Runs drctl to its end, with this on its standard input.
    pub(crate) fn drctl_with(&self, arguments: &[&str], input: &str) -> Ran {
        let mut child = self.start(arguments);
        {
            use std::io::Write;
            let mut stdin = child.stdin.take().expect("it is piped");
            // It may have ended without reading it.
            let _ = stdin.write_all(input.as_bytes());
        }
        let output = child.wait_with_output().expect("a process ends");
        self.ended(arguments, &output)
    }

    /// Starts drctl and does not wait.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_drctl"))
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .envs(&self.environment)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("cargo has built drctl")
    }

    /// Starts drctl and lets it run; what it writes is kept.
    pub(crate) fn begin(&self, arguments: &[&str]) -> Running {
        let mut child = self.start(arguments);
        // Open: a terminal would be, too.
        let stdin = child.stdin.take().expect("it is piped");
        let out = kept(child.stdout.take().expect("it is piped"));
        let err = kept(child.stderr.take().expect("it is piped"));
        Running { child, _stdin: stdin, out, err }
    }

    /// Waits for the end of what was begun.
    pub(crate) fn wait(&self, running: Running) -> Ran {
        let Running { mut child, out, err, .. } = running;
        let status = child.wait().expect("a process ends");
        let whole = |pipe: JoinHandle<Vec<u8>>| pipe.join().expect("it can be read");
        self.ended(&["..."], &Output { status, stdout: whole(out), stderr: whole(err) })
    }

    fn ended(&self, arguments: &[&str], output: &Output) -> Ran {
        Ran {
            command: format!("drctl {} (account {})", arguments.join(" "), self.account),
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Plans, saves the plan as `plan` and gives it back; drctl must be able to make it.
    pub(crate) fn plan(&self) -> Plan {
        let file = self.path().join("plan");
        // One that is left from before must not be taken for this one.
        let _ = fs::remove_file(&file);
        let ran = self.drctl("plan -out=plan").exits(0);
        let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{ran}\n{error}"));
        let (resources, data) = drctl::resources::specs();
        let saved = Saved::parse(&text).expect("it was saved by this version");
        saved.plan(Types { resources: &resources, data: &data }).expect("it is whole")
    }

    /// The text with what is different in each run put under one name.
    pub(crate) fn normal(&self, text: &str) -> String {
        let port = format!("127.0.0.1:{}", self.emulator.port());
        let text = text
            .replace(&self.path().display().to_string(), "<directory>")
            .replace(&port, "<emulator>")
            .replace(&self.account, "<account>");
        let times = Regex::new(r"\b(\d+m)?\d+(\.\d+)?m?s\b").expect("it is a pattern");
        times.replace_all(&text, "<time>").into_owned()
    }

    /// Runs a snippet of Python with `client(service, region)` of boto3 in this account: another
    /// pair of eyes, and other people's hands.
    pub(crate) fn python(&self, code: &str) -> String {
        let emulator = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
        let account = &self.account;
        let prelude = format!(
            "import json, sys\n\
             sys.path.insert(0, {:?})\nfrom emulator import seed\n\
             ENDPOINT, ACCOUNT = {:?}, {account:?}\n\
             def client(service, region='us-east-1'):\n    \
             return seed.client(service, ENDPOINT, region, ACCOUNT)\n",
            emulator.display().to_string(),
            self.emulator.endpoint(),
        );
        let output = Command::new(super::emulator::python())
            .args(["-B", "-c", &format!("{prelude}{code}")])
            .current_dir(self.path())
            .output()
            .expect("there is a Python");
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{code}\n{err}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}

fn copy(from: &Path, to: &Path) {
    let wrong = |error: std::io::Error| -> ! { panic!("{}: {error}", from.display()) };
    fs::create_dir_all(to).unwrap_or_else(|error| wrong(error));
    for entry in fs::read_dir(from).unwrap_or_else(|error| wrong(error)) {
        let path: PathBuf = entry.unwrap_or_else(|error| wrong(error)).path();
        let target = to.join(path.file_name().expect("an entry has a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap_or_else(|error| wrong(error));
        }
    }
}

impl Ran {
    /// Fails the test unless it ended so.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert!(self.code == code, "expected exit code {code}\n{self}");
        self
    }

    /// Fails the test unless these words are somewhere in its output.
    #[track_caller]
    pub(crate) fn says(self, words: &str) -> Self {
        let said = self.out.contains(words) || self.err.contains(words);
        assert!(said, "expected to read {words:?}\n{self}");
        self
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { command, code, out, err } = self;
        write!(f, "$ {command}\n{out}\n{err}\nexit code {code}")
    }
}

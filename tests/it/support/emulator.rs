//! The local AWS: one for the whole process, on a port of its own.
use std::fs;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::OnceLock;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value as Tree;

/// The running emulator.
#[derive(Debug)]
pub(crate) struct Emulator {
    port: u16,
    /// Its standard input is what keeps the emulator alive: it ends when this process does, however
    /// that comes about.
    _lifeline: Child,
}

/// Runs the emulator until standard input closes.
const UNTIL_INPUT_CLOSES: &str =
    r#"exec 3<&0; "$@" </dev/null 3<&- & emulator=$!; cat <&3 >/dev/null; kill $emulator"#;

impl Emulator {
    /// The emulator, started by whoever needs it first.
    pub(crate) fn get() -> &'static Self {
        static EMULATOR: OnceLock<Emulator> = OnceLock::new();
        EMULATOR.get_or_init(|| {
            let requests = std::env::var_os("DRCTL_TEST_REQUESTS").map_or_else(
                || Path::new(env!("CARGO_TARGET_TMPDIR")).join("requests.jsonl"),
                PathBuf::from,
            );
            // A recording of an earlier run is not this run's.
            let _ = fs::remove_file(&requests);
            Self::start("emulator", &[("DR_RECORD", &requests.display().to_string())])
        })
    }

    /// Another emulator, by others: `tests/moto`.
    pub(crate) fn moto() -> &'static Self {
        static MOTO: OnceLock<Emulator> = OnceLock::new();
        MOTO.get_or_init(|| Self::start("moto", &[]))
    }

    /// Starts the one in that directory of `tests`.
    #[expect(clippy::zombie_processes, reason = "it lives as long as this process")]
    fn start(name: &str, environment: &[(&str, &str)]) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let log = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.log"));
        let port = free_port();
        let output = fs::File::create(&log).expect("target/ can be written to");
        let errors = output.try_clone().expect("a file can be shared");
        let lifeline = Command::new("sh")
            .args(["-c", UNTIL_INPUT_CLOSES, "emulator"])
            .arg(python())
            .arg(root.join("tests").join(name))
            .env("GATEWAY_PORT", port.to_string())
            .envs(environment.iter().copied())
            .env("DR_RDS_STEP", "0.1")
            .env("DR_LAMBDA_STEP", "0.1")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(output)
            .stderr(errors)
            .spawn()
            .expect("there is a shell");
        let begun = Instant::now();
        loop {
            let said = fs::read_to_string(&log).unwrap_or_default();
            if said.contains(&format!("{name} ready")) {
                return Self { port, _lifeline: lifeline };
            }
            assert!(
                begun.elapsed() < Duration::from_secs(90) && !said.contains("Traceback"),
                "{name} does not start; `tests/run` installs what it needs. It said:\n{said}"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Its port on loopback.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The value for `AWS_ENDPOINT_URL`.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Makes matching calls fail, or wait, from now on. Name the `account` in the rule, or all
    /// tests suffer; `tests/emulator/faults.py` says what else it may hold.
    pub(crate) fn fault(&self, rule: &Tree) {
        assert!(rule["account"].is_string(), "a fault without an account hits other tests: {rule}");
        self.post("/_dr/faults", rule);
    }

    /// Takes away the faults of an account.
    pub(crate) fn calm(&self, account: &str) {
        self.http("DELETE", &format!("/_dr/faults?account={account}"), "");
    }

    /// Changes how long things take in an account: `{"RDS_STEP": 2}`.
    pub(crate) fn takes(&self, account: &str, seconds: &Tree) {
        self.post(&format!("/_dr/settings?account={account}"), seconds);
    }

    /// What was asked of it in an account, oldest first.
    pub(crate) fn requests(&self, account: &str) -> Vec<Tree> {
        let answer = self.http("GET", &format!("/_dr/requests?account={account}"), "");
        let answer: Tree = serde_json::from_str(&answer).expect("the emulator answers with JSON");
        let list = answer.as_array().or_else(|| answer["requests"].as_array());
        list.cloned().unwrap_or_else(|| panic!("a list of requests, not {answer}"))
    }

    fn post(&self, path: &str, document: &Tree) {
        self.http("POST", path, &document.to_string());
    }

    fn http(&self, method: &str, path: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("the emulator runs");
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).expect("the emulator listens");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the emulator answers");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        assert!(head.starts_with("HTTP/1.1 2"), "{method} {path}: {answer}");
        if head.to_ascii_lowercase().contains("transfer-encoding: chunked") {
            unchunked(body)
        } else {
            body.to_owned()
        }
    }
}

fn unchunked(mut body: &str) -> String {
    let mut whole = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).unwrap_or(0);
        if size == 0 {
            break;
        }
        whole.push_str(&rest[..size]);
        body = rest[size..].trim_start_matches("\r\n");
    }
    whole
}

fn free_port() -> u16 {
    let probe = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has free ports");
    probe.local_addr().expect("it is bound").port()
}

/// A Python that has what the `requirements.txt` under `tests` list.
pub(crate) fn python() -> PathBuf {
    if let Some(python) = std::env::var_os("DRCTL_TEST_PYTHON") {
        return PathBuf::from(python);
    }
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-venv/bin/python");
    assert!(
        python.exists(),
        "these tests need an emulator of AWS, in Python: run `tests/run`, which installs it into \
         target/test-venv, or name a Python that has it in DRCTL_TEST_PYTHON"
    );
    python
}

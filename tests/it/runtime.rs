//! Lambda's Runtime API, as much of it as one process needs that serves some events.
use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;
use std::time::SystemTime;
use std::time::UNIX_EPOCH;

use serde_json::Value as Tree;

/// Waits for a function to ask for events.
#[derive(Debug)]
pub(crate) struct Runtime {
    listener: TcpListener,
    events: Vec<Tree>,
}

/// What a function made of its events.
#[derive(Debug)]
pub(crate) struct Served {
    /// For each event `response` or `error`, and what was said.
    pub(crate) answers: Vec<(String, String)>,
    /// Its standard output.
    pub(crate) log: String,
    /// From the start of the process to its first answer.
    pub(crate) first: Duration,
    /// The most memory that it had, in KiB.
    pub(crate) memory: u64,
}

impl Runtime {
    /// Will hand out these events.
    pub(crate) fn serve(events: &[Tree]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        Self { listener, events: events.to_vec() }
    }

    /// Runs the `bootstrap` of an unpacked package until it has answered all events.
    pub(crate) fn run(self, root: &Path, handler: &str, account: &str) -> Served {
        let started = Instant::now();
        let address = self.listener.local_addr().expect("it is bound").to_string();
        let mut child = Command::new(root.join("bootstrap"))
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", address)
            .env("AWS_LAMBDA_FUNCTION_NAME", "f")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "g")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "s")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", account)
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("LAMBDA_TASK_ROOT", root)
            .env("_HANDLER", handler)
            .stdout(Stdio::piped())
            .spawn()
            .expect("it can be run");
        let (mut answers, mut first) = (Vec::new(), None);
        let mut events = self.events.iter();
        for connection in self.listener.incoming() {
            let mut connection = BufReader::new(connection.expect("it is local"));
            while let Some((path, body)) = request(&mut connection) {
                if path.ends_with("/next") {
                    let Some(event) = events.next() else { break };
                    next(connection.get_mut(), &event.to_string(), answers.len(), account);
                } else {
                    first.get_or_insert_with(|| started.elapsed());
                    answers.push((path.rsplit('/').next().unwrap_or_default().to_owned(), body));
                    send(connection.get_mut(), "202 Accepted", "", "");
                }
                if answers.len() == self.events.len() {
                    break;
                }
            }
            if answers.len() == self.events.len() {
                break;
            }
        }
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let memory = peak.and_then(|peak| peak.trim().trim_end_matches(" kB").parse().ok());
        child.kill().expect("it runs");
        child.wait().expect("it ends");
        let mut log = String::new();
        child.stdout.take().expect("it is piped").read_to_string(&mut log).expect("it is text");
        Served {
            answers,
            log,
            first: first.unwrap_or_default(),
            memory: memory.unwrap_or_default(),
        }
    }
}

/// Path and body of the next request; `None` when there is none.
fn request(connection: &mut BufReader<TcpStream>) -> Option<(String, String)> {
    let mut line = String::new();
    connection.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut length = 0;
    loop {
        let mut header = String::new();
        connection.read_line(&mut header).ok()?;
        if header.trim().is_empty() {
            break;
        }
        let (name, value) = header.split_once(':')?;
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    connection.read_exact(&mut body).ok()?;
    Some((path, String::from_utf8_lossy(&body).into_owned()))
}

fn next(connection: &mut TcpStream, event: &str, number: usize, account: &str) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
    let deadline = (now + Duration::from_secs(30)).as_millis();
    let headers = format!(
        "Lambda-Runtime-Aws-Request-Id: request-{number}\r\n\
         Lambda-Runtime-Deadline-Ms: {deadline}\r\n\
         Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:{account}:function:f\r\n"
    );
    send(connection, "200 OK", &headers, event);
}

fn send(connection: &mut TcpStream, status: &str, headers: &str, body: &str) {
    let length = body.len();
    let text = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n{body}");
    connection.write_all(text.as_bytes()).expect("it listens");
}

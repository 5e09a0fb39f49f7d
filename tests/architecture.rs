//! The rooms of `src/`, lowest first. A room imports only from rooms before it; the core never
//! imports the shell, nor what belongs to it: a clock, files, the environment, AWS's SDK.
use std::fs;
use std::path::Path;
use std::path::PathBuf;

const CORE: &[&[&str]] = &[
    &["address"],
    &["value"],
    &["diagnostic"],
    &["lang", "schema"],
    &["function"],
    &["config"],
    &["graph"],
    &["diff"],
    &["recoverability"],
    &["plan"],
    &["drift", "permissions"],
    &["event", "finding"],
    &["report"],
];
const SHELL: &[&[&str]] = &[
    &["aws"],
    &["resources"],
    &["live", "apply", "check", "lease", "discover"],
    &["trail", "notify", "forge"],
    &["modules"],
    &["workspace"],
    &["handlers"],
    &["cli"],
];
/// Exported at the root of the crate, so that `crate::` does not name a room.
const MACROS: &[&str] = &["attributes", "text_type"];

/// What only some rooms may name, and why.
const RULES: &[Rule] = &[
    Rule {
        words: &["std::env", "std::fs", "TcpStream", "std::process", "std::thread"],
        // Parsing needs a stack of its own for what is nested deep.
        allowed: &[
            "main",
            "aws/",
            "resources/",
            "live/",
            "apply/",
            "workspace/",
            "handlers/",
            "cli/",
            "lang/parser.rs",
        ],
        reason: "the core is told what it needs: it gives the same for the same, and can be tested",
    },
    Rule {
        words: &["Instant::now", "SystemTime", "now_utc", "tokio::", "async fn"],
        allowed: &[
            "aws/",
            "resources/",
            "live/",
            "apply/",
            "check/",
            "lease/",
            "discover/search",
            "trail",
            "notify",
            "forge/",
            "workspace/",
            "handlers/",
            "cli/",
        ],
        reason: "the core knows no time and waits for nothing",
    },
    Rule {
        words: &["aws_sdk_", "aws_smithy_", "aws_config"],
        allowed: &["aws/", "resources/", "check/", "lease/", "trail", "notify", "handlers/"],
        reason: "what AWS's SDK looks like concerns only those who call AWS",
    },
    Rule {
        words: &["sleep("],
        // A forge that asks for fewer calls is called again after a while.
        allowed: &[
            "apply/settle.rs",
            "aws/pace.rs",
            "lease/",
            "forge/client.rs",
            "handlers/context.rs",
        ],
        reason: "only the engine, who waits for the lock, and the context of a handler wait, so that time-outs and Ctrl-C hold for all waiting",
    },
    Rule {
        words: &["println!", "eprintln!", "print!", "eprint!", "dbg!", "io::stdout", "io::stderr"],
        // What a function says on its stdout is its log.
        allowed: &["cli/", "handlers/serve.rs"],
        reason: "what is said goes through `report` and the screen",
    },
    Rule {
        words: &["std::env::var", "env::var_os", "env::vars"],
        // The secret of a webhook may be in a variable that the configuration names; TF_VAR_x and
        // DRCTL_LAMBDA_PACKAGE are said there.
        allowed: &[
            "cli/",
            "workspace/",
            "aws/http.rs",
            "handlers/serve.rs",
            "handlers/responder/secret.rs",
        ],
        reason: "what the environment decides is decided at the edge",
    },
    Rule {
        words: &["process::exit"],
        // The second Ctrl-C stops at once.
        allowed: &["cli/interrupt.rs"],
        reason: "exit codes are values of `cli::Exit`, and what was opened is closed",
    },
];

struct Rule {
    words: &'static [&'static str],
    /// How the paths begin where they may stand, from `src/`.
    allowed: &'static [&'static str],
    reason: &'static str,
}

fn rank(room: &str) -> usize {
    let mut rooms = CORE.iter().chain(SHELL);
    rooms.position(|rank| rank.contains(&room)).unwrap_or_else(|| panic!("give `{room}` a place"))
}

fn rust_files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let (directories, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    files
        .into_iter()
        .filter(|file| file.extension().is_some_and(|extension| extension == "rs"))
        .chain(directories.iter().flat_map(|directory| rust_files(directory)))
        .collect()
}

/// Each file of `src/`, by its path there, with its lines of code: no comments, no tests.
fn sources() -> Vec<(String, Vec<(usize, String)>)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    for file in rust_files(&src) {
        let path = file.strip_prefix(&src).unwrap().to_str().unwrap().to_owned();
        if path.ends_with("/tests.rs") || path.contains("/tests/") || path.ends_with("_tests.rs") {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let mut code = Vec::new();
        let mut lines = text.lines().enumerate().peekable();
        while let Some((number, line)) = lines.next() {
            if line.trim() == "#[cfg(test)]" {
                match lines.next() {
                    Some((_, item)) if !item.ends_with('{') => continue,
                    _ => break,
                }
            }
            code.push((number + 1, line.split("//").next().unwrap_or_default().to_owned()));
        }
        all.push((path, code));
    }
    all
}

/// The names that follow `crate::`, but not `$crate::`.
fn imports(code: &str) -> impl Iterator<Item = &str> {
    code.match_indices("crate::").filter(|(at, _)| !code[..*at].ends_with('$')).map(
        |(at, found)| {
            let rest = &code[at + found.len()..];
            &rest[..rest.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(rest.len())]
        },
    )
}

#[test]
fn rooms_import_only_what_comes_before_them() {
    let mut wrong = Vec::new();
    for (path, lines) in sources() {
        let room = path.split(['/', '.']).next().unwrap().to_owned();
        if matches!(room.as_str(), "lib" | "main") {
            continue;
        }
        for (line, text) in lines {
            for used in imports(&text).filter(|name| *name != room && !MACROS.contains(name)) {
                if rank(used) >= rank(&room) {
                    wrong.push(format!("src/{path}:{line}: `{room}` may not use `{used}`"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn what_belongs_to_some_rooms_stays_there() {
    let mut wrong = Vec::new();
    for (path, lines) in sources() {
        for rule in RULES {
            if rule.allowed.iter().any(|room| path.starts_with(room)) {
                continue;
            }
            for (line, text) in &lines {
                for word in rule.words.iter().filter(|word| text.contains(**word)) {
                    wrong.push(format!("src/{path}:{line}: `{word}`: {}", rule.reason));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

//! Which configurations a run looks at.
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::diagnostic::Diagnostic;

/// A share of all configurations: the `index`-th of `count`, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shard {
    index: Option<usize>,
    count: usize,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "a share is written as I/N, such as 2/8, with I from 1 to N".to_owned();
        let (index, count) = text.split_once('/').ok_or_else(wrong)?;
        let count: usize = count.parse().map_err(|_| wrong())?;
        let index = match index {
            "auto" => None,
            index => Some(index.parse::<usize>().map_err(|_| wrong())?),
        };
        match index {
            Some(index) if index == 0 || index > count => Err(wrong()),
            None if count == 0 => Err(wrong()),
            _ => Ok(Self { index: index.map(|index| index - 1), count }),
        }
    }
}

impl Shard {
    /// The part of `all` that is in this share. It may be empty.
    pub(super) fn of(self, all: Vec<PathBuf>) -> Result<Vec<PathBuf>, Box<Diagnostic>> {
        let index = match self.index {
            Some(index) => index,
            None => completion_index().ok_or_else(|| {
                let problem = Diagnostic::error(
                    "No index for this share",
                    "-shard=auto/N takes the index from JOB_COMPLETION_INDEX, which Kubernetes sets \
                     in the pods of an indexed Job, and which is not set to a number here.",
                );
                Box::new(problem.hint("Name the share: -shard=1/8."))
            })?,
        };
        let ours = |(position, _): &(usize, PathBuf)| position % self.count == index;
        Ok(all.into_iter().enumerate().filter(ours).map(|(_, path)| path).collect())
    }
}

/// Kubernetes counts from 0.
fn completion_index() -> Option<usize> {
    std::env::var("JOB_COMPLETION_INDEX").ok()?.parse().ok()
}

/// The directories to look at, in order; with `recursive` all below them that hold a configuration
/// with a stack of its own.
pub(super) fn find(given: &[PathBuf], recursive: bool) -> Result<Vec<PathBuf>, Box<Diagnostic>> {
    let here = [PathBuf::from(".")];
    let given = if given.is_empty() { &here } else { given };
    let mut all = Vec::new();
    for directory in given {
        if !directory.is_dir() {
            return Err(Box::new(Diagnostic::error(
                "No such directory",
                format!("{} is no directory.", directory.display()),
            )));
        }
        if recursive {
            below(directory, &mut all);
        } else {
            all.push(directory.clone());
        }
    }
    all.sort();
    all.dedup();
    if all.is_empty() {
        return Err(Box::new(Diagnostic::error(
            "No configurations",
            "No directory here holds a configuration with a `drctl` block, which names its stack.",
        )));
    }
    Ok(all)
}

fn below(directory: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    let mut is_stack = false;
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') || path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            below(&path, found);
        } else if name.ends_with(".hcl") || name.ends_with(".tf") {
            // A module has no stack; a configuration that is broken is still one.
            is_stack |= std::fs::read_to_string(&path).is_ok_and(|text| names_stack(&text));
        }
    }
    if is_stack {
        found.push(directory.to_owned());
    }
}

fn names_stack(text: &str) -> bool {
    text.lines().any(|line| {
        let mut words = line.split_whitespace();
        words.next() == Some("drctl") && words.next().is_some_and(|word| word.starts_with('{'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_cover_everything_once() {
        let all: Vec<PathBuf> = (0..10).map(|n| PathBuf::from(format!("{n}"))).collect();
        let mut seen = Vec::new();
        for index in 1..=3 {
            let shard: Shard = format!("{index}/3").parse().expect("a share");
            seen.extend(shard.of(all.clone()).expect("it has an index"));
        }
        seen.sort();
        assert_eq!(seen, all);
    }

    #[test]
    fn what_is_no_share_is_refused() {
        for wrong in ["", "1", "0/3", "4/3", "a/3", "1/b", "auto/0"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
        assert!("auto/3".parse::<Shard>().is_ok());
    }
}

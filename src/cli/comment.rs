//! `drctl comment`: a plan where the change is reviewed.
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};

use crate::cli::Exit;
use crate::cli::forge::{ForgeName, GitHubArguments, GitLabArguments, Site};
use crate::cli::screen::Screen;
use crate::cli::show::Kept;
use crate::diagnostic::Diagnostic;
use crate::forge::{self, Forge, Status};
use crate::report::markdown::Marker;
use crate::report::plan::summary;
use crate::report::review::{self, About, Verdict};

#[derive(Debug, Args)]
pub(super) struct Comment {
    #[command(subcommand)]
    forge: Which,
}

#[derive(Debug, Subcommand)]
enum Which {
    /// On a pull request of GitHub. The token is taken from GITHUB_TOKEN.
    #[command(name = "github")]
    GitHub {
        #[command(flatten)]
        at: GitHubArguments,
        #[command(flatten)]
        what: What,
    },
    /// On a merge request of GitLab. The token is taken from GITLAB_TOKEN.
    #[command(name = "gitlab")]
    GitLab {
        #[command(flatten)]
        at: GitLabArguments,
        #[command(flatten)]
        what: What,
    },
}

#[derive(Debug, Args)]
struct What {
    /// The plan that `plan -out` has saved.
    #[arg(required_unless_present = "failed")]
    file: Option<PathBuf>,
    /// There is no plan: tell what this file holds, the output of the plan that failed.
    #[arg(long, value_name = "FILE", conflicts_with = "file", requires = "stack")]
    failed: Option<PathBuf>,
    /// Name of the stack, where there is no plan that says it.
    #[arg(long, value_name = "NAME")]
    stack: Option<String>,
    /// What becomes of the comment about this stack that is there already.
    #[arg(long, value_enum, default_value_t = Behavior::Update)]
    behavior: Behavior,
    /// Set a status on the commit, too.
    #[arg(long)]
    status: bool,
    /// Put a label with the verdict on the change, too.
    #[arg(long)]
    labels: bool,
    /// Do not write the summary of the step (GITHUB_STEP_SUMMARY).
    #[arg(long = "no-summary")]
    no_summary: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Behavior {
    /// Write it anew.
    Update,
    /// Leave it and add another.
    New,
    /// Hide it as outdated and add another.
    HideAndNew,
    /// Delete it and add another.
    DeleteAndNew,
}

impl From<Behavior> for forge::Behavior {
    fn from(behavior: Behavior) -> Self {
        match behavior {
            Behavior::Update => Self::Update,
            Behavior::New => Self::New,
            Behavior::HideAndNew => Self::HideAndNew,
            Behavior::DeleteAndNew => Self::DeleteAndNew,
        }
    }
}

/// What is to be told.
enum Told {
    Plan { kept: Box<Kept>, hash: String },
    Failure { stack: String, said: String },
}

impl Told {
    fn read(what: &What) -> Result<Self, Box<Diagnostic>> {
        let cannot = |path: &Path, error: String| {
            Box::new(Diagnostic::error(format!("Cannot read {}", path.display()), error))
        };
        if let (Some(path), Some(stack)) = (&what.failed, &what.stack) {
            let said = std::fs::read(path).map_err(|error| cannot(path, error.to_string()))?;
            let said = String::from_utf8_lossy(&said).into_owned();
            return Ok(Self::Failure { stack: stack.clone(), said });
        }
        let path = what.file.as_deref().unwrap_or(Path::new("plan"));
        let kept = Kept::read(path).map_err(|error| cannot(path, error))?;
        let hash = kept.saved.hash();
        Ok(Self::Plan { kept: Box::new(kept), hash })
    }

    fn stack(&self) -> &str {
        match self {
            Self::Plan { kept, .. } => &kept.saved.stack,
            Self::Failure { stack, .. } => stack,
        }
    }

    /// The text, of at most `limit` bytes.
    fn text(&self, limit: usize, link: Option<&str>) -> String {
        match self {
            Self::Plan { kept, hash } => {
                let about = About { stack: self.stack(), hash: Some(hash), limit, link };
                review::render(&kept.plan, &about).text
            }
            Self::Failure { stack, said } => review::failed(stack, said, limit),
        }
    }

    fn verdict(&self) -> Option<Verdict> {
        match self {
            Self::Plan { kept, .. } => Some(Verdict::of(&kept.plan)),
            Self::Failure { .. } => None,
        }
    }
}

impl Comment {
    pub(super) async fn run(self, screen: &mut Screen) -> io::Result<Exit> {
        let (site, what) = match &self.forge {
            Which::GitHub { at, what } => (at.site(), what),
            Which::GitLab { at, what } => (at.site(), what),
        };
        let (site, told) = match site.and_then(|site| Ok((site, Told::read(what)?))) {
            Ok(both) => both,
            Err(problem) => {
                screen.diagnostics(&[*problem]);
                return Ok(Exit::Error);
            }
        };
        let mut elsewhere = false;
        if let Some(path) = site.summary.as_deref().filter(|_| !what.no_summary) {
            let text = told.text(review::SUMMARY, site.link.as_deref());
            match append(path, &text) {
                Ok(()) => elsewhere = true,
                Err(error) => {
                    screen.error(&format!("Cannot write {}", path.display()), &error.to_string());
                }
            }
        }
        if !site.has_request && elsewhere {
            screen.say(
                "This run is about no pull request: the plan is in the summary of the step.\n",
            );
            return Ok(Exit::Success);
        }
        post(&site, what, &told, elsewhere, screen).await
    }
}

async fn post(
    site: &Site,
    what: &What,
    told: &Told,
    elsewhere: bool,
    screen: &mut Screen,
) -> io::Result<Exit> {
    let limit = match site.forge {
        Forge::GitHub(_) => review::GITHUB,
        Forge::GitLab(_) => review::GITLAB,
    };
    let text = told.text(limit, site.link.as_deref());
    match site.forge.post(&text, what.behavior.into()).await {
        Ok(posted) => screen.say(&format!("Comment {}: {}\n", posted.what, posted.url)),
        Err(error) if error.is_refusal() => {
            let problem = Diagnostic::warning("No leave to comment", error.to_string());
            let hint = if elsewhere {
                "The plan is in the summary of the step instead. Changes from forks have no leave to \
                 write; others need `permissions: pull-requests: write`."
            } else {
                "The token needs leave to write comments. The plan is printed instead."
            };
            screen.diagnostics(&[problem.hint(hint)]);
            if !elsewhere {
                screen.result(&text)?;
            }
            return Ok(if elsewhere { Exit::Success } else { Exit::Error });
        }
        Err(error) => {
            screen.error("The comment was not posted", &error.to_string());
            return Ok(Exit::Error);
        }
    }
    let mut good = true;
    if what.labels
        && let Some(verdict) = told.verdict()
    {
        let others = Verdict::ALL.iter().filter(|one| **one != verdict);
        let others: Vec<&str> = others.map(|one| one.label()).collect();
        if let Err(error) = site.forge.label(verdict.label(), &others).await {
            screen.error("The label was not set", &error.to_string());
            good = false;
        }
    }
    if what.status {
        good &= light(site, told, screen).await;
    }
    Ok(if good { Exit::Success } else { Exit::Error })
}

/// Sets the light beside the commit; false if it could not be set.
async fn light(site: &Site, told: &Told, screen: &mut Screen) -> bool {
    let Some(commit) = &site.commit else {
        screen.error("The status was not set", "It is not known which commit this is about.");
        return false;
    };
    let context = format!("drctl/{}", told.stack());
    let description = match told {
        Told::Plan { kept, .. } => summary(&kept.plan),
        Told::Failure { .. } => "The plan failed.".to_owned(),
    };
    let status = Status {
        commit,
        good: told.verdict().is_some_and(|verdict| verdict != Verdict::Incomplete),
        context: &context,
        description: &description,
        link: site.link.as_deref(),
    };
    match site.forge.status(&status).await {
        Ok(()) => true,
        Err(error) => {
            screen.error("The status was not set", &error.to_string());
            false
        }
    }
}

/// Why no hash is taken from a comment.
#[derive(Debug)]
pub(super) enum Unapproved {
    /// Nobody knows whether one was approved.
    Unknown(Box<Diagnostic>),
    /// None was.
    No(Diagnostic),
}

/// The hash in our newest comment about this stack, on the change that brought this commit.
pub(super) async fn approved(which: ForgeName, stack: &str) -> Result<String, Unapproved> {
    let unknown = |error: forge::Error| {
        let problem = Diagnostic::error("The approved plan is not known", error.to_string());
        Unapproved::Unknown(Box::new(problem))
    };
    let no = |text: &str| {
        let problem = Diagnostic::error("No plan was approved", text);
        let hint =
            "Nothing was changed. Have a plan reviewed: drctl plan -out=FILE, then drctl comment.";
        Unapproved::No(problem.hint(hint))
    };
    let site = which.site().map_err(Unapproved::Unknown)?;
    let commit = site.commit.unwrap_or_default();
    let forge = site.forge.about_commit(&commit).await.map_err(unknown)?;
    let Some(forge) = forge else {
        return Err(no(&format!("No reviewed change has brought the commit {commit}.")));
    };
    let marker = Marker { kind: "plan".to_owned(), stack: stack.to_owned(), hash: None };
    let comment = forge.newest(&marker).await.map_err(unknown)?;
    let Some(comment) = comment else {
        return Err(no(&format!("No comment on the change shows a plan of the stack {stack}.")));
    };
    let told = Marker::of(&comment.body).and_then(|marker| marker.hash);
    told.ok_or_else(|| {
        no(&format!("The comment {} offers no plan: it failed, or was truncated.", comment.url))
    })
}

fn append(path: &Path, text: &str) -> io::Result<()> {
    OpenOptions::new().create(true).append(true).open(path)?.write_all(text.as_bytes())
}

//! `drctl drift`: what AWS has that is not as declared, for a person, a cron or a fleet of crons.
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::Exit;
use crate::cli::forge::GitHubArguments;
use crate::cli::screen::Screen;
use crate::diagnostic::Diagnostic;
use crate::drift::{Drift as Found, Verdict};
use crate::event::Silent;
use crate::forge::{self, Forge, GitHub, Posted};
use crate::notify::{self, Target};
use crate::report::{self, Paint};
use crate::trail;
use crate::workspace::variables::{VariableArgument, VariableArguments};
use crate::workspace::{Request, Session};

mod stacks;

use stacks::Shard;

#[derive(Debug, Args)]
pub(super) struct Drift {
    /// Directories of configurations; the current one if none is given.
    #[arg(value_name = "DIR")]
    directories: Vec<PathBuf>,
    /// Look at every configuration below these directories.
    #[arg(long)]
    recursive: bool,
    /// Look only at this share of the configurations, such as 2/8; auto/8 takes the index of an
    /// indexed Kubernetes Job.
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    #[command(flatten)]
    variables: VariableArguments,
    #[command(flatten)]
    forms: Forms,
    /// Also write what was found to this file, in the form that its name ends in: .json, .md, .xml or
    /// .txt. May be given several times.
    #[arg(long, value_name = "FILE")]
    out: Vec<PathBuf>,
    /// Tell this: an ARN of an SNS topic or of an event bus, an https:// webhook, or
    /// cloudwatch:NAMESPACE. May be given several times.
    #[arg(long, value_name = "TARGET", value_parser = Target::parse)]
    notify: Vec<Target>,
    /// Keep one issue for each stack on GitHub: opened, kept up to date and closed as drift comes and
    /// goes. In GITHUB_REPOSITORY if no repository is named; the token is taken from GITHUB_TOKEN.
    #[arg(long = "github-issue", value_name = "OWNER/NAME")]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "")]
    github_issue: Option<String>,
    /// Do not ask CloudTrail who changed what.
    #[arg(long = "no-trail")]
    no_trail: bool,
    /// No colours.
    #[arg(long = "no-color")]
    no_color: bool,
}

/// In what form findings are printed; for a person if nothing is said.
#[derive(Debug, Args)]
struct Forms {
    /// Print JSON.
    #[arg(long, conflicts_with_all = ["markdown", "junit"])]
    json: bool,
    /// Print Markdown.
    #[arg(long, conflicts_with = "junit")]
    markdown: bool,
    /// Print JUnit XML.
    #[arg(long)]
    junit: bool,
}

impl Forms {
    const fn form(&self) -> Form {
        match (self.json, self.markdown, self.junit) {
            (true, ..) => Form::Json,
            (_, true, _) => Form::Markdown,
            (.., true) => Form::Junit,
            _ => Form::Text,
        }
    }
}

/// In what form findings are written.
#[derive(Debug, Clone, Copy)]
enum Form {
    Text,
    Json,
    Markdown,
    Junit,
}

impl Form {
    fn of_file(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "txt" => Some(Self::Text),
            "json" => Some(Self::Json),
            "md" => Some(Self::Markdown),
            "xml" => Some(Self::Junit),
            _ => None,
        }
    }

    fn render(self, drifts: &[Found], paint: Paint) -> String {
        match self {
            Self::Text => {
                let texts = drifts.iter().map(|drift| report::drift::render(drift, paint));
                texts.collect::<Vec<_>>().join("\n")
            }
            Self::Json => report::drift::json::render(drifts),
            Self::Markdown => report::drift::markdown::render(drifts),
            Self::Junit => report::drift::junit::render(drifts),
        }
    }
}

impl Drift {
    pub(super) async fn run(self, screen: &mut Screen) -> io::Result<Exit> {
        if self.no_color {
            screen.plain();
        }
        if let Some(wrong) = self.out.iter().find(|path| Form::of_file(path).is_none()) {
            let problem = Diagnostic::error(
                "Unknown form of a report",
                format!("{} ends in none of .json, .md, .xml and .txt.", wrong.display()),
            );
            screen.diagnostics(&[problem]);
            return Ok(Exit::Error);
        }
        let start = std::env::current_dir()?;
        let github = match self.github() {
            Ok(github) => github,
            Err(problem) => {
                screen.diagnostics(&[*problem]);
                return Ok(Exit::Error);
            }
        };
        let stacks =
            stacks::find(&self.directories, self.recursive).and_then(|all| match self.shard {
                Some(shard) => shard.of(all),
                None => Ok(all),
            });
        let stacks = match stacks {
            Ok(stacks) => stacks,
            Err(problem) => {
                screen.diagnostics(&[*problem]);
                return Ok(Exit::Error);
            }
        };
        let variables = anchored(&self.variables, &start);
        let mut found = Vec::new();
        let mut failed = false;
        for directory in &stacks {
            // Paths in a configuration start at its directory.
            std::env::set_current_dir(start.join(directory))?;
            match Box::pin(self.one(&variables, screen)).await? {
                Ok((drift, sent)) => {
                    failed |= !sent;
                    if let Some(github) = &github {
                        failed |= !followed(github, &drift, screen).await;
                    }
                    found.push(drift);
                }
                Err(problems) => {
                    if stacks.len() > 1 {
                        screen.say(&format!("\nIn {}:\n", directory.display()));
                    }
                    screen.diagnostics(&problems);
                    failed = true;
                }
            }
        }
        std::env::set_current_dir(&start)?;
        for path in &self.out {
            let form = Form::of_file(path).unwrap_or(Form::Text);
            if let Err(error) = std::fs::write(path, form.render(&found, Paint::PLAIN)) {
                screen.error(&format!("Cannot write {}", path.display()), &error.to_string());
                failed = true;
            }
        }
        if !found.is_empty() || self.forms.json {
            screen.result(&self.forms.form().render(&found, screen.paint))?;
        }
        Ok(exit(&found, failed))
    }

    /// Where issues are kept, if they are.
    fn github(&self) -> Result<Option<GitHub>, Box<Diagnostic>> {
        let Some(named) = self.github_issue.clone() else { return Ok(None) };
        let repository = Some(named).filter(|name| !name.is_empty());
        let site = GitHubArguments { repository, ..GitHubArguments::default() }.site()?;
        match site.forge {
            Forge::GitHub(github) => Ok(Some(github)),
            Forge::GitLab(_) => Ok(None),
        }
    }

    /// Looks at the stack in the current directory and tells whoever is to be told; false if
    /// somebody could not be.
    async fn one(
        &self,
        variables: &VariableArguments,
        screen: &mut Screen,
    ) -> io::Result<Result<(Found, bool), Vec<Diagnostic>>> {
        // However much there is that nobody declares, it is told.
        let request = Request {
            variables: variables.clone(),
            max_removals: Some(usize::MAX),
            ..Request::default()
        };
        let planned = Session::planned(Session::open(&request), &mut Silent).await?;
        let (session, finished, _) = match planned {
            Ok(planned) => planned,
            Err(problems) => return Ok(Err(problems)),
        };
        let mut drift = Found::of(&session.intent.stack, &finished.plan);
        if !self.no_trail
            && let Err(error) = trail::attribute(&mut drift, &finished, &session.sessions).await
        {
            let problem = Diagnostic::warning(
                "CloudTrail does not tell who changed what",
                format!("{error}. What has drifted is known all the same."),
            );
            let problem = problem.hint("Allow cloudtrail:LookupEvents, or use -no-trail.");
            screen.diagnostics(&[problem]);
        }
        let mut sent = true;
        for target in &self.notify {
            if let Err(error) = notify::send(target, &drift, &finished, &session.sessions).await {
                screen.error("Somebody was not told", &error.to_string());
                sent = false;
            }
        }
        Ok(Ok((drift, sent)))
    }
}

/// Brings the issue about a stack up to date; false if that could not be done.
async fn followed(github: &GitHub, drift: &Found, screen: &mut Screen) -> bool {
    match forge::drift::follow(github, drift).await {
        Ok(Some(Posted { what, url })) => screen.say(&format!("Issue {what}: {url}\n")),
        Ok(None) => {}
        Err(error) => {
            screen.error("The issue was not brought up to date", &error.to_string());
            return false;
        }
    }
    true
}

/// The same arguments for whoever is in another directory.
fn anchored(variables: &VariableArguments, start: &Path) -> VariableArguments {
    let anchor = |argument: &VariableArgument| match argument {
        VariableArgument::File(path) => VariableArgument::File(start.join(path)),
        VariableArgument::Pair(pair) => VariableArgument::Pair(pair.clone()),
    };
    VariableArguments(variables.0.iter().map(anchor).collect())
}

/// The worst that is to be said of any stack.
fn exit(found: &[Found], failed: bool) -> Exit {
    let any = |verdict| found.iter().any(|drift| drift.verdict() == verdict);
    if failed {
        Exit::Error
    } else if any(Verdict::Unknown) {
        Exit::Incomplete
    } else if any(Verdict::Drifted) {
        Exit::Changes
    } else {
        Exit::Success
    }
}

//! `drctl discover`: what AWS has, written as a configuration that takes it over.
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::address::{Region, Scope};
use crate::aws::{AwsError, Sessions};
use crate::cli::Exit;
use crate::cli::screen::Screen;
use crate::config::provider::{AssumeRole, Provider};
use crate::diagnostic::{Diagnostic, nearest};
use crate::discover::{Estate, File, Place, Start, search, write};
use crate::resources::{CATALOG, Listing};
use crate::schema::Arn;

#[derive(Debug, Args)]
pub(super) struct Discover {
    /// Begin with the database, vault or plan of this name, id or ARN. May be given several times;
    /// all of them otherwise.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// A Region to look into. May be given several times; that of the environment or of the profile
    /// otherwise.
    #[arg(long, value_name = "REGION")]
    region: Vec<String>,
    /// A profile of AWS's shared configuration. May be given several times, once for each account.
    #[arg(long, value_name = "NAME")]
    profile: Vec<String>,
    /// A role to act as. May be given several times, once for each account.
    #[arg(long = "assume-role", value_name = "ARN")]
    assume_role: Vec<String>,
    /// What the roles' trust policies ask callers to say.
    #[arg(long = "external-id", value_name = "ID")]
    external_id: Option<String>,
    /// Look for everything of this type, and for nothing else. May be given several times.
    #[arg(long = "type", value_name = "TYPE", conflicts_with_all = ["names", "all"])]
    types: Vec<String>,
    /// Everything that can be found, whether or not it has to do with databases and backups.
    #[arg(long, conflicts_with = "names")]
    all: bool,
    /// Also what tags say is Terraform's, or another tool's, so that drctl can take it over.
    #[arg(long = "from-tools")]
    from_tools: bool,
    /// Name of the stack; that of the directory of `-out` otherwise.
    #[arg(long, value_name = "NAME")]
    stack: Option<String>,
    /// Write the files into this directory, which must hold no configuration yet.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// No colours.
    #[arg(long = "no-color")]
    no_color: bool,
}

impl Discover {
    pub(super) async fn run(self, screen: &mut Screen) -> io::Result<Exit> {
        if self.no_color {
            screen.plain();
        }
        if let Err(problems) = self.check() {
            screen.diagnostics(&problems);
            return Ok(Exit::Error);
        }
        let sessions = Sessions::new();
        let places = match self.places(&sessions).await {
            Ok(places) => places,
            Err(error) => {
                screen.error("Cannot tell where to look", &format!("{error}."));
                return Ok(Exit::Error);
            }
        };
        let estate = match search(&sessions, &places, &self.start(), self.from_tools).await {
            Ok(estate) => estate,
            Err(error) => {
                screen.error("Cannot look", &format!("{error}."));
                return Ok(Exit::Error);
            }
        };
        if let [missing, ..] = estate.missing.as_slice()
            && estate.unread.is_empty()
        {
            let text = format!(
                "There is no database, vault or backup plan {missing:?} in {}.",
                listed(&places)
            );
            screen.error("Not found", &text);
            return Ok(Exit::Error);
        }
        let files = write(&estate, &places, &self.stack());
        if let Err(error) = self.keep(&files, screen) {
            screen.error("Cannot write", &error.to_string());
            return Ok(Exit::Error);
        }
        screen.say(&self.summary(&estate, &places));
        Ok(if estate.unread.is_empty() { Exit::Success } else { Exit::Incomplete })
    }

    /// What is wrong with the command line.
    fn check(&self) -> Result<(), Vec<Diagnostic>> {
        let mut problems = Vec::new();
        let known = || CATALOG.resources.iter().map(|kind| kind.spec().name);
        for name in &self.types {
            let kind = CATALOG.resources.iter().find(|kind| kind.spec().name == name);
            match kind.map(|kind| kind.listing()) {
                Some(Listing::All | Listing::Within(_)) => {}
                Some(Listing::Never(why)) => problems.push(Diagnostic::error(
                    "Not looked for",
                    format!("{name} is not looked for: {why}."),
                )),
                None => {
                    let text = format!("There is no type {name:?}.");
                    let problem = Diagnostic::error("Unknown type", text);
                    problems.push(match nearest(name, known()) {
                        Some(near) => problem.hint(format!("Did you mean {near}?")),
                        None => problem,
                    });
                }
            }
        }
        for role in &self.assume_role {
            if let Err(wrong) = Arn::parse(role) {
                problems.push(Diagnostic::error("Invalid role", format!("{wrong}.")));
            }
        }
        if let Some(file) = self.out.as_deref().and_then(configuration_in) {
            let text = format!("{} holds a configuration already: {file}.", self.shown_out());
            problems.push(
                Diagnostic::error("Directory in use", text)
                    .hint("Name another directory with -out, and move over what you want."),
            );
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn shown_out(&self) -> String {
        self.out.as_ref().map(|path| path.display().to_string()).unwrap_or_default()
    }

    fn start(&self) -> Start {
        if self.all {
            Start::Everything
        } else if !self.types.is_empty() {
            Start::Types(self.types.clone())
        } else if self.names.is_empty() {
            Start::Recovery
        } else {
            Start::From(self.names.clone())
        }
    }

    fn stack(&self) -> String {
        let directory = self.out.as_ref().and_then(|path| path.file_name());
        let directory = directory.map(|name| name.to_string_lossy().into_owned());
        self.stack.clone().or(directory).unwrap_or_else(|| "discovered".to_owned())
    }

    /// Each account, by each way that leads there, in each Region.
    async fn places(&self, sessions: &Sessions) -> Result<Vec<Place>, AwsError> {
        let mut ways = Vec::new();
        for profile in &self.profile {
            ways.push(Provider { profile: Some(profile.clone()), ..Provider::default() });
        }
        for role in &self.assume_role {
            let role_arn = Arn::parse(role).expect("it was checked");
            let external_id = self.external_id.clone();
            let role = AssumeRole { role_arn, external_id, session_name: None, duration: None };
            ways.push(Provider { assume_role: Some(role), ..Provider::default() });
        }
        if ways.is_empty() {
            ways.push(Provider::default());
        }
        let mut places = Vec::new();
        for way in ways {
            let regions = match self.region.as_slice() {
                [] => vec![sessions.region(&way).await?],
                named => named.iter().map(|name| Region::new(name)).collect(),
            };
            let account = self.account(sessions, &way, &regions).await?;
            for region in regions {
                let provider = Provider { region: Some(region.as_str().to_owned()), ..way.clone() };
                places.push(Place { provider, scope: Scope { account: account.clone(), region } });
            }
        }
        Ok(places)
    }

    /// The account, as the first Region says that answers.
    async fn account(
        &self,
        sessions: &Sessions,
        way: &Provider,
        regions: &[Region],
    ) -> Result<crate::address::AccountId, AwsError> {
        let mut last = None;
        for region in regions {
            match sessions.account(way, region).await {
                Ok(account) => return Ok(account),
                Err(error) => last = Some(error),
            }
        }
        Err(last.expect("there is always a Region"))
    }

    fn keep(&self, files: &[File], screen: &mut Screen) -> io::Result<()> {
        let Some(directory) = &self.out else {
            let all = files.iter().map(|file| file.text.as_str());
            return screen.result(&all.collect::<Vec<_>>().join("\n"));
        };
        fs::create_dir_all(directory)?;
        for File { name, text } in files {
            fs::write(directory.join(name), text)?;
        }
        Ok(())
    }

    fn summary(&self, estate: &Estate, places: &[Place]) -> String {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (id, _) in estate.ours() {
            *counts.entry(id.type_name).or_default() += 1;
        }
        let all: usize = counts.values().sum();
        let mut text = format!("Found {} in {}.\n", number(all, "resource"), listed(places));
        for (type_name, count) in counts {
            text.push_str(&format!("  {count:>4} {type_name}\n"));
        }
        let others = estate.found.len() - all;
        if others > 0 {
            text.push_str(&format!(
                "{} of others left alone; main.hcl says whose.\n",
                number(others, "resource")
            ));
        }
        if !estate.unread.is_empty() {
            text.push_str(&format!(
                "{} not answered, so this is not everything; main.hcl says which.\n",
                if estate.unread.len() == 1 {
                    "One question was".to_owned()
                } else {
                    format!("{} questions were", estate.unread.len())
                },
            ));
        }
        if self.out.is_some() {
            text.push_str(&format!(
                "\nWritten to {0}. To see what would be taken over: drctl -chdir={0} plan\n",
                self.shown_out()
            ));
        }
        text
    }
}

fn number(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn listed(places: &[Place]) -> String {
    let all: Vec<String> = places.iter().map(|place| place.scope.to_string()).collect();
    all.join(", ")
}

/// The first file of a configuration in a directory, if there is one.
fn configuration_in(directory: &Path) -> Option<String> {
    let entries = fs::read_dir(directory).ok()?;
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names
        .filter(|name| {
            [".hcl", ".tf", ".hcl.json", ".tf.json"].iter().any(|end| name.ends_with(end))
        })
        .collect();
    names.sort();
    names.into_iter().next()
}

//! `drctl iam-policy`: the least that the configuration needs.
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::Value as Tree;

use crate::address::{AccountId, Region, Scope};
use crate::aws::Sessions;
use crate::cli::Exit;
use crate::cli::arguments::{PlanArguments, VariableArguments};
use crate::cli::plan::Silent;
use crate::cli::screen::Screen;
use crate::cli::session::Session;
use crate::cli::workspace;
use crate::config::Types;
use crate::config::provider::Provider;
use crate::diagnostic::Diagnostic;
use crate::permissions::{Holder, Purpose, policies};
use crate::plan::{Answer, Finished, Ground, Planner, Request, Trouble};
use crate::schema::TypeSpec;
use crate::value::{Object, Reference, Unknown, Value};

/// What the policy is for.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Mode {
    /// `plan`, `output`, `check`: reads only.
    Plan,
    /// `drift`: reads, and asks CloudTrail who did it.
    Drift,
    /// `apply`: deletes nothing that holds data.
    Apply,
    /// `destroy`.
    Destroy,
}

#[derive(Debug, Args)]
pub(super) struct IamPolicy {
    /// What it is for.
    #[arg(long, value_enum, default_value_t = Mode::Apply)]
    mode: Mode,
    /// The account of providers that name none. Otherwise AWS is asked, which needs credentials; so
    /// does a configuration in which data sources say how many there are of something.
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    /// Write a file for each document into this directory.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    variables: VariableArguments,
    /// No colours.
    #[arg(long = "no-color")]
    no_color: bool,
}

impl IamPolicy {
    pub(super) async fn run(self, screen: &mut Screen) -> io::Result<Exit> {
        if self.no_color {
            screen.plain();
        }
        let account = self.account.as_deref().map(AccountId::parse);
        if account == Some(None) {
            screen.error("Invalid account", "-account takes twelve digits.");
            return Ok(Exit::Error);
        }
        let arguments = PlanArguments { variables: self.variables.clone(), ..Default::default() };
        let session = match Session::open(&arguments) {
            Ok(session) => session,
            Err(problems) => {
                screen.diagnostics(&problems);
                return Ok(Exit::Error);
            }
        };
        let (mut finished, mut problems) = imagined(&session, account.flatten().as_ref()).await;
        // How many there are of something may be known to AWS alone.
        if problems.iter().any(Diagnostic::is_error) {
            (finished, problems) = session.plan(&mut Silent).await?;
        }
        let errors: Vec<Diagnostic> = problems.into_iter().filter(Diagnostic::is_error).collect();
        if !errors.is_empty() {
            screen.diagnostics(&errors);
            return Ok(Exit::Error);
        }
        let purpose = match self.mode {
            Mode::Plan => Purpose::Plan,
            Mode::Drift => Purpose::Drift,
            Mode::Apply => Purpose::Apply,
            Mode::Destroy => Purpose::Destroy,
        };
        self.show(&policies(&finished, purpose), screen)
    }

    fn show(&self, all: &BTreeMap<Holder, Vec<Tree>>, screen: &mut Screen) -> io::Result<Exit> {
        let name = |holder: &Holder| match holder {
            Holder::Account(account) => account.to_string(),
            Holder::Caller => "caller".to_owned(),
        };
        let pretty = |tree: &Tree| format!("{tree:#}\n");
        if let Some(directory) = &self.out {
            fs::create_dir_all(directory)?;
            for (holder, documents) in all {
                for (number, document) in documents.iter().enumerate() {
                    let more = if number == 0 { String::new() } else { format!("-{}", number + 1) };
                    let file = directory.join(format!("{}{more}.json", name(holder)));
                    fs::write(&file, pretty(document))?;
                    screen.say(&format!("{}\n", file.display()));
                }
            }
            return Ok(Exit::Success);
        }
        let mut documents = all.values().flatten();
        match (documents.next(), documents.next()) {
            (Some(only), None) => screen.result(&pretty(only))?,
            _ => {
                let whole = all
                    .iter()
                    .map(|(holder, documents)| (name(holder), Tree::Array(documents.clone())));
                screen.result(&pretty(&Tree::Object(whole.collect())))?;
            }
        }
        Ok(Exit::Success)
    }
}

/// The plan as if nothing existed yet and no data source had been asked: enough to know what is meant
/// and where, without rights to read anything.
async fn imagined(session: &Session, account: Option<&AccountId>) -> (Finished, Vec<Diagnostic>) {
    let (specs, data) = workspace::types();
    let ground = Ground {
        resolver: session.resolver(),
        graph: &session.workspace.graph,
        types: Types { resources: &specs, data: &data },
        intent: session.intent.clone(),
        targets: Vec::new(),
    };
    let mut planner = Planner::new(&ground, session.workspace.known.clone());
    loop {
        let requests = planner.advance();
        if requests.is_empty() {
            return planner.finish();
        }
        for (id, request) in requests {
            let answer = match &request {
                Request::Identify { settings, .. } => {
                    identified(&session.sessions, settings, account).await
                }
                Request::Read { .. } | Request::Find { .. } => Answer::Resource(None),
                Request::Data { address, spec, scope, .. } => {
                    let unknown = |attribute: &str| {
                        let address = address.clone();
                        let source = Reference { address, attribute: attribute.to_owned() };
                        Value::Unknown(Unknown { sources: BTreeSet::from([source]) })
                    };
                    Answer::Data(told(spec, scope.as_ref(), &unknown))
                }
            };
            planner.answer(id, answer);
        }
    }
}

/// What a data source tells without being asked.
fn told(spec: &TypeSpec, scope: Option<&Scope>, unknown: &dyn Fn(&str) -> Value) -> Object {
    let known = |name: &str| {
        let scope = scope?;
        match (spec.name, name) {
            ("aws_caller_identity", "account_id") => Some(scope.account.as_str()),
            ("aws_region", "region" | "name" | "id") => Some(scope.region.as_str()),
            ("aws_partition", "partition") => Some(scope.region.partition()),
            _ => None,
        }
    };
    let value = |name| known(name).map_or_else(|| unknown(name), Value::text);
    spec.outputs.iter().map(|spec| (spec.name, value(spec.name))).collect()
}

/// The account that a provider says itself, by its role or by what it may touch; the one that was
/// given; the one that AWS tells.
async fn identified(sessions: &Sessions, settings: &Provider, given: Option<&AccountId>) -> Answer {
    let region = match &settings.region {
        Some(region) => Region::new(region),
        None => match sessions.region(settings).await {
            Ok(region) => region,
            Err(error) => return Answer::Trouble(Trouble::Wrong(error.to_string(), None)),
        },
    };
    let role = settings.assume_role.as_ref().map(|role| role.role_arn.account().to_owned());
    let only = match settings.allowed_account_ids.len() {
        1 => settings.allowed_account_ids.first().cloned(),
        _ => None,
    };
    let said = role.or(only).and_then(|id| AccountId::parse(&id));
    let account = match said.or_else(|| given.cloned()) {
        Some(account) => account,
        None => match sessions.account(settings, &region).await {
            Ok(account) => account,
            Err(error) => {
                let hint = "Say the account with -account=ID, or in the provider block with \
                            `allowed_account_ids`.";
                return Answer::Trouble(Trouble::Wrong(error.to_string(), Some(hint.to_owned())));
            }
        },
    };
    Answer::Identified(account, region)
}

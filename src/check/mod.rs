//! What must be true before an apply can succeed, one file each: reading only.
//!
//! Which checks apply follows from what is planned. What nobody let us see is unknown and never a
//! pass.
use std::collections::{BTreeSet, HashMap};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use crate::address::{AccountId, Address, Region, Scope};
use crate::aws::{Aws, AwsError, Batch, Failure, Sessions};
use crate::finding::{Finding, Verdict};
use crate::plan::{Change, Finished, Planned};
use crate::resources::Error;
use crate::value::{Object, Value};

mod cluster_key;
mod cross_account;
mod destination;
mod global_members;
mod global_source;
mod opt_in;
mod organization;
mod route;
mod secondary;
mod selection;

/// What a check finds.
pub type Later<'a> = Pin<Box<dyn Future<Output = Vec<Finding>> + Send + 'a>>;

/// Something that must be true.
pub trait Check: Sync {
    /// Its name, in a word.
    fn name(&self) -> &'static str;
    /// Looks at everything that it concerns; nothing if it concerns nothing that is planned.
    fn look<'a>(&'a self, ground: &'a Ground<'a>) -> Later<'a>;
}

/// Every check.
pub static ALL: &[&dyn Check] = &[
    &organization::Organization,
    &cross_account::CrossAccount,
    &opt_in::OptIn,
    &destination::Destination,
    &selection::Selection,
    &cluster_key::ClusterKey,
    &global_source::GlobalSource,
    &global_members::GlobalMembers,
    &secondary::Secondary,
];

/// What checks look at: the plan, and AWS through its providers.
pub struct Ground<'a> {
    finished: &'a Finished,
    sessions: &'a Sessions,
    stack: &'a str,
    batches: Mutex<HashMap<Scope, Arc<Batch>>>,
}

/// A resource that will be there.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// Its address.
    pub address: &'a Address,
    /// Where it lives.
    pub scope: &'a Scope,
    /// Its attributes, as far as they are known.
    pub object: &'a Object,
}

impl<'a> Ground<'a> {
    /// The checks of a plan.
    pub fn new(finished: &'a Finished, sessions: &'a Sessions, stack: &'a str) -> Self {
        Self { finished, sessions, stack, batches: Mutex::default() }
    }

    /// All resources of a type that will be there.
    fn all(&self, type_name: &'a str) -> impl Iterator<Item = Subject<'a>> + use<'a> {
        self.everything().filter(move |(planned, _)| planned.spec.name == type_name).map(|(_, s)| s)
    }

    fn everything(&self) -> impl Iterator<Item = (&'a Planned, Subject<'a>)> + use<'a> {
        self.finished.plan.changes.values().filter_map(|planned| {
            let stays = !matches!(
                planned.change,
                Change::Delete | Change::Forget | Change::Stay(_) | Change::Read
            );
            let scope = planned.scope.as_ref().filter(|_| stays)?;
            let object = match (&planned.change, planned.after.iter().next()) {
                // What cannot be planned is wanted all the same.
                (Change::Blocked(_), None) => &planned.want,
                _ => &planned.after,
            };
            Some((planned, Subject { address: &planned.address, scope, object }))
        })
    }

    /// The resource of a type that will have this ARN.
    fn with_arn(&self, type_name: &'a str, arn: &str) -> Option<Subject<'a>> {
        self.all(type_name).find(|subject| text(subject.object, "arn") == Some(arn))
    }

    /// AWS in a scope, through the first provider of its account.
    async fn aws(&self, scope: &Scope) -> Result<Aws, AwsError> {
        let mut providers = self.finished.connected.values();
        let Some(provider) = providers.find(|provider| provider.account == scope.account) else {
            let message = format!("no provider reaches account {}", scope.account);
            return Err(AwsError::new("configuration", None, &message, Failure::Unreachable));
        };
        let batch = {
            let mut batches = self.batches.lock().expect("no one panics while holding it");
            let new = || Arc::new(Batch::new(self.stack));
            Arc::clone(batches.entry(scope.clone()).or_insert_with(new))
        };
        self.sessions.aws(&provider.settings, scope.clone(), Some(batch)).await
    }

    /// Accounts that providers reach.
    fn reaches(&self, account: &AccountId) -> bool {
        self.finished.connected.values().any(|provider| provider.account == *account)
    }
}

/// Makes all checks, all at once, and tells what was found in the order of the checks.
pub async fn run(ground: &Ground<'_>) -> Vec<Finding> {
    let all = futures::future::join_all(ALL.iter().map(|check| check.look(ground))).await;
    let mut seen = BTreeSet::new();
    let found = all.into_iter().flatten();
    // Several plans may lead to the same question.
    found.filter(|f| seen.insert((f.check, f.subject.clone(), f.found.clone()))).collect()
}

/// What could not be found out.
fn unknown(check: &'static str, subject: impl Into<String>, error: &Error) -> Finding {
    let fix = match error {
        Error::Aws(error) if error.failure == Failure::Denied => {
            "Let who runs drctl make this call, or look yourself."
        }
        Error::Aws(error) if error.operation == "configuration" => {
            "Add a provider for the account, or look yourself."
        }
        _ => "Try again later, or look yourself.",
    };
    Finding::pass(
        check,
        subject,
        format!("not known: {}.", error.to_string().trim_end_matches('.')),
    )
    .but(Verdict::Unknown, fix)
}

/// A text, if it is one and known.
fn text<'o>(object: &'o Object, name: &str) -> Option<&'o str> {
    object.get(name).as_str().filter(|text| !text.is_empty())
}

/// Nested blocks, or members of a list.
fn items(value: &Value) -> Vec<&Value> {
    match value.unmarked() {
        Value::List(items) | Value::Tuple(items) => items.iter().collect(),
        Value::Set(items) => items.iter().collect(),
        Value::Null | Value::Unknown(_) => Vec::new(),
        one => vec![one],
    }
}

/// Nested blocks of that name.
fn blocks<'o>(object: &'o Object, name: &str) -> Vec<&'o Object> {
    let objects = items(object.get(name)).into_iter().filter_map(|item| match item.unmarked() {
        Value::Object(object) | Value::Map(object) => Some(object),
        _ => None,
    });
    objects.collect()
}

/// A place, as people write it.
fn place(account: &AccountId, region: &str) -> Scope {
    Scope { account: account.clone(), region: Region::new(region) }
}

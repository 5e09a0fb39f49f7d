//! What AWS has that is not as declared: a plan, read the other way. Pure.
//!
//! A plan says what is to be done about a difference; a finding says what has become of what was
//! declared, how much that matters, and, where somebody can tell, who did it.
use std::collections::{BTreeMap, BTreeSet};

use crate::address::{Address, Scope};
use crate::diff::FieldChange;
use crate::plan::{Blocked, Change, ID_TAG, Plan, Planned, Unreadable};
use crate::recoverability::{self, Effect, Severity};
use crate::schema::{Key, TypeSpec};
use crate::value::Value;

/// What was found out about one stack.
#[derive(Debug, Clone, Default)]
pub struct Drift {
    /// Name of the stack.
    pub stack: String,
    /// Everything that was looked at, and where it lives.
    pub looked_at: BTreeMap<Address, Option<Scope>>,
    /// What is not as declared, the worst first.
    pub findings: Vec<Finding>,
    /// What nothing can be said about, and why.
    pub unknown: BTreeMap<Address, String>,
    /// Accounts and Regions of which something could not be read.
    pub unreadable: Vec<Unreadable>,
}

/// One resource that is not as declared.
#[derive(Debug, Clone)]
pub struct Finding {
    /// Which.
    pub address: Address,
    /// Its type.
    pub spec: &'static TypeSpec,
    /// Where it lives.
    pub scope: Option<Scope>,
    /// What AWS knows it by.
    pub key: Option<Key>,
    /// Its ARN, if that is known.
    pub arn: Option<String>,
    /// In what way.
    pub kind: Kind,
    /// The attributes that differ.
    pub fields: Vec<Field>,
    /// What it brings about, the worst first.
    pub effects: Vec<Effect>,
    /// How much it matters: as much as the worst effect or attribute.
    pub severity: Severity,
    /// Who did it, where AWS's audit log tells.
    pub culprit: Option<Culprit>,
}

/// In what way a resource is not as declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// It is not there.
    Missing,
    /// Some of its attributes are different.
    Changed,
    /// It could only be set right by making it anew.
    Unrepairable,
    /// Something of its name is there that is not ours, whose if that is known.
    Foreign(Option<String>),
    /// It is ours and nobody declares it any more.
    Undeclared,
    /// It differs, and must not be set right as things are; why.
    Guarded(String),
    /// Its tags no longer say that it is ours, or say that it is another of ours.
    Mislabelled,
}

/// One attribute that is not as declared.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What was declared.
    pub declared: Value,
    /// What AWS has.
    pub actual: Value,
    /// How much that matters.
    pub severity: Severity,
}

/// Who changed something, by AWS's audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Culprit {
    /// User, role session or service.
    pub who: String,
    /// The call, such as `PutMetricAlarm`.
    pub call: String,
    /// When, in UTC, as RFC 3339.
    pub at: String,
}

/// What can be said about a stack as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// All is as declared.
    Clean,
    /// Something is not.
    Drifted,
    /// Something could not be read. What could be may have drifted too.
    Unknown,
}

impl Drift {
    /// Reads a plan the other way. The plan must be one for all of the configuration, and not one
    /// that destroys.
    pub fn of(stack: &str, plan: &Plan) -> Self {
        let mut drift = Self {
            stack: stack.to_owned(),
            unreadable: plan.unreadable.clone(),
            ..Self::default()
        };
        for planned in plan.changes.values() {
            let address = &planned.address;
            match &planned.change {
                Change::Read => continue,
                Change::Blocked(Blocked::Unreadable(why)) => {
                    drift.unknown.insert(address.clone(), why.clone());
                }
                Change::Blocked(Blocked::Upstream(by)) => {
                    drift.unknown.insert(address.clone(), format!("it hangs on {by}"));
                }
                _ => drift.findings.extend(finding(planned)),
            }
            drift.looked_at.insert(address.clone(), planned.scope.clone());
        }
        drift
            .findings
            .sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.address.cmp(&b.address)));
        drift
    }

    /// What can be said as a whole.
    pub fn verdict(&self) -> Verdict {
        if !self.unknown.is_empty() || !self.unreadable.is_empty() {
            Verdict::Unknown
        } else if self.findings.is_empty() {
            Verdict::Clean
        } else {
            Verdict::Drifted
        }
    }

    /// How many findings there are of each severity, the worst first.
    pub fn counts(&self) -> Vec<(Severity, usize)> {
        let of = |severity| self.findings.iter().filter(|one| one.severity == severity).count();
        let all = Severity::ALL.into_iter().rev().map(|severity| (severity, of(severity)));
        all.filter(|(_, count)| *count > 0).collect()
    }

    /// The accounts and Regions in which something could not be read.
    pub fn silent(&self) -> BTreeSet<Scope> {
        let of = |address| self.looked_at.get(address).cloned().flatten();
        let scopes =
            self.unreadable.iter().map(|one| one.scope.clone().or_else(|| of(&one.address)));
        scopes.flatten().collect()
    }
}

fn finding(planned: &Planned) -> Option<Finding> {
    let Planned { address, spec, scope, key, change, .. } = planned;
    let (kind, fields, effects) = match change {
        Change::Create => {
            (Kind::Missing, Vec::new(), recoverability::absence(spec).into_iter().collect())
        }
        Change::Delete | Change::Forget | Change::Stay(_) => {
            (Kind::Undeclared, Vec::new(), Vec::new())
        }
        // That the configuration was changed since it was applied is no drift.
        Change::Update { fields, moved_from: None, .. }
            if fields.is_empty() && is_marked(planned) =>
        {
            return None;
        }
        Change::Update { fields, .. } if fields.is_empty() => {
            (Kind::Mislabelled, Vec::new(), Vec::new())
        }
        // What waits for something that is missing is no difference of its own.
        Change::Update { fields, .. } | Change::Replace { fields, .. }
            if !fields.iter().any(|field| field.after.is_known()) =>
        {
            return None;
        }
        Change::Update { fields, .. } => changed(Kind::Changed, spec, fields),
        Change::Replace { fields, .. } => changed(Kind::Unrepairable, spec, fields),
        Change::Adopt { fields } => changed(Kind::Mislabelled, spec, fields),
        Change::Blocked(Blocked::NotOurs { owner, .. }) => (
            Kind::Foreign(owner.clone()),
            Vec::new(),
            recoverability::absence(spec).into_iter().collect(),
        ),
        Change::Blocked(Blocked::Guarded(why)) => {
            (Kind::Guarded(why.clone()), Vec::new(), Vec::new())
        }
        Change::Keep | Change::Read => return None,
        Change::Blocked(Blocked::Unreadable(_) | Blocked::Upstream(_)) => return None,
    };
    let least = match &kind {
        Kind::Changed | Kind::Mislabelled => Severity::Low,
        Kind::Missing | Kind::Foreign(_) if !effects.is_empty() => Severity::Low,
        Kind::Missing | Kind::Foreign(_) | Kind::Undeclared => Severity::Medium,
        Kind::Unrepairable | Kind::Guarded(_) => Severity::High,
    };
    let told = effects.iter().map(|effect| effect.severity);
    let severity = told.chain(fields.iter().map(|field| field.severity)).fold(least, Ord::max);
    Some(Finding {
        address: address.clone(),
        spec,
        scope: scope.clone(),
        key: key.clone(),
        arn: arn(planned),
        kind,
        fields,
        effects,
        severity,
        culprit: None,
    })
}

/// Whether its tags say whose it is, all of them.
fn is_marked(planned: &Planned) -> bool {
    let tags = planned.live.as_ref().and_then(|live| live.tags.as_ref());
    tags.is_some_and(|tags| tags.contains_key(ID_TAG))
}

fn arn(planned: &Planned) -> Option<String> {
    let live = planned.live.as_ref().map(|live| live.outputs.get("arn"));
    let arn = live.filter(|arn| !arn.is_null()).unwrap_or_else(|| planned.after.get("arn"));
    arn.as_str().map(str::to_owned)
}

fn changed(
    kind: Kind,
    spec: &TypeSpec,
    changes: &[FieldChange],
) -> (Kind, Vec<Field>, Vec<Effect>) {
    let mut all = Vec::new();
    let mut fields = Vec::new();
    let known = changes.iter().filter(|change| change.after.is_known());
    for FieldChange { name, before: actual, after: declared, .. } in known {
        let effects = recoverability::effects(spec, name, declared, actual);
        let worst = effects.first().map(|effect| effect.severity);
        let severity = worst.unwrap_or_else(|| recoverability::severity(name));
        fields.push(Field { name, declared: declared.clone(), actual: actual.clone(), severity });
        all.extend(effects);
    }
    all.sort_by(|a, b| b.cmp(a));
    all.dedup();
    (kind, fields, all)
}

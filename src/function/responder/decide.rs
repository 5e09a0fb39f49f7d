//! What is to be done about an event, from what was heard and what was seen.
use std::collections::BTreeMap;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::address::Scope;
use crate::function::responder::{
    ActsIn, Heard, Ledger, Meaning, Occasion, Phase, Responder, Step, Subject,
};
use crate::schema::Arn;

/// What AWS says now.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Observed {
    /// The global database; `None` if there is none of the name.
    pub global: Option<Global>,
    /// The member in the Region of the function; `None` if there is none.
    pub cluster: Option<Cluster>,
}

/// A global database.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Global {
    /// What it is doing: `available`, or what a switchover or failover under way is.
    pub status: String,
    /// Whether a switchover or failover is under way.
    pub moving: bool,
    /// The endpoint that follows the writer.
    pub endpoint: Option<String>,
    /// The members.
    pub members: Vec<Member>,
}

/// A member of a global database.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// ARN of the cluster.
    pub arn: Arn,
    /// Whether it writes.
    pub writer: bool,
    /// `connected`, or `pending-resync` while it is rebuilt.
    pub synchronization: Option<String>,
}

/// The member in the Region of the function.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cluster {
    /// Its status.
    pub status: String,
    /// Where writers connect to, when it writes.
    pub endpoint: Option<String>,
    /// Where readers connect to.
    pub reader_endpoint: Option<String>,
    /// Identifiers of its instances.
    pub instances: Vec<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// These, in this order.
    Act(Occasion, Vec<Planned>),
    /// Nothing, for a good reason.
    Nothing(String),
    /// Look again: AWS is not done.
    Wait(String),
    /// The event is not ours.
    Refuse(String),
    /// The configuration does not fit what is there: a person must look.
    Misfit(String),
}

/// An action that is to be done.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// The action.
    pub step: Step,
    /// Whether it is remembered that it was done for this event.
    pub remembered: bool,
}

/// Decides. `writes` is in no event: only what was observed counts.
pub fn decide(responder: &Responder, here: &Scope, heard: &Heard, seen: &Observed) -> Decision {
    let Meaning::Begins(phase) = heard.known.meaning else {
        return Decision::Nothing(format!("{}: nothing is done on that", heard.known.about));
    };
    let (own, global) = match fits(responder, here, seen) {
        Ok(fits) => fits,
        Err(why) => return Decision::Misfit(why),
    };
    if let Subject::Instance(name) = &heard.subject
        && !seen.cluster.iter().any(|cluster| cluster.instances.contains(name))
    {
        return Decision::Refuse(format!("an event of {name}, which is no instance of {own}"));
    }
    let acts_in_writer = |step: &Step| {
        step.on.contains(&phase)
            && step.acts_in.unwrap_or_else(|| phase.acts_in()) == ActsIn::Writer
    };
    if matches!(phase, Phase::Switchover | Phase::Failover)
        && responder.action.iter().any(acts_in_writer)
        && let Some(unsettled) = unsettled(global)
    {
        return Decision::Wait(unsettled);
    }
    let ledger = ledger(responder, phase, seen);
    if ledger.is_after(&heard.at) {
        return Decision::Nothing(format!(
            "it comes late: of the phase {phase}, what happened at {} was acted on already",
            ledger.at
        ));
    }
    let occasion = Occasion::new(responder, here, seen, phase, heard.known.id, &heard.at);
    let planned = planned(responder, here, phase, occasion.writes, Some(&ledger.of(&heard.at)));
    if planned.is_empty() {
        let role = if occasion.writes { "writes" } else { "does not write" };
        return Decision::Nothing(format!(
            "{}; {} {role}, and no action is configured for that",
            heard.known.about, here.region
        ));
    }
    Decision::Act(occasion, planned)
}

/// What would be done if this phase began now, and this Region were the writer's.
///
/// # Errors
/// When the configuration does not fit what is there.
pub fn rehearse(
    responder: &Responder,
    here: &Scope,
    phase: Phase,
    now: &str,
    seen: &Observed,
) -> Result<(Occasion, Vec<Planned>), String> {
    fits(responder, here, seen)?;
    let occasion = Occasion::new(responder, here, seen, phase, "rehearsal", now);
    let planned = planned(responder, here, phase, true, None);
    Ok((occasion, planned))
}

fn planned(
    responder: &Responder,
    here: &Scope,
    phase: Phase,
    writes: bool,
    ledger: Option<&Ledger>,
) -> Vec<Planned> {
    let applies = |step: &&Step| step.applies(phase, here.region.as_str(), writes);
    let planned = |step: &Step| Planned {
        step: step.clone(),
        remembered: ledger.is_some_and(|ledger| ledger.has(&step.called())),
    };
    responder.action.iter().filter(applies).map(planned).collect()
}

/// What is remembered of a phase in this Region.
fn ledger(responder: &Responder, phase: Phase, seen: &Observed) -> Ledger {
    let tags = seen.cluster.as_ref().map(|cluster| &cluster.tags);
    tags.filter(|_| responder.remember).map(|tags| Ledger::read(phase, tags)).unwrap_or_default()
}

/// The member here, and the global database, if both are as configured.
fn fits<'a>(
    responder: &'a Responder,
    here: &Scope,
    seen: &'a Observed,
) -> Result<(&'a str, &'a Global), String> {
    let name = &responder.global_cluster_identifier;
    let own = responder.member(here).ok_or_else(|| {
        format!("the configuration names no member of {name} in {here}: member_cluster_arns must")
    })?;
    let global = seen.global.as_ref().ok_or_else(|| {
        format!("there is no global database {name} in account {}: was it renamed?", here.account)
    })?;
    if !global.members.iter().any(|member| member.arn == *own) {
        let own = own.as_str();
        return Err(format!(
            "{own} is not a member of {name} any more: was it detached? The configuration must follow"
        ));
    }
    if seen.cluster.is_none() {
        return Err(format!("there is no cluster {}", own.as_str()));
    }
    Ok((own.as_str(), global))
}

/// Why nobody can tell yet who writes.
fn unsettled(global: &Global) -> Option<String> {
    let writers: Vec<&str> =
        global.members.iter().filter(|m| m.writer).map(|m| m.arn.as_str()).collect();
    match writers.as_slice() {
        _ if global.moving => Some(format!("the global database is still {}", global.status)),
        [_] => None,
        [] => Some("no member of the global database writes yet".to_owned()),
        several => Some(format!("RDS names several writers: {}", several.join(", "))),
    }
}

/// A time of RDS, for comparing; `None` if it is none.
pub(super) fn instant(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

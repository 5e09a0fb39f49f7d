//! What RDS says of a global database, and which of it is for us.
use serde_json::Value as Json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::address::Scope;
use crate::function::Notice;
use crate::function::responder::{Phase, Responder};
use crate::schema::Arn;

/// An event that the responder knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// RDS's id of it.
    pub id: &'static str,
    /// Whether it is about an instance; otherwise it is about a cluster.
    pub of_instance: bool,
    /// What it is for actions.
    pub meaning: Meaning,
    /// What RDS means by it.
    pub about: &'static str,
}

/// What an event is for actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// It begins a phase.
    Begins(Phase),
    /// It is on the way to one, or needs nothing.
    Noted,
}

use Meaning::{Begins, Noted};

/// All events of switchovers and failovers of a global database.
///
/// Of a switchover, 0185 is the one to act on: writes are possible since 0184, but only now does
/// RDS describe the members in their new roles. A failover has no event that it began.
pub static EVENTS: &[Known] = &[
    cluster("RDS-EVENT-0181", Noted, "a switchover has begun"),
    cluster("RDS-EVENT-0182", Noted, "the old writer was shut down"),
    cluster("RDS-EVENT-0183", Noted, "a switchover waits until all data is there"),
    cluster("RDS-EVENT-0184", Noted, "the new writer was promoted"),
    cluster("RDS-EVENT-0185", Begins(Phase::Switchover), "a switchover has finished"),
    cluster("RDS-EVENT-0186", Begins(Phase::Failed), "a switchover was cancelled"),
    cluster("RDS-EVENT-0187", Begins(Phase::Failed), "a switchover has failed"),
    cluster("RDS-EVENT-0238", Begins(Phase::Failover), "a failover has finished"),
    cluster("RDS-EVENT-0239", Begins(Phase::Failed), "a failover has failed"),
    cluster("RDS-EVENT-0240", Noted, "members are being rebuilt after a failover"),
    cluster("RDS-EVENT-0241", Begins(Phase::Resynchronised), "all members were rebuilt"),
    instance("RDS-EVENT-0390", Noted, "the old writer was fenced"),
    instance("RDS-EVENT-0391", Begins(Phase::FencingTimedOut), "the old writer was not fenced"),
    cluster("RDS-EVENT-0397", Noted, "the global writer endpoint has moved"),
    cluster("RDS-EVENT-0423", Noted, "a switchover waits until all data is there"),
    cluster("RDS-EVENT-0517", Noted, "an upgrade was cancelled because of a failover"),
    cluster("RDS-EVENT-0518", Noted, "a member's version was changed to the new writer's"),
    cluster("RDS-EVENT-0519", Begins(Phase::Failed), "a failover left a cluster without instances"),
];

const fn cluster(id: &'static str, meaning: Meaning, about: &'static str) -> Known {
    Known { id, of_instance: false, meaning, about }
}

const fn instance(id: &'static str, meaning: Meaning, about: &'static str) -> Known {
    Known { id, of_instance: true, meaning, about }
}

/// An event that is for us, as far as that can be told from the event.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// Which.
    pub known: &'static Known,
    /// When RDS says it happened, in UTC: the same for each delivery of one event.
    pub at: String,
    /// What it is about.
    pub subject: Subject,
}

/// What an event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A member, of the Region in which the event came.
    Cluster(Arn),
    /// An instance, by its identifier; whose it is, RDS must be asked.
    Instance(String),
}

/// What an event says, if it is for the function in `here`.
///
/// # Errors
/// Why it is not, in one line.
pub fn hear(responder: &Responder, here: &Scope, event: &Json) -> Result<Heard, String> {
    let notice = Notice::read(event)?;
    let Notice { source, kind, account, region, resources: _, detail: _ } = notice;
    if source != "aws.rds" {
        return Err(format!("this is no event of RDS: its source is {source:?}"));
    }
    let of_instance = match kind {
        "RDS DB Cluster Event" => false,
        "RDS DB Instance Event" => true,
        _ => return Err(format!("{kind:?} is not an event of a cluster or instance")),
    };
    let id = notice.text("EventID")?;
    let known = EVENTS.iter().find(|known| known.id == id).ok_or_else(|| {
        format!("{id:?} is none of the events of a switchover or failover of a global database")
    })?;
    if known.of_instance != of_instance {
        return Err(format!("{id} is not in events of the type {kind:?}"));
    }
    if account != here.account.as_str() {
        return Err(format!("an event of account {account}, and this is {}", here.account));
    }
    if region != here.region.as_str() {
        return Err(format!("an event of {region}, and this is {}", here.region));
    }
    let arn = notice.text("SourceArn")?;
    let arn = Arn::parse(arn).map_err(|_| format!("`detail.SourceArn` is no ARN: {arn:?}"))?;
    if arn.account() != here.account.as_str() || arn.region() != here.region.as_str() {
        return Err(format!("it comes from {}, and is about {}", here, arn.as_str()));
    }
    let subject = match arn.resource().split_once(':') {
        Some(("cluster", _)) if !of_instance => {
            if !responder.member_cluster_arns.contains(&arn) {
                let global = &responder.global_cluster_identifier;
                return Err(format!(
                    "an event of another cluster: {} is not configured as a member of {global}",
                    arn.as_str()
                ));
            }
            Subject::Cluster(arn)
        }
        Some(("db", name)) if of_instance => Subject::Instance(name.to_owned()),
        _ => return Err(format!("{} is not what {kind:?} is about", arn.as_str())),
    };
    let date = notice.text("Date")?;
    let at = OffsetDateTime::parse(date, &Rfc3339)
        .ok()
        .and_then(|at| at.to_offset(time::UtcOffset::UTC).format(&Rfc3339).ok())
        .ok_or_else(|| format!("`detail.Date` is no time: {date:?}"))?;
    Ok(Heard { known, at, subject })
}

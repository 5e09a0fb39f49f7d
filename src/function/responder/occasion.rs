//! What happened, for actions: when, where, and who writes now.
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use crate::address::Scope;
use crate::function::responder::decide::Observed;
use crate::function::responder::{Phase, Responder};
use crate::schema::Arn;

/// What happened, and what was seen then.
#[derive(Debug, Clone, PartialEq)]
pub struct Occasion {
    /// The phase that began.
    pub phase: Phase,
    /// RDS's id of the event.
    pub event_id: String,
    /// When it happened, in UTC.
    pub at: String,
    /// Account and Region of the function.
    pub here: Scope,
    /// The global database.
    pub global: String,
    /// The endpoint that follows the writer.
    pub global_endpoint: Option<String>,
    /// The member in the Region of the function.
    pub own: Option<Arn>,
    /// Whether it writes.
    pub writes: bool,
    /// Where writers connect to there.
    pub endpoint: Option<String>,
    /// Where readers connect to there.
    pub reader_endpoint: Option<String>,
    /// The member that writes.
    pub writer: Option<Arn>,
    /// The members.
    pub members: Vec<Arn>,
}

impl Occasion {
    /// What happened in `phase`.
    pub(super) fn new(
        responder: &Responder,
        here: &Scope,
        seen: &Observed,
        phase: Phase,
        event_id: &str,
        at: &str,
    ) -> Self {
        let own = responder.member(here).cloned();
        let global = seen.global.clone().unwrap_or_default();
        let writer = global.members.iter().find(|member| member.writer).map(|m| m.arn.clone());
        let cluster = seen.cluster.clone().unwrap_or_default();
        Self {
            phase,
            event_id: event_id.to_owned(),
            at: at.to_owned(),
            here: here.clone(),
            global: responder.global_cluster_identifier.clone(),
            global_endpoint: global.endpoint,
            writes: own.is_some() && own == writer,
            own,
            endpoint: cluster.endpoint,
            reader_endpoint: cluster.reader_endpoint,
            writer,
            members: global.members.into_iter().map(|member| member.arn).collect(),
        }
    }

    /// The words that are filled into the texts of actions.
    pub fn words(&self) -> Vec<(&'static str, Option<String>)> {
        let some = |text: &str| Some(text.to_owned());
        vec![
            ("region", some(self.here.region.as_str())),
            ("account", some(self.here.account.as_str())),
            ("partition", some(self.here.region.partition())),
            ("cluster", self.own.as_ref().map(|arn| arn.name().to_owned())),
            ("cluster_endpoint", self.endpoint.clone()),
            ("reader_endpoint", self.reader_endpoint.clone()),
            ("global_cluster", some(&self.global)),
            ("global_endpoint", self.global_endpoint.clone()),
            ("phase", some(self.phase.as_str())),
            ("event_id", some(&self.event_id)),
            ("event_time", some(&self.at)),
        ]
    }

    /// What is the same for each delivery of the event, and differs for all else: 64 hexadecimal
    /// digits.
    pub fn key(&self, action: &str) -> String {
        let mut digest = Sha256::new();
        for part in [
            self.global.as_str(),
            self.here.account.as_str(),
            self.here.region.as_str(),
            self.phase.as_str(),
            &self.event_id,
            &self.at,
            action,
        ] {
            digest.update(part.as_bytes());
            digest.update([0]);
        }
        digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The key in the form of a UUID, which some services ask for.
    pub fn token(&self, action: &str) -> String {
        let key = self.key(action);
        format!("{}-{}-{}-{}-{}", &key[..8], &key[8..12], &key[12..16], &key[16..20], &key[20..32])
    }

    /// What others are told: functions, state machines, webhooks and topics.
    pub fn notice(&self, action: &str) -> Json {
        json!({
            "phase": self.phase.as_str(),
            "about": self.phase.describe(),
            "event_id": self.event_id,
            "event_time": self.at,
            "account": self.here.account.as_str(),
            "region": self.here.region.as_str(),
            "global_cluster": self.global,
            "global_endpoint": self.global_endpoint,
            "cluster": self.own.as_ref().map(Arn::as_str),
            "writes": self.writes,
            "writer": self.writer.as_ref().map(Arn::as_str),
            "cluster_endpoint": self.endpoint,
            "reader_endpoint": self.reader_endpoint,
            "action": action,
            "idempotency_key": self.key(action),
        })
    }
}

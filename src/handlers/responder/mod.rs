//! The handler `responder`: acts on a switchover or failover.
//!
//! An event only wakes it up. It looks who writes now, decides with
//! [`decide`](crate::function::responder::decide) what is to be done in this Region, and does that
//! in order. To be invoked again does nothing twice: what AWS shows is looked at, and the rest is
//! remembered in tags of the cluster.
use std::time::Duration;

use serde_json::{Value as Json, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::function::responder::{
    Decision, Heard, Meaning, Observed, Phase, decide, hear, rehearse, widget as shown,
};
use crate::function::{Configuration, Responder};
use crate::handlers::{Context, Error, Handler, Result};

pub mod actions;
mod look;
mod run;
mod secret;
mod summary;
mod widget;

use run::Run;

/// Between two looks at whether a switchover or failover has settled: at first, and at most.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(10));

/// For how long it is waited for that before Lambda is asked to try again later.
const PATIENCE: Duration = Duration::from_mins(1);

impl Handler for Responder {
    const NAME: &'static str = "responder";

    fn of(configuration: &Configuration) -> Option<&Self> {
        configuration.responder.as_ref()
    }

    async fn handle(&self, context: &Context, event: &Json) -> Result<Json> {
        let asks = |name: &str| event.get(name).and_then(Json::as_bool).unwrap_or(false);
        if asks("describe") {
            return Ok(Json::String(shown::ABOUT.to_owned()));
        }
        if event.get("widgetContext").is_some() {
            return Ok(Json::String(shown::html(&widget::read(self, context).await)));
        }
        if asks("dry_run") && event.get("source").is_none() {
            return self.rehearsal(context, event.get("phase")).await;
        }
        self.respond(context, event).await
    }
}

impl Responder {
    async fn respond(&self, context: &Context, event: &Json) -> Result<Json> {
        let heard = hear(self, &context.aws.scope, event).map_err(Error::Refused)?;
        let (decision, seen) = self.decision(context, &heard).await?;
        match decision {
            Decision::Act(occasion, planned) => {
                let dry_run = context.dry_run || self.dry_run;
                let ledger = self.remember.then(|| look::ledger(&occasion, &seen));
                let mut run = Run::new(self, context, &occasion, ledger, dry_run);
                for planned in &planned {
                    run.step(planned).await;
                }
                run.finish().await
            }
            Decision::Nothing(why) => {
                context.skip(heard.known.id, &self.global_cluster_identifier, &why);
                Ok(json!({ "nothing": why }))
            }
            Decision::Refuse(why) => Err(Error::Refused(why)),
            Decision::Misfit(why) => Err(Error::Configuration(why)),
            // Lambda comes again in a minute or two.
            Decision::Wait(why) => Err(Error::Failed(why)),
        }
    }

    /// What is to be done, once it can be told.
    async fn decision(&self, context: &Context, heard: &Heard) -> Result<(Decision, Observed)> {
        let here = &context.aws.scope;
        if heard.known.meaning == Meaning::Noted {
            let nothing = Observed::default();
            return Ok((decide(self, here, heard, &nothing), nothing));
        }
        let (mut pause, longest) = PAUSES;
        let mut patience = PATIENCE.min(context.remaining() / 2);
        loop {
            let seen = look::observe(self, context).await?;
            let decision = decide(self, here, heard, &seen);
            let Decision::Wait(why) = &decision else { return Ok((decision, seen)) };
            if patience < pause {
                return Ok((decision, seen));
            }
            tracing::info!(%why, "not settled");
            context.pause(pause).await?;
            patience -= pause;
            pause = (pause * 2).min(longest);
        }
    }

    /// What would be done if a phase, or each of them, began now and this Region were the writer's.
    /// It fails if an action would, before it has done anything.
    async fn rehearsal(&self, context: &Context, phase: Option<&Json>) -> Result<Json> {
        let phases: Vec<Phase> = match phase {
            None => Phase::ALL.to_vec(),
            Some(wanted) => {
                let found = Phase::ALL.iter().find(|phase| wanted == phase.as_str());
                let all = || Phase::ALL.iter().map(|p| p.as_str()).collect::<Vec<_>>().join(", ");
                let found = found.ok_or_else(|| {
                    Error::Refused(format!("{wanted} is no phase; there are: {}", all()))
                })?;
                vec![*found]
            }
        };
        let seen = look::observe(self, context).await?;
        let now = OffsetDateTime::now_utc().format(&Rfc3339);
        let now = now.map_err(|error| Error::Failed(error.to_string()))?;
        let mut would = serde_json::Map::new();
        let (mut writes, mut failures) = (false, Vec::new());
        for phase in phases {
            let (occasion, planned) = rehearse(self, &context.aws.scope, phase, &now, &seen)
                .map_err(Error::Configuration)?;
            writes = occasion.writes;
            let mut run = Run::new(self, context, &occasion, None, true);
            for planned in &planned {
                run.step(planned).await;
            }
            failures
                .extend(run.failures().into_iter().map(|failure| format!("{phase}: {failure}")));
            would.insert(phase.as_str().to_owned(), run.told());
        }
        if !failures.is_empty() {
            return Err(Error::Failed(format!("it would fail: {}", failures.join("; "))));
        }
        let note = if writes {
            "This Region writes now."
        } else {
            "This Region does not write now; this is what would be done if it did."
        };
        Ok(json!({ "dry_run": true, "note": note, "would": would }))
    }
}

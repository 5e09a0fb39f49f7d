//! The handler `responder`: acts on a switchover or failover.
use serde_json::Value as Json;

use crate::function::{Configuration, Responder};
use crate::handlers::{Context, Error, Handler, Result};

impl Handler for Responder {
    const NAME: &'static str = "responder";

    fn of(configuration: &Configuration) -> Option<&Self> {
        configuration.responder.as_ref()
    }

    async fn handle(&self, _context: &Context, _event: &Json) -> Result<Json> {
        Err(Error::Refused(format!("nothing is known of {}", self.global_cluster_identifier)))
    }
}

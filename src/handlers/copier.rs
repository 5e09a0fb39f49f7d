//! The handler `copier`: carries copies of recovery points on.
use serde_json::Value as Json;

use crate::function::{Configuration, Copier};
use crate::handlers::{Context, Error, Handler, Result};

impl Handler for Copier {
    const NAME: &'static str = "copier";

    fn of(configuration: &Configuration) -> Option<&Self> {
        configuration.copier.as_ref()
    }

    async fn handle(&self, _context: &Context, _event: &Json) -> Result<Json> {
        Err(Error::Refused(format!("nothing came to {}", self.staging_vault_arn.as_str())))
    }
}

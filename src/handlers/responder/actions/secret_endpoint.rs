//! `secret_endpoint`: writes the endpoint into a secret. Nothing of the secret is ever said.
use serde_json::{Map, Value as Json};

use crate::function::responder::actions::SecretEndpoint;
use crate::handlers::responder::actions::{Action, Need, Scene};
use crate::handlers::{Error, Result};

/// The secret as it is to be. It has no `Debug`, so that it cannot be logged by mistake.
pub struct Wanted {
    text: String,
    /// What the version that it follows is called.
    after: String,
}

impl Action for SecretEndpoint {
    type Found = Wanted;

    async fn look(&self, scene: &Scene<'_>) -> Result<Need<Wanted>> {
        let Self { secret_id, values } = self;
        let secrets = scene.aws_of(secret_id).secrets();
        let told = secrets.get_secret_value().secret_id(secret_id).send().await?;
        let text = told.secret_string.unwrap_or_default();
        let mut object: Map<String, Json> = serde_json::from_str(&text)
            // serde's own words may quote what it read.
            .map_err(|_| {
                Error::Configuration(format!("{secret_id} does not hold a JSON object"))
            })?;
        let differ: Vec<&str> = values
            .iter()
            .filter(|(key, value)| object.get(*key).and_then(Json::as_str) != Some(value.as_str()))
            .map(|(key, _)| key.as_str())
            .collect();
        if differ.is_empty() {
            return Ok(Need::Nothing(format!("{secret_id} says so already")));
        }
        let what = format!("write {} of {secret_id}", differ.join(", "));
        for (key, value) in values {
            object.insert(key.clone(), Json::String(value.clone()));
        }
        let text = Json::Object(object).to_string();
        Ok(Need::Change(what, Wanted { text, after: told.version_id.unwrap_or_default() }))
    }

    async fn act(&self, scene: &Scene<'_>, wanted: Wanted) -> Result<String> {
        let Wanted { text, after } = wanted;
        // Not the event's token alone: if somebody changed the secret since, AWS would take this
        // for the change that was made already, and leave the secret as it is.
        let token = scene.occasion.token(&format!("{} {after}", scene.name));
        let secrets = scene.aws_of(&self.secret_id).secrets();
        let call = secrets.put_secret_value().secret_id(&self.secret_id);
        let put = call.client_request_token(token).secret_string(text).send().await?;
        Ok(format!("wrote version {} of {}", put.version_id.unwrap_or_default(), self.secret_id))
    }
}

//! `lambda_invoke`: invokes another function.
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;

use crate::function::responder::actions::LambdaInvoke;
use crate::handlers::responder::actions::{Action, Need, Scene};
use crate::handlers::{Error, Result};

/// How much of what a function answered is worth repeating.
const WORTH: usize = 300;

impl Action for LambdaInvoke {
    type Found = ();
    const REMEMBERED: bool = true;

    async fn look(&self, _: &Scene<'_>) -> Result<Need<()>> {
        Ok(Need::Change(format!("invoke {}", self.function_name), ()))
    }

    async fn act(&self, scene: &Scene<'_>, (): ()) -> Result<String> {
        let Self { function_name, qualifier, payload, wait } = self;
        let payload = payload.clone().unwrap_or_else(|| scene.notice().to_string());
        let kind = if *wait { InvocationType::RequestResponse } else { InvocationType::Event };
        let call = scene
            .aws_of(function_name)
            .lambda()
            .invoke()
            .function_name(function_name)
            .set_qualifier(qualifier.clone())
            .invocation_type(kind)
            .payload(Blob::new(payload));
        let answer = call.send().await?;
        if let Some(error) = answer.function_error {
            let told = answer.payload.map(Blob::into_inner).unwrap_or_default();
            let told = String::from_utf8_lossy(&told).chars().take(WORTH).collect::<String>();
            return Err(Error::Failed(format!("{function_name} failed ({error}): {told}")));
        }
        Ok(format!("invoked {function_name}: status {}", answer.status_code))
    }
}

//! `ssm_parameter`: writes a parameter.
use aws_sdk_ssm::types::ParameterType;

use crate::aws::AbsentOn;
use crate::function::responder::actions::SsmParameter;
use crate::handlers::Result;
use crate::handlers::responder::actions::{Action, Need, Scene};

impl Action for SsmParameter {
    /// Whether the parameter exists.
    type Found = bool;

    async fn look(&self, scene: &Scene<'_>) -> Result<Need<bool>> {
        let Self { name, value } = self;
        let call = scene.aws_of(name).ssm().get_parameter().name(name).with_decryption(true);
        let told = call.send().await.absent_on(&["ParameterNotFound"])?;
        let live = told.and_then(|told| told.parameter);
        if live.as_ref().and_then(|live| live.value.as_ref()) == Some(value) {
            return Ok(Need::Nothing(format!("{name} says so already")));
        }
        // What it said is not told: it may be a secret.
        let what = if live.is_some() { "write" } else { "create" };
        Ok(Need::Change(format!("{what} {name}"), live.is_some()))
    }

    async fn act(&self, scene: &Scene<'_>, exists: bool) -> Result<String> {
        let Self { name, value } = self;
        let call = scene.aws_of(name).ssm().put_parameter().name(name).value(value);
        // One that exists keeps its type.
        let call = if exists { call.overwrite(true) } else { call.r#type(ParameterType::String) };
        let put = call.send().await?;
        Ok(format!("wrote version {} of {name}", put.version))
    }
}

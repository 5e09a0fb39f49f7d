//! `ssm_automation`: starts an automation document.
use crate::function::responder::actions::SsmAutomation;
use crate::handlers::Result;
use crate::handlers::responder::actions::{Action, Need, Scene};

impl Action for SsmAutomation {
    type Found = ();
    // AWS gives the same execution for the same token, but forgets tokens after a while.
    const REMEMBERED: bool = true;

    async fn look(&self, _: &Scene<'_>) -> Result<Need<()>> {
        Ok(Need::Change(format!("start {}", self.document_name), ()))
    }

    async fn act(&self, scene: &Scene<'_>, (): ()) -> Result<String> {
        self.start(scene).await
    }
}

impl SsmAutomation {
    /// Starts it, once for each event.
    pub(super) async fn start(&self, scene: &Scene<'_>) -> Result<String> {
        let Self { document_name, document_version, parameters } = self;
        let call = scene
            .aws_of(document_name)
            .ssm()
            .start_automation_execution()
            .document_name(document_name)
            .set_document_version(document_version.clone())
            .set_parameters(Some(parameters.clone().into_iter().collect()))
            .client_token(scene.token());
        let id = call.send().await?.automation_execution_id.unwrap_or_default();
        Ok(format!("started execution {id} of {document_name}"))
    }
}

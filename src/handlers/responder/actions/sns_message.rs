//! `sns_message`: publishes to a topic.
use crate::function::responder::actions::SnsMessage;
use crate::handlers::Result;
use crate::handlers::responder::actions::{Action, Need, Scene};

impl Action for SnsMessage {
    type Found = ();
    const REMEMBERED: bool = true;

    async fn look(&self, _: &Scene<'_>) -> Result<Need<()>> {
        Ok(Need::Change(format!("publish to {}", self.topic_arn), ()))
    }

    async fn act(&self, scene: &Scene<'_>, (): ()) -> Result<String> {
        let Self { topic_arn, subject, message } = self;
        let message = message.clone().unwrap_or_else(|| scene.notice().to_string());
        let mut call =
            scene.aws_of(topic_arn).sns().publish().topic_arn(topic_arn).message(message);
        if let Some(subject) = subject {
            call = call.subject(subject);
        }
        if topic_arn.ends_with(".fifo") {
            let group = &scene.occasion.global;
            call = call.message_group_id(group).message_deduplication_id(scene.key());
        }
        let id = call.send().await?.message_id.unwrap_or_default();
        Ok(format!("published message {id}"))
    }
}

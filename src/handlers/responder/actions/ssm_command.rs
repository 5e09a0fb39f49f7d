//! `ssm_command`: runs a command document.
use aws_sdk_ssm::types::{Command, CommandFilter, CommandFilterKey, Target};

use crate::function::responder::actions::SsmCommand;
use crate::handlers::Result;
use crate::handlers::responder::actions::{Action, Need, Scene};

impl Action for SsmCommand {
    type Found = ();

    async fn look(&self, scene: &Scene<'_>) -> Result<Need<()>> {
        let name = &self.document_name;
        let mark = mark(scene);
        // Whole seconds are all that Systems Manager reads of a time.
        let since = super::instant(&scene.occasion.at)?;
        let since = aws_smithy_types::DateTime::from_secs(since)
            .fmt(aws_smithy_types::date_time::Format::DateTime)
            .unwrap_or_else(|_| scene.occasion.at.clone());
        let after =
            CommandFilter::builder().key(CommandFilterKey::InvokedAfter).value(since).build()?;
        let of =
            CommandFilter::builder().key(CommandFilterKey::DocumentName).value(name).build()?;
        let pages = scene.aws_of(name).ssm().list_commands().filters(after).filters(of);
        let sent: Vec<Command> = pages.into_paginator().items().send().try_collect().await?;
        if let Some(command) = sent.iter().find(|sent| sent.comment.as_ref() == Some(&mark)) {
            let id = command.command_id.as_deref().unwrap_or_default();
            return Ok(Need::Nothing(format!("command {id} was sent for this event")));
        }
        let to = if self.instance_ids.is_empty() {
            let tags = self.tags.iter();
            tags.map(|(key, values)| format!("{key}={}", values.join("|"))).collect()
        } else {
            self.instance_ids.iter().cloned().collect::<Vec<_>>()
        };
        Ok(Need::Change(format!("run {name} on {}", to.join(", ")), ()))
    }

    async fn act(&self, scene: &Scene<'_>, (): ()) -> Result<String> {
        let Self {
            document_name,
            document_version,
            instance_ids,
            tags,
            parameters,
            max_concurrency,
            max_errors,
        } = self;
        let instances = Some(instance_ids.iter().cloned().collect::<Vec<_>>());
        let target = |(key, values): (&String, &Vec<String>)| {
            let target = Target::builder().key(format!("tag:{key}"));
            target.set_values(Some(values.clone())).build()
        };
        let targets = Some(tags.iter().map(target).collect::<Vec<_>>());
        let call = scene
            .aws_of(document_name)
            .ssm()
            .send_command()
            .document_name(document_name)
            .set_document_version(document_version.clone())
            .set_instance_ids(instances.filter(|ids| !ids.is_empty()))
            .set_targets(targets.filter(|targets| !targets.is_empty()))
            .set_parameters(Some(parameters.clone().into_iter().collect()))
            .set_max_concurrency(max_concurrency.clone())
            .set_max_errors(max_errors.clone())
            .comment(mark(scene));
        let sent = call.send().await?.command.and_then(|command| command.command_id);
        Ok(format!("sent command {}", sent.unwrap_or_default()))
    }
}

/// The comment of the command, by which it is known again. Comments have 100 letters at most.
fn mark(scene: &Scene<'_>) -> String {
    format!("drctl responder {}", scene.key())
}

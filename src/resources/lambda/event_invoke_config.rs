//! `aws_lambda_function_event_invoke_config`: what becomes of events that a function fails on.
use aws_sdk_lambda::types as sdk;

use crate::attributes;
use crate::aws::{AbsentOn, Aws};
use crate::resources::lambda::{self, FunctionName};
use crate::resources::{Key, Listing, Live, ParentTags, Resource, Result, Retry, Token};
use crate::schema::{Arn, Identity};

attributes! {
    /// How often and how long Lambda tries a function again on an event, and where the event goes
    /// then. EventBridge has done its part once Lambda took the event, so what is lost behind that
    /// only a destination here tells.
    pub struct EventInvokeConfig {
        /// Name or ARN of the function, in the provider's account.
        function_name: FunctionName => key,
        /// Version or alias for which this holds; `$LATEST` when absent.
        qualifier: Option<String> => key,
        /// Seconds after which an event is given up, 60 to 21600.
        maximum_event_age_in_seconds: i32 => default_int(21600),
        /// How often to try again, 0 to 2.
        maximum_retry_attempts: i32 => default_int(2),
        /// Where events go afterwards.
        destination_config: Option<DestinationConfig>,
    }
}

attributes! {
    /// Where events go afterwards.
    pub struct DestinationConfig {
        /// For events that the function failed on.
        on_failure: Option<Destination>,
        /// For events that it has done.
        on_success: Option<Destination>,
    }
}

attributes! {
    /// Where an event goes.
    pub struct Destination {
        /// ARN of a queue, topic, event bus, function or bucket. The function's role must be
        /// allowed to send there.
        destination: Arn,
    }
}

attributes! {
    /// AWS tells nothing more about it.
    pub struct Outputs {}
}

fn destination(arn: Option<String>) -> Result<Option<Destination>> {
    let arn = arn.filter(|arn| !arn.is_empty()).map(Arn::parse).transpose()?;
    Ok(arn.map(|destination| Destination { destination }))
}

/// Overwrites all of it: what is left out is reset.
async fn put(aws: &Aws, want: &EventInvokeConfig) -> Result<Key> {
    let EventInvokeConfig {
        function_name,
        qualifier,
        maximum_event_age_in_seconds,
        maximum_retry_attempts,
        destination_config,
    } = want;
    let destinations = destination_config.as_ref().map(|config| {
        let DestinationConfig { on_failure, on_success } = config;
        let arn = |to: &Destination| to.destination.as_str().to_owned();
        let failure = on_failure.as_ref().map(arn);
        let success = on_success.as_ref().map(arn);
        sdk::DestinationConfig::builder()
            .set_on_failure(failure.map(|to| sdk::OnFailure::builder().destination(to).build()))
            .set_on_success(success.map(|to| sdk::OnSuccess::builder().destination(to).build()))
            .build()
    });
    aws.lambda()
        .put_function_event_invoke_config()
        .function_name(function_name.as_str())
        .set_qualifier(qualifier.clone())
        .maximum_event_age_in_seconds(*maximum_event_age_in_seconds)
        .maximum_retry_attempts(*maximum_retry_attempts)
        .set_destination_config(destinations)
        .send()
        .await?;
    Ok(Key::parts([function_name.as_str(), qualifier.as_deref().unwrap_or_default()]))
}

impl Resource for EventInvokeConfig {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_lambda_function_event_invoke_config";
    const ID: &'static str = "function_name";
    const LISTING: Listing = Listing::Within("aws_lambda_function");
    const IDENTITY: Identity = Identity::Child;
    const RETRIES: &'static [Retry] = &[
        // The function was made just now.
        Retry { code: "ResourceNotFoundException", saying: "" },
        Retry { code: "ResourceConflictException", saying: "update is in progress" },
        Retry {
            code: "InvalidParameterValueException",
            saying: "execution role does not have permissions",
        },
    ];

    async fn list(aws: &Aws, within: &[Key]) -> Result<Vec<Key>> {
        let mut keys = Vec::new();
        for function in within {
            let name = function.name()?;
            let list = aws.lambda().list_function_event_invoke_configs().function_name(name);
            let mut pages = list.into_paginator().items().send();
            while let Some(config) = pages.next().await {
                let arn = config?.function_arn.unwrap_or_default();
                keys.push(Key::parts([name, lambda::qualifier(&arn)]));
            }
        }
        Ok(keys)
    }

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let [name, qualifier] = key.split()?;
        let qualifier = Some(qualifier.to_owned()).filter(|qualifier| !qualifier.is_empty());
        let get = aws.lambda().get_function_event_invoke_config().function_name(name);
        let found = get.set_qualifier(qualifier.clone()).send().await;
        let Some(has) = found.absent_on(&["ResourceNotFoundException"])? else { return Ok(None) };
        let (failure, success) = match has.destination_config {
            Some(to) => (
                destination(to.on_failure.and_then(|failure| failure.destination))?,
                destination(to.on_success.and_then(|success| success.destination))?,
            ),
            None => (None, None),
        };
        Ok(Some(Live {
            inputs: Self {
                function_name: FunctionName::parse(name)?,
                qualifier,
                maximum_event_age_in_seconds: has.maximum_event_age_in_seconds.unwrap_or(21_600),
                maximum_retry_attempts: has.maximum_retry_attempts.unwrap_or(2),
                destination_config: (failure.is_some() || success.is_some())
                    .then_some(DestinationConfig { on_failure: failure, on_success: success }),
            },
            outputs: Outputs {},
        }))
    }

    async fn parent_tags(aws: &Aws, live: &Live<Self>) -> Result<Option<ParentTags>> {
        Ok(Some(lambda::function_tags(aws, &live.inputs.function_name).await?))
    }

    async fn create(aws: &Aws, want: &Self, _token: &Token) -> Result<Key> {
        put(aws, want).await
    }

    async fn update(aws: &Aws, _live: &Live<Self>, want: &Self) -> Result<()> {
        put(aws, want).await.map(|_| ())
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        let Self { function_name, qualifier, .. } = &live.inputs;
        let delete = aws.lambda().delete_function_event_invoke_config();
        let delete = delete.function_name(function_name.as_str()).set_qualifier(qualifier.clone());
        delete.send().await.absent_on(&["ResourceNotFoundException"])?;
        Ok(())
    }
}

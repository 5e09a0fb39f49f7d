//! Amazon SNS.
use aws_sdk_sns::types::MessageAttributeValue;

use crate::aws::{Aws, AwsError};
use crate::drift::Drift;
use crate::notify::Error;
use crate::report::drift::{message, verdict};
use crate::schema::Arn;

/// Publishes the message. Its attributes `stack`, `verdict` and `severity` let subscriptions filter.
pub(super) async fn publish(aws: &Aws, topic: &Arn, drift: &Drift) -> Result<(), Error> {
    let (title, body) = message::message(drift);
    let attribute = |value: &str| {
        MessageAttributeValue::builder().data_type("String").string_value(value).build()
    };
    let worst = drift.findings.first().map_or("none", |finding| finding.severity.name());
    let mut call = aws.sns().publish().topic_arn(topic.as_str()).subject(title).message(body);
    for (name, value) in
        [("stack", drift.stack.as_str()), ("verdict", verdict(drift)), ("severity", worst)]
    {
        let value = attribute(value).map_err(|error| Error::Refused(error.to_string()))?;
        call = call.message_attributes(name, value);
    }
    call.send().await.map_err(AwsError::from)?;
    Ok(())
}

//! Amazon EventBridge.
use aws_sdk_eventbridge::types::PutEventsRequestEntry;

use crate::aws::{Aws, AwsError};
use crate::drift::Drift;
use crate::notify::Error;
use crate::report::drift::json;
use crate::schema::Arn;

/// What an entry may hold, with room for its other parts (EventBridge quotas: 256 KiB).
const LARGEST: usize = 240 * 1024;

/// Puts one event: `source` is `drctl`, `detail-type` is `drctl Drift`, and `detail` is the stack's
/// part of the JSON report, without its findings if it were too large for an event.
pub(super) async fn put(aws: &Aws, bus: &Arn, drift: &Drift) -> Result<(), Error> {
    let mut detail = json::stack(drift);
    if detail.to_string().len() > LARGEST {
        detail["findings"] = Vec::<()>::new().into();
        detail["truncated"] = true.into();
    }
    let entry = PutEventsRequestEntry::builder()
        .source("drctl")
        .detail_type("drctl Drift")
        .detail(detail.to_string())
        .event_bus_name(bus.as_str())
        .build();
    let answer = aws.events().put_events().entries(entry).send().await.map_err(AwsError::from)?;
    // Events are refused one by one, in an answer that is a success.
    let refused = answer.entries().iter().find(|entry| entry.error_code.is_some());
    match refused {
        None => Ok(()),
        Some(entry) => Err(Error::Refused(format!(
            "{}: {}",
            entry.error_code().unwrap_or_default(),
            entry.error_message().unwrap_or_default()
        ))),
    }
}

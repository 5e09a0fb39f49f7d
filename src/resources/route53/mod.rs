//! Amazon Route 53.
mod name;
pub mod record;
mod record_wire;
pub mod zone_data;

use aws_sdk_route53::operation::get_hosted_zone::GetHostedZoneOutput;

use crate::aws::{AbsentOn, Aws};
use crate::resources::Result;

pub use name::{Fqdn, ZoneId};

/// Two changes of one zone met; one that is still being made is in the way; a health check was made
/// just now.
const RETRIES: &[crate::resources::Retry] = &[
    crate::resources::Retry { code: "PriorRequestNotComplete", saying: "" },
    crate::resources::Retry { code: "NoSuchHealthCheck", saying: "" },
];

/// The zone of that id.
pub(crate) async fn zone(aws: &Aws, id: &str) -> Result<Option<GetHostedZoneOutput>> {
    let found = aws.asked(id, async || {
        aws.route53().get_hosted_zone().id(id).send().await.absent_on(&["NoSuchHostedZone"])
    });
    Ok(found.await?.as_ref().clone())
}

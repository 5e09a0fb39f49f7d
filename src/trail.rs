//! Who changed what, by AWS's audit log.
//!
//! CloudTrail keeps management events of the last 90 days for every account, without being set up,
//! and `LookupEvents` finds them by the name of a resource
//! (<https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html>). It
//! answers twice a second, a few minutes late, and not for every service; so it is asked about what
//! matters most, and its silence says nothing.
use aws_sdk_cloudtrail::types::{Event, LookupAttribute, LookupAttributeKey};
use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::address::Region;
use crate::aws::{Aws, AwsError, Sessions};
use crate::drift::{Culprit, Drift, Finding};
use crate::plan::Finished;
use crate::schema::{Key, Placement};

/// Findings that are asked about in one run, the worst first.
const ASKED: usize = 20;

/// Notes with each finding who brought it about, as far as CloudTrail tells.
///
/// # Errors
/// When CloudTrail cannot be asked; what it has told until then is noted.
pub async fn attribute(
    drift: &mut Drift,
    finished: &Finished,
    sessions: &Sessions,
) -> Result<(), AwsError> {
    for finding in drift.findings.iter_mut().take(ASKED) {
        let Some(instance) = finished.instances.get(&finding.address) else { continue };
        let Some(connected) = finished.connected.get(&instance.alias) else { continue };
        let Some(scope) = finding.scope.clone() else { continue };
        let aws = sessions.aws(&connected.settings, scope, None).await?;
        // What has no Region is logged where the partition has its control plane.
        let aws = match instance.spec.placement {
            Placement::Global => aws.in_region(&home(aws.partition())),
            Placement::Regional | Placement::Local => aws,
        };
        finding.culprit = culprit(&aws, finding).await?;
    }
    Ok(())
}

/// The Region whose CloudTrail has the events of global services (CloudTrail User Guide, "Global
/// service events").
fn home(partition: &str) -> Region {
    Region::new(match partition {
        "aws-cn" => "cn-northwest-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => "us-east-1",
    })
}

async fn culprit(aws: &Aws, finding: &Finding) -> Result<Option<Culprit>, AwsError> {
    // The parts before the last name what it is in.
    let key = finding.key.as_ref().and_then(|key| Key::all(key).last());
    let names = finding.arn.iter().chain(key);
    let source = finding.arn.as_deref().and_then(source);
    for name in names {
        if let Some(found) = latest(aws, name, source.as_deref()).await? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The service that logs what is done to the thing of that ARN: a cluster is made with the name of
/// a key, and that is no change of the key.
fn source(arn: &str) -> Option<String> {
    let service = match arn.split(':').nth(2)? {
        "cloudwatch" => "monitoring",
        service => service,
    };
    Some(format!("{service}.amazonaws.com"))
}

/// The last call to that service that changed the resource of that name.
async fn latest(aws: &Aws, name: &str, source: Option<&str>) -> Result<Option<Culprit>, AwsError> {
    let named = LookupAttribute::builder()
        .attribute_key(LookupAttributeKey::ResourceName)
        .attribute_value(name)
        .build();
    let Ok(named) = named else { return Ok(None) };
    let found = aws.cloudtrail().lookup_events().lookup_attributes(named).send().await?;
    // They come newest first.
    let mut changes = found.events.unwrap_or_default().into_iter().filter(|event| {
        let failed = detail(event).is_some_and(|detail| detail.error_code.is_some());
        let own = source.is_none_or(|source| event.event_source.as_deref() == Some(source));
        event.read_only.as_deref() == Some("false") && own && !failed
    });
    Ok(changes.next().map(|event| Culprit {
        who: who(&event),
        at: event
            .event_time
            .and_then(|at| OffsetDateTime::from_unix_timestamp(at.secs()).ok())
            .and_then(|at| at.format(&Rfc3339).ok())
            .unwrap_or_default(),
        call: event.event_name.unwrap_or_default(),
    }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    user_identity: Option<Identity>,
    error_code: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Identity {
    arn: Option<String>,
    invoked_by: Option<String>,
}

fn detail(event: &Event) -> Option<Detail> {
    serde_json::from_str(event.cloud_trail_event.as_deref()?).ok()
}

fn who(event: &Event) -> String {
    let identity = detail(event).and_then(|detail| detail.user_identity);
    let told = identity.and_then(|identity| identity.arn.or(identity.invoked_by));
    told.or_else(|| event.username.clone()).unwrap_or_else(|| "somebody unknown".to_owned())
}

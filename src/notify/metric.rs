//! Amazon CloudWatch.
use aws_sdk_cloudwatch::types::{Dimension, MetricDatum, StandardUnit};

use crate::aws::{Aws, AwsError};
use crate::drift::Drift;
use crate::notify::Error;
use crate::recoverability::Severity;

/// Puts, for the dimension `Stack`: `DriftedResources`, `UnknownResources`, and for each `Severity`
/// `DriftedResources` again. All are put by every run, zeros too, so that an alarm on missing data
/// notices when nobody looks any more.
pub(super) async fn put(aws: &Aws, namespace: &str, drift: &Drift) -> Result<(), Error> {
    let stack = || Dimension::builder().name("Stack").value(&drift.stack).build();
    let datum = |name: &str, count: usize, severity: Option<Severity>| {
        let severity = severity
            .map(|severity| Dimension::builder().name("Severity").value(severity.name()).build());
        #[expect(clippy::cast_precision_loss, reason = "there are not 2^52 resources")]
        let count = count as f64;
        MetricDatum::builder()
            .metric_name(name)
            .unit(StandardUnit::Count)
            .value(count)
            .set_dimensions(Some(std::iter::once(stack()).chain(severity).collect()))
            .build()
    };
    let of = |severity| drift.findings.iter().filter(|one| one.severity == severity).count();
    let mut all = vec![
        datum("DriftedResources", drift.findings.len(), None),
        datum("UnknownResources", drift.unknown.len(), None),
    ];
    all.extend(Severity::ALL.map(|one| datum("DriftedResources", of(one), Some(one))));
    let call = aws.cloudwatch().put_metric_data().namespace(namespace).set_metric_data(Some(all));
    call.send().await.map_err(AwsError::from)?;
    Ok(())
}

//! `aws_cloudwatch_metric_alarm`: watches one number and tells when it is wrong.
use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudwatch::operation::put_metric_alarm::builders::PutMetricAlarmFluentBuilder;
use aws_sdk_cloudwatch::types::{Metric, MetricDataQuery, MetricStat, StandardUnit};

use crate::attributes;
use crate::aws::Aws;
use crate::resources::cloudwatch::{self, Alarm, alarm_rules};
use crate::resources::tags::Tags;
use crate::resources::{Key, Live, Resource, Result, Token, differing};
use crate::schema::{Arn, Attribute, Given, Kind, Mismatch, Problem, Unordered};
use crate::text_type;
use crate::value::{Object, Value};

attributes! {
    /// An alarm on one metric, or on an expression over several.
    ///
    /// An alarm sees metrics of its own Region only. Aurora reports the lag of a global database in
    /// the secondary Regions, so the alarm belongs into every member's Region: where the cluster is
    /// primary it has no data, and after a switchover it wakes up by itself.
    pub struct MetricAlarm {
        /// Name of the alarm, unique among all alarms of its account and Region.
        alarm_name: String => key,
        /// How the metric is compared with `threshold`, for example `GreaterThanThreshold`.
        comparison_operator: ComparisonOperator,
        /// How many periods are looked at.
        evaluation_periods: i32,
        /// Name of the metric. Give this or `metric_query` blocks.
        metric_name: Option<String>,
        /// Namespace of the metric, for example `AWS/RDS`.
        namespace: Option<String>,
        /// Length of a period in seconds: 10, 20, 30 or a multiple of 60.
        period: Option<i32>,
        /// `Average`, `Maximum`, `Minimum`, `SampleCount` or `Sum`. Give this or
        /// `extended_statistic`. For lag take `Maximum`: an average hides the worst moment.
        statistic: Option<Statistic>,
        /// A percentile or another of CloudWatch's extended statistics, for example `p99`.
        extended_statistic: Option<ExtendedStatistic>,
        /// Which of the metrics of that name: the cluster, for example. All of a metric's
        /// dimensions must be given, otherwise the alarm never has data.
        dimensions: BTreeMap<String, String>,
        /// The value to compare with. The lag of a global database is in milliseconds.
        threshold: Option<f64>,
        /// The `id` of the `metric_query` with `ANOMALY_DETECTION_BAND` that takes the threshold's
        /// place.
        threshold_metric_id: Option<String>,
        /// Metrics and expressions over them; exactly one of them is watched.
        metric_query: Unordered<MetricQuery>,
        /// How many of the periods must be bad. All of them when absent.
        datapoints_to_alarm: Option<i32>,
        /// What a period without data means: `missing`, `ignore`, `breaching` or `notBreaching`.
        /// Replication that has died reports nothing at all: with `missing` such an alarm goes to
        /// `INSUFFICIENT_DATA`, which `insufficient_data_actions` can tell.
        treat_missing_data: MissingData => default_text("missing"),
        /// `ignore` to keep quiet while a percentile has too few samples, or `evaluate`.
        evaluate_low_sample_count_percentiles: Option<String> => aws_decides,
        /// Whether the alarm acts at all.
        actions_enabled: bool => default_bool(true),
        /// ARNs of what to do when the alarm goes off: topics in the same Region, for example. AWS
        /// does not check them; a wrong one shows only in an emergency.
        alarm_actions: BTreeSet<String>,
        /// ARNs of what to do when all is well again.
        ok_actions: BTreeSet<String>,
        /// ARNs of what to do when there is no data.
        insufficient_data_actions: BTreeSet<String>,
        /// Count only data of this unit. Best left out: data of another unit is then overlooked.
        unit: Option<String>,
        /// What the alarm means and what to do about it, for whoever is woken by it.
        alarm_description: Option<String>,
        /// Tags of the alarm.
        tags: Tags,
    }
}

attributes! {
    /// A metric, or an expression over others.
    pub struct MetricQuery {
        /// Name of the query in expressions: a small letter, then letters, digits and `_`.
        id: String,
        /// An expression of CloudWatch's metric maths over the ids of others, for example
        /// `MAX([m1, m2])`, or a query of Metrics Insights.
        expression: Option<String>,
        /// What people see instead of the id.
        label: Option<String>,
        /// Length of a period of an expression in seconds.
        period: Option<i32>,
        /// Whether this is the one that the alarm watches; exactly one is.
        return_data: bool => default_bool(false),
        /// Account of the metric, where CloudWatch observes several accounts from one.
        account_id: Option<String>,
        /// The metric; give this or `expression`.
        metric: Option<QueriedMetric>,
    }
}

attributes! {
    /// A metric in a query.
    pub struct QueriedMetric {
        /// Name of the metric.
        metric_name: String,
        /// Namespace of the metric.
        namespace: Option<String>,
        /// Length of a period in seconds.
        period: i32,
        /// The statistic, plain or extended.
        stat: String,
        /// Which of the metrics of that name.
        dimensions: BTreeMap<String, String>,
        /// Count only data of this unit.
        unit: Option<String>,
    }
}

attributes! {
    /// What AWS tells about an alarm.
    pub struct Outputs {
        /// ARN of the alarm.
        arn: Arn,
    }
}

text_type! {
    /// How an alarm compares.
    pub struct ComparisonOperator,
        |s| matches!(s, "GreaterThanOrEqualToThreshold" | "GreaterThanThreshold"
            | "LessThanThreshold" | "LessThanOrEqualToThreshold"
            | "LessThanLowerOrGreaterThanUpperThreshold" | "LessThanLowerThreshold"
            | "GreaterThanUpperThreshold"),
        "a comparison: `GreaterThanThreshold`, `GreaterThanOrEqualToThreshold`, \
         `LessThanThreshold`, `LessThanOrEqualToThreshold` or, for anomalies, \
         `LessThanLowerOrGreaterThanUpperThreshold`, `LessThanLowerThreshold` or \
         `GreaterThanUpperThreshold`";
}

text_type! {
    /// A plain statistic.
    pub struct Statistic,
        |s| matches!(s, "SampleCount" | "Average" | "Sum" | "Minimum" | "Maximum"),
        "a statistic: `SampleCount`, `Average`, `Sum`, `Minimum` or `Maximum`";
}

text_type! {
    /// What a period without data means.
    pub struct MissingData,
        |s| matches!(s, "missing" | "ignore" | "breaching" | "notBreaching"),
        "one of `missing`, `ignore`, `breaching` and `notBreaching`";
}

/// An extended statistic; `p99.0` is the same as `p99`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtendedStatistic(String);

impl Attribute for ExtendedStatistic {
    const KIND: Kind = Kind::Text;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        let text = String::decode(value)?;
        let plain = match text.split_once('.') {
            Some((whole, fraction)) if fraction.bytes().all(|b| b == b'0') => whole.to_owned(),
            Some((_, fraction)) if fraction.bytes().all(|b| b.is_ascii_digit()) => {
                text.trim_end_matches('0').to_owned()
            }
            _ => text,
        };
        Ok(Self(plain))
    }
    fn encode(&self) -> Value {
        Value::text(&self.0)
    }
}

/// The call that makes the alarm what is wanted, all of it: what is left out is reset.
fn put(aws: &Aws, want: &MetricAlarm) -> PutMetricAlarmFluentBuilder {
    let MetricAlarm {
        alarm_name,
        comparison_operator,
        evaluation_periods,
        metric_name,
        namespace,
        period,
        statistic,
        extended_statistic,
        dimensions,
        threshold,
        threshold_metric_id,
        metric_query,
        datapoints_to_alarm,
        treat_missing_data,
        evaluate_low_sample_count_percentiles,
        actions_enabled,
        alarm_actions,
        ok_actions,
        insufficient_data_actions,
        unit,
        alarm_description,
        tags: _,
    } = want;
    let list = |set: &BTreeSet<String>| Some(set.iter().cloned().collect::<Vec<_>>());
    let queries: Vec<_> = metric_query.0.iter().map(query).collect();
    aws.cloudwatch()
        .put_metric_alarm()
        .alarm_name(alarm_name)
        .comparison_operator(comparison_operator.as_str().into())
        .evaluation_periods(*evaluation_periods)
        .set_metric_name(metric_name.clone())
        .set_namespace(namespace.clone())
        .set_period(*period)
        .set_statistic(statistic.as_ref().map(|statistic| statistic.as_str().into()))
        .set_extended_statistic(extended_statistic.as_ref().map(|s| s.0.clone()))
        .set_dimensions((!dimensions.is_empty()).then(|| cloudwatch::to_dimensions(dimensions)))
        .set_threshold(*threshold)
        .set_threshold_metric_id(threshold_metric_id.clone())
        .set_metrics((!queries.is_empty()).then_some(queries))
        .set_datapoints_to_alarm(*datapoints_to_alarm)
        .treat_missing_data(treat_missing_data.as_str())
        .set_evaluate_low_sample_count_percentile(evaluate_low_sample_count_percentiles.clone())
        .actions_enabled(*actions_enabled)
        .set_alarm_actions(list(alarm_actions))
        .set_ok_actions(list(ok_actions))
        .set_insufficient_data_actions(list(insufficient_data_actions))
        .set_unit(unit.as_deref().map(StandardUnit::from))
        .set_alarm_description(alarm_description.clone())
}

fn query(want: &MetricQuery) -> MetricDataQuery {
    let MetricQuery { id, expression, label, period, return_data, account_id, metric } = want;
    let metric = metric.as_ref().map(|metric| {
        let QueriedMetric { metric_name, namespace, period, stat, dimensions, unit } = metric;
        let dimensions = (!dimensions.is_empty()).then(|| cloudwatch::to_dimensions(dimensions));
        let named = Metric::builder()
            .metric_name(metric_name)
            .set_namespace(namespace.clone())
            .set_dimensions(dimensions);
        let unit = unit.as_deref().map(StandardUnit::from);
        MetricStat::builder()
            .metric(named.build())
            .period(*period)
            .stat(stat)
            .set_unit(unit)
            .build()
    });
    MetricDataQuery::builder()
        .id(id)
        .set_expression(expression.clone())
        .set_label(label.clone())
        .set_period(*period)
        .return_data(*return_data)
        .set_account_id(account_id.clone())
        .set_metric_stat(metric)
        .build()
}

fn queried(has: MetricDataQuery) -> Result<MetricQuery, Mismatch> {
    let metric = has.metric_stat.map(|stat| {
        let metric = stat.metric.given("Metric")?;
        Ok::<_, Mismatch>(QueriedMetric {
            metric_name: metric.metric_name.given("MetricName")?,
            namespace: metric.namespace,
            period: stat.period.given("Period")?,
            stat: stat.stat.given("Stat")?,
            dimensions: cloudwatch::from_dimensions(metric.dimensions),
            unit: stat.unit.map(|unit| unit.as_str().to_owned()),
        })
    });
    Ok(MetricQuery {
        id: has.id.given("Id")?,
        expression: has.expression,
        label: has.label,
        period: has.period,
        return_data: has.return_data.unwrap_or(true),
        account_id: has.account_id,
        metric: metric.transpose()?,
    })
}

impl Resource for MetricAlarm {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_cloudwatch_metric_alarm";
    const ID: &'static str = "alarm_name";
    const ARN: Option<&'static str> =
        Some("arn:{partition}:cloudwatch:{region}:{account}:alarm:{alarm_name}");

    fn check(want: &Object) -> Vec<Problem> {
        alarm_rules::check(want)
    }

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let name = key.name()?;
        let has = match cloudwatch::alarm(aws, name).await? {
            None => return Ok(None),
            Some(Alarm::Composite(_)) => return Err(cloudwatch::other_sort(name, "a composite")),
            Some(Alarm::Metric(alarm)) => *alarm,
        };
        let arn = Arn::parse(has.alarm_arn.given("AlarmArn")?)?;
        let set = |list: Option<Vec<String>>| list.unwrap_or_default().into_iter().collect();
        let operator = has.comparison_operator.given("ComparisonOperator")?;
        let statistic = has.statistic.map(|statistic| Statistic::parse(statistic.as_str()));
        let extended = has.extended_statistic.map(|s| ExtendedStatistic::decode(&Value::text(s)));
        let queries = has.metrics.unwrap_or_default().into_iter().map(queried);
        Ok(Some(Live {
            inputs: Self {
                alarm_name: has.alarm_name.given("AlarmName")?,
                comparison_operator: ComparisonOperator::parse(operator.as_str())?,
                evaluation_periods: has.evaluation_periods.given("EvaluationPeriods")?,
                metric_name: has.metric_name,
                namespace: has.namespace,
                period: has.period,
                statistic: statistic.transpose()?,
                extended_statistic: extended.transpose()?,
                dimensions: cloudwatch::from_dimensions(has.dimensions),
                threshold: has.threshold,
                threshold_metric_id: has.threshold_metric_id,
                metric_query: Unordered(queries.collect::<Result<_, _>>()?),
                datapoints_to_alarm: has.datapoints_to_alarm,
                treat_missing_data: MissingData::parse(
                    has.treat_missing_data.as_deref().unwrap_or("missing"),
                )?,
                evaluate_low_sample_count_percentiles: has.evaluate_low_sample_count_percentile,
                actions_enabled: has.actions_enabled.unwrap_or(true),
                alarm_actions: set(has.alarm_actions),
                ok_actions: set(has.ok_actions),
                insufficient_data_actions: set(has.insufficient_data_actions),
                unit: has.unit.map(|unit| unit.as_str().to_owned()),
                alarm_description: has.alarm_description.filter(|text| !text.is_empty()),
                tags: cloudwatch::tags(aws, arn.as_str()).await?,
            },
            outputs: Outputs { arn },
        }))
    }

    async fn create(aws: &Aws, want: &Self, _token: &Token) -> Result<Key> {
        let tags = cloudwatch::to_aws(want.tags.iter());
        put(aws, want).set_tags(Some(tags)).send().await?;
        Ok(Key::only(&want.alarm_name))
    }

    async fn update(aws: &Aws, live: &Live<Self>, want: &Self) -> Result<()> {
        let has = &live.inputs;
        if differing(has, want).iter().any(|name| *name != "tags") {
            let mut whole = want.clone();
            whole.evaluate_low_sample_count_percentiles = want
                .evaluate_low_sample_count_percentiles
                .clone()
                .or_else(|| has.evaluate_low_sample_count_percentiles.clone());
            put(aws, &whole).send().await?;
        }
        cloudwatch::retag(aws, live.outputs.arn.as_str(), &has.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        Ok(cloudwatch::delete_alarm(aws, &live.inputs.alarm_name).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(given: &str, canonical: &str) {
        let statistic = ExtendedStatistic::decode(&Value::text(given)).unwrap();
        assert_eq!(statistic, ExtendedStatistic(canonical.to_owned()));
    }

    #[test]
    fn a_percentile_is_a_number() {
        check("p99.0", "p99");
        check("p99.90", "p99.9");
        check("p100", "p100");
        check("TM(0.5%:99.50%)", "TM(0.5%:99.50%)");
    }
}

//! Arguments of a metric alarm that CloudWatch refuses together.
use crate::schema::Problem;
use crate::value::{Object, Value};

/// Everything that is wrong between the arguments of an alarm, as far as they are known.
pub(super) fn check(want: &Object) -> Vec<Problem> {
    let mut found = choices(want);
    found.extend(periods(want));
    found
}

fn choices(want: &Object) -> Vec<Problem> {
    let has = |name| match want.get(name).unmarked() {
        Value::Null => false,
        Value::List(blocks) => !blocks.is_empty(),
        _ => true,
    };
    let mut found = Vec::new();
    let mut wrong = |detail: &str, hint: &str| {
        found.push(Problem::error(&[], "Invalid combination of arguments", detail).hint(hint));
    };
    match (has("metric_name"), has("metric_query")) {
        (true, true) => wrong(
            "An alarm has either \"metric_name\" or \"metric_query\" blocks, not both.",
            "Put the metric into a metric_query block with return_data = true.",
        ),
        (false, false) => wrong(
            "An alarm needs something to watch.",
            "Give \"metric_name\" and \"namespace\", or metric_query blocks.",
        ),
        (true, false) => {
            for needed in ["namespace", "period"] {
                if !has(needed) {
                    let detail = format!("With \"metric_name\" an alarm needs \"{needed}\" too.");
                    wrong(&detail, "The lag of Aurora is in AWS/RDS, every 60 seconds.");
                }
            }
            match (has("statistic"), has("extended_statistic")) {
                (true, true) => wrong(
                    "An alarm has either \"statistic\" or \"extended_statistic\", not both.",
                    "Percentiles such as p99 are extended statistics.",
                ),
                (false, false) => wrong(
                    "With \"metric_name\" an alarm needs \"statistic\" or \"extended_statistic\".",
                    "For lag take statistic = \"Maximum\": an average hides the worst moment.",
                ),
                _ => {}
            }
        }
        (false, true) => {}
    }
    if has("threshold") && has("threshold_metric_id") {
        wrong(
            "An alarm has either \"threshold\" or \"threshold_metric_id\", not both.",
            "The second is for anomaly detection.",
        );
    }
    found
}

fn periods(want: &Object) -> Vec<Problem> {
    let whole = |name| want.get(name).as_i64();
    let mut found = Vec::new();
    let evaluated = whole("evaluation_periods");
    if let (Some(bad), Some(all)) = (whole("datapoints_to_alarm"), evaluated)
        && bad > all
    {
        let detail =
            format!("{bad} of the last {all} periods cannot be bad: evaluation_periods is {all}.");
        let problem = Problem::error(&["datapoints_to_alarm"], "Invalid value", detail);
        found.push(problem.hint("Raise evaluation_periods, or lower datapoints_to_alarm."));
    }
    let Some(period) = whole("period") else { return found };
    let mut wrong = |detail| found.push(Problem::error(&["period"], "Invalid value", detail));
    if ![10, 20, 30].contains(&period) && (period <= 0 || period % 60 != 0) {
        wrong(format!("A period is 10, 20, 30 or a multiple of 60 seconds, not {period}."));
    }
    let longest = if period >= 3600 { 604_800 } else { 86_400 };
    if let Some(count) = evaluated
        && count.saturating_mul(period) > longest
    {
        wrong(format!(
            "{count} periods of {period} seconds are more than the {longest} seconds that \
             CloudWatch looks back."
        ));
    }
    found
}

//! Arguments of an alarm that CloudWatch refuses together.
use super::{Scene, is_set};
use crate::config::Block;
use crate::diagnostic::Diagnostic;

pub(super) fn check(scene: &Scene<'_>, problems: &mut Vec<Diagnostic>) {
    for alarm in scene.resources("aws_cloudwatch_metric_alarm") {
        choices(alarm, problems);
        periods(scene, alarm, problems);
    }
}

fn choices(alarm: &Block, problems: &mut Vec<Diagnostic>) {
    let has = |name| is_set(&alarm.body, name);
    let mut wrong = |detail: &str, hint: &str| {
        let problem = Diagnostic::error("Invalid combination of arguments", detail);
        problems.push(problem.at(alarm.span.clone()).hint(hint));
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
}

fn periods(scene: &Scene<'_>, alarm: &Block, problems: &mut Vec<Diagnostic>) {
    let invalid = "Invalid value";
    let evaluated = scene.whole(&alarm.body, "evaluation_periods");
    if let (Some((bad, span)), Some((all, _))) =
        (scene.whole(&alarm.body, "datapoints_to_alarm"), &evaluated)
        && bad > *all
    {
        let detail =
            format!("{bad} of the last {all} periods cannot be bad: evaluation_periods is {all}.");
        let problem = Diagnostic::error(invalid, detail).at(span);
        problems.push(problem.hint("Raise evaluation_periods, or lower datapoints_to_alarm."));
    }
    let Some((period, span)) = scene.whole(&alarm.body, "period") else { return };
    if ![10, 20, 30].contains(&period) && (period <= 0 || period % 60 != 0) {
        let detail = format!("A period is 10, 20, 30 or a multiple of 60 seconds, not {period}.");
        problems.push(Diagnostic::error(invalid, detail).at(span.clone()));
    }
    let longest = if period >= 3600 { 604_800 } else { 86_400 };
    if let Some((count, _)) = evaluated
        && count.saturating_mul(period) > longest
    {
        let detail = format!(
            "{count} periods of {period} seconds are more than the {longest} seconds that \
             CloudWatch looks back."
        );
        problems.push(Diagnostic::error(invalid, detail).at(span));
    }
}

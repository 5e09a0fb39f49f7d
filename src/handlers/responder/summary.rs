//! What people are told in the end.
use std::fmt::Write as _;
use std::time::Duration;

use crate::function::responder::Occasion;
use crate::handlers::Status;
use crate::handlers::responder::run::Ended;
use crate::schema::Arn;

/// The longest subject that SNS takes.
const SUBJECT: usize = 100;

/// Subject and text.
pub(super) fn write(occasion: &Occasion, ended: &[Ended], took: Duration) -> (String, String) {
    let failed = ended.iter().filter(|ended| ended.status == Status::Failed).count();
    let writer = occasion.writer.as_ref().map(place);
    let writes =
        writer.map_or_else(|| "nobody writes".to_owned(), |place| format!("{place} writes"));
    let act = if failed > 0 { "ACT: " } else { "" };
    let subject = format!("{act}{}: {}, {writes}", occasion.global, occasion.phase);
    // SNS takes ASCII only.
    let subject: String = subject.chars().filter(char::is_ascii).take(SUBJECT).collect();

    let mut text = format!(
        "Global database {}: {}.\n{} at {}, acted on in {}.\n\n",
        occasion.global,
        occasion.phase.describe(),
        occasion.event_id,
        occasion.at,
        occasion.here.region,
    );
    let _ = writeln!(text, "Now {writes}.");
    if let Some(endpoint) = &occasion.global_endpoint {
        let _ = writeln!(text, "Global writer endpoint: {endpoint}");
    }
    if let Some(endpoint) = &occasion.endpoint {
        let _ = writeln!(text, "Endpoint of the cluster in {}: {endpoint}", occasion.here.region);
    }
    let _ = writeln!(
        text,
        "\n{} actions in {:.1} s, {failed} failed:\n",
        ended.len(),
        took.as_secs_f64()
    );
    for ended in ended {
        let Ended { name, kind, status, says, attempts, took } = ended;
        let status = match status {
            Status::Done => "done",
            Status::Skipped => "nothing to do",
            Status::Failed => "FAILED",
            Status::Planned => "would be done",
            Status::Started | Status::Refused | Status::Found => "?",
        };
        let again = if *attempts > 1 { format!(", {attempts} attempts") } else { String::new() };
        let kind = if kind == name { String::new() } else { format!(" ({kind})") };
        let _ = writeln!(text, "  {name}{kind}: {status}, {:.1} s{again}", took.as_secs_f64());
        let _ = writeln!(text, "    {says}");
    }
    if failed > 0 {
        text.push_str(
            "\nLambda invokes the function again, twice as a rule, and only what is left is done then.\n",
        );
    }
    (subject, text)
}

fn place(arn: &Arn) -> String {
    format!("{} ({})", arn.region(), arn.name())
}

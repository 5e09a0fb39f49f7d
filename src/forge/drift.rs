//! One issue on GitHub for each stack that has drifted: opened, kept up to date, closed, reopened.
use serde_json::json;

use crate::drift::{Drift, Verdict};
use crate::forge::github::{GitHub, Issue};
use crate::forge::{Posted, Result};
use crate::report::drift::{markdown, summary};
use crate::report::markdown::{Marker, code};
use crate::report::review::GITHUB;

/// The label of these issues, by which they are listed.
const LABEL: &str = "drctl/drift";
/// What a title ends in while it is not known what has drifted.
const UNKNOWN: &str = " (not known)";

/// Brings the issue about a stack up to date; none if there is nothing to tell.
///
/// What was found once and cannot be read now is not said to be fine: such an issue stays as it is,
/// marked as not known.
///
/// # Errors
/// When the issue cannot be brought up to date.
pub async fn follow(github: &GitHub, drift: &Drift) -> Result<Option<Posted>> {
    let marker = markdown::marker(drift);
    let about = |one: &Issue| Marker::of(&one.body).is_some_and(|theirs| theirs.is_about(&marker));
    let mut ours: Vec<Issue> = github.issues(LABEL).await?.into_iter().filter(about).collect();
    // An open one before all others; of the rest the newest.
    ours.sort_by_key(|one| (!one.open, std::cmp::Reverse(one.number)));
    let old = ours.into_iter().next();
    let done = |what, issue: &Issue| Ok(Some(Posted { what, url: issue.url.clone() }));
    let said = code(&summary(drift));
    match (drift.verdict(), old) {
        (Verdict::Clean, Some(old)) if old.open => {
            github.say(old.number, &format!("All is as declared again. {said}")).await?;
            let told = json!({
                "state": "closed", "state_reason": "completed", "title": plain(&old.title),
            });
            github.change(old.number, &told).await?;
            done("closed", &old)
        }
        (Verdict::Clean, _) => Ok(None),
        (Verdict::Unknown, Some(old)) if old.open && old.title.ends_with(UNKNOWN) => {
            done("unchanged", &old)
        }
        (Verdict::Unknown, Some(old)) if old.open => {
            let why = format!("It is not known what of this is still so. {said}");
            github.say(old.number, &why).await?;
            let told = json!({ "title": format!("{}{UNKNOWN}", old.title) });
            github.change(old.number, &told).await?;
            done("marked as not known", &old)
        }
        (Verdict::Unknown, _) if drift.findings.is_empty() => Ok(None),
        (verdict, old) => {
            let markdown::Issue { title, body } = markdown::issue(drift, GITHUB);
            let title =
                if verdict == Verdict::Unknown { format!("{title}{UNKNOWN}") } else { title };
            let Some(old) = old else {
                return done("opened", &github.open(&title, &body, LABEL).await?);
            };
            let same_set = Marker::of(&old.body) == Some(marker);
            if old.open && same_set && old.title == title && old.body.trim() == body.trim() {
                return done("unchanged", &old);
            }
            let told = json!({ "title": title, "body": body, "state": "open" });
            github.change(old.number, &told).await?;
            let news = match (old.open, same_set) {
                (false, _) => Some("It has drifted again."),
                (true, false) => Some("What has drifted is something else now."),
                // Values have changed, or it is known again: nobody needs to be called for that.
                (true, true) => None,
            };
            if let Some(news) = news {
                github.say(old.number, &format!("{news} {said}")).await?;
            }
            done(if old.open { "updated" } else { "reopened" }, &old)
        }
    }
}

/// The title without the mark.
fn plain(title: &str) -> &str {
    title.strip_suffix(UNKNOWN).unwrap_or(title)
}

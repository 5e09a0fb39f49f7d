//! What `drctl {}` says about plans that are saved and about runs at the same time.
use std::time::Duration;

use crate::address::Region;
use crate::config::block::Reader;
use crate::config::{Body, Lock, Nested, Settings};
use crate::diagnostic::{Diagnostic, Span};
use crate::schema::Length;

/// A lease that is shorter is lost by who only waits for an answer.
const SHORTEST: Duration = Duration::from_secs(10);

/// Takes `plan_expiry` and `lock` out of the block.
pub(super) fn settings(settings: &mut Settings, body: &mut Body, reader: &mut Reader<'_>) {
    if let Some((length, _)) = length(body, "plan_expiry", reader) {
        settings.plan_expiry = Some(length);
    }
    for block in body.take_blocks("lock") {
        let lock = lock(block, reader);
        match &settings.lock {
            Some(first) => reader.twice("block", "lock", &first.span, &lock.span),
            None => settings.lock = Some(lock),
        }
    }
}

fn lock(block: Nested, reader: &mut Reader<'_>) -> Lock {
    let Nested { mut body, .. } = block;
    let provider = body.take("provider").and_then(|argument| reader.alias(&argument.value));
    let region = reader.take_text(&mut body, "region");
    let lease = length(&mut body, "lease", reader);
    if let Some((_, span)) = lease.as_ref().filter(|(lease, _)| lease.duration() < SHORTEST) {
        let text = format!("A lease holds for at least {} seconds.", SHORTEST.as_secs());
        reader.problems.push(Diagnostic::error("Invalid lease", text).at(span.clone()));
    }
    reader.nothing_left(&body, &["provider", "region", "lease"], "a lock block");
    Lock {
        provider: provider.unwrap_or_default(),
        region: region.map(|(region, _)| Region::new(&region)),
        lease: lease.map(|(lease, _)| lease),
        span: body.span,
    }
}

/// A length of time that is written out, as `"24h"`.
fn length(body: &mut Body, name: &str, reader: &mut Reader<'_>) -> Option<(Length, Span)> {
    let (text, span) = reader.take_text(body, name)?;
    match Length::parse(&text) {
        Ok(length) => Some((length, span)),
        Err(mismatch) => {
            let problem = Diagnostic::error("Invalid length of time", format!("{mismatch}."));
            reader.problems.push(problem.at(span));
            None
        }
    }
}

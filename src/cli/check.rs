//! `drctl check`: what must be true before an apply can succeed.
use std::io;

use clap::Args;

use crate::check::{self, Ground};
use crate::cli::Exit;
use crate::cli::arguments::PlanArguments;
use crate::cli::plan::failed;
use crate::cli::screen::Screen;
use crate::event::Silent;
use crate::finding::{Finding, Verdict, worst};
use crate::plan::{Finished, Unreadable};
use crate::report;
use crate::workspace::Session;

#[derive(Debug, Args)]
pub(super) struct Check {
    #[command(flatten)]
    arguments: PlanArguments,
}

impl Check {
    pub(super) async fn run(self, screen: &mut Screen) -> io::Result<Exit> {
        let Self { arguments } = self;
        let json = arguments.output.json;
        if arguments.output.no_color {
            screen.plain();
        }
        let opened = Session::open(&arguments.request());
        let (session, finished, _) = match Session::planned(opened, &mut Silent).await? {
            Ok(planned) => planned,
            Err(problems) => return failed(&problems, json, screen),
        };
        let mut found = findings(&session, &finished).await;
        // What could not be read for the plan is not known to the checks either.
        found.extend(finished.plan.unreadable.iter().map(unread));
        if json {
            screen.result(&format!("{:#}\n", report::findings::json(&found)))?;
        } else {
            screen.result(&report::findings::render(&found, screen.paint))?;
        }
        Ok(match worst(&found) {
            Verdict::Pass | Verdict::Warn => Exit::Success,
            Verdict::Unknown => Exit::Incomplete,
            Verdict::Fail => Exit::Unmet,
        })
    }
}

/// Makes the checks that a plan asks for.
pub(super) async fn findings(session: &Session, finished: &Finished) -> Vec<Finding> {
    let ground = Ground::new(finished, &session.sessions, &session.intent.stack);
    check::run(&ground).await
}

fn unread(one: &Unreadable) -> Finding {
    let Unreadable { address, reason, unreachable, .. } = one;
    let fix = if *unreachable { "Try again later." } else { "Let who runs drctl read it." };
    Finding::pass("read", address.to_string(), format!("not known: {reason}."))
        .but(Verdict::Unknown, fix)
}

//! For CI: a suite for each stack, a case for each resource.
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::drift::Drift;
use crate::report::Paint;
use crate::report::text;

/// JUnit XML over all stacks of a run.
pub fn render(drifts: &[Drift]) -> String {
    let mut report = Report::new("drctl drift");
    for drift in drifts {
        let mut suite = TestSuite::new(drift.stack.as_str());
        for address in drift.looked_at.keys() {
            let status = match drift.findings.iter().find(|one| one.address == *address) {
                None => TestCaseStatus::success(),
                Some(finding) => {
                    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                    let remarks = super::remarks(finding).join("\n");
                    status
                        .set_type(finding.severity.name())
                        .set_message(format!("{address} {}", super::fate(finding)))
                        .set_description(format!(
                            "{remarks}\n{}",
                            super::difference(finding, Paint::PLAIN)
                        ));
                    status
                }
            };
            let mut case = TestCase::new(text::address(address), status);
            case.set_classname(address.block.type_name.as_str());
            if !drift.unknown.contains_key(address) {
                suite.add_test_case(case);
            }
        }
        // What could not be read has neither passed nor failed.
        for (address, why) in super::unknown(drift) {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_type("unknown").set_message(why);
            suite.add_test_case(TestCase::new(address, status));
        }
        report.add_test_suite(suite);
    }
    report.to_string().unwrap_or_else(|error| unreachable!("text can always be written: {error}"))
}

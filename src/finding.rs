//! What must be true before an apply can succeed, and whether it is, as data.

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Name of the check, as `organization`.
    pub check: &'static str,
    /// What was looked at: a cluster, an account and Region, a plan.
    pub subject: String,
    /// How it is.
    pub verdict: Verdict,
    /// What was found, as a sentence.
    pub found: String,
    /// What to do about it; none if there is nothing to do.
    pub fix: Option<String>,
}

/// Whether something is as it must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It is.
    Pass,
    /// It need not be, but somebody should know.
    Warn,
    /// Nobody let us see it, or there was no answer: it may be either way.
    Unknown,
    /// It is not: applying cannot succeed, or what is applied will not work.
    Fail,
}

impl Verdict {
    /// In a word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Unknown => "unknown",
            Self::Fail => "fail",
        }
    }
}

impl Finding {
    /// It is as it must be.
    pub fn pass(check: &'static str, subject: impl Into<String>, found: impl Into<String>) -> Self {
        Self {
            check,
            subject: subject.into(),
            verdict: Verdict::Pass,
            found: found.into(),
            fix: None,
        }
    }
    /// The same with another verdict.
    #[must_use]
    pub fn but(self, verdict: Verdict, fix: impl Into<String>) -> Self {
        Self { verdict, fix: Some(fix.into()), ..self }
    }
}

/// The worst of them; passes if there is none.
pub fn worst(findings: &[Finding]) -> Verdict {
    findings.iter().map(|finding| finding.verdict).max().unwrap_or(Verdict::Pass)
}

//! What EventBridge tells, taken apart: the envelope that all events have in common.
use serde_json::Value as Json;

/// One event.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice<'a> {
    /// Who tells it, as `aws.backup`.
    pub source: &'a str,
    /// What sort it is, as `Copy Job State Change`.
    pub kind: &'a str,
    /// Account that it happened in.
    pub account: &'a str,
    /// Region that it happened in.
    pub region: &'a str,
    /// ARNs that it is about.
    pub resources: Vec<&'a str>,
    /// What the source tells of it.
    pub detail: &'a Json,
}

impl<'a> Notice<'a> {
    /// Takes an event apart.
    ///
    /// # Errors
    /// When it is no event of EventBridge; the text says what is missing.
    pub fn read(event: &'a Json) -> Result<Self, String> {
        let wrong = |name: &str| format!("this is no event of EventBridge: it has no \"{name}\"");
        let text = |name: &str| event.get(name).and_then(Json::as_str).ok_or_else(|| wrong(name));
        let detail = event.get("detail").filter(|detail| detail.is_object());
        let resources = event.get("resources").and_then(Json::as_array);
        Ok(Self {
            source: text("source")?,
            kind: text("detail-type")?,
            account: text("account")?,
            region: text("region")?,
            resources: resources.into_iter().flatten().filter_map(Json::as_str).collect(),
            detail: detail.ok_or_else(|| wrong("detail"))?,
        })
    }

    /// A text of the detail.
    ///
    /// # Errors
    /// When it is not there or no text; the text names it.
    pub fn text(&self, name: &str) -> Result<&'a str, String> {
        self.detail.get(name).and_then(Json::as_str).ok_or_else(|| {
            format!("the {:?} event has no text \"{name}\" in its detail", self.kind)
        })
    }

    /// A text of the detail that need not be there.
    pub fn said(&self, name: &str) -> Option<&'a str> {
        self.detail.get(name).and_then(Json::as_str).filter(|text| !text.is_empty())
    }

    /// Whether a schedule sent it.
    pub fn is_scheduled(&self) -> bool {
        self.kind == "Scheduled Event" && ["aws.events", "aws.scheduler"].contains(&self.source)
    }
}

//! Whom findings are told to.
use crate::schema::{Arn, Attribute, Kind, Mismatch};
use crate::value::Value;

/// Where findings are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// An Amazon SNS topic: told of drift and of what could not be read.
    Topic(Arn),
    /// An incoming webhook that takes what Slack's take: told of the same.
    Webhook(String),
    /// An EventBridge bus: told of every run.
    Bus(Arn),
    /// A CloudWatch namespace: gets a metric from every run.
    Metric(String),
}

/// How a namespace is told from the rest.
const METRIC: &str = "cloudwatch:";

impl Target {
    /// Reads `-notify`.
    ///
    /// # Errors
    /// When it is nothing that can be told; the text says what can.
    pub fn parse(text: &str) -> Result<Self, String> {
        const CAN: &str = "an ARN of an SNS topic or of an EventBridge bus, an https:// address of a \
                           webhook, or cloudwatch:NAMESPACE";
        if let Some(namespace) = text.strip_prefix(METRIC).filter(|name| !name.is_empty()) {
            return Ok(Self::Metric(namespace.to_owned()));
        }
        if text.starts_with("https://") || stays_here(text) {
            return Ok(Self::Webhook(text.to_owned()));
        }
        if text.starts_with("http://") {
            return Err(
                "a webhook's address is a secret, and http:// shows it to everybody on the \
                        way: use https://"
                    .to_owned(),
            );
        }
        let service = text.split(':').nth(2);
        match (Arn::parse(text), service) {
            (Ok(arn), Some("sns")) => Ok(Self::Topic(arn)),
            (Ok(arn), Some("events")) => Ok(Self::Bus(arn)),
            _ => Err(format!("this is none of what can be told: {CAN}")),
        }
    }

    /// What may be said of it in a log: an address of a webhook is a secret.
    pub fn shown(&self) -> String {
        match self {
            Self::Topic(arn) | Self::Bus(arn) => arn.as_str().to_owned(),
            Self::Webhook(url) => format!("the webhook at {}", host(url)),
            Self::Metric(namespace) => format!("{METRIC}{namespace}"),
        }
    }
}

/// Whether the address stays on this machine, where no encryption is needed.
fn stays_here(url: &str) -> bool {
    let host = url.starts_with("http://").then(|| host(url));
    let name = host.map(|host| match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    });
    matches!(name, Some("127.0.0.1" | "localhost" | "[::1]"))
}

fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    authority.rsplit_once('@').map_or(authority, |(_, host)| host)
}

impl Attribute for Target {
    const KIND: Kind = Kind::Text;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        Self::parse(&String::decode(value)?).map_err(Mismatch::Invalid)
    }
    fn encode(&self) -> Value {
        match self {
            Self::Webhook(url) => Value::text(url),
            Self::Topic(_) | Self::Bus(_) | Self::Metric(_) => Value::text(self.shown()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_told() {
        let arn = |text: &str| Arn::parse(text).expect("an ARN");
        let topic = "arn:aws:sns:us-east-1:111111111111:alerts";
        let bus = "arn:aws:events:us-east-1:111111111111:event-bus/default";
        let check = |text: &str, expected: Target| {
            assert_eq!(Target::parse(text).as_ref(), Ok(&expected));
            assert_eq!(expected.encode(), Value::text(text));
        };
        check(topic, Target::Topic(arn(topic)));
        check(bus, Target::Bus(arn(bus)));
        check("cloudwatch:drctl", Target::Metric("drctl".to_owned()));
        let hook = "https://hooks.slack.com/services/T/B/x";
        check(hook, Target::Webhook(hook.to_owned()));
        for here in ["http://127.0.0.1:80/x", "http://localhost", "http://[::1]:9/x"] {
            check(here, Target::Webhook(here.to_owned()));
        }
        for wrong in [
            "",
            "cloudwatch:",
            "arn:aws:sqs:us-east-1:1:q",
            "http://example.com/x",
            "http://localhost.example.com",
            "http://localhost@example.com",
            "x",
        ] {
            assert!(Target::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_address_of_a_webhook_is_not_said() {
        let hook = Target::parse("https://user:secret@hooks.example.com/services/secret?secret=1");
        assert_eq!(hook.expect("it is one").shown(), "the webhook at hooks.example.com");
    }
}

//! `aws_cloudwatch_event_bus`: where events arrive, and the data source that looks one up.
use aws_sdk_eventbridge::types as sdk;

use crate::attributes;
use crate::aws::{AbsentOn, Aws};
use crate::resources::events::{self, EventBus, retag, to_tags};
use crate::resources::tags::Tags;
use crate::resources::{
    DataSource, Error, Key, Listing, Live, Resource, Result, Retry, Token, differing,
};
use crate::schema::{Arn, Given, Mismatch};
use crate::text_type;

attributes! {
    /// An event bus of one's own.
    ///
    /// AWS's services, RDS and Backup among them, send their events to the bus `default` only; a bus
    /// of one's own receives what rules of other accounts and Regions pass on, apart from all else
    /// that happens in the account, so that its policy need let in only them.
    pub struct CloudwatchEventBus {
        /// Name of the bus, unique in its account and Region. `default` is AWS's own and is not
        /// made: its policy is `aws_cloudwatch_event_bus_policy` or
        /// `aws_cloudwatch_event_permission`.
        name: BusName => key,
        /// Name of the partner's event source that feeds the bus, which must be the name of the bus
        /// too.
        event_source_name: Option<String> => initial | replaces,
        /// What the bus is for.
        description: Option<String>,
        /// Key that encrypts events at rest: id, ARN or alias. AWS's own key when absent.
        kms_key_identifier: Option<String>,
        /// Where events go that could not be encrypted or decrypted, and so not delivered.
        dead_letter_config: Option<DeadLetter>,
        /// What the bus tells about the way of each event. Nothing when absent.
        log_config: Option<LogConfig>,
        /// Tags of the bus.
        tags: Tags,
    }
}

attributes! {
    /// Where events go that could not be delivered.
    pub struct DeadLetter {
        /// ARN of a queue in the same Region.
        arn: Option<Arn>,
    }
}

attributes! {
    /// What a bus tells about the way of each event.
    pub struct LogConfig {
        /// Whether the event itself is logged: `NONE` or `FULL`. `NONE` when absent.
        include_detail: Option<String> => default_text("NONE"),
        /// How much is logged: `OFF`, `ERROR`, `INFO` or `TRACE`. `OFF` when absent.
        level: Option<String> => default_text("OFF"),
    }
}

attributes! {
    /// What AWS tells about a bus.
    pub struct Outputs {
        /// ARN of the bus.
        arn: Arn,
    }
}

text_type! {
    /// The name of a bus.
    pub struct BusName,
        |s| (1..=256).contains(&s.len()) && s != EventBus::DEFAULT
            && s.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_/".contains(&b)),
        "the name of a bus of one's own: 1 to 256 letters, digits, `.`, `-`, `_` or, of a partner's, \
         `/`; `default` is there in every account and is not made";
}

/// What logs nothing, which AWS holds for a bus of which nothing was said.
const SILENT: (&str, &str) = ("NONE", "OFF");

fn dead_letter(has: Option<sdk::DeadLetterConfig>) -> Result<Option<DeadLetter>, Mismatch> {
    let arn = has.and_then(|config| config.arn).filter(|arn| !arn.is_empty());
    arn.map(|arn| Ok(DeadLetter { arn: Some(Arn::parse(arn)?) })).transpose()
}

fn log_config(has: Option<sdk::LogConfig>) -> Option<LogConfig> {
    let has = has?;
    let detail = has.include_detail.map_or_else(|| SILENT.0.to_owned(), |d| d.as_str().to_owned());
    let level = has.level.map_or_else(|| SILENT.1.to_owned(), |level| level.as_str().to_owned());
    let speaks = (detail.as_str(), level.as_str()) != SILENT;
    speaks.then_some(LogConfig { include_detail: Some(detail), level: Some(level) })
}

fn to_log_config(want: Option<&LogConfig>) -> sdk::LogConfig {
    let (detail, level) = match want {
        Some(LogConfig { include_detail, level }) => (include_detail.as_deref(), level.as_deref()),
        None => (None, None),
    };
    sdk::LogConfig::builder()
        .include_detail(detail.unwrap_or(SILENT.0).into())
        .level(level.unwrap_or(SILENT.1).into())
        .build()
}

fn to_dead_letter(want: Option<&DeadLetter>) -> sdk::DeadLetterConfig {
    let arn = want.and_then(|want| want.arn.as_ref()).map(|arn| arn.as_str().to_owned());
    sdk::DeadLetterConfig::builder().set_arn(arn).build()
}

impl Resource for CloudwatchEventBus {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_cloudwatch_event_bus";
    const ID: &'static str = "name";
    const LISTING: Listing = Listing::All;
    const ARN: Option<&'static str> =
        Some("arn:{partition}:events:{region}:{account}:event-bus/{name}");
    const RETRIES: &'static [Retry] =
        &[Retry { code: "ConcurrentModificationException", saying: "" }];

    async fn list(aws: &Aws, _within: &[Key]) -> Result<Vec<Key>> {
        let all = aws.asked("", || events::buses(aws)).await?;
        let names = all.iter().filter_map(|bus| bus.name.as_deref());
        Ok(names.filter(|name| *name != EventBus::DEFAULT).map(Key::only).collect())
    }

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let name = BusName::parse(key.name()?)?;
        let found = events::bus(aws, name.as_str()).await?;
        let Some(has) = found.as_ref().clone() else { return Ok(None) };
        let text = |text: Option<String>| text.filter(|text| !text.is_empty());
        let arn = Arn::parse(has.arn.given("Arn")?)?;
        let tags = events::tags(aws, arn.as_str()).await?;
        Ok(Some(Live {
            inputs: Self {
                name,
                event_source_name: None,
                description: text(has.description),
                kms_key_identifier: text(has.kms_key_identifier),
                dead_letter_config: dead_letter(has.dead_letter_config)?,
                log_config: log_config(has.log_config),
                tags: Tags::from_aws(tags),
            },
            outputs: Outputs { arn },
        }))
    }

    async fn create(aws: &Aws, want: &Self, _token: &Token) -> Result<Key> {
        let Self {
            name,
            event_source_name,
            description,
            kms_key_identifier,
            dead_letter_config,
            log_config,
            tags,
        } = want;
        let dead_letter = dead_letter_config.as_ref().map(|want| to_dead_letter(Some(want)));
        let log_config = log_config.as_ref().map(|want| to_log_config(Some(want)));
        aws.events()
            .create_event_bus()
            .name(name.as_str())
            .set_event_source_name(event_source_name.clone())
            .set_description(description.clone())
            .set_kms_key_identifier(kms_key_identifier.clone())
            .set_dead_letter_config(dead_letter)
            .set_log_config(log_config)
            .set_tags(Some(to_tags(tags.iter())?))
            .send()
            .await?;
        Ok(Key::only(name.as_str()))
    }

    async fn update(aws: &Aws, live: &Live<Self>, want: &Self) -> Result<()> {
        let Self {
            name,
            event_source_name: _,
            description,
            kms_key_identifier,
            dead_letter_config,
            log_config,
            tags,
        } = want;
        if differing(&live.inputs, want).iter().any(|name| *name != "tags") {
            // What is left out stays as it is; what is empty is taken away.
            let quiet = log_config.is_none() && live.inputs.log_config.is_none();
            let kept = dead_letter_config.is_none() && live.inputs.dead_letter_config.is_none();
            aws.events()
                .update_event_bus()
                .name(name.as_str())
                .description(description.as_deref().unwrap_or_default())
                .kms_key_identifier(kms_key_identifier.as_deref().unwrap_or_default())
                .set_dead_letter_config(
                    (!kept).then(|| to_dead_letter(dead_letter_config.as_ref())),
                )
                .set_log_config((!quiet).then(|| to_log_config(log_config.as_ref())))
                .send()
                .await?;
        }
        retag(aws, live.outputs.arn.as_str(), &live.inputs.tags, tags).await
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        let deleted = aws.events().delete_event_bus().name(live.inputs.name.as_str()).send().await;
        deleted.absent_on(events::ABSENT)?;
        Ok(())
    }
}

attributes! {
    /// Looks up a bus, such as the one `default` or one that others manage.
    pub struct CloudwatchEventBusData {
        /// Name of the bus.
        name: String,
    }
}

attributes! {
    /// What AWS tells about the bus.
    pub struct Told {
        /// ARN of the bus.
        arn: Arn,
        /// What it is for.
        description: Option<String>,
        /// Key that encrypts events at rest; none if it is AWS's own.
        kms_key_identifier: Option<String>,
        /// Where events go that could not be delivered.
        dead_letter_config: Vec<DeadLetter>,
        /// What the bus tells about the way of each event.
        log_config: Vec<LogConfig>,
    }
}

impl DataSource for CloudwatchEventBusData {
    type Outputs = Told;
    const TYPE: &'static str = "aws_cloudwatch_event_bus";
    const ID: &'static str = "name";

    async fn read(aws: &Aws, want: &Self) -> Result<Told> {
        let Self { name } = want;
        let found = events::bus(aws, name).await?;
        let has = found
            .as_ref()
            .clone()
            .ok_or_else(|| Error::NotFound(format!("there is no bus {name:?} in {}", aws.scope)))?;
        Ok(Told {
            arn: Arn::parse(has.arn.given("Arn")?)?,
            description: has.description.filter(|text| !text.is_empty()),
            kms_key_identifier: has.kms_key_identifier.filter(|text| !text.is_empty()),
            dead_letter_config: dead_letter(has.dead_letter_config)?.into_iter().collect(),
            log_config: log_config(has.log_config).into_iter().collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bus_that_logs_nothing_has_no_configuration_for_it() {
        assert_eq!(log_config(None), None);
        assert_eq!(log_config(Some(to_log_config(None))), None);
        let want = LogConfig { include_detail: None, level: Some("ERROR".to_owned()) };
        let has = log_config(Some(to_log_config(Some(&want)))).unwrap();
        assert_eq!(
            (has.include_detail.as_deref(), has.level.as_deref()),
            (Some("NONE"), Some("ERROR"))
        );
    }

    #[test]
    fn the_bus_of_every_account_is_not_made() {
        assert!(BusName::parse("default").is_err());
        assert!(BusName::parse("aws.partner/example.com/1").is_ok());
    }
}

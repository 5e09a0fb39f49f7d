//! `aws_cloudwatch_composite_alarm`: one alarm out of several, so that one thing is told once.
use std::collections::BTreeSet;

use aws_sdk_cloudwatch::operation::put_composite_alarm::builders::PutCompositeAlarmFluentBuilder;

use crate::attributes;
use crate::aws::{Aws, Failure};
use crate::resources::cloudwatch::{self, Alarm};
use crate::resources::tags::Tags;
use crate::resources::{Key, Listing, Live, Resource, Result, Token, differing};
use crate::schema::{Arn, Attribute, Given, Kind, Mismatch};
use crate::value::Value;

attributes! {
    /// An alarm over the states of other alarms of the same account and Region.
    pub struct CompositeAlarm {
        /// Name of the alarm, unique among all alarms of its account and Region.
        alarm_name: String => key,
        /// When the alarm goes off, in terms of others: `ALARM("lag") OR ALARM("no-data")`. White
        /// space does not matter. The alarms it names must exist before.
        alarm_rule: AlarmRule,
        /// Whether the alarm acts at all.
        actions_enabled: bool => default_bool(true),
        /// While another alarm is off, this one does not act: during a planned switchover, say.
        actions_suppressor: Option<Suppressor>,
        /// ARNs of what to do when the alarm goes off: topics in the same Region, for example.
        alarm_actions: BTreeSet<String>,
        /// ARNs of what to do when all is well again.
        ok_actions: BTreeSet<String>,
        /// ARNs of what to do when it cannot be told.
        insufficient_data_actions: BTreeSet<String>,
        /// What the alarm means and what to do about it, for whoever is woken by it.
        alarm_description: Option<String>,
        /// Tags of the alarm.
        tags: Tags,
    }
}

attributes! {
    /// Another alarm that keeps this one quiet.
    pub struct Suppressor {
        /// Name or ARN of that alarm.
        alarm: String,
        /// Seconds to keep quiet after that alarm has ended.
        extension_period: i32,
        /// Seconds to wait for that alarm to go off before acting.
        wait_period: i32,
    }
}

attributes! {
    /// What AWS tells about an alarm.
    pub struct Outputs {
        /// ARN of the alarm.
        arn: Arn,
    }
}

/// The rule of a composite alarm, on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmRule(String);

/// A rule that never goes off, and names no other alarm.
const NEVER: &str = "FALSE";

impl AlarmRule {
    /// The rule with every run of white space outside quotes made one space.
    fn new(text: &str) -> Self {
        let mut rule = String::new();
        let mut quoted = false;
        for letter in text.trim().chars() {
            quoted ^= letter == '"';
            match letter {
                _ if quoted || !letter.is_whitespace() => rule.push(letter),
                _ if rule.ends_with(' ') => {}
                _ => rule.push(' '),
            }
        }
        Self(rule)
    }

    /// What is left when nothing outside quotes is white space.
    fn letters(&self) -> String {
        let mut quoted = false;
        let keep = |letter: &char| {
            quoted ^= *letter == '"';
            quoted || *letter != ' '
        };
        self.0.chars().filter(keep).collect()
    }
}

impl Attribute for AlarmRule {
    const KIND: Kind = Kind::Text;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        String::decode(value).map(|text| Self::new(&text))
    }
    fn encode(&self) -> Value {
        Value::text(&self.0)
    }
    fn same(live: &Self, want: &Self) -> bool {
        live.letters() == want.letters()
    }
}

/// The call that makes the alarm what is wanted, all of it: what is left out is reset.
fn put(aws: &Aws, want: &CompositeAlarm) -> PutCompositeAlarmFluentBuilder {
    let CompositeAlarm {
        alarm_name,
        alarm_rule,
        actions_enabled,
        actions_suppressor,
        alarm_actions,
        ok_actions,
        insufficient_data_actions,
        alarm_description,
        tags: _,
    } = want;
    let list = |set: &BTreeSet<String>| Some(set.iter().cloned().collect::<Vec<_>>());
    let call = aws
        .cloudwatch()
        .put_composite_alarm()
        .alarm_name(alarm_name)
        .alarm_rule(&alarm_rule.0)
        .actions_enabled(*actions_enabled)
        .set_alarm_actions(list(alarm_actions))
        .set_ok_actions(list(ok_actions))
        .set_insufficient_data_actions(list(insufficient_data_actions))
        .set_alarm_description(alarm_description.clone());
    match actions_suppressor {
        None => call,
        Some(Suppressor { alarm, extension_period, wait_period }) => call
            .actions_suppressor(alarm)
            .actions_suppressor_extension_period(*extension_period)
            .actions_suppressor_wait_period(*wait_period),
    }
}

impl Resource for CompositeAlarm {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_cloudwatch_composite_alarm";
    const ID: &'static str = "alarm_name";
    const LISTING: Listing = Listing::All;
    const ARN: Option<&'static str> =
        Some("arn:{partition}:cloudwatch:{region}:{account}:alarm:{alarm_name}");

    async fn list(aws: &Aws, _within: &[Key]) -> Result<Vec<Key>> {
        let all = aws.asked("", || cloudwatch::alarms(aws, None)).await?;
        let all = all.iter().filter(|alarm| matches!(alarm, Alarm::Composite(_)));
        Ok(all.filter_map(|alarm| alarm.name().map(Key::only)).collect())
    }

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let name = key.name()?;
        let has = match cloudwatch::alarm(aws, name).await? {
            None => return Ok(None),
            Some(Alarm::Metric(_)) => return Err(cloudwatch::other_sort(name, "a metric")),
            Some(Alarm::Composite(alarm)) => *alarm,
        };
        let arn = Arn::parse(has.alarm_arn.given("AlarmArn")?)?;
        let set = |list: Option<Vec<String>>| list.unwrap_or_default().into_iter().collect();
        let suppressor = has.actions_suppressor.filter(|alarm| !alarm.is_empty());
        Ok(Some(Live {
            inputs: Self {
                alarm_name: has.alarm_name.given("AlarmName")?,
                alarm_rule: AlarmRule::new(&has.alarm_rule.given("AlarmRule")?),
                actions_enabled: has.actions_enabled.unwrap_or(true),
                actions_suppressor: suppressor.map(|alarm| Suppressor {
                    alarm,
                    extension_period: has.actions_suppressor_extension_period.unwrap_or_default(),
                    wait_period: has.actions_suppressor_wait_period.unwrap_or_default(),
                }),
                alarm_actions: set(has.alarm_actions),
                ok_actions: set(has.ok_actions),
                insufficient_data_actions: set(has.insufficient_data_actions),
                alarm_description: has.alarm_description.filter(|text| !text.is_empty()),
                tags: cloudwatch::tags(aws, arn.as_str()).await?,
            },
            outputs: Outputs { arn },
        }))
    }

    async fn create(aws: &Aws, want: &Self, _token: &Token) -> Result<Key> {
        let tags = cloudwatch::to_aws(want.tags.iter());
        put(aws, want).set_tags(Some(tags)).send().await?;
        Ok(Key::only(&want.alarm_name))
    }

    async fn update(aws: &Aws, live: &Live<Self>, want: &Self) -> Result<()> {
        let has = &live.inputs;
        if differing(has, want).iter().any(|name| *name != "tags") {
            put(aws, want).send().await?;
        }
        cloudwatch::retag(aws, live.outputs.arn.as_str(), &has.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        let has = &live.inputs;
        match cloudwatch::delete_alarm(aws, &has.alarm_name).await {
            // Composite alarms that name each other hold each other. One that names no alarm can go.
            Err(error) if error.failure == Failure::Refused && has.alarm_rule.0 != NEVER => {
                let free = Self { alarm_rule: AlarmRule(NEVER.to_owned()), ..has.clone() };
                put(aws, &free).send().await?;
                Ok(())
            }
            deleted => Ok(deleted?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(a: &str, b: &str, same: bool) {
        assert_eq!(AlarmRule::same(&AlarmRule::new(a), &AlarmRule::new(b)), same, "{a}\n{b}");
    }

    #[test]
    fn white_space_means_nothing_outside_quotes() {
        check("ALARM(a)\n  OR ALARM(b)\n", "ALARM(a) OR ALARM(b)", true);
        check("( ALARM(\"a b\") )", "(ALARM(\"a b\"))", true);
        check("ALARM(\"a  b\")", "ALARM(\"a b\")", false);
        check("ALARM(a) OR ALARM(b)", "ALARM(a) AND ALARM(b)", false);
    }

    #[test]
    fn what_is_sent_is_on_one_line() {
        let sent = AlarmRule::new("\n  ALARM(a)\n\t OR ALARM(\"b  c\")\n");
        assert_eq!(sent, AlarmRule("ALARM(a) OR ALARM(\"b  c\")".to_owned()));
    }
}

//! `aws_cloudwatch_event_rule`: which events matter.
use std::sync::Arc;

use aws_sdk_eventbridge::operation::put_rule::builders::PutRuleFluentBuilder;
use aws_sdk_eventbridge::types::Rule;

use crate::attributes;
use crate::aws::{AbsentOn, Aws, AwsError};
use crate::resources::events::{self, EventBus, Pattern, target};
use crate::resources::tags::Tags;
use crate::resources::{Key, Listing, Live, ParentTags, Resource, Result, Retry, Token, differing};
use crate::schema::{Arn, Given, Problem};
use crate::text_type;
use crate::value::{Object, Value};

attributes! {
    /// A rule of EventBridge: hands events that match a pattern, or the time itself, to targets.
    ///
    /// Events of a cluster arrive in its own Region, on the bus `default`. Those of a switchover or
    /// failover may come from the old primary or the new one, so every Region needs the rule.
    pub struct EventRule {
        /// Bus whose events are looked at, by name or ARN; `default` when absent.
        event_bus_name: EventBus => key | default_text("default"),
        /// Name of the rule, unique on its bus.
        name: RuleName => key,
        /// What the rule is for.
        description: Option<String>,
        /// Which events match, as JSON. The order in arrays does not matter. Give this,
        /// `schedule_expression` or both.
        event_pattern: Option<Pattern>,
        /// When to act, as `rate(5 minutes)` or `cron(0 12 * * ? *)`; on the bus `default` only.
        schedule_expression: Option<String>,
        /// `ENABLED`, `DISABLED`, or `ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS`.
        state: State => default_text("ENABLED"),
        /// What `state` was called before: `true` is `ENABLED`, `false` is `DISABLED`. Give one of the
        /// two.
        is_enabled: Option<bool> => option,
        /// ARN of a role by which EventBridge calls targets; most want none.
        role_arn: Option<Arn>,
        /// Delete the rule even if AWS itself manages it.
        force_destroy: bool => option | default_bool(false),
        /// Tags of the rule.
        tags: Tags,
    }
}

attributes! {
    /// What AWS tells about a rule.
    pub struct Outputs {
        /// ARN of the rule.
        arn: Arn,
    }
}

text_type! {
    /// The name of a rule.
    pub struct RuleName,
        |s| (1..=64).contains(&s.len())
            && s.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b)),
        "a rule's name: 1 to 64 letters, digits, `.`, `-` or `_`";
}

text_type! {
    /// Whether a rule acts.
    pub struct State,
        |s| matches!(s, "ENABLED" | "DISABLED" | "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"),
        "`ENABLED`, `DISABLED` or `ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS`";
}

/// Tags of the rule of that name; `None` if there is none.
pub(super) async fn tags_of(aws: &Aws, bus: &EventBus, name: &str) -> Result<Option<ParentTags>> {
    match find(aws, bus, name).await?.and_then(|rule| rule.arn) {
        Some(arn) => Ok(Some(events::tags(aws, &arn).await?)),
        None => Ok(None),
    }
}

/// The rule of that name, out of one listing of the default bus while a plan is read.
async fn find(aws: &Aws, bus: &EventBus, name: &str) -> Result<Option<Rule>> {
    if bus.as_str() == EventBus::DEFAULT
        && let Some(listed) = aws.listed(|| rules(aws, EventBus::DEFAULT)).await
    {
        let rules: Arc<Vec<Rule>> = listed?;
        return Ok(rules.iter().find(|rule| rule.name() == Some(name)).cloned());
    }
    let describe = aws.events().describe_rule().name(name).event_bus_name(bus.as_str());
    let found = describe.send().await.absent_on(&["ResourceNotFoundException"])?;
    Ok(found.map(|rule| {
        Rule::builder()
            .set_name(rule.name)
            .set_arn(rule.arn)
            .set_event_pattern(rule.event_pattern)
            .set_state(rule.state)
            .set_description(rule.description)
            .set_schedule_expression(rule.schedule_expression)
            .set_role_arn(rule.role_arn)
            .set_managed_by(rule.managed_by)
            .set_event_bus_name(rule.event_bus_name)
            .build()
    }))
}

/// All rules of a bus.
async fn rules(aws: &Aws, bus: &str) -> Result<Vec<Rule>, AwsError> {
    let (mut rules, mut next) = (Vec::new(), None);
    let named = Some(bus).filter(|bus| *bus != EventBus::DEFAULT).map(str::to_owned);
    loop {
        let list = aws.events().list_rules().set_event_bus_name(named.clone());
        let page = list.set_next_token(next).send().await?;
        rules.extend(page.rules.unwrap_or_default());
        match page.next_token {
            None => return Ok(rules),
            token => next = token,
        }
    }
}

/// The call that makes the rule what is wanted, all of it: what is left out is reset.
/// The state that `is_enabled` means.
fn named(enabled: bool) -> &'static str {
    if enabled { "ENABLED" } else { "DISABLED" }
}

fn put(aws: &Aws, want: &EventRule) -> PutRuleFluentBuilder {
    let EventRule {
        event_bus_name,
        name,
        description,
        event_pattern,
        schedule_expression,
        state,
        is_enabled: _,
        role_arn,
        force_destroy: _,
        tags: _,
    } = want;
    aws.events()
        .put_rule()
        .name(name.as_str())
        .event_bus_name(event_bus_name.as_str())
        .set_description(description.clone())
        .set_event_pattern(event_pattern.as_ref().map(Pattern::to_text))
        .set_schedule_expression(schedule_expression.clone())
        .state(state.as_str().into())
        .set_role_arn(role_arn.as_ref().map(|role| role.as_str().to_owned()))
}

impl Resource for EventRule {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_cloudwatch_event_rule";
    const ID: &'static str = "name";
    const LISTING: Listing = Listing::Within("aws_cloudwatch_event_bus");
    const RETRIES: &'static [Retry] = &[
        Retry { code: "ConcurrentModificationException", saying: "" },
        Retry { code: "ValidationException", saying: "cannot be assumed by principal" },
        Retry { code: "ValidationException", saying: "since it has targets" },
    ];

    fn reworded(mut want: Object) -> Object {
        if want.get("state").is_null() {
            let state = match want.get("is_enabled") {
                Value::Null => return want,
                Value::Bool(enabled) => Value::text(named(*enabled)),
                // Which of them is as unknown as what it is made of.
                other => other.clone(),
            };
            want.0.insert("state".to_owned(), state);
        }
        want
    }

    fn check(want: &Object) -> Vec<Problem> {
        let (Value::Bool(enabled), Some(state)) =
            (want.get("is_enabled"), want.get("state").as_str())
        else {
            return Vec::new();
        };
        let enabled = named(*enabled);
        if enabled == state {
            return Vec::new();
        }
        let text = format!("`is_enabled` says {enabled}, and `state` says {state}.");
        let problem = Problem::error(&["is_enabled"], "Conflicting arguments", text);
        vec![problem.hint("Say it by `state` alone: `is_enabled` is what it was called before.")]
    }

    fn key_of(arn: &str) -> Option<Key> {
        let (before, path) = arn.split_once(":rule/")?;
        let (bus, name) = path.rsplit_once('/').unwrap_or((EventBus::DEFAULT, path));
        before.starts_with("arn:").then(|| Key::parts([bus, name]))
    }

    async fn parts(aws: &Aws, live: &Live<Self>) -> Result<Vec<String>> {
        let targets = target::of_rule(aws, &live.inputs.event_bus_name, live.inputs.name.as_str());
        Ok(targets.await?.iter().map(|target| format!("the target {}", target.id)).collect())
    }

    async fn clear(aws: &Aws, live: &Live<Self>) -> Result<()> {
        let Self { event_bus_name: bus, name, force_destroy, .. } = &live.inputs;
        target::remove_all(aws, bus, name.as_str(), *force_destroy).await
    }

    async fn list(aws: &Aws, within: &[Key]) -> Result<Vec<Key>> {
        let mut keys = Vec::new();
        for bus in within {
            let bus = bus.name()?;
            let all = if bus == EventBus::DEFAULT {
                aws.asked("", || rules(aws, bus)).await?
            } else {
                Arc::new(rules(aws, bus).await?)
            };
            // A service that makes rules deletes them, too.
            let all = all.iter().filter(|rule| rule.managed_by.is_none());
            keys.extend(all.filter_map(|rule| Some(Key::parts([bus, rule.name.as_deref()?]))));
        }
        Ok(keys)
    }

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let [bus, name] = key.split()?;
        let bus = EventBus::new(bus);
        let Some(has) = find(aws, &bus, name).await? else { return Ok(None) };
        let text = |text: Option<String>| text.filter(|text| !text.is_empty());
        let arn = Arn::parse(has.arn.given("Arn")?)?;
        let tags = events::tags(aws, arn.as_str());
        Ok(Some(Live {
            inputs: Self {
                event_bus_name: bus,
                name: RuleName::parse(name)?,
                description: text(has.description),
                event_pattern: text(has.event_pattern)
                    .as_deref()
                    .map(Pattern::parse)
                    .transpose()?,
                schedule_expression: text(has.schedule_expression),
                state: State::parse(has.state.given("State")?.as_str())?,
                is_enabled: None,
                role_arn: text(has.role_arn).map(Arn::parse).transpose()?,
                force_destroy: false,
                tags: Tags::from_aws(tags.await?),
            },
            outputs: Outputs { arn },
        }))
    }

    async fn create(aws: &Aws, want: &Self, _token: &Token) -> Result<Key> {
        put(aws, want).set_tags(Some(events::to_tags(want.tags.iter())?)).send().await?;
        Ok(Key::parts([want.event_bus_name.as_str(), want.name.as_str()]))
    }

    async fn update(aws: &Aws, live: &Live<Self>, want: &Self) -> Result<()> {
        if differing(&live.inputs, want).iter().any(|name| *name != "tags") {
            put(aws, want).send().await?;
        }
        let arn = live.outputs.arn.as_str();
        events::retag(aws, arn, &live.inputs.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        let Self { event_bus_name, name, force_destroy, .. } = &live.inputs;
        let delete = aws.events().delete_rule().name(name.as_str()).force(*force_destroy);
        let deleted = delete.event_bus_name(event_bus_name.as_str()).send().await;
        deleted.absent_on(&["ResourceNotFoundException"])?;
        Ok(())
    }
}

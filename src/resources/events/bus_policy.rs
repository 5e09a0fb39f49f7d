//! `aws_cloudwatch_event_bus_policy`: who may put events on a bus, all of it.
use crate::attributes;
use crate::aws::{AbsentOn, Aws};
use crate::resources::events::{self, EventBus};
use crate::resources::policy::Policy;
use crate::resources::{Key, Listing, Live, Resource, Result, Retry, Token};
use crate::schema::{Identity, Mismatch};

attributes! {
    /// The whole policy of a bus: who may put events on it.
    ///
    /// It takes the place of every statement that is there, those of others among them; a plan shows
    /// them going. Where others have a say on the same bus, use one
    /// `aws_cloudwatch_event_permission` for each statement of your own, and never both on one bus.
    pub struct CloudwatchEventBusPolicy {
        /// Bus, by name or ARN; `default` when absent.
        event_bus_name: EventBus => key | default_text("default"),
        /// The policy. Name the accounts or, with `aws:PrincipalOrgID`, the organisation that may
        /// put events: a principal `*` without a condition lets everybody in.
        policy: Policy,
    }
}

attributes! {
    /// AWS tells nothing more about the policy.
    pub struct Outputs {}
}

async fn put(aws: &Aws, want: &CloudwatchEventBusPolicy) -> Result<()> {
    let CloudwatchEventBusPolicy { event_bus_name, policy } = want;
    let put = aws.events().put_permission().event_bus_name(event_bus_name.as_str());
    put.policy(policy.as_str()).send().await?;
    Ok(())
}

impl Resource for CloudwatchEventBusPolicy {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_cloudwatch_event_bus_policy";
    const ID: &'static str = "event_bus_name";
    const LISTING: Listing = Listing::Within("aws_cloudwatch_event_bus");
    const IDENTITY: Identity = Identity::Child;
    const RETRIES: &'static [Retry] = events::POLICY_RETRIES;

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let bus = EventBus::new(key.name()?);
        let found = events::bus(aws, bus.as_str()).await?;
        let policy = found.as_ref().as_ref().and_then(|has| has.policy.as_deref());
        let Some(policy) = policy.filter(|text| !text.is_empty()) else { return Ok(None) };
        let policy = Policy::parse(policy)?;
        if nothing(&policy) {
            return Ok(None);
        }
        Ok(Some(Live { inputs: Self { event_bus_name: bus, policy }, outputs: Outputs {} }))
    }

    async fn create(aws: &Aws, want: &Self, _token: &Token) -> Result<Key> {
        if nothing(&want.policy) {
            let why = "a policy without statements is none; leave the block out";
            return Err(Mismatch::Invalid(why.to_owned()).into());
        }
        put(aws, want).await?;
        Ok(Key::only(want.event_bus_name.as_str()))
    }

    async fn update(aws: &Aws, _live: &Live<Self>, want: &Self) -> Result<()> {
        put(aws, want).await
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        let remove = aws.events().remove_permission().remove_all_permissions(true);
        let removed = remove.event_bus_name(live.inputs.event_bus_name.as_str()).send().await;
        removed.absent_on(events::ABSENT)?;
        Ok(())
    }

    fn shared(key: &Key) -> Option<String> {
        key.all().first().map(|bus| events::policy_of(bus))
    }
}

/// What is left of a policy when its last statement was taken away.
fn nothing(policy: &Policy) -> bool {
    policy.tree()["Statement"].as_array().is_none_or(Vec::is_empty)
}

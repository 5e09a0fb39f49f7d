//! `aws_kms_replica_key`: a multi-Region key in another Region than its primary.
use crate::address::Region;
use crate::attributes;
use crate::aws::Aws;
use crate::resources::kms::{self, KeyRef, Particulars};
use crate::resources::policy::Policy;
use crate::resources::tags::Tags;
use crate::resources::{Key, Listing, Live, Resource, Result, Retry, Token};
use crate::schema::{Arn, Given, Timeouts};
use crate::value::Readiness;

attributes! {
    /// The same key in a second Region: what one has encrypted, the other can decrypt.
    ///
    /// Its policy, description and tags are its own; rotation is the primary's business. Whether
    /// it is the replica or, after the primary was moved in a disaster, the primary itself, is no
    /// desired state.
    pub struct KmsReplicaKey {
        /// ARN of the primary key, which must be a multi-Region key in another Region. Only the
        /// key counts: that its primary has moved since is no difference.
        primary_key_arn: Arn => key,
        /// What the key is for.
        description: Option<String>,
        /// Whether the key can be used. `true` when absent.
        enabled: Option<bool> => default_bool(true),
        /// Who may use and manage the key in this Region. AWS leaves that to the account's IAM
        /// policies when absent; the primary's policy is not copied.
        policy: Option<Policy> => aws_decides,
        /// Lets a policy be set that would lock out whoever sets it. Do not.
        bypass_policy_lockout_safety_check: Option<bool> => option | default_bool(false),
        /// Days, 7 to 30, in which a deleted replica can still be had back. In that time no other
        /// one can be made in this Region.
        deletion_window_in_days: Option<i64> => option | default_int(30),
        /// Tags of the replica.
        tags: Tags,
    }
}

attributes! {
    /// What AWS tells about a replica.
    pub struct Outputs {
        /// ARN of the key in this Region.
        arn: Arn,
        /// Id of the key, the same in all Regions.
        key_id: String,
        /// State of the key, such as `Enabled`.
        key_state: String,
        /// What the key can do.
        key_usage: Option<String>,
        /// Sort of the key.
        key_spec: Option<String>,
        /// Whether AWS makes new material regularly, as set at the primary.
        key_rotation_enabled: bool,
        /// Region where the primary is now.
        primary_region: Option<String>,
    }
}

impl Resource for KmsReplicaKey {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_kms_replica_key";
    const ID: &'static str = "key_id";
    const LISTING: Listing = Listing::All;
    const DATA_BEARING: bool = true;
    const TIMEOUTS: Timeouts = Timeouts { create: 2, update: 10, delete: 20 };
    const RETRIES: &'static [Retry] = &[
        Retry { code: "MalformedPolicyDocumentException", saying: "invalid principals" },
        Retry { code: "NotFoundException", saying: "" },
        Retry { code: "DisabledException", saying: "" },
        Retry { code: "KMSInvalidStateException", saying: "reating" },
        Retry { code: "KMSInvalidStateException", saying: "pdating" },
    ];

    async fn list(aws: &Aws, _within: &[Key]) -> Result<Vec<Key>> {
        let mut keys = Vec::new();
        for id in kms::keys(aws).await? {
            if kms::is_replica(aws, &id).await?
                && let Some(key) = kms::key(aws, &id).await?
                && let Some(config) = key.multi_region_configuration
                && let Some(primary) = config.primary_key.and_then(|primary| primary.arn)
            {
                keys.push(Key::only(primary));
            }
        }
        Ok(keys)
    }

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let primary_key_arn = Arn::parse(key.name()?)?;
        let id = KeyRef::new(primary_key_arn.as_str());
        let Some(key) = kms::key(aws, id.id()).await? else { return Ok(None) };
        let arn = Arn::parse(key.arn.as_deref().given("Arn")?)?;
        let Some(found) = kms::particulars(aws, &key, arn.as_str()).await? else {
            return Ok(None);
        };
        let Particulars { policy, rotation, tags } = found;
        let primary_region = kms::primary_region(&key);
        Ok(Some(Live {
            inputs: Self {
                primary_key_arn,
                description: key.description.filter(|text| !text.is_empty()),
                enabled: Some(key.enabled),
                policy: Some(policy),
                bypass_policy_lockout_safety_check: Some(false),
                deletion_window_in_days: Some(30),
                tags,
            },
            outputs: Outputs {
                arn,
                key_id: key.key_id,
                key_state: key.key_state.map_or_else(String::new, |s| s.as_str().to_owned()),
                key_usage: key.key_usage.map(|usage| usage.as_str().to_owned()),
                key_spec: key.key_spec.map(|spec| spec.as_str().to_owned()),
                key_rotation_enabled: rotation.enabled,
                primary_region,
            },
        }))
    }

    async fn create(aws: &Aws, want: &Self, _token: &Token) -> Result<Key> {
        let Self {
            primary_key_arn,
            description,
            enabled: _,
            policy,
            bypass_policy_lockout_safety_check,
            deletion_window_in_days: _,
            tags,
        } = want;
        let id = KeyRef::new(primary_key_arn.as_str());
        // A replica on its way out still takes the place, so it is called back.
        if let Some(there) = kms::described(aws, id.id()).await? {
            if kms::is_going(&there) {
                aws.kms().cancel_key_deletion().key_id(id.id()).send().await?;
            }
            return Ok(Key::only(primary_key_arn.as_str()));
        }
        let primary = aws.in_region(&Region::new(primary_key_arn.region()));
        primary
            .kms()
            .replicate_key()
            .key_id(id.id())
            .replica_region(aws.scope.region.as_str())
            .set_description(description.clone())
            .set_policy(policy.as_ref().map(|policy| policy.as_str().to_owned()))
            .set_bypass_policy_lockout_safety_check(*bypass_policy_lockout_safety_check)
            .set_tags(Some(kms::to_tags(tags.iter())?))
            .send()
            .await?;
        Ok(Key::only(primary_key_arn.as_str()))
    }

    async fn update(aws: &Aws, live: &Live<Self>, want: &Self) -> Result<()> {
        let Live { inputs: has, outputs } = live;
        let Self {
            primary_key_arn: _,
            description,
            enabled,
            policy,
            bypass_policy_lockout_safety_check: bypass,
            deletion_window_in_days: _,
            tags,
        } = want;
        let id = outputs.key_id.as_str();
        // A disabled key takes few changes: it is enabled before and disabled after all others.
        if *enabled == Some(true) && has.enabled != Some(true) {
            kms::set_enabled(aws, id, true).await?;
        }
        if *description != has.description {
            kms::describe_as(aws, id, description.as_deref()).await?;
        }
        if let Some(policy) = policy.as_ref().filter(|policy| Some(*policy) != has.policy.as_ref())
        {
            kms::put_policy(aws, id, policy, *bypass == Some(true)).await?;
        }
        kms::retag(aws, id, &has.tags, tags).await?;
        if *enabled == Some(false) && has.enabled != Some(false) {
            kms::set_enabled(aws, id, false).await?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        let days = live.inputs.deletion_window_in_days;
        kms::schedule_deletion(aws, &live.outputs.key_id, days).await
    }

    fn readiness(live: &Live<Self>) -> Readiness {
        kms::readiness(&live.outputs.key_state)
    }

    fn remarks(live: &Live<Self>) -> Vec<String> {
        let here = live.outputs.arn.region();
        let is_primary = live.outputs.primary_region.as_deref() == Some(here);
        is_primary.then(|| "is the primary of its key now".to_owned()).into_iter().collect()
    }
}

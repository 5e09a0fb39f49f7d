//! `aws_kms_key`: encrypts clusters, snapshots, vaults and messages in one Region.
use aws_sdk_kms::types::{KeySpec, KeyUsageType, OriginType};
use aws_smithy_types::retry::RetryConfig;

use crate::address::Region;
use crate::attributes;
use crate::aws::Aws;
use crate::resources::kms::{self, Particulars};
use crate::resources::policy::Policy;
use crate::resources::tags::Tags;
use crate::resources::{Error, Key, Listing, Live, Resource, Result, Retry, Token};
use crate::schema::{Arn, Given, Identity, Timeouts};
use crate::value::Readiness;

attributes! {
    /// A key in one account and Region.
    ///
    /// A copy in another Region or account is encrypted with a key of that place. What a key has
    /// encrypted cannot be read again once it is gone, so a key is never deleted because its block
    /// vanished.
    pub struct KmsKey {
        /// What the key is for. AWS leaves it empty when absent.
        description: Option<String> => aws_decides,
        /// What the key can do: `ENCRYPT_DECRYPT`, `SIGN_VERIFY`, `GENERATE_VERIFY_MAC` or
        /// `KEY_AGREEMENT`. Databases and backups need the first, which is the default.
        key_usage: Option<String> => replaces | default_text("ENCRYPT_DECRYPT"),
        /// Sort of the key. Databases and backups need `SYMMETRIC_DEFAULT`, which is the default.
        customer_master_key_spec: Option<String> => replaces | default_text("SYMMETRIC_DEFAULT"),
        /// Key store that holds the key's material. AWS holds it when absent.
        custom_key_store_id: Option<String> => replaces,
        /// Key in an external key manager, for a key store of that sort.
        xks_key_id: Option<String> => replaces,
        /// Whether the key can be replicated to other Regions with `aws_kms_replica_key`. It cannot
        /// be changed later; `false` when absent.
        multi_region: Option<bool> => replaces | default_bool(false),
        /// Who may use and manage the key. AWS leaves that to the account's IAM policies when
        /// absent. Copies across accounts need the other account in here. Policies are not
        /// replicated to other Regions.
        policy: Option<Policy> => aws_decides,
        /// Lets a policy be set that would lock out whoever sets it. Do not.
        bypass_policy_lockout_safety_check: Option<bool> => option | default_bool(false),
        /// Whether the key can be used. A disabled key makes its clusters inaccessible within
        /// half an hour. `true` when absent.
        is_enabled: Option<bool> => default_bool(true),
        /// Whether AWS makes new material regularly; old material stays for what it has encrypted.
        /// Of a multi-Region key this is a property of the primary. `false` when absent.
        enable_key_rotation: Option<bool> => default_bool(false),
        /// Days between rotations, 90 to 2560. AWS takes 365 when absent.
        rotation_period_in_days: Option<i64> => aws_decides,
        /// Days, 7 to 30, in which a deleted key can still be had back.
        deletion_window_in_days: Option<i64> => option | default_int(30),
        /// Tags of the key.
        tags: Tags,
    }
}

attributes! {
    /// What AWS tells about a key.
    pub struct Outputs {
        /// ARN of the key.
        arn: Arn,
        /// Id of the key; starts with `mrk-` if it is a multi-Region key.
        key_id: String,
        /// State of the key, such as `Enabled`.
        key_state: String,
        /// Of a multi-Region key, the Region where its primary is now.
        primary_region: Option<String>,
    }
}

/// Rotation is set at the primary, wherever that is now.
async fn rotate(aws: &Aws, live: &Outputs, enabled: bool, days: Option<i64>) -> Result<()> {
    let here = aws.scope.region.as_str();
    let primary = live.primary_region.as_deref().filter(|region| *region != here);
    let kms = match primary {
        Some(region) => aws.in_region(&Region::new(region)).kms(),
        None => aws.kms(),
    };
    let id = live.key_id.as_str();
    if enabled {
        let days = days.and_then(|days| i32::try_from(days).ok());
        kms.enable_key_rotation().key_id(id).set_rotation_period_in_days(days).send().await?;
    } else {
        kms.disable_key_rotation().key_id(id).send().await?;
    }
    Ok(())
}

fn check(want: &KmsKey) -> Result<()> {
    let rotates = want.enable_key_rotation == Some(true);
    if want.rotation_period_in_days.is_some() && !rotates {
        let why = "`rotation_period_in_days` needs `enable_key_rotation = true`";
        return Err(Error::Refused(why.to_owned()));
    }
    Ok(())
}

impl Resource for KmsKey {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_kms_key";
    const ID: &'static str = "key_id";
    const LISTING: Listing = Listing::All;
    const IDENTITY: Identity = Identity::Minted("kms:key");
    const DATA_BEARING: bool = true;
    const TIMEOUTS: Timeouts = Timeouts { create: 2, update: 10, delete: 20 };
    const RETRIES: &'static [Retry] = &[
        Retry { code: "MalformedPolicyDocumentException", saying: "invalid principals" },
        Retry { code: "NotFoundException", saying: "" },
        Retry { code: "DisabledException", saying: "" },
        Retry { code: "KMSInvalidStateException", saying: "reating" },
        // Creating is not retried below, so that it is here.
        Retry { code: "ThrottlingException", saying: "" },
    ];

    async fn list(aws: &Aws, _within: &[Key]) -> Result<Vec<Key>> {
        let ids = kms::keys(aws).await?;
        let mut keys = Vec::new();
        for id in ids {
            if !kms::is_replica(aws, &id).await? {
                keys.push(Key::only(id));
            }
        }
        Ok(keys)
    }

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let Some(key) = kms::key(aws, key.name()?).await? else { return Ok(None) };
        let arn = Arn::parse(key.arn.as_deref().given("Arn")?)?;
        let Some(found) = kms::particulars(aws, &key, arn.as_str()).await? else {
            return Ok(None);
        };
        let Particulars { policy, rotation, tags } = found;
        let primary_region = kms::primary_region(&key);
        Ok(Some(Live {
            inputs: Self {
                description: key.description.filter(|text| !text.is_empty()),
                key_usage: key.key_usage.map(|usage| usage.as_str().to_owned()),
                customer_master_key_spec: key.key_spec.map(|spec| spec.as_str().to_owned()),
                custom_key_store_id: key.custom_key_store_id,
                xks_key_id: key.xks_key_configuration.and_then(|xks| xks.id),
                multi_region: Some(key.multi_region.unwrap_or(false)),
                policy: Some(policy),
                bypass_policy_lockout_safety_check: Some(false),
                is_enabled: Some(key.enabled),
                enable_key_rotation: Some(rotation.enabled),
                rotation_period_in_days: rotation.days,
                deletion_window_in_days: Some(30),
                tags,
            },
            outputs: Outputs {
                arn,
                key_id: key.key_id,
                key_state: key.key_state.map_or_else(String::new, |s| s.as_str().to_owned()),
                primary_region,
            },
        }))
    }

    async fn recent(aws: &Aws) -> Result<Vec<Key>> {
        kms::recent(aws).await
    }

    async fn create(aws: &Aws, want: &Self, _token: &Token) -> Result<Key> {
        check(want)?;
        let Self {
            description,
            key_usage,
            customer_master_key_spec,
            custom_key_store_id,
            xks_key_id,
            multi_region,
            policy,
            bypass_policy_lockout_safety_check,
            is_enabled: _,
            enable_key_rotation: _,
            rotation_period_in_days: _,
            deletion_window_in_days: _,
            tags,
        } = want;
        let origin = match (custom_key_store_id, xks_key_id) {
            (_, Some(_)) => Some(OriginType::ExternalKeyStore),
            (Some(_), None) => Some(OriginType::AwsCloudhsm),
            (None, None) => None,
        };
        let create = aws
            .kms()
            .create_key()
            .set_description(description.clone())
            .set_key_usage(key_usage.as_deref().map(KeyUsageType::from))
            .set_key_spec(customer_master_key_spec.as_deref().map(KeySpec::from))
            .set_origin(origin)
            .set_custom_key_store_id(custom_key_store_id.clone())
            .set_xks_key_id(xks_key_id.clone())
            .set_multi_region(*multi_region)
            .set_policy(policy.as_ref().map(|policy| policy.as_str().to_owned()))
            .set_bypass_policy_lockout_safety_check(*bypass_policy_lockout_safety_check)
            .set_tags(Some(kms::to_tags(tags.iter())?));
        // KMS knows no token that makes creating idempotent: asked again after a lost answer, it
        // would make a second key. The next run finds by its tags what was made after all.
        let once = aws_sdk_kms::config::Builder::new().retry_config(RetryConfig::disabled());
        let created = create.customize().config_override(once).send().await?;
        Ok(Key::only(created.key_metadata.given("KeyMetadata")?.key_id))
    }

    async fn update(aws: &Aws, live: &Live<Self>, want: &Self) -> Result<()> {
        check(want)?;
        let Live { inputs: has, outputs } = live;
        let Self {
            description,
            key_usage: _,
            customer_master_key_spec: _,
            custom_key_store_id: _,
            xks_key_id: _,
            multi_region: _,
            policy,
            bypass_policy_lockout_safety_check: bypass,
            is_enabled,
            enable_key_rotation,
            rotation_period_in_days,
            deletion_window_in_days: _,
            tags,
        } = want;
        let id = outputs.key_id.as_str();
        // A disabled key takes few changes: it is enabled before and disabled after all others.
        if *is_enabled == Some(true) && has.is_enabled != Some(true) {
            kms::set_enabled(aws, id, true).await?;
        }
        if description.is_some() && *description != has.description {
            kms::describe_as(aws, id, description.as_deref()).await?;
        }
        if let Some(policy) = policy.as_ref().filter(|policy| Some(*policy) != has.policy.as_ref())
        {
            kms::put_policy(aws, id, policy, *bypass == Some(true)).await?;
        }
        let days = *rotation_period_in_days;
        let rotates = enable_key_rotation.unwrap_or(false);
        if Some(rotates) != has.enable_key_rotation
            || (days.is_some() && days != has.rotation_period_in_days)
        {
            if *is_enabled == Some(false) && has.is_enabled == Some(false) {
                let why = "the rotation of a disabled key cannot be changed; enable the key first";
                return Err(Error::Refused(why.to_owned()));
            }
            rotate(aws, outputs, rotates, days).await?;
        }
        kms::retag(aws, id, &has.tags, tags).await?;
        if *is_enabled == Some(false) && has.is_enabled != Some(false) {
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
        let elsewhere = live.outputs.primary_region.iter().filter(|region| *region != here);
        elsewhere
            .map(|region| format!("a replica; the primary of the key is in {region}"))
            .collect()
    }
}

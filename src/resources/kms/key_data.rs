//! `data "aws_kms_key"`: looks up a key by id, ARN or alias.
use aws_sdk_kms::types::MultiRegionKey;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use crate::attributes;
use crate::aws::{AbsentOn, Aws};
use crate::resources::kms;
use crate::resources::{DataSource, Error, Result};
use crate::schema::{Arn, Given};

attributes! {
    /// Looks up a key, in this account or, by its ARN, in another.
    ///
    /// Use it to check before a recovery that the key of the other side is there and enabled.
    pub struct KmsKeyData {
        /// Id, ARN, alias name or alias ARN of the key.
        key_id: String,
        /// Tokens of grants that are not known everywhere yet.
        grant_tokens: Vec<String>,
    }
}

attributes! {
    /// What AWS tells about a key.
    pub struct Told {
        /// Id of the key.
        id: String,
        /// ARN of the key.
        arn: Arn,
        /// Account that owns it.
        aws_account_id: Option<String>,
        /// CloudHSM cluster that holds the key's material.
        cloud_hsm_cluster_id: Option<String>,
        /// When it was made.
        creation_date: Option<String>,
        /// Key store that holds the key's material.
        custom_key_store_id: Option<String>,
        /// Sort of the key.
        customer_master_key_spec: Option<String>,
        /// When it will be deleted.
        deletion_date: Option<String>,
        /// What it is for.
        description: Option<String>,
        /// Whether it can be used.
        enabled: bool,
        /// Whether imported material expires.
        expiration_model: Option<String>,
        /// `AWS` or `CUSTOMER`.
        key_manager: Option<String>,
        /// Sort of the key.
        key_spec: Option<String>,
        /// State of the key, such as `Enabled`.
        key_state: Option<String>,
        /// What the key can do.
        key_usage: Option<String>,
        /// Whether it can be replicated to other Regions.
        multi_region: bool,
        /// The Regions of a multi-Region key.
        multi_region_configuration: Vec<MultiRegion>,
        /// Where the key's material came from.
        origin: Option<String>,
        /// Days until deletion once the replicas are gone.
        pending_deletion_window_in_days: Option<i32>,
        /// When imported material expires.
        valid_to: Option<String>,
        /// The key in an external key manager.
        xks_key_configuration: Vec<ExternalKey>,
    }
}

attributes! {
    /// The Regions of a multi-Region key.
    pub struct MultiRegion {
        /// `PRIMARY` or `REPLICA`.
        multi_region_key_type: Option<String>,
        /// The primary.
        primary_key: Vec<RegionalKey>,
        /// The replicas.
        replica_keys: Vec<RegionalKey>,
    }
}

attributes! {
    /// A multi-Region key in one Region.
    pub struct RegionalKey {
        /// ARN of the key there.
        arn: Option<String>,
        /// The Region.
        region: Option<String>,
    }
}

attributes! {
    /// A key in an external key manager.
    pub struct ExternalKey {
        /// Its id there.
        id: Option<String>,
    }
}

fn time(time: Option<DateTime>) -> Option<String> {
    time?.fmt(Format::DateTime).ok()
}

fn regional(key: MultiRegionKey) -> RegionalKey {
    RegionalKey { arn: key.arn, region: key.region }
}

impl DataSource for KmsKeyData {
    type Outputs = Told;
    const TYPE: &'static str = "aws_kms_key";
    const ID: &'static str = "id";

    async fn read(aws: &Aws, want: &Self) -> Result<Told> {
        let Self { key_id, grant_tokens } = want;
        let tokens = (!grant_tokens.is_empty()).then(|| grant_tokens.clone());
        let ask = aws.kms().describe_key().key_id(key_id).set_grant_tokens(tokens);
        let found = ask.send().await.absent_on(kms::ABSENT)?;
        let key = found.and_then(|found| found.key_metadata).ok_or_else(|| {
            Error::NotFound(format!("there is no key {key_id:?} in {}", aws.scope.region))
        })?;
        let regions = key.multi_region_configuration.map(|regions| MultiRegion {
            multi_region_key_type: regions
                .multi_region_key_type
                .map(|kind| kind.as_str().to_owned()),
            primary_key: regions.primary_key.into_iter().map(regional).collect(),
            replica_keys: regions
                .replica_keys
                .unwrap_or_default()
                .into_iter()
                .map(regional)
                .collect(),
        });
        #[expect(deprecated, reason = "Terraform's attribute of the same name")]
        let old_spec = key.customer_master_key_spec;
        Ok(Told {
            id: key.key_id,
            arn: Arn::parse(key.arn.given("Arn")?)?,
            aws_account_id: key.aws_account_id,
            cloud_hsm_cluster_id: key.cloud_hsm_cluster_id,
            creation_date: time(key.creation_date),
            custom_key_store_id: key.custom_key_store_id,
            customer_master_key_spec: old_spec.map(|spec| spec.as_str().to_owned()),
            deletion_date: time(key.deletion_date),
            description: key.description,
            enabled: key.enabled,
            expiration_model: key.expiration_model.map(|model| model.as_str().to_owned()),
            key_manager: key.key_manager.map(|manager| manager.as_str().to_owned()),
            key_spec: key.key_spec.map(|spec| spec.as_str().to_owned()),
            key_state: key.key_state.map(|state| state.as_str().to_owned()),
            key_usage: key.key_usage.map(|usage| usage.as_str().to_owned()),
            multi_region: key.multi_region.unwrap_or(false),
            multi_region_configuration: regions.into_iter().collect(),
            origin: key.origin.map(|origin| origin.as_str().to_owned()),
            pending_deletion_window_in_days: key.pending_deletion_window_in_days,
            valid_to: time(key.valid_to),
            xks_key_configuration: key
                .xks_key_configuration
                .into_iter()
                .map(|xks| ExternalKey { id: xks.id })
                .collect(),
        })
    }
}

//! `aws_db_subnet_group`: the subnets that clusters live in; as resource and as data source.
use std::collections::BTreeSet;

use aws_sdk_rds::types;

use crate::attributes;
use crate::aws::{AbsentOn, Aws};
use crate::resources::rds::{self, Differences};
use crate::resources::tags::Tags;
use crate::resources::{DataSource, Error, Key, Listing, Live, Resource, Result, Retry, Token};
use crate::schema::{Arn, Attribute, Given, Kind, LowerName, Mismatch};
use crate::value::{Readiness, Value};

/// The description of groups that have none configured.
pub(super) const DESCRIPTION: &str = "Managed by drctl";

attributes! {
    /// Subnets of one VPC, in two availability zones or more, that clusters and instances live in.
    ///
    /// Every Region of a global database needs one.
    pub struct DbSubnetGroup {
        /// Name of the group. AWS keeps it in lower case.
        name: LowerName => key,
        /// What the group is for. AWS demands one; drctl gives `Managed by drctl` when absent.
        description: Option<String> => aws_decides,
        /// Ids of the subnets, in at least two availability zones. AWS keeps those that are in use.
        subnet_ids: SubnetIds,
        /// Tags of the group.
        tags: Tags,
    }
}

attributes! {
    /// What AWS tells about a subnet group.
    pub struct Outputs {
        /// ARN of the group.
        arn: Arn,
        /// VPC of the subnets.
        vpc_id: Option<String>,
        /// `IPV4`, or `IPV4` and `DUAL`.
        supported_network_types: BTreeSet<String>,
        /// AWS's status, `Complete` if the group can be used.
        status: String,
    }
}

/// Ids of subnets, at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubnetIds(BTreeSet<String>);

impl Attribute for SubnetIds {
    const KIND: Kind = BTreeSet::<String>::KIND;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        let ids = BTreeSet::decode(value)?;
        if ids.is_empty() {
            return Err(Mismatch::Invalid(
                "a subnet group needs subnets in at least two availability zones".to_owned(),
            ));
        }
        Ok(Self(ids))
    }
    fn encode(&self) -> Value {
        self.0.encode()
    }
}

fn subnets(group: &types::DbSubnetGroup) -> BTreeSet<String> {
    let subnets = group.subnets.as_deref().unwrap_or_default();
    subnets.iter().filter_map(|subnet| subnet.subnet_identifier.clone()).collect()
}

impl Resource for DbSubnetGroup {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_db_subnet_group";
    const ID: &'static str = "name";
    const LISTING: Listing = Listing::All;
    const ARN: Option<&'static str> = Some("arn:{partition}:rds:{region}:{account}:subgrp:{name}");
    const RETRIES: &'static [Retry] =
        &[Retry { code: "InvalidDBSubnetGroupStateFault", saying: "" }];

    async fn list(aws: &Aws, _within: &[Key]) -> Result<Vec<Key>> {
        let all = rds::subnet_groups(aws).await?;
        let names = all.iter().filter_map(|one| one.db_subnet_group_name.as_deref());
        Ok(names.filter(|name| !rds::is_default(name)).map(Key::only).collect())
    }

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let name = LowerName::new(key.name()?);
        let Some(found) = rds::subnet_group(aws, name.as_str()).await? else { return Ok(None) };
        let subnet_ids = SubnetIds(subnets(&found));
        let arn = Arn::parse(found.db_subnet_group_arn.given("DBSubnetGroupArn")?)?;
        let Some(tags) = rds::tags_of(aws, arn.as_str()).await? else { return Ok(None) };
        Ok(Some(Live {
            inputs: Self { name, description: found.db_subnet_group_description, subnet_ids, tags },
            outputs: Outputs {
                vpc_id: found.vpc_id,
                supported_network_types: found
                    .supported_network_types
                    .unwrap_or_default()
                    .into_iter()
                    .collect(),
                status: found.subnet_group_status.unwrap_or_default(),
                arn,
            },
        }))
    }

    async fn create(aws: &Aws, want: &Self, _token: &Token) -> Result<Key> {
        let Self { name, description, subnet_ids, tags } = want;
        aws.rds()
            .create_db_subnet_group()
            .db_subnet_group_name(name.as_str())
            .db_subnet_group_description(description.as_deref().unwrap_or(DESCRIPTION))
            .set_subnet_ids(Some(subnet_ids.0.iter().cloned().collect()))
            .set_tags(rds::to_aws(tags.iter()))
            .send()
            .await?;
        Ok(Key::only(name.as_str()))
    }

    async fn update(aws: &Aws, live: &Live<Self>, want: &Self) -> Result<()> {
        let Self { name, description, subnet_ids, tags } = want;
        rds::retag(aws, live.outputs.arn.as_str(), &live.inputs.tags, tags).await?;
        let differs = Differences::default();
        let description = differs.of(&live.inputs.description, description);
        if differs.any() || live.inputs.subnet_ids != *subnet_ids {
            let call = aws.rds().modify_db_subnet_group().db_subnet_group_name(name.as_str());
            call.set_db_subnet_group_description(description)
                .set_subnet_ids(Some(subnet_ids.0.iter().cloned().collect()))
                .send()
                .await?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        let name = live.inputs.name.as_str();
        let deleted = aws.rds().delete_db_subnet_group().db_subnet_group_name(name).send().await;
        deleted.absent_on(&["DBSubnetGroupNotFoundFault"])?;
        Ok(())
    }

    fn readiness(live: &Live<Self>) -> Readiness {
        match live.outputs.status.as_str() {
            "" | "Complete" => Readiness::Ready,
            status => Readiness::Settling(status.to_owned()),
        }
    }
}

attributes! {
    /// A subnet group that exists, made here or elsewhere.
    pub struct DbSubnetGroupData {
        /// Name of the group.
        name: LowerName,
    }
}

attributes! {
    /// What AWS tells about a subnet group that was looked up.
    pub struct DataOutputs {
        /// ARN of the group.
        arn: Arn,
        /// What the group is for.
        description: Option<String>,
        /// AWS's status, `Complete` if the group can be used.
        status: Option<String>,
        /// Ids of the subnets.
        subnet_ids: BTreeSet<String>,
        /// `IPV4`, or `IPV4` and `DUAL`.
        supported_network_types: BTreeSet<String>,
        /// VPC of the subnets.
        vpc_id: Option<String>,
    }
}

impl DataSource for DbSubnetGroupData {
    type Outputs = DataOutputs;
    const TYPE: &'static str = "aws_db_subnet_group";
    const ID: &'static str = "name";

    async fn read(aws: &Aws, want: &Self) -> Result<DataOutputs> {
        let name = want.name.as_str();
        let found = rds::subnet_group(aws, name).await?.ok_or_else(|| {
            Error::NotFound(format!("there is no subnet group `{name}` in {}", aws.scope))
        })?;
        Ok(DataOutputs {
            subnet_ids: subnets(&found),
            arn: Arn::parse(found.db_subnet_group_arn.given("DBSubnetGroupArn")?)?,
            description: found.db_subnet_group_description,
            status: found.subnet_group_status,
            supported_network_types: found
                .supported_network_types
                .unwrap_or_default()
                .into_iter()
                .collect(),
            vpc_id: found.vpc_id,
        })
    }
}

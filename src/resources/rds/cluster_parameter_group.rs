//! `aws_rds_cluster_parameter_group`: parameters of the engine, for a whole cluster.
use crate::attributes;
use crate::aws::{AbsentOn, Aws};
use crate::resources::rds;
use crate::resources::rds::parameters::{Group, Parameter};
use crate::resources::rds::subnet_group::DESCRIPTION;
use crate::resources::tags::Tags;
use crate::resources::{Key, Listing, Live, Resource, Result, Retry, Token};
use crate::schema::{Arn, Given, LowerName, Unordered};

attributes! {
    /// Parameters of the engine for a whole cluster.
    ///
    /// Every Region of a global database has its own group, and keeps it when roles change. The
    /// managed recovery point objective of Aurora PostgreSQL, `rds.global_db_rpo`, is set here.
    pub struct RdsClusterParameterGroup {
        /// Name of the group. AWS keeps it in lower case.
        name: LowerName => key,
        /// Family of engine and major version that the group is for, such as `aurora-postgresql15`.
        family: String => replaces,
        /// What the group is for. AWS demands one; drctl gives `Managed by drctl` when absent.
        description: Option<String> => replaces | aws_decides,
        /// Parameters that differ from the defaults of the family. Taking one out resets it.
        parameter: Unordered<Parameter>,
        /// Tags of the group.
        tags: Tags,
    }
}

attributes! {
    /// What AWS tells about a parameter group.
    pub struct Outputs {
        /// ARN of the group.
        arn: Arn,
    }
}

impl Resource for RdsClusterParameterGroup {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_rds_cluster_parameter_group";
    const ID: &'static str = "name";
    const LISTING: Listing = Listing::All;
    const ARN: Option<&'static str> =
        Some("arn:{partition}:rds:{region}:{account}:cluster-pg:{name}");
    const RETRIES: &'static [Retry] = &[Retry { code: "InvalidDBParameterGroupState", saying: "" }];

    async fn list(aws: &Aws, _within: &[Key]) -> Result<Vec<Key>> {
        let all = rds::cluster_parameter_groups(aws).await?;
        let names = all.iter().filter_map(|one| one.db_cluster_parameter_group_name.as_deref());
        Ok(names.filter(|name| !rds::is_default(name)).map(Key::only).collect())
    }

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let name = LowerName::new(key.name()?);
        let Some(found) = rds::cluster_parameter_group(aws, name.as_str()).await? else {
            return Ok(None);
        };
        let arn =
            Arn::parse(found.db_cluster_parameter_group_arn.given("DBClusterParameterGroupArn")?)?;
        let Some(tags) = rds::tags_of(aws, arn.as_str()).await? else { return Ok(None) };
        Ok(Some(Live {
            inputs: Self {
                family: found.db_parameter_group_family.given("DBParameterGroupFamily")?,
                description: found.description,
                parameter: Group::Cluster(name.as_str()).changed(aws).await?,
                tags,
                name,
            },
            outputs: Outputs { arn },
        }))
    }

    async fn create(aws: &Aws, want: &Self, _token: &Token) -> Result<Key> {
        // The parameters follow with the first update.
        let Self { name, family, description, parameter: _, tags } = want;
        aws.rds()
            .create_db_cluster_parameter_group()
            .db_cluster_parameter_group_name(name.as_str())
            .db_parameter_group_family(family)
            .description(description.as_deref().unwrap_or(DESCRIPTION))
            .set_tags(rds::to_aws(tags.iter()))
            .send()
            .await?;
        Ok(Key::only(name.as_str()))
    }

    async fn update(aws: &Aws, live: &Live<Self>, want: &Self) -> Result<()> {
        let Self { name, family, description: _, parameter, tags } = want;
        rds::retag(aws, live.outputs.arn.as_str(), &live.inputs.tags, tags).await?;
        let group = Group::Cluster(name.as_str());
        group.change(aws, family, &live.inputs.parameter, parameter).await
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        let name = live.inputs.name.as_str();
        let call =
            aws.rds().delete_db_cluster_parameter_group().db_cluster_parameter_group_name(name);
        call.send()
            .await
            .absent_on(&["DBParameterGroupNotFound", "DBClusterParameterGroupNotFound"])?;
        Ok(())
    }
}

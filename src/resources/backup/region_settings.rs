//! `aws_backup_region_settings`: what AWS Backup looks after in a Region.
use std::collections::{BTreeMap, HashMap};

use crate::attributes;
use crate::aws::Aws;
use crate::resources::{Error, Key, Listing, Live, Resource, Result, Token};
use crate::schema::{Identity, Problem};
use crate::value::Object;

attributes! {
    /// What AWS Backup looks after in one account and Region. There is one of these, always; AWS
    /// keeps it when it is destroyed here.
    ///
    /// A type of resource that is not opted in is silently left out of what tags select, so backups
    /// of Aurora need `Aurora = true` here in every account and Region.
    pub struct RegionSettings {
        /// Types of resources, each with whether it is opted in: `{ Aurora = true }`. Types that are
        /// not named stay as they are.
        resource_type_opt_in_preference: BTreeMap<String, bool> => partial,
        /// Types of resources, each with whether AWS Backup manages their backups fully; `DynamoDB`
        /// and `EFS` know this. Types that are not named stay as they are.
        resource_type_management_preference: BTreeMap<String, bool> => partial,
    }
}

attributes! {
    /// AWS tells nothing more about the settings.
    pub struct Outputs {}
}

fn to_aws(map: &BTreeMap<String, bool>) -> Option<HashMap<String, bool>> {
    (!map.is_empty()).then(|| map.iter().map(|(kind, on)| (kind.clone(), *on)).collect())
}

async fn put(aws: &Aws, want: &RegionSettings) -> Result<()> {
    let RegionSettings { resource_type_opt_in_preference, resource_type_management_preference } =
        want;
    aws.backup()
        .update_region_settings()
        .set_resource_type_opt_in_preference(to_aws(resource_type_opt_in_preference))
        .set_resource_type_management_preference(to_aws(resource_type_management_preference))
        .send()
        .await?;
    Ok(())
}

impl Resource for RegionSettings {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_backup_region_settings";
    const ID: &'static str = "region";
    const LISTING: Listing =
        Listing::Never("every Region has these settings whether anybody wants them or not");
    const IDENTITY: Identity = Identity::Single;

    async fn read(aws: &Aws, _key: &Key) -> Result<Option<Live<Self>>> {
        let found = aws.backup().describe_region_settings().send().await?;
        let map =
            |map: Option<HashMap<String, bool>>| map.unwrap_or_default().into_iter().collect();
        Ok(Some(Live {
            inputs: Self {
                resource_type_opt_in_preference: map(found.resource_type_opt_in_preference),
                resource_type_management_preference: map(found.resource_type_management_preference),
            },
            outputs: Outputs {},
        }))
    }

    async fn create(aws: &Aws, want: &Self, _token: &Token) -> Result<Key> {
        put(aws, want).await?;
        Ok(Key::only(aws.scope.region.as_str()))
    }

    async fn update(aws: &Aws, _live: &Live<Self>, want: &Self) -> Result<()> {
        put(aws, want).await
    }

    async fn delete(aws: &Aws, _live: &Live<Self>) -> Result<()> {
        let region = &aws.scope.region;
        Err(Error::Left(format!("the settings of AWS Backup in {region} stay as they are")))
    }

    fn check(want: &Object) -> Vec<Problem> {
        if !want.get("resource_type_opt_in_preference").is_null() {
            return Vec::new();
        }
        let message = "The argument \"resource_type_opt_in_preference\" is required.";
        vec![Problem::error(&[], "Missing required argument", message)]
    }
}

//! A signed request in the name of another Region, which AWS asks for to read what is encrypted
//! there. SDKs for other languages make it by themselves.
use std::time::Duration;

use aws_sdk_rds::operation::create_db_cluster::builders::CreateDbClusterInputBuilder;

use crate::aws::{Aws, Presigned};
use crate::resources::Result;

const LASTS: Duration = Duration::from_hours(1);

/// The request of `input`, signed for `region`.
pub(super) async fn create_db_cluster(
    aws: &Aws,
    region: &str,
    input: &CreateDbClusterInputBuilder,
) -> Result<String> {
    let parameters = [
        ("Action", Some("CreateDBCluster")),
        ("Version", Some("2014-10-31")),
        ("DestinationRegion", Some(aws.scope.region.as_str())),
        ("DBClusterIdentifier", input.get_db_cluster_identifier().as_deref()),
        ("Engine", input.get_engine().as_deref()),
        ("EngineVersion", input.get_engine_version().as_deref()),
        ("GlobalClusterIdentifier", input.get_global_cluster_identifier().as_deref()),
        ("ReplicationSourceIdentifier", input.get_replication_source_identifier().as_deref()),
        ("KmsKeyId", input.get_kms_key_id().as_deref()),
        (
            "StorageEncrypted",
            input.get_storage_encrypted().map(|on| if on { "true" } else { "false" }),
        ),
    ];
    let request = Presigned {
        operation: "rds CreateDBCluster",
        service: "rds",
        region,
        parameters: &parameters,
        headers: &[],
        lasts: LASTS,
    };
    Ok(aws.presigned(request).await?)
}

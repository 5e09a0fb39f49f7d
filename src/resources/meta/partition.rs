//! `data "aws_partition"`: which of the separate AWS clouds this is.
use crate::attributes;
use crate::aws::Aws;
use crate::resources::meta;
use crate::resources::{DataSource, Result};

attributes! {
    /// Tells the partition that the provider's Region belongs to, for ARNs that fit everywhere.
    pub struct Partition {}
}

attributes! {
    /// A partition.
    pub struct Told {
        /// Its name, as it stands in ARNs: `aws`, `aws-cn` or `aws-us-gov`.
        partition: String,
        /// Domain of its endpoints: `amazonaws.com`.
        dns_suffix: String,
        /// The same the other way round: `com.amazonaws`.
        reverse_dns_prefix: String,
    }
}

impl DataSource for Partition {
    type Outputs = Told;
    const TYPE: &'static str = "aws_partition";
    const ID: &'static str = "partition";

    async fn read(aws: &Aws, want: &Self) -> Result<Told> {
        let Self {} = want;
        let suffix = meta::dns_suffix(aws.partition());
        let reversed: Vec<&str> = suffix.rsplit('.').collect();
        Ok(Told {
            partition: aws.partition().to_owned(),
            dns_suffix: suffix.to_owned(),
            reverse_dns_prefix: reversed.join("."),
        })
    }
}

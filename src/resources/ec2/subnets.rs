//! `data "aws_subnets"`: looks up subnets.
use serde::Deserialize;

use crate::attributes;
use crate::aws::Aws;
use crate::resources::ec2::described::{self, Filter, List, Page};
use crate::resources::tags::Tags;
use crate::resources::{DataSource, Result};
use crate::schema::Unordered;

attributes! {
    /// Looks up all subnets of the Region that fit all that is said, which may be none.
    ///
    /// A secondary cluster needs a subnet group of its own Region, in two zones at least.
    pub struct SubnetsData {
        /// Tags that a subnet must have, among others.
        tags: Tags,
        /// What else must hold, by EC2's own names of filters, for example `vpc-id`.
        filter: Unordered<Filter>,
    }
}

attributes! {
    /// What AWS tells about the subnets.
    pub struct Told {
        /// The Region.
        id: String,
        /// Their ids, in order.
        ids: Vec<String>,
    }
}

/// A page of subnets, as EC2 writes it.
#[derive(Debug, Deserialize)]
struct Subnets {
    #[serde(rename = "subnetSet", default)]
    subnets: List<Subnet>,
    #[serde(rename = "nextToken")]
    next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Subnet {
    subnet_id: String,
}

impl Page for Subnets {
    type Item = Subnet;
    fn split(self) -> (Vec<Subnet>, Option<String>) {
        (self.subnets.item, self.next_token)
    }
}

impl DataSource for SubnetsData {
    type Outputs = Told;
    const TYPE: &'static str = "aws_subnets";
    const ID: &'static str = "id";

    async fn read(aws: &Aws, want: &Self) -> Result<Told> {
        let Self { tags, filter } = want;
        let parameters = described::filters([], tags, filter);
        let absent = "InvalidSubnetID.NotFound";
        let found = described::all::<Subnets>(aws, "DescribeSubnets", parameters, absent).await?;
        let mut ids: Vec<String> = found.into_iter().map(|subnet| subnet.subnet_id).collect();
        // EC2 lists them in no order, and a list that changes places would be a difference.
        ids.sort();
        Ok(Told { id: aws.scope.region.to_string(), ids })
    }
}

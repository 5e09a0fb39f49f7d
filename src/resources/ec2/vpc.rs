//! `data "aws_vpc"`: looks up a network.
use serde::Deserialize;

use crate::attributes;
use crate::aws::Aws;
use crate::resources::ec2::described::{self, Filter, List, Page, Parameters, Tag};
use crate::resources::tags::Tags;
use crate::resources::{DataSource, Error, Result};
use crate::schema::{Arn, Unordered};

attributes! {
    /// Looks up the one VPC that fits all that is said.
    ///
    /// A secondary cluster lives in a VPC of its own Region, which is there before it.
    pub struct VpcData {
        /// Id of the VPC.
        id: Option<String>,
        /// Its first block of IPv4 addresses.
        cidr_block: Option<String>,
        /// Whether it is the one that AWS has made for the Region.
        default: Option<bool>,
        /// Id of its DHCP options.
        dhcp_options_id: Option<String>,
        /// `available` or `pending`.
        state: Option<String>,
        /// Tags that it must have, among others.
        tags: Tags,
        /// What else must hold, by EC2's own names of filters.
        filter: Unordered<Filter>,
    }
}

attributes! {
    /// What AWS tells about a VPC.
    pub struct Told {
        /// ARN of the VPC.
        arn: Arn,
        /// Its first block of IPv4 addresses.
        cidr_block: String,
        /// All its blocks of IPv4 addresses.
        cidr_block_associations: Vec<Block>,
        /// Whether it is the one that AWS has made for the Region.
        default: bool,
        /// Id of its DHCP options.
        dhcp_options_id: Option<String>,
        /// Its id.
        id: String,
        /// `default` or `dedicated`.
        instance_tenancy: Option<String>,
        /// Id under which its block of IPv6 addresses belongs to it.
        ipv6_association_id: Option<String>,
        /// Its block of IPv6 addresses.
        ipv6_cidr_block: Option<String>,
        /// Account that owns it.
        owner_id: String,
        /// `available` or `pending`.
        state: String,
        /// Its tags.
        tags: Tags,
    }
}

attributes! {
    /// A block of IPv4 addresses.
    pub struct Block {
        /// Id under which it belongs to the VPC.
        association_id: String,
        /// The block.
        cidr_block: String,
        /// How far it is: `associated` when it is.
        state: String,
    }
}

/// A page of VPCs, as EC2 writes it.
#[derive(Debug, Deserialize)]
struct Vpcs {
    #[serde(rename = "vpcSet", default)]
    vpcs: List<Vpc>,
    #[serde(rename = "nextToken")]
    next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vpc {
    vpc_id: String,
    #[serde(default)]
    owner_id: Option<String>,
    state: String,
    cidr_block: String,
    dhcp_options_id: Option<String>,
    instance_tenancy: Option<String>,
    #[serde(default)]
    is_default: bool,
    #[serde(default)]
    tag_set: List<Tag>,
    #[serde(default)]
    cidr_block_association_set: List<Association>,
    #[serde(default)]
    ipv6_cidr_block_association_set: List<Association6>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Association {
    association_id: String,
    cidr_block: String,
    cidr_block_state: State,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Association6 {
    association_id: String,
    ipv6_cidr_block: String,
}

#[derive(Debug, Deserialize)]
struct State {
    state: String,
}

impl Page for Vpcs {
    type Item = Vpc;
    fn split(self) -> (Vec<Vpc>, Option<String>) {
        (self.vpcs.item, self.next_token)
    }
}

fn parameters(want: &VpcData) -> Parameters {
    let VpcData { id, cidr_block, default, dhcp_options_id, state, tags, filter } = want;
    let default = default.map(|default| default.to_string());
    let named = [
        ("cidr", cidr_block),
        ("is-default", &default),
        ("dhcp-options-id", dhcp_options_id),
        ("state", state),
    ];
    let mut parameters: Parameters =
        id.iter().map(|id| ("VpcId.1".to_owned(), id.clone())).collect();
    parameters.extend(described::filters(named, tags, filter));
    parameters
}

impl DataSource for VpcData {
    type Outputs = Told;
    const TYPE: &'static str = "aws_vpc";
    const ID: &'static str = "id";

    async fn read(aws: &Aws, want: &Self) -> Result<Told> {
        let region = &aws.scope.region;
        let absent = "InvalidVpcID.NotFound";
        let found = described::all::<Vpcs>(aws, "DescribeVpcs", parameters(want), absent).await?;
        let ids: Vec<&str> = found.iter().map(|vpc| vpc.vpc_id.as_str()).collect();
        let (count, ids) = (found.len(), ids.join(", "));
        let Ok([vpc]) = <[Vpc; 1]>::try_from(found) else {
            return Err(Error::NotFound(match count {
                0 => format!("no VPC in {region} fits what is asked for"),
                _ => format!(
                    "{count} VPCs in {region} fit what is asked for ({ids}); say more, so that one \
                     is left"
                ),
            }));
        };
        let owner = vpc.owner_id.unwrap_or_else(|| aws.scope.account.to_string());
        let (partition, id) = (aws.partition(), &vpc.vpc_id);
        let blocks = vpc.cidr_block_association_set.item.into_iter().map(|block| Block {
            association_id: block.association_id,
            cidr_block: block.cidr_block,
            state: block.cidr_block_state.state,
        });
        let six = vpc.ipv6_cidr_block_association_set.item.into_iter().next();
        let (ipv6_association_id, ipv6_cidr_block) =
            six.map(|six| (six.association_id, six.ipv6_cidr_block)).unzip();
        Ok(Told {
            arn: Arn::parse(format!("arn:{partition}:ec2:{region}:{owner}:vpc/{id}"))?,
            cidr_block: vpc.cidr_block,
            cidr_block_associations: blocks.collect(),
            default: vpc.is_default,
            dhcp_options_id: vpc.dhcp_options_id,
            id: vpc.vpc_id,
            instance_tenancy: vpc.instance_tenancy,
            ipv6_association_id,
            ipv6_cidr_block,
            owner_id: owner,
            state: vpc.state,
            tags: vpc.tag_set.tags(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Attribute;
    use crate::value::{Object, Value};

    #[test]
    fn a_request_says_what_is_said() {
        let want = Object::from_iter([
            ("default", Value::Bool(true)),
            ("tags", Value::Map(Object::from_iter([("Name", Value::text("db"))]))),
        ]);
        let want = VpcData::decode(&Value::Object(want)).unwrap();
        let sent: Vec<String> =
            parameters(&want).into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(
            sent,
            [
                "Filter.1.Name=is-default",
                "Filter.1.Value.1=true",
                "Filter.2.Name=tag:Name",
                "Filter.2.Value.1=db",
            ]
        );
    }

    #[test]
    fn an_answer_is_read() {
        let answer = r"<DescribeVpcsResponse><requestId>1</requestId><vpcSet><item>
            <vpcId>vpc-1</vpcId><ownerId>111111111111</ownerId><state>available</state>
            <cidrBlock>10.0.0.0/16</cidrBlock><dhcpOptionsId>dopt-1</dhcpOptionsId>
            <instanceTenancy>default</instanceTenancy><isDefault>true</isDefault>
            <cidrBlockAssociationSet><item><cidrBlock>10.0.0.0/16</cidrBlock>
              <associationId>a-1</associationId>
              <cidrBlockState><state>associated</state></cidrBlockState></item>
            </cidrBlockAssociationSet><tagSet/></item></vpcSet></DescribeVpcsResponse>";
        let vpcs: Vpcs = quick_xml::de::from_str(answer).unwrap();
        let (found, next) = vpcs.split();
        assert_eq!((found.len(), next), (1, None));
        let blocks = &found[0].cidr_block_association_set.item;
        assert_eq!(
            (blocks[0].cidr_block_state.state.as_str(), found[0].is_default),
            ("associated", true)
        );
    }
}

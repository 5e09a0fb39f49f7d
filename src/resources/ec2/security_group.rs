//! `data "aws_security_group"`: looks up a security group.
use serde::Deserialize;

use crate::attributes;
use crate::aws::Aws;
use crate::resources::ec2::described::{self, Filter, List, Page, Parameters, Tag};
use crate::resources::tags::Tags;
use crate::resources::{DataSource, Error, Result};
use crate::schema::{Arn, Unordered};

attributes! {
    /// Looks up the one security group that fits all that is said.
    ///
    /// A secondary cluster needs a group of the VPC in its own Region.
    pub struct SecurityGroupData {
        /// Id of the group.
        id: Option<String>,
        /// Name of the group, unique in its VPC.
        name: Option<String>,
        /// Id of the VPC.
        vpc_id: Option<String>,
        /// Tags that the group must have, among others.
        tags: Tags,
        /// What else must hold, by EC2's own names of filters.
        filter: Unordered<Filter>,
    }
}

attributes! {
    /// What AWS tells about a security group.
    pub struct Told {
        /// ARN of the group.
        arn: Arn,
        /// What it is for.
        description: String,
        /// Its id.
        id: String,
        /// Its name.
        name: String,
        /// Its tags.
        tags: Tags,
        /// Id of its VPC.
        vpc_id: Option<String>,
    }
}

/// A page of groups, as EC2 writes it.
#[derive(Debug, Deserialize)]
struct Groups {
    #[serde(rename = "securityGroupInfo", default)]
    groups: List<Group>,
    #[serde(rename = "nextToken")]
    next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    group_id: String,
    group_name: String,
    #[serde(default)]
    group_description: String,
    owner_id: Option<String>,
    vpc_id: Option<String>,
    security_group_arn: Option<String>,
    #[serde(default)]
    tag_set: List<Tag>,
}

impl Page for Groups {
    type Item = Group;
    fn split(self) -> (Vec<Group>, Option<String>) {
        (self.groups.item, self.next_token)
    }
}

/// The request, as EC2 numbers its parts.
fn parameters(want: &SecurityGroupData) -> Parameters {
    let SecurityGroupData { id, name, vpc_id, tags, filter } = want;
    let mut parameters: Parameters =
        id.iter().map(|id| ("GroupId.1".to_owned(), id.clone())).collect();
    let named = [("group-name", name), ("vpc-id", vpc_id)];
    parameters.extend(described::filters(named, tags, filter));
    parameters
}

async fn find(aws: &Aws, want: &SecurityGroupData) -> Result<Vec<Group>> {
    let (asked, absent) = (parameters(want), "InvalidGroup.NotFound");
    Ok(described::all::<Groups>(aws, "DescribeSecurityGroups", asked, absent).await?)
}

impl DataSource for SecurityGroupData {
    type Outputs = Told;
    const TYPE: &'static str = "aws_security_group";
    const ID: &'static str = "id";

    async fn read(aws: &Aws, want: &Self) -> Result<Told> {
        let region = &aws.scope.region;
        let found = find(aws, want).await?;
        let ids: Vec<&str> = found.iter().map(|group| group.group_id.as_str()).collect();
        let count = found.len();
        let several = format!(
            "{count} security groups in {region} fit what is asked for ({}); say more, so that one \
             is left",
            ids.join(", ")
        );
        let Ok([group]) = <[Group; 1]>::try_from(found) else {
            return Err(Error::NotFound(match count {
                0 => format!("no security group in {region} fits what is asked for"),
                _ => several,
            }));
        };
        let owner = group.owner_id.unwrap_or_else(|| aws.scope.account.to_string());
        let (partition, id) = (aws.partition(), &group.group_id);
        let arn = group
            .security_group_arn
            .unwrap_or_else(|| format!("arn:{partition}:ec2:{region}:{owner}:security-group/{id}"));
        Ok(Told {
            arn: Arn::parse(arn)?,
            description: group.group_description,
            id: group.group_id,
            name: group.group_name,
            tags: group.tag_set.tags(),
            vpc_id: group.vpc_id,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Attribute;
    use crate::value::{Object, Value};

    #[test]
    fn a_request_numbers_its_filters() {
        let filter = Object::from_iter([
            ("name", Value::text("group-name")),
            ("values", Value::List(vec![Value::text("b"), Value::text("a")])),
        ]);
        let want = Object::from_iter([
            ("id", Value::text("sg-1")),
            ("vpc_id", Value::text("vpc-1")),
            ("tags", Value::Map(Object::from_iter([("Name", Value::text("db"))]))),
            ("filter", Value::List(vec![Value::Object(filter)])),
        ]);
        let want = SecurityGroupData::decode(&Value::Object(want)).unwrap();
        let sent: Vec<String> =
            parameters(&want).into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(
            sent,
            [
                "GroupId.1=sg-1",
                "Filter.1.Name=vpc-id",
                "Filter.1.Value.1=vpc-1",
                "Filter.2.Name=tag:Name",
                "Filter.2.Value.1=db",
                "Filter.3.Name=group-name",
                "Filter.3.Value.1=a",
                "Filter.3.Value.2=b",
            ]
        );
    }

    #[test]
    fn an_answer_is_read() {
        let answer = r#"<?xml version="1.0" encoding="UTF-8"?>
            <DescribeSecurityGroupsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
              <requestId>1</requestId>
              <securityGroupInfo><item>
                <ownerId>111111111111</ownerId><groupId>sg-1</groupId><groupName>db &amp; co</groupName>
                <groupDescription>d</groupDescription><vpcId>vpc-1</vpcId>
                <ipPermissions><item><ipProtocol>tcp</ipProtocol><groups/></item></ipPermissions>
                <ipPermissionsEgress/>
                <tagSet><item><key>Name</key><value>db</value></item><item><key>b</key><value/></item></tagSet>
              </item></securityGroupInfo>
            </DescribeSecurityGroupsResponse>"#;
        let page: Groups = quick_xml::de::from_str(answer).unwrap();
        let [group] = page.groups.item.as_slice() else { panic!("{page:?}") };
        assert_eq!((group.group_name.as_str(), group.tag_set.item.len()), ("db & co", 2));
        let none = "<Answer><securityGroupInfo/></Answer>";
        assert!(quick_xml::de::from_str::<Groups>(none).unwrap().groups.item.is_empty());
    }
}

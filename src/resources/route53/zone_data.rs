//! `data "aws_route53_zone"`: looks up a zone.
use aws_sdk_route53::types as sdk;

use crate::attributes;
use crate::aws::{Aws, AwsError};
use crate::resources::route53::{self, Fqdn, ZoneId};
use crate::resources::tags::Tags;
use crate::resources::{DataSource, Error, Result};
use crate::schema::{Arn, Placement};

attributes! {
    /// Looks up the one zone that fits all that is said, such as the one in which a record is to
    /// lead to the database.
    pub struct Route53ZoneData {
        /// Id of the zone.
        zone_id: Option<ZoneId>,
        /// Name of the zone.
        name: Option<Fqdn>,
        /// Whether it is the private zone of that name.
        private_zone: bool => default_bool(false),
        /// Id of a VPC that a private zone is for.
        vpc_id: Option<String>,
        /// Tags that the zone must have, among others.
        tags: Tags,
    }
}

attributes! {
    /// What AWS tells about a zone.
    pub struct Told {
        /// ARN of the zone.
        arn: Arn,
        /// What whoever made it called the request.
        caller_reference: String,
        /// What it is for.
        comment: Option<String>,
        /// Service of AWS that made it, if one did.
        linked_service_principal: Option<String>,
        /// What that service says about it.
        linked_service_description: Option<String>,
        /// Its name.
        name: String,
        /// Its name servers.
        name_servers: Vec<String>,
        /// The first of them.
        primary_name_server: Option<String>,
        /// Whether it is private.
        private_zone: bool,
        /// How many records it has.
        resource_record_set_count: i64,
        /// Its tags.
        tags: Tags,
        /// Its id.
        zone_id: String,
    }
}

fn is_private(zone: &sdk::HostedZone) -> bool {
    zone.config.as_ref().is_some_and(|config| config.private_zone)
}

/// Ids of the zones that fit what a list can tell.
async fn candidates(aws: &Aws, want: &Route53ZoneData) -> Result<Vec<ZoneId>> {
    let Route53ZoneData { zone_id, name, private_zone, vpc_id: _, tags: _ } = want;
    if let Some(id) = zone_id {
        return Ok(vec![id.clone()]);
    }
    let mut pages = aws.route53().list_hosted_zones().into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let zones = page.map_err(AwsError::from)?.hosted_zones;
        let fits = zones.into_iter().filter(|zone| {
            is_private(zone) == *private_zone
                && name.as_ref().is_none_or(|name| Fqdn::new(&zone.name) == *name)
        });
        found.extend(fits.map(|zone| ZoneId::new(zone.id)));
    }
    Ok(found)
}

async fn tags(aws: &Aws, id: &str) -> Result<Tags> {
    let list = aws.route53().list_tags_for_resource().resource_id(id);
    let found = list.resource_type(sdk::TagResourceType::Hostedzone).send().await?;
    let tags = found.resource_tag_set.and_then(|set| set.tags).unwrap_or_default();
    Ok(Tags::from_aws(tags.into_iter().filter_map(|tag| Some((tag.key?, tag.value?)))))
}

impl DataSource for Route53ZoneData {
    type Outputs = Told;
    const TYPE: &'static str = "aws_route53_zone";
    const ID: &'static str = "zone_id";
    const PLACEMENT: Placement = Placement::Global;

    async fn read(aws: &Aws, want: &Self) -> Result<Told> {
        if want.zone_id.is_none() && want.name.is_none() && want.tags.iter().next().is_none() {
            let why = "say which zone: by its `zone_id`, its `name` or its `tags`";
            return Err(Error::Refused(why.to_owned()));
        }
        let mut found = Vec::new();
        for id in candidates(aws, want).await? {
            let Some(has) = route53::zone(aws, id.as_str()).await? else { continue };
            let vpcs = has.vpcs.as_deref().unwrap_or_default();
            let in_vpc = |id: &String| vpcs.iter().any(|vpc| vpc.vpc_id() == Some(id));
            if !want.vpc_id.as_ref().is_none_or(in_vpc) {
                continue;
            }
            let tags = tags(aws, id.as_str()).await?;
            if want.tags.iter().all(|(key, value)| tags.get(key) == Some(value)) {
                found.push((id, has, tags));
            }
        }
        let count = found.len();
        let ids: Vec<&str> = found.iter().map(|(id, _, _)| id.as_str()).collect();
        let several = format!(
            "{count} zones fit what is asked for ({}); say more, so that one is left",
            ids.join(", ")
        );
        let Ok([(id, has, tags)]) = <[_; 1]>::try_from(found) else {
            return Err(Error::NotFound(match count {
                0 => format!("no zone in account {} fits what is asked for", aws.scope.account),
                _ => several,
            }));
        };
        let zone = has.hosted_zone.ok_or_else(|| Error::NotFound("AWS told no zone".to_owned()))?;
        let name_servers = has.delegation_set.map(|set| set.name_servers).unwrap_or_default();
        let linked = zone.linked_service.clone();
        Ok(Told {
            arn: Arn::parse(format!(
                "arn:{}:route53:::hostedzone/{}",
                aws.partition(),
                id.as_str()
            ))?,
            private_zone: is_private(&zone),
            caller_reference: zone.caller_reference,
            comment: zone.config.and_then(|config| config.comment).filter(|text| !text.is_empty()),
            linked_service_principal: linked.as_ref().and_then(|l| l.service_principal.clone()),
            linked_service_description: linked.and_then(|l| l.description),
            name: Fqdn::new(&zone.name).as_str().to_owned(),
            primary_name_server: name_servers.first().cloned(),
            name_servers,
            resource_record_set_count: zone.resource_record_set_count.unwrap_or(0),
            tags,
            zone_id: id.as_str().to_owned(),
        })
    }
}

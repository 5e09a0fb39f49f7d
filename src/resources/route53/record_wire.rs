//! A record as a configuration has it, and as Route 53 does.
use std::collections::BTreeSet;

use aws_sdk_route53::types as sdk;

use crate::resources::route53::record::{
    Alias, AliasName, Cidr, Coordinates, Failover, Geolocation, Geoproximity, Latency, RecordType,
    Route53Record, Weighted,
};
use crate::resources::route53::{Fqdn, ZoneId};
use crate::resources::{Error, Result};

/// Values of these stand in quotation marks at Route 53, and without them in a configuration.
fn quoted(kind: &str) -> bool {
    matches!(kind, "TXT" | "SPF")
}

/// What Route 53 would refuse with words that say less.
pub(super) fn check(want: &Route53Record) -> Result<()> {
    let refused = |why: &str| Err(Error::Refused(why.to_owned()));
    let policies = policies(want);
    match (&want.alias, want.records.is_empty(), want.ttl) {
        (Some(_), false, _) => return refused("a record has either `records` or an `alias`"),
        (Some(_), _, Some(_)) => {
            return refused("an alias has no `ttl` of its own: it takes that of what it leads to");
        }
        (None, true, _) => return refused("a record needs `records`, or an `alias`"),
        (None, false, None) => return refused("`records` need a `ttl`"),
        _ => {}
    }
    if policies.len() > 1 {
        let names = policies.join(" and ");
        return refused(&format!("a record has one routing policy, not {names}"));
    }
    match (policies.first(), &want.set_identifier) {
        (Some(name), None) => refused(&format!("`{name}` needs a `set_identifier`")),
        (None, Some(_)) => refused("`set_identifier` needs a routing policy"),
        _ => Ok(()),
    }
}

/// Names of the routing policies that are set.
fn policies(want: &Route53Record) -> Vec<&'static str> {
    let set = [
        ("weighted_routing_policy", want.weighted_routing_policy.is_some()),
        ("failover_routing_policy", want.failover_routing_policy.is_some()),
        ("latency_routing_policy", want.latency_routing_policy.is_some()),
        ("geolocation_routing_policy", want.geolocation_routing_policy.is_some()),
        ("geoproximity_routing_policy", want.geoproximity_routing_policy.is_some()),
        ("cidr_routing_policy", want.cidr_routing_policy.is_some()),
        ("multivalue_answer_routing_policy", want.multivalue_answer_routing_policy == Some(true)),
    ];
    set.into_iter().filter_map(|(name, set)| set.then_some(name)).collect()
}

/// The record as Route 53 takes it.
pub(super) fn to_aws(want: &Route53Record, whole: &Fqdn) -> Result<sdk::ResourceRecordSet> {
    let Route53Record {
        zone_id: _,
        name: _,
        r#type,
        set_identifier,
        ttl,
        records,
        alias,
        weighted_routing_policy,
        failover_routing_policy,
        latency_routing_policy,
        geolocation_routing_policy,
        geoproximity_routing_policy,
        cidr_routing_policy,
        multivalue_answer_routing_policy,
        health_check_id,
        allow_overwrite: _,
    } = want;
    let kind = r#type.as_str();
    let value = |record: &String| {
        let text = if quoted(kind) { format!("\"{record}\"") } else { record.clone() };
        sdk::ResourceRecord::builder().value(text).build()
    };
    let records = records.iter().map(value).collect::<Result<Vec<_>, _>>()?;
    let alias = alias.as_ref().map(|Alias { name, zone_id, evaluate_target_health }| {
        let alias = sdk::AliasTarget::builder().dns_name(name.as_str());
        alias
            .hosted_zone_id(zone_id.as_str())
            .evaluate_target_health(*evaluate_target_health)
            .build()
    });
    let geolocation = geolocation_routing_policy.as_ref().map(|place| {
        let Geolocation { continent, country, subdivision } = place;
        sdk::GeoLocation::builder()
            .set_continent_code(continent.clone())
            .set_country_code(country.clone())
            .set_subdivision_code(subdivision.clone())
            .build()
    });
    let cidr = cidr_routing_policy.as_ref().map(|Cidr { collection_id, location_name }| {
        let cidr = sdk::CidrRoutingConfig::builder().collection_id(collection_id);
        cidr.location_name(location_name).build()
    });
    let region = latency_routing_policy.as_ref().map(|Latency { region }| region.as_str().into());
    Ok(sdk::ResourceRecordSet::builder()
        .name(whole.as_str())
        .r#type(kind.into())
        .set_set_identifier(set_identifier.clone())
        .set_ttl(*ttl)
        .set_resource_records(Some(records).filter(|records| !records.is_empty()))
        .set_alias_target(alias.transpose()?)
        .set_weight(weighted_routing_policy.as_ref().map(|Weighted { weight }| *weight))
        .set_failover(failover_routing_policy.as_ref().map(|f| f.r#type.as_str().into()))
        .set_region(region)
        .set_geo_location(geolocation)
        .set_geo_proximity_location(
            geoproximity_routing_policy.as_ref().map(geoproximity).transpose()?,
        )
        .set_cidr_routing_config(cidr.transpose()?)
        .set_multi_value_answer(multivalue_answer_routing_policy.filter(|on| *on))
        .set_health_check_id(health_check_id.clone())
        .build()?)
}

fn geoproximity(want: &Geoproximity) -> Result<sdk::GeoProximityLocation> {
    let Geoproximity { aws_region, bias, coordinates, local_zone_group } = want;
    let coordinates = coordinates.first().map(|Coordinates { latitude, longitude }| {
        sdk::Coordinates::builder().latitude(latitude).longitude(longitude).build()
    });
    Ok(sdk::GeoProximityLocation::builder()
        .set_aws_region(aws_region.clone())
        .set_bias(*bias)
        .set_coordinates(coordinates.transpose()?)
        .set_local_zone_group(local_zone_group.clone())
        .build())
}

/// What Route 53 has, as a configuration would say it. `name` is as it was asked for.
pub(super) fn from_aws(
    zone_id: ZoneId,
    name: Fqdn,
    kind: RecordType,
    has: sdk::ResourceRecordSet,
) -> Result<Route53Record> {
    let value = |record: sdk::ResourceRecord| match record.value {
        text if quoted(kind.as_str()) => {
            let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
            bare.map_or_else(|| text.clone(), str::to_owned)
        }
        text => text,
    };
    let records: BTreeSet<String> =
        has.resource_records.unwrap_or_default().into_iter().map(value).collect();
    let alias = has.alias_target.map(|alias| Alias {
        name: AliasName::new(&alias.dns_name),
        zone_id: ZoneId::new(alias.hosted_zone_id),
        evaluate_target_health: alias.evaluate_target_health,
    });
    let coordinates = |found: Option<sdk::Coordinates>| {
        let found = found.into_iter();
        found.map(|c| Coordinates { latitude: c.latitude, longitude: c.longitude }).collect()
    };
    Ok(Route53Record {
        zone_id,
        name,
        r#type: kind,
        set_identifier: has.set_identifier,
        ttl: has.ttl,
        records,
        alias,
        weighted_routing_policy: has.weight.map(|weight| Weighted { weight }),
        failover_routing_policy: has
            .failover
            .map(|failover| Failover { r#type: failover.as_str().to_owned() }),
        latency_routing_policy: has
            .region
            .map(|region| Latency { region: region.as_str().to_owned() }),
        geolocation_routing_policy: has.geo_location.map(|place| Geolocation {
            continent: place.continent_code,
            country: place.country_code,
            subdivision: place.subdivision_code,
        }),
        geoproximity_routing_policy: has.geo_proximity_location.map(|place| Geoproximity {
            aws_region: place.aws_region,
            bias: Some(place.bias.unwrap_or(0)),
            coordinates: coordinates(place.coordinates),
            local_zone_group: place.local_zone_group,
        }),
        cidr_routing_policy: has.cidr_routing_config.map(|cidr| Cidr {
            collection_id: cidr.collection_id,
            location_name: cidr.location_name,
        }),
        multivalue_answer_routing_policy: Some(has.multi_value_answer.unwrap_or(false)),
        health_check_id: has.health_check_id,
        allow_overwrite: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Attribute;
    use crate::value::{Object, Value};

    fn record(more: &[(&'static str, Value)]) -> Route53Record {
        let mut object = Object::from_iter([
            ("zone_id", Value::text("Z1")),
            ("name", Value::text("db")),
            ("type", Value::text("TXT")),
            ("ttl", Value::int(5)),
            ("records", Value::List(vec![Value::text("a \" b"), Value::text("c")])),
            ("multivalue_answer_routing_policy", Value::Bool(false)),
            ("allow_overwrite", Value::Bool(false)),
        ]);
        for (name, value) in more {
            object.set(*name, value.clone());
        }
        Route53Record::decode(&Value::Object(object)).unwrap()
    }

    fn block(members: &[(&'static str, Value)]) -> Value {
        Value::Object(members.iter().cloned().collect())
    }

    #[test]
    fn what_is_read_is_what_was_written() {
        let policies = [
            ("weighted_routing_policy", block(&[("weight", Value::int(7))])),
            ("failover_routing_policy", block(&[("type", Value::text("PRIMARY"))])),
            ("latency_routing_policy", block(&[("region", Value::text("eu-west-1"))])),
            ("geolocation_routing_policy", block(&[("country", Value::text("*"))])),
            (
                "geoproximity_routing_policy",
                block(&[
                    ("bias", Value::int(-3)),
                    (
                        "coordinates",
                        Value::List(vec![block(&[
                            ("latitude", Value::text("1.5")),
                            ("longitude", Value::text("2")),
                        ])]),
                    ),
                ]),
            ),
            (
                "cidr_routing_policy",
                block(&[("collection_id", Value::text("c")), ("location_name", Value::text("*"))]),
            ),
            ("multivalue_answer_routing_policy", Value::Bool(true)),
        ];
        for (name, policy) in policies {
            let want = record(&[(name, policy), ("set_identifier", Value::text("one"))]);
            assert!(check(&want).is_ok(), "{name}");
            let sent = to_aws(&want, &Fqdn::new("db.example.com")).unwrap();
            assert_eq!(sent.resource_records()[0].value, "\"a \" b\"");
            let (zone, name) = (want.zone_id.clone(), want.name.clone());
            assert_eq!(from_aws(zone, name, want.r#type.clone(), sent).unwrap(), want);
        }
    }

    #[test]
    fn what_does_not_go_together_is_told() {
        let set = ("set_identifier", Value::text("one"));
        let weighted = ("weighted_routing_policy", block(&[("weight", Value::int(7))]));
        let latency = ("latency_routing_policy", block(&[("region", Value::text("eu-west-1"))]));
        let alias = (
            "alias",
            block(&[
                ("name", Value::text("dualstack.lb.example.com.")),
                ("zone_id", Value::text("Z2")),
                ("evaluate_target_health", Value::Bool(true)),
            ]),
        );
        let says = |more: &[(&'static str, Value)]| match check(&record(more)) {
            Ok(()) => String::new(),
            Err(error) => error.to_string(),
        };
        assert_eq!(says(&[]), "");
        assert!(says(&[weighted.clone()]).contains("needs a `set_identifier`"));
        assert!(says(&[set.clone()]).contains("needs a routing policy"));
        assert!(says(&[set, weighted, latency]).contains("one routing policy"));
        assert!(says(&[alias.clone()]).contains("either `records` or an `alias`"));
        assert!(says(&[alias.clone(), ("records", Value::Null)]).contains("no `ttl`"));
        assert_eq!(says(&[alias, ("records", Value::Null), ("ttl", Value::Null)]), "");
        assert!(says(&[("ttl", Value::Null)]).contains("need a `ttl`"));
    }
}

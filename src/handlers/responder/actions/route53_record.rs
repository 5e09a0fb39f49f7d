//! `route53_record`: points a record to the cluster that writes now.
use std::time::Duration;

use aws_sdk_route53::types::{
    AliasTarget, Change, ChangeAction, ChangeBatch, ChangeStatus, ResourceRecord,
    ResourceRecordSet, RrType,
};

use crate::function::responder::actions::Route53Record;
use crate::handlers::Result;
use crate::handlers::responder::actions::{Action, Need, Scene};

/// Between two looks at whether a change has reached all servers; it takes half a minute or so.
const PAUSE: Duration = Duration::from_secs(2);

impl Action for Route53Record {
    type Found = Vec<Change>;

    async fn look(&self, scene: &Scene<'_>) -> Result<Need<Vec<Change>>> {
        let wanted = self.wanted()?;
        let live = self.live(scene).await?;
        let own = live.iter().find(|set| set.set_identifier == wanted.set_identifier);
        let mut changes = Vec::new();
        if !own.is_some_and(|own| same(own, &wanted)) {
            changes.push(upsert(wanted.clone())?);
        }
        if let Some(weight) = self.weighted.as_ref().and_then(|weighted| weighted.others) {
            let others = live.iter().filter(|set| set.set_identifier != wanted.set_identifier);
            for other in others.filter(|set| set.weight.is_some_and(|own| own != weight)) {
                let mut other = other.clone();
                other.weight = Some(weight);
                changes.push(upsert(other)?);
            }
        }
        let says = said(&wanted);
        if changes.is_empty() {
            return Ok(Need::Nothing(format!("{} is {says} already", self.name)));
        }
        let before = own.map_or_else(|| "new".to_owned(), |own| format!("was {}", said(own)));
        let more = match changes.len() - 1 {
            0 => String::new(),
            others => format!("; {others} more of the name get another weight"),
        };
        Ok(Need::Change(format!("UPSERT {} {says} ({before}){more}", self.name), changes))
    }

    async fn act(&self, scene: &Scene<'_>, changes: Vec<Change>) -> Result<String> {
        let route53 = scene.aws.route53();
        let comment = format!("drctl responder: {}", scene.occasion.event_id);
        let batch = ChangeBatch::builder().comment(comment).set_changes(Some(changes)).build()?;
        let call = route53.change_resource_record_sets().hosted_zone_id(&self.zone_id);
        let change = call.change_batch(batch).send().await?.change_info;
        let Some(change) = change else { return Ok("changed".to_owned()) };
        let id = change.id.trim_start_matches("/change/").to_owned();
        if !self.wait {
            return Ok(format!("change {id} is {}", change.status.as_str()));
        }
        let mut status = change.status;
        while status != ChangeStatus::Insync {
            scene.context.pause(PAUSE).await?;
            let told = route53.get_change().id(&id).send().await?;
            status = told.change_info.map_or(status, |change| change.status);
        }
        Ok(format!("change {id} is INSYNC"))
    }
}

impl Route53Record {
    fn wanted(&self) -> Result<ResourceRecordSet> {
        let Self { zone_id: _, name, r#type, ttl, value, alias, weighted, wait: _ } = self;
        let mut set = ResourceRecordSet::builder().name(name).r#type(RrType::from(r#type.as_str()));
        set = match alias {
            Some(alias) => set.alias_target(
                AliasTarget::builder()
                    .dns_name(&alias.name)
                    .hosted_zone_id(&alias.zone_id)
                    .evaluate_target_health(alias.evaluate_target_health)
                    .build()?,
            ),
            None => set.ttl(*ttl).resource_records(ResourceRecord::builder().value(value).build()?),
        };
        if let Some(weighted) = weighted {
            set = set.set_identifier(&weighted.set_identifier).weight(weighted.weight);
        }
        Ok(set.build()?)
    }

    /// The records of that name and type.
    async fn live(&self, scene: &Scene<'_>) -> Result<Vec<ResourceRecordSet>> {
        let kind = RrType::from(self.r#type.as_str());
        // At most a hundred of a name: they are all in the first page.
        let call = scene.aws.route53().list_resource_record_sets().hosted_zone_id(&self.zone_id);
        let call = call.start_record_name(&self.name).start_record_type(kind.clone());
        let listed = call.max_items(300).send().await?.resource_record_sets;
        let named = |set: &ResourceRecordSet| equal(&set.name, &self.name) && set.r#type == kind;
        Ok(listed.into_iter().filter(named).collect())
    }
}

fn upsert(set: ResourceRecordSet) -> Result<Change> {
    Ok(Change::builder().action(ChangeAction::Upsert).resource_record_set(set).build()?)
}

/// Names are the same with and without the last dot, in small and in large letters.
fn equal(one: &str, other: &str) -> bool {
    one.trim_end_matches('.').eq_ignore_ascii_case(other.trim_end_matches('.'))
}

fn same(live: &ResourceRecordSet, wanted: &ResourceRecordSet) -> bool {
    let target = match (&live.alias_target, &wanted.alias_target) {
        (Some(live), Some(wanted)) => {
            equal(&live.dns_name, &wanted.dns_name)
                && live.hosted_zone_id == wanted.hosted_zone_id
                && live.evaluate_target_health == wanted.evaluate_target_health
        }
        (None, None) => {
            let values = |set: &ResourceRecordSet| {
                let records = set.resource_records.iter().flatten();
                records.map(|record| record.value.clone()).collect::<Vec<_>>()
            };
            let (live_values, wanted_values) = (values(live), values(wanted));
            live.ttl == wanted.ttl
                && live_values.len() == wanted_values.len()
                && live_values.iter().zip(&wanted_values).all(|(live, wanted)| equal(live, wanted))
        }
        _ => false,
    };
    target && live.weight == wanted.weight
}

fn said(set: &ResourceRecordSet) -> String {
    let target = match &set.alias_target {
        Some(alias) => format!("ALIAS {}", alias.dns_name),
        None => {
            let records = set.resource_records.iter().flatten();
            let values: Vec<&str> = records.map(|record| record.value.as_str()).collect();
            format!("{} {}", set.r#type.as_str(), values.join(", "))
        }
    };
    match (&set.set_identifier, set.weight) {
        (Some(id), Some(weight)) => format!("{target} with weight {weight} as {id}"),
        _ => target,
    }
}

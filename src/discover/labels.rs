//! Labels of blocks: legal, unique, and such that people know what is meant.
use std::collections::{BTreeMap, BTreeSet};

use crate::discover::links::own_part;
use crate::discover::{Estate, Found, Id, Place};

/// A label for each resource that is to be written.
pub(super) fn labels(estate: &Estate, places: &[Place]) -> BTreeMap<Id, String> {
    let mut wanted: BTreeMap<(&str, String), Vec<&Id>> = BTreeMap::new();
    for (id, found) in estate.ours() {
        let label = legal(&speaking(estate, id, found));
        wanted.entry((id.type_name, label)).or_default().push(id);
    }
    let mut labels = BTreeMap::new();
    let mut taken: BTreeSet<(&str, String)> =
        wanted.iter().filter(|(_, ids)| ids.len() == 1).map(|(key, _)| key.clone()).collect();
    for ((type_name, label), ids) in wanted {
        if let [id] = ids.as_slice() {
            labels.insert((*id).clone(), label);
            continue;
        }
        for id in ids {
            let own = own_among(&label, id, places);
            let mut counted = (2..).map(|number| format!("{own}_{number}"));
            let mut chosen = own.clone();
            while !taken.insert((type_name, chosen.clone())) {
                chosen = counted.next().expect("there is always another number");
            }
            labels.insert(id.clone(), chosen);
        }
    }
    labels
}

/// With what tells the place of one from those of others: nothing in the first one.
fn own_among(label: &str, id: &Id, places: &[Place]) -> String {
    let (here, first) = (&places[id.place].scope, &places[0].scope);
    let account = (here.account != first.account).then(|| format!("_{}", here.account));
    let region = (here.region != first.region)
        .then(|| format!("_{}", here.region.as_str().replace('-', "_")));
    format!("{label}{}{}", account.unwrap_or_default(), region.unwrap_or_default())
}

/// What a person would call it.
fn speaking(estate: &Estate, id: &Id, found: &Found) -> String {
    let parts = id.key.all();
    let last = |part: &String| part.rsplit(['/', ':']).next().unwrap_or(part).to_owned();
    match id.type_name {
        "aws_kms_key" | "aws_kms_replica_key" => {
            let key = found.told("key_id").as_str().unwrap_or_default();
            alias(estate, id.place, key).unwrap_or_else(|| {
                format!("key_{}", key.trim_start_matches("mrk-").get(..8).unwrap_or(key))
            })
        }
        "aws_kms_alias" => own_part(&id.key).trim_start_matches("alias/").to_owned(),
        "aws_backup_plan" | "aws_backup_selection" | "aws_cloudwatch_event_rule" => {
            found.told("name").as_str().unwrap_or_default().to_owned()
        }
        "aws_cloudwatch_event_target" => format!("{}_{}", parts[1], parts[2]),
        "aws_sns_topic_subscription" => {
            let to = last(&parts[2]);
            let to =
                if to.contains('@') || to.contains('+') { String::new() } else { format!("_{to}") };
            format!("{}_{}{to}", last(&parts[0]), parts[1])
        }
        "aws_cloudwatch_log_group" => own_part(&id.key).trim_start_matches("/aws/").to_owned(),
        _ if parts.len() > 1 => {
            let parts = parts.iter().filter(|part| !part.is_empty()).map(last);
            parts.collect::<Vec<_>>().join("_")
        }
        _ => own_part(&id.key).to_owned(),
    }
}

/// The name that an alias gives to a key.
fn alias(estate: &Estate, place: usize, key: &str) -> Option<String> {
    let mut aliases = estate.ours().filter(|(id, found)| {
        id.type_name == "aws_kms_alias"
            && id.place == place
            && found.told("target_key_id").as_str() == Some(key)
    });
    aliases.next().map(|(id, _)| own_part(&id.key).trim_start_matches("alias/").to_owned())
}

/// Small letters, digits and single underscores; a letter or underscore first.
fn legal(text: &str) -> String {
    let mut label = String::new();
    for letter in text.chars().flat_map(char::to_lowercase) {
        match letter {
            letter if letter.is_ascii_alphanumeric() => label.push(letter),
            _ if label.ends_with('_') || label.is_empty() => {}
            _ => label.push('_'),
        }
    }
    let label = label.trim_end_matches('_');
    if label.starts_with(|c: char| c.is_ascii_alphabetic()) {
        label.to_owned()
    } else {
        format!("_{label}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_legal() {
        let check = |text: &str, expected: &str| assert_eq!(legal(text), expected);
        check("orders", "orders");
        check("Orders-DR (west)", "orders_dr_west");
        check("/aws/lambda/f", "aws_lambda_f");
        check("1st", "_1st");
        check("żółw", "w");
        check("---", "_");
    }
}

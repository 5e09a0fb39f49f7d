//! Grants as documents of IAM's language, within the size that IAM takes.
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Tree, json};

use crate::permissions::{Grants, MANY};

/// How many characters a managed policy may have; spaces do not count.
const LARGEST: usize = 6_144;
/// What a document has around its statements.
const AROUND: usize = 60;

/// Documents that allow it all.
pub(super) fn documents(grants: &Grants) -> Vec<Tree> {
    let mut documents: Vec<Vec<Tree>> = Vec::new();
    let mut room = 0;
    for statement in statements(grants) {
        let size = statement.to_string().len() + 1;
        if size > room {
            documents.push(Vec::new());
            room = LARGEST - AROUND;
        }
        room = room.saturating_sub(size);
        documents.last_mut().expect("one was pushed").push(statement);
    }
    let whole =
        |statements| json!({ "Version": "2012-10-17", "Statement": Tree::Array(statements) });
    documents.into_iter().map(whole).collect()
}

/// Actions on the same things together, those of one service in one statement.
fn statements(grants: &Grants) -> Vec<Tree> {
    let mut alike: BTreeMap<(String, Vec<String>), Vec<&str>> = BTreeMap::new();
    for (action, on) in &grants.allowed {
        let service = action.split(':').next().unwrap_or_default().to_owned();
        alike.entry((service, plain(on))).or_default().push(action);
    }
    let mut statements: Vec<Tree> = Vec::new();
    for ((_, on), actions) in alike {
        statements.extend(pieces(&actions, &on));
    }
    for (service, roles) in &grants.passed {
        let condition = json!({ "StringEquals": { "iam:PassedToService": service } });
        statements.push(json!({
            "Effect": "Allow", "Action": "iam:PassRole", "Resource": single(&plain(roles)),
            "Condition": condition,
        }));
    }
    statements
}

/// A statement, or several where one alone would be too large for a document.
fn pieces(actions: &[&str], on: &[String]) -> Vec<Tree> {
    let statement = json!({ "Effect": "Allow", "Action": single(actions), "Resource": single(on) });
    if statement.to_string().len() <= LARGEST - AROUND {
        return vec![statement];
    }
    if on.len() > actions.len() {
        let (one, other) = on.split_at(on.len() / 2);
        return [pieces(actions, one), pieces(actions, other)].concat();
    }
    let (one, other) = actions.split_at(actions.len() / 2);
    [pieces(one, on), pieces(other, on)].concat()
}

fn single<T: AsRef<str>>(items: &[T]) -> Tree {
    match items {
        [one] => Tree::from(one.as_ref()),
        many => Tree::from(many.iter().map(|item| item.as_ref().to_owned()).collect::<Vec<_>>()),
    }
}

/// ARNs without those that others cover, and with a pattern for where there are many.
fn plain(arns: &BTreeSet<String>) -> Vec<String> {
    if arns.contains("*") {
        return vec!["*".to_owned()];
    }
    let mut sorts: BTreeMap<String, Vec<&String>> = BTreeMap::new();
    for arn in arns {
        sorts.entry(sort(arn)).or_default().push(arn);
    }
    let mut found: Vec<String> = Vec::new();
    for (sort, arns) in sorts {
        if arns.len() > MANY || arns.iter().any(|arn| **arn == sort) {
            found.push(sort);
        } else {
            found.extend(arns.into_iter().cloned());
        }
    }
    found
}

/// The pattern of all that are of the sort of this one: in its account and Region.
fn sort(arn: &str) -> String {
    let mut parts: Vec<&str> = arn.splitn(6, ':').collect();
    let Some(last) = parts.pop().filter(|_| parts.len() == 5) else { return arn.to_owned() };
    let kind = last.find([':', '/']).map_or("", |at| &last[..=at]);
    format!("{}:{kind}*", parts.join(":"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_within_iams_limit() {
        let mut grants = Grants::default();
        for action in 0..200 {
            let on = format!("arn:aws:rds:us-east-1:111111111111:cluster:orders-{action}");
            grants.allow(&format!("rds:Action{action}"), [on]);
        }
        let documents = documents(&grants);
        assert!(documents.len() > 1);
        for document in &documents {
            assert!(document.to_string().len() <= LARGEST);
        }
        let statements = documents.iter().flat_map(|d| d["Statement"].as_array().unwrap());
        assert_eq!(statements.count(), 200);
    }

    #[test]
    fn many_of_a_sort_are_a_pattern() {
        let arn = |name: &str| format!("arn:aws:sns:us-east-1:111111111111:{name}");
        let few = BTreeSet::from([arn("a"), arn("b")]);
        assert_eq!(plain(&few), [arn("a"), arn("b")]);
        let many = (0..=MANY).map(|at| arn(&format!("t{at}"))).collect();
        assert_eq!(plain(&many), [arn("*")]);
        let covered = BTreeSet::from([arn("a"), arn("*")]);
        assert_eq!(plain(&covered), [arn("*")]);
        assert_eq!(sort("arn:aws:rds::1:global-cluster:g"), "arn:aws:rds::1:global-cluster:*");
    }
}

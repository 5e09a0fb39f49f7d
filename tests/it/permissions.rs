//! The policy that `iam-policy` prints allows all that drctl does, and nothing that it never does.
use std::collections::{BTreeMap, BTreeSet};

use drctl::permissions::RESOURCES;
use serde_json::Value as Tree;

use crate::estate::{asked, estate};
use crate::support::Place;

/// Actions that the contract of no type, or not of every one, calls for, and why they are needed.
const UNCALLED: &[(&str, &str)] = &[
    ("backup:DeleteRecoveryPoint", "with force_destroy, which no sample has points for"),
    ("backup:ListRecoveryPointsByBackupVault", "tells why a vault with points is kept"),
    ("iam:PutRolePermissionsBoundary", "samples set it when the role is made and take it away"),
    ("iam:RemoveRoleFromInstanceProfile", "with force_detach_policies, for instances of EC2"),
    ("kms:CancelKeyDeletion", "a replica that is on its way out is called back"),
    ("lambda:ListTags", "only where the tagging service does not tell"),
    ("rds:DescribeDBClusters", "versions of members are looked at before an upgrade"),
    ("rds:EnableHttpEndpoint", "the sample switches the Data API off"),
    ("rds:ModifyDBCluster", "members of a global database are upgraded one by one"),
    ("rds:PromoteReadReplicaDBCluster", "with force_destroy, for the last instance of a replica"),
    ("rds:RemoveFromGlobalCluster", "with force_destroy, for members that are left"),
    ("rds:RemoveRoleFromDBCluster", "samples add roles and take none away"),
    ("rds:RestoreDBClusterFromSnapshot", "a cluster that begins as a snapshot"),
    ("rds:RestoreDBClusterToPointInTime", "a cluster that begins as another one was"),
    ("backup-storage:Mount", "AWS Backup asks for it when a vault is created"),
    ("backup-storage:MountCapsule", "AWS Backup asks for it when a vault is created"),
    ("kms:CreateGrant", "services make grants in the name of whoever encrypts with a key"),
    ("kms:Decrypt", "services use the key in the name of the caller"),
    ("kms:DescribeKey", "services look at the key in the name of the caller"),
    ("kms:Encrypt", "services use the key in the name of the caller"),
    ("kms:GenerateDataKey", "services use the key in the name of the caller"),
    ("kms:RetireGrant", "services take back what they were granted"),
    (
        "rds:CreateDBClusterSnapshot",
        "RDS asks for it when a cluster is deleted with a last snapshot",
    ),
];

/// The action of IAM that a recorded call needs; none if it needs none.
fn action(request: &Tree) -> Option<String> {
    let word = |name: &str| request[name].as_str().unwrap_or_default();
    let service = match word("service") {
        "tagging" => "tag",
        service => service,
    };
    // AWS tells everybody who he is.
    (word("action") != "GetCallerIdentity").then(|| format!("{service}:{}", word("action")))
}

pub(crate) fn actions(requests: &[Tree]) -> BTreeSet<String> {
    requests.iter().filter_map(action).collect()
}

/// What the policies for a purpose allow, by account.
fn allowed(place: &Place, mode: &str) -> BTreeMap<String, BTreeSet<String>> {
    let ran = place.drctl(&format!("iam-policy -mode={mode} -account={}", place.account)).exits(0);
    let printed: Tree =
        serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran}"));
    let by_account = match printed.get("Statement") {
        Some(_) => vec![(place.account.clone(), vec![printed])],
        None => {
            let all = printed.as_object().expect("accounts").iter();
            all.map(|(who, list)| (who.clone(), list.as_array().expect("documents").clone()))
                .collect()
        }
    };
    let actions = |documents: Vec<Tree>| {
        for document in &documents {
            assert!(document.to_string().len() <= 6_144, "IAM takes no larger one");
        }
        let statements = documents
            .into_iter()
            .flat_map(|document| document["Statement"].as_array().expect("statements").clone());
        let named = statements.flat_map(|statement| match &statement["Action"] {
            Tree::Array(several) => several.clone(),
            one => vec![one.clone()],
        });
        named.map(|action| action.as_str().expect("a text").to_owned()).collect()
    };
    by_account.into_iter().map(|(who, documents)| (who, actions(documents))).collect()
}

/// After all that a type's contract makes drctl do: the policies for the sample allow it, and the
/// table of the type holds nothing that was not needed.
pub(crate) fn hold(place: &Place, type_name: &str, requests: &[Tree]) {
    let used = actions(requests);
    let of = |mode| allowed(place, mode).remove(&place.account).unwrap_or_default();
    let may: BTreeSet<String> = of("apply").union(&of("destroy")).cloned().collect();
    let denied: Vec<&String> = used.difference(&may).collect();
    let needs = RESOURCES.iter().find(|needs| needs.of == type_name).expect("each type is there");
    let listed = [needs.list, needs.read, needs.make, needs.write, needs.delete].concat();
    // Samples change tags and take none away.
    let untags = |action: &str| action.contains(":Untag") || action.contains(":RemoveTags");
    let excused =
        |action: &&str| untags(action) || UNCALLED.iter().any(|(uncalled, _)| uncalled == action);
    let idle: Vec<&str> =
        listed.into_iter().filter(|action| !used.contains(*action) && !excused(action)).collect();
    assert!(
        denied.is_empty() && idle.is_empty(),
        "{type_name}: denied {denied:?}, never used {idle:?}"
    );
}

#[test]
fn the_example_can_be_planned_and_applied_with_what_is_printed() {
    let place = estate("permissions");
    let (_, read) = asked(&place, || place.drctl("plan").exits(0));
    let plan = &allowed(&place, "plan")[&place.account];
    assert_eq!(actions(&read).difference(plan).collect::<Vec<_>>(), Vec::<&String>::new());
    let reading = ["Describe", "Get", "List", "Decrypt"];
    for action in plan {
        let name = action.split(':').nth(1).unwrap_or_default();
        assert!(reading.iter().any(|verb| name.starts_with(verb)), "{action} is not to read");
    }
    let (_, changed) = asked(&place, || place.drctl("apply -auto-approve").exits(0));
    let apply = &allowed(&place, "apply")[&place.account];
    let functions = ["CopyDBClusterSnapshot", "CopyDBSnapshot"];
    let own = changed
        .into_iter()
        .filter(|r| !functions.contains(&r["action"].as_str().unwrap_or_default()));
    let own: Vec<Tree> = own.collect();
    assert_eq!(actions(&own).difference(apply).collect::<Vec<_>>(), Vec::<&String>::new());
    // Roles are handed over to the services that the configuration names, and to no others.
    let text = place.drctl("iam-policy -mode=apply").exits(0).out;
    assert!(text.contains("\"iam:PassedToService\": \"lambda.amazonaws.com\""), "{text}");
    assert!(!text.contains("rds:DeleteDBCluster\""), "an apply deletes no data: {text}");
    let text = place.drctl("iam-policy -mode=destroy").exits(0).out;
    assert!(text.contains("rds:DeleteDBCluster\""), "{text}");
    let text = place.drctl("iam-policy -mode=drift").exits(0).out;
    assert!(text.contains("cloudtrail:LookupEvents"), "{text}");
}

#[test]
fn every_type_says_what_it_needs() {
    let (types, data) = drctl::resources::specs();
    let known: BTreeSet<&str> = RESOURCES.iter().map(|needs| needs.of).collect();
    for spec in types {
        assert!(known.contains(spec.name), "{} has no permissions", spec.name);
    }
    for spec in data.into_iter().filter(|spec| spec.placement != drctl::schema::Placement::Local) {
        let found = drctl::permissions::DATA.iter().any(|needs| needs.of == spec.name);
        assert!(found, "{} has no permissions", spec.name);
    }
}

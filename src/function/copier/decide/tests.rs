use serde_json::json;

use super::*;
use crate::address::{AccountId, Region};
use crate::function::Configuration;
use crate::schema::Attribute;
use crate::value::Value;

const PROD: &str = "arn:aws:backup:us-east-1:111111111111:backup-vault:prod";
const STAGING: &str = "arn:aws:backup:us-east-1:222222222222:backup-vault:staging";
const WEST: &str = "arn:aws:backup:us-west-2:222222222222:backup-vault:west";
const EAST: &str = "arn:aws:backup:eu-west-1:333333333333:backup-vault:archive";
const POINT: &str = "arn:aws:rds:us-east-1:222222222222:cluster-snapshot:awsbackup:copyjob-1";

fn copier(more: &Json) -> Copier {
    let mut configuration = json!({
        "source": [{ "account_id": "111111111111", "vault_arn": PROD }],
        "staging_vault_arn": STAGING,
        "target": [
            { "vault_arn": WEST, "lifecycle": { "delete_after": 35 } },
            { "vault_arn": EAST },
        ],
        "iam_role_arn": "arn:aws:iam::222222222222:role/backup",
    });
    for (name, value) in more.as_object().unwrap() {
        configuration[name] = value.clone();
    }
    let text = json!({ "copier": configuration }).to_string();
    Configuration::parse(&text).unwrap().copier.unwrap()
}

fn here() -> Scope {
    let account = AccountId::parse("222222222222").unwrap();
    Scope { account, region: Region::new("us-east-1") }
}

/// A finished copy into the staging vault.
fn arrived() -> Json {
    json!({
        "version": "0",
        "id": "0c9fbd5e-5b5e-4a1c-9a43-f3f7ff9a2d11",
        "detail-type": "Copy Job State Change",
        "source": "aws.backup",
        "account": "111111111111",
        "time": "2026-03-01T05:20:31Z",
        "region": "us-east-1",
        "resources": ["arn:aws:rds:us-east-1:111111111111:cluster-snapshot:awsbackup:job-1"],
        "detail": {
            "copyJobId": "B4C2D7F5-0A66-2C5C-8F3B-1A2B3C4D5E6F",
            "state": "COMPLETED",
            "resourceType": "Aurora",
            "resourceArn": "arn:aws:rds:us-east-1:111111111111:cluster:orders",
            "sourceBackupVaultArn": PROD,
            "destinationBackupVaultArn": STAGING,
            "destinationRecoveryPointArn": POINT,
        },
    })
}

/// A finished copy out of the staging vault.
fn carried() -> Json {
    let mut event = arrived();
    event["account"] = "222222222222".into();
    event["resources"] = json!([POINT]);
    event["detail"]["sourceBackupVaultArn"] = STAGING.into();
    event["detail"]["destinationBackupVaultArn"] = WEST.into();
    event["detail"]["destinationRecoveryPointArn"] =
        "arn:aws:rds:us-west-2:222222222222:x:y".into();
    event
}

fn with(mut event: Json, pointer: &str, value: impl Into<Json>) -> Json {
    *event.pointer_mut(pointer).unwrap() = value.into();
    event
}

fn asked(event: &Json) -> Result<Asked, String> {
    Asked::of(&copier(&json!({})), &here(), event)
}

#[test]
fn finished_copies_are_looked_at() {
    let look = Asked::Look(Arn::parse(POINT).unwrap());
    assert_eq!(asked(&arrived()).unwrap(), look);
    assert_eq!(asked(&carried()).unwrap(), look);
    let schedule = json!({
        "source": "aws.events", "detail-type": "Scheduled Event", "account": "222222222222",
        "region": "us-east-1", "resources": [], "detail": {},
    });
    assert_eq!(asked(&schedule).unwrap(), Asked::LookAtAll);
}

#[test]
fn what_is_under_way_needs_nothing() {
    for state in ["CREATED", "PENDING", "RUNNING"] {
        for event in [arrived(), carried()] {
            // AWS tells neither the type nor the recovery point of these.
            let mut event = with(event, "/detail/state", state);
            event["detail"].as_object_mut().unwrap().remove("resourceType");
            event["detail"]["destinationRecoveryPointArn"] = json!({});
            assert!(matches!(asked(&event).unwrap(), Asked::Nothing(_)), "{event}");
        }
    }
}

#[test]
fn people_are_told_of_what_failed() {
    let event = with(arrived(), "/detail/state", "FAILED");
    let mut event = with(event, "/detail/destinationRecoveryPointArn", json!({}));
    event["detail"]["statusMessage"] = "Access denied to the key.\nTwice".into();
    let Asked::Tell(failed) = asked(&event).unwrap() else { panic!("{event}") };
    let (subject, text) = failed.message();
    assert_eq!(subject, "Copy FAILED: prod to staging");
    assert!(text.contains("Access denied to the key."), "{text}");
    assert!(text.contains("cluster:orders"), "{text}");
    for event in
        [with(carried(), "/detail/state", "PARTIAL"), with(arrived(), "/detail/state", "PARTIAL")]
    {
        assert!(matches!(asked(&event).unwrap(), Asked::Tell(_)), "{event}");
    }
    let long = Failed { to: format!("{STAGING}-{}\n", "ü".repeat(300)), ..failed };
    let (subject, _) = long.message();
    assert!(subject.len() <= 100 && subject.is_ascii(), "{subject}");
}

#[test]
fn what_is_not_ours_is_refused_with_the_reason() {
    let check = |event: &Json, expected: &str| {
        let error = asked(event).expect_err(&event.to_string());
        assert!(error.contains(expected), "{error}");
        assert!(!error.contains('\n'), "{error}");
    };
    check(&json!(null), "no \"source\"");
    check(&json!([1]), "no \"source\"");
    check(&json!("text"), "no \"source\"");
    check(&json!({ "source": 1 }), "no \"source\"");
    check(&with(arrived(), "/detail", json!([])), "no \"detail\"");
    check(&with(arrived(), "/source", "aws.rds"), "is no \"Copy Job State Change\"");
    check(&with(arrived(), "/detail-type", "Backup Job State Change"), "is no \"Copy Job");
    check(&with(arrived(), "/account", "444444444444"), "no `source` is the vault");
    check(&with(arrived(), "/detail/sourceBackupVaultArn", WEST), "no `source` is the vault");
    check(&with(arrived(), "/detail/sourceBackupVaultArn", format!("{PROD}2")), "no `source`");
    check(&with(arrived(), "/detail/destinationBackupVaultArn", WEST), "the staging vault is");
    check(&with(arrived(), "/detail/resourceType", "RDS"), "`resource_types` are Aurora");
    check(&with(arrived(), "/detail/resourceType", 5), "no text \"resourceType\"");
    check(&with(arrived(), "/detail/state", "MELTED"), "\"MELTED\" is no state");
    check(&with(arrived(), "/detail/destinationRecoveryPointArn", "x"), "is not an ARN");
    let elsewhere = POINT.replace("222222222222", "999999999999");
    check(&with(arrived(), "/detail/destinationRecoveryPointArn", elsewhere), "is not where");
    check(&with(carried(), "/account", "111111111111"), "not ours");
    check(&with(carried(), "/detail/destinationBackupVaultArn", PROD), "no `target` is");
    check(&with(carried(), "/resources", json!([])), "does not name its recovery point");
    let schedule = json!({
        "source": "aws.events", "detail-type": "Scheduled Event", "account": "111111111111",
        "region": "us-east-1", "resources": [], "detail": {},
    });
    check(&schedule, "not ours");
}

fn point() -> Point {
    Point {
        arn: Arn::parse(POINT).unwrap(),
        status: "COMPLETED".to_owned(),
        resource_type: "Aurora".to_owned(),
        source_vault: Some(PROD.to_owned()),
        lifecycle: Lifecycle {
            cold_storage_after: None,
            delete_after: Some(7),
            opt_in_to_archive_for_supported_resources: None,
        },
        age: 2,
    }
}

fn job(to: &str, state: &str) -> Job {
    Job { id: format!("{to} {state}"), to: to.to_owned(), state: state.to_owned() }
}

/// `copy:days` or `already`, for each target.
fn steps(jobs: &[Job]) -> Vec<String> {
    let step = |step: Start| match step {
        Start::Copy { lifecycle, .. } => format!("copy:{}", lifecycle.delete_after.unwrap_or(0)),
        Start::Already { state, .. } => format!("already {state}"),
    };
    starts(&copier(&json!({})), &point(), jobs).unwrap().into_iter().map(step).collect()
}

#[test]
fn only_what_is_missing_is_begun() {
    // West says how long; the archive keeps it as long as the staging copy is kept.
    assert_eq!(steps(&[]), ["copy:35", "copy:7"]);
    assert_eq!(steps(&[job(WEST, "RUNNING")]), ["already RUNNING", "copy:7"]);
    assert_eq!(
        steps(&[job(EAST, "CREATED"), job(WEST, "COMPLETED")]),
        ["already COMPLETED", "already CREATED"]
    );
    assert_eq!(steps(&[job(EAST, "FAILED"), job(WEST, "PARTIAL")]), ["copy:35", "copy:7"]);
    assert_eq!(steps(&[job(EAST, "FAILED"), job(EAST, "RUNNING")]), ["copy:35", "already RUNNING"]);
    assert_eq!(steps(&[job(PROD, "COMPLETED")]), ["copy:35", "copy:7"]);
}

fn tokens(jobs: &[Job]) -> Vec<String> {
    let token = |step: Start| match step {
        Start::Copy { token, .. } => Some(token),
        Start::Already { .. } => None,
    };
    starts(&copier(&json!({})), &point(), jobs).unwrap().into_iter().filter_map(token).collect()
}

#[test]
fn two_who_start_at_once_start_one() {
    let first = tokens(&[]);
    assert_eq!(first, tokens(&[]));
    assert_ne!(first[0], first[1], "each target has its own");
    assert_ne!(first[1], tokens(&[job(EAST, "FAILED")])[1], "a new try is a new job");
    assert_eq!(first[0], tokens(&[job(EAST, "FAILED")])[0]);
    assert!(first.iter().all(|token| token.len() == 32));
}

#[test]
fn what_is_in_the_vault_and_not_ours_is_left_alone() {
    let check = |point: Point, expected: &str| {
        let error = starts(&copier(&json!({})), &point, &[]).unwrap_err();
        assert!(error.contains(expected), "{error}");
    };
    check(Point { status: "PARTIAL".to_owned(), ..point() }, "is PARTIAL");
    check(Point { resource_type: "EBS".to_owned(), ..point() }, "of type \"EBS\"");
    check(Point { source_vault: Some(WEST.to_owned()), ..point() }, "is no `source`");
    let unknown = Point { source_vault: None, ..point() };
    assert_eq!(starts(&copier(&json!({})), &unknown, &[]).unwrap().len(), 2);
}

#[test]
fn a_staging_copy_goes_when_it_is_everywhere() {
    let check = |days: Json, jobs: &[Job], expected: Letting| {
        let copier = copier(&json!({ "staging_expiry_days": days }));
        assert_eq!(expiry(&copier, &point(), jobs), expected, "{days} {jobs:?}");
    };
    let all = [job(EAST, "COMPLETED"), job(WEST, "COMPLETED")];
    check(json!(null), &all, Letting::Keep(Keep::NotAsked));
    check(json!(0), &[], Letting::Keep(Keep::NotEverywhere));
    check(json!(0), &all[..1], Letting::Keep(Keep::NotEverywhere));
    let running = [job(EAST, "COMPLETED"), job(WEST, "RUNNING")];
    check(json!(0), &running, Letting::Keep(Keep::NotEverywhere));
    let failed = [job(EAST, "COMPLETED"), job(WEST, "FAILED")];
    check(json!(0), &failed, Letting::Keep(Keep::NotEverywhere));
    let retried = [job(EAST, "COMPLETED"), job(WEST, "FAILED"), job(WEST, "COMPLETED")];
    check(json!(0), &retried, Letting::Delete);
    check(json!(0), &all, Letting::Delete);
    // The backup is two days old, and its copy is kept for seven.
    check(json!(1), &all, Letting::After(3));
    check(json!(5), &all, Letting::Keep(Keep::Expires));
    check(json!(30), &all, Letting::Keep(Keep::Expires));
}

#[test]
fn a_configuration_that_does_not_fit_together_is_refused() {
    let check = |more: Json, expected: &[&str]| {
        assert_eq!(copier_of(&more).problems(), expected, "{more}");
    };
    check(json!({}), &[]);
    check(json!({ "source": [] }), &["at least one `source` block is required"]);
    check(json!({ "target": [] }), &["at least one `target` block is required"]);
    check(
        json!({ "target": [{ "vault_arn": STAGING }] }),
        &["a `target` is the staging vault itself"],
    );
    check(
        json!({ "source": [{ "account_id": "444444444444", "vault_arn": PROD }] }),
        &[
            "`source.vault_arn` is of account \"111111111111\", and `account_id` is \"444444444444\"",
        ],
    );
    check(
        json!({ "target": [{ "vault_arn": "arn:aws:s3:::b" }] }),
        &["`target.vault_arn` is \"arn:aws:s3:::b\", not the ARN of a vault"],
    );
    check(
        json!({ "target": [{ "vault_arn": WEST }, { "vault_arn": WEST, "lifecycle": {} }] }),
        &["two `target` blocks name arn:aws:backup:us-west-2:222222222222:backup-vault:west"],
    );
    check(
        json!({ "target": [{
            "vault_arn": WEST,
            "lifecycle": { "cold_storage_after": 30, "delete_after": 100 },
        }] }),
        &["`lifecycle.delete_after` must be at least 90 more than `cold_storage_after`"],
    );
    check(
        json!({ "iam_role_arn": "arn:aws:iam::222222222222:user/x" }),
        &["`iam_role_arn` is \"arn:aws:iam::222222222222:user/x\", not the ARN of a role"],
    );
    check(json!({ "staging_expiry_days": -1 }), &["`staging_expiry_days` must be from 0 to 36500"]);
}

fn copier_of(more: &Json) -> Copier {
    let mut base = copier(&json!({})).encode();
    let Value::Object(object) = &mut base else { unreachable!() };
    for (name, value) in more.as_object().unwrap() {
        object.set(name, crate::lang::from_json(value).unwrap());
    }
    Copier::decode(&base).unwrap()
}

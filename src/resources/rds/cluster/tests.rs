use super::read::live;
use super::*;
use crate::schema::{Attribute, fill_defaults};
use crate::schema::{Record, Role, find, same};
use crate::value::{Object, Value};

const ARN: &str = "arn:aws:rds:us-east-1:111111111111:cluster:orders";

fn found() -> types::builders::DbClusterBuilder {
    types::DbCluster::builder()
        .db_cluster_identifier("orders")
        .db_cluster_arn(ARN)
        .engine("aurora-postgresql")
        .engine_version("15.4")
        .status("available")
}

fn member(writer: bool) -> Membership {
    let arn = Arn::parse(ARN).expect("an ARN");
    Membership {
        global: "orders-global".to_owned(),
        status: "available".to_owned(),
        encrypted: true,
        member: rds::Member { arn, writer, synchronization: Some("connected".to_owned()) },
        others: Vec::new(),
    }
}

/// The names of attributes that differ from what is configured.
fn differences(live: &Live<RdsCluster>, configured: &[(&str, Value)]) -> Vec<&'static str> {
    let want: Object = configured.iter().cloned().collect();
    let want = fill_defaults(RdsCluster::TABLE, &want);
    let Value::Object(live) = live.inputs.encode() else { panic!("a record is an object") };
    let compared = RdsCluster::TABLE.iter().filter(|spec| spec.role == Role::State);
    let differ = compared.filter(|spec| {
        let set = want.get(spec.name);
        let set = if set.is_null() { set.clone() } else { (spec.canonical)(set).expect("valid") };
        !same(spec, live.get(spec.name), &set)
    });
    differ.map(|spec| spec.name).collect()
}

#[test]
fn a_change_of_roles_is_no_difference() {
    let configured = [
        ("cluster_identifier", Value::text("Orders")),
        ("engine", Value::text("aurora-postgresql")),
        ("engine_version", Value::text("15")),
        ("global_cluster_identifier", Value::text("Orders-Global")),
        ("master_username", Value::text("admin")),
        ("master_password", Value::text("secret")),
        ("database_name", Value::text("orders")),
    ];
    let writer = live(found().master_username("admin").build(), Some(member(true)));
    let reader = found()
        .engine_version("15.6")
        .replication_source_identifier("arn:aws:rds:us-west-2:111111111111:cluster:orders-west")
        .endpoint("")
        .build();
    let reader = live(reader, Some(member(false)));
    for live in [writer.expect("reads"), reader.expect("reads")] {
        assert_eq!(differences(&live, &configured), [""; 0]);
        assert_eq!(RdsCluster::locked(&live), None);
        assert_eq!(RdsCluster::readiness(&live), Readiness::Ready);
    }
}

#[test]
fn membership_that_is_not_configured_is_left_alone() {
    let live = live(found().build(), Some(member(true))).expect("reads");
    assert_eq!(differences(&live, &[("engine", Value::text("aurora-postgresql"))]), [""; 0]);
    assert_eq!(RdsCluster::remarks(&live), ["writer of the global database orders-global"]);
}

#[test]
fn what_is_pending_is_not_asked_for_again() {
    let pending = types::ClusterPendingModifiedValues::builder()
        .engine_version("15.6")
        .backup_retention_period(7)
        .build();
    let live = live(found().pending_modified_values(pending).build(), None).expect("reads");
    let configured = [
        ("engine", Value::text("aurora-postgresql")),
        ("engine_version", Value::text("15.6")),
        ("backup_retention_period", Value::int(7)),
    ];
    assert_eq!(differences(&live, &configured), [""; 0]);
    assert_eq!(
        RdsCluster::readiness(&live),
        Readiness::Settling("pending: backup_retention_period, engine_version".to_owned())
    );
    assert_eq!(live.outputs.engine_version_actual, Some(EngineVersion::new("15.4")));
}

#[test]
fn a_default_that_was_changed_elsewhere_is_a_difference() {
    let live = live(found().deletion_protection(true).build(), None).expect("reads");
    let configured = [("engine", Value::text("aurora-postgresql"))];
    assert_eq!(differences(&live, &configured), ["deletion_protection"]);
}

#[test]
fn a_switchover_locks_its_members() {
    let mut membership = member(true);
    membership.status = "switching-over".to_owned();
    let live = live(found().build(), Some(membership)).expect("reads");
    assert_eq!(
        RdsCluster::locked(&live).as_deref(),
        Some("its global database `orders-global` is switching-over")
    );
}

#[test]
fn statuses() {
    assert_eq!(readiness("available"), Readiness::Ready);
    assert_eq!(readiness("upgrading"), Readiness::Settling("upgrading".to_owned()));
    assert_eq!(
        readiness("incompatible-parameters"),
        Readiness::Failed("incompatible-parameters".to_owned())
    );
    let forwarding = found().global_write_forwarding_status("enabling".into()).build();
    let live = live(forwarding, Some(member(false))).expect("reads");
    assert_eq!(
        RdsCluster::readiness(&live),
        Readiness::Settling("enabling-global-write-forwarding".to_owned())
    );
}

#[test]
fn passwords_are_never_shown() {
    for name in ["master_password", "master_password_wo"] {
        assert!(find(RdsCluster::TABLE, name).expect("is there").sensitive);
    }
}

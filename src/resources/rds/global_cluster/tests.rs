use super::*;

fn member(region: &str, name: &str, is_writer: bool) -> GlobalClusterMember {
    let arn = format!("arn:aws:rds:{region}:111111111111:cluster:{name}");
    GlobalClusterMember {
        db_cluster_arn: Arn::parse(arn).expect("an ARN"),
        is_writer,
        readers: BTreeSet::new(),
        synchronization_status: Some("connected".to_owned()),
        global_write_forwarding_status: None,
    }
}

fn live(members: Vec<GlobalClusterMember>) -> Live<GlobalCluster> {
    Live {
        inputs: GlobalCluster {
            global_cluster_identifier: LowerName::new("orders"),
            source_db_cluster_identifier: None,
            engine: None,
            engine_version: None,
            engine_lifecycle_support: None,
            database_name: None,
            storage_encrypted: None,
            deletion_protection: Some(false),
            force_destroy: Some(false),
            tags: Tags::default(),
        },
        outputs: Outputs {
            arn: Arn::parse("arn:aws:rds::111111111111:global-cluster:orders").expect("an ARN"),
            endpoint: None,
            engine_version_actual: None,
            global_cluster_members: members,
            global_cluster_resource_id: None,
            status: "available".to_owned(),
            failover_state: None,
        },
    }
}

#[test]
fn roles_are_remarks_with_the_writer_first() {
    let live =
        live(vec![member("us-east-1", "orders", false), member("us-west-2", "orders-west", true)]);
    assert_eq!(
        GlobalCluster::remarks(&live),
        ["writer: us-west-2 (orders-west)", "reader: us-east-1 (orders)"]
    );
    assert_eq!(GlobalCluster::locked(&live), None);
}

#[test]
fn a_switchover_locks_although_the_status_is_available() {
    let mut live = live(Vec::new());
    let state = types::FailoverState::builder()
        .status("switching-over".into())
        .from_db_cluster_arn("arn:aws:rds:us-east-1:111111111111:cluster:orders")
        .to_db_cluster_arn("arn:aws:rds:us-west-2:111111111111:cluster:orders-west")
        .build();
    live.outputs.failover_state = FailoverState::new(state);
    assert_eq!(
        GlobalCluster::locked(&live).as_deref(),
        Some("it is in a switchover from us-east-1 (orders) to us-west-2 (orders-west)")
    );
}

#[test]
fn a_member_that_is_rebuilt_locks() {
    let mut rebuilt = member("us-east-1", "orders", false);
    rebuilt.synchronization_status = Some("pending-resync".to_owned());
    assert_eq!(
        GlobalCluster::locked(&live(vec![rebuilt])).as_deref(),
        Some("its member us-east-1 (orders) is not connected (pending-resync)")
    );
}

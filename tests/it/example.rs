//! The main example from beginning to end, looked at afterwards with boto3 and not with drctl.
use std::collections::BTreeMap;

use crate::support::Emulator;
use crate::support::Place;

const EXAMPLE: &str = "examples/global-database";

/// The example in an account of its own, with the cluster that it finds there.
fn seeded(test: &str) -> Place {
    let place = Place::new(test);
    place.copy(EXAMPLE);
    let network = place.python(
        "west = seed.seed(ENDPOINT, ACCOUNT)['us-west-2']\n\
         print('account_id = ' + json.dumps(ACCOUNT))\n\
         print('secondary = {')\n\
         print('  region = \"us-west-2\"')\n\
         print('  vpc_id = ' + json.dumps(west['vpc']))\n\
         print('  subnet_ids = ' + json.dumps(west['subnets'][:2]))\n\
         print('  security_group = \"orders-db\"')\n\
         print('}')",
    );
    place.write("zz.auto.tfvars", &format!("{network}\n"));
    place
}

#[test]
fn a_cluster_becomes_a_global_database_and_is_left_as_it_was() {
    let place = seeded("example");
    let before = place.python(CLUSTER);
    let asked = Emulator::get().requests(&place.account).len();

    place.drctl("plan -out=plan").exits(0).says(" to add, 0 to change, 0 to destroy.");
    reads_are_batched(&place, asked);
    place.drctl("apply plan").exits(0).says("Apply complete!");
    place.drctl("plan -detailed-exitcode").exits(0).says("No changes.");

    let members = place.python(
        "found = client('rds').describe_global_clusters()['GlobalClusters']\n\
         print([(m['DBClusterArn'].split(':')[3], m['IsWriter']) for g in found for m in g['GlobalClusterMembers']])",
    );
    assert_eq!(members, "[('us-east-1', True), ('us-west-2', False)]");
    let alarms = place.python(
        "print([len(client('cloudwatch', r).describe_alarms()['MetricAlarms']) for r in ('us-east-1', 'us-west-2')])",
    );
    assert_eq!(alarms, "[4, 4]");

    somebody_changes_an_alarm(&place);
    the_writer_moves(&place);

    // What holds data is protected, and stays.
    place.drctl("destroy -auto-approve").exits(5).says("deletion_protection");
    place.drctl("plan -detailed-exitcode").exits(0);
    place.drctl("apply -auto-approve -var deletion_protection=false").exits(0);
    place.drctl("destroy -auto-approve -var deletion_protection=false").exits(0);
    assert_eq!(place.python(CLUSTER), before, "the cluster is as it was before");
    let left = place.python(
        "found = client('rds').describe_global_clusters()['GlobalClusters']\n\
         west = client('rds', 'us-west-2').describe_db_clusters()['DBClusters']\n\
         print(len(found), len(west))",
    );
    assert_eq!(left, "0 0", "the global database and its second cluster are gone");
}

/// All of the cluster that drctl must not touch.
const CLUSTER: &str = "cluster = client('rds').describe_db_clusters(DBClusterIdentifier='orders')['DBClusters'][0]\n\
    moves = ('LatestRestorableTime', 'EarliestRestorableTime', 'DBClusterMembers', 'ReaderEndpoint')\n\
    print({key: cluster[key] for key in sorted(cluster) if key not in moves and not key.startswith('Global')})";

fn somebody_changes_an_alarm(place: &Place) {
    place.python(
        "cloudwatch = client('cloudwatch')\n\
         alarm = cloudwatch.describe_alarms(AlarmNames=['orders-dr-rpo-lag'])['MetricAlarms'][0]\n\
         allowed = cloudwatch.meta.service_model.operation_model('PutMetricAlarm').input_shape.members\n\
         alarm = {key: value for key, value in alarm.items() if key in allowed}\n\
         cloudwatch.put_metric_alarm(**alarm | {'Threshold': 1.0})",
    );
    let ran = place.drctl("plan -detailed-exitcode").exits(2);
    let changed = |line: &&str| line.trim_start().starts_with("~ ") && line.contains("->");
    let changes: Vec<&str> = ran.out.lines().filter(changed).map(str::trim).collect();
    assert_eq!(changes.len(), 1, "{ran}");
    assert!(changes[0].contains("threshold"), "{ran}");
    place.drctl("apply -auto-approve").exits(0).says("0 added, 1 changed, 0 destroyed");
    place.drctl("plan -detailed-exitcode").exits(0);
}

fn the_writer_moves(place: &Place) {
    let switch = |from: &str, region: &str, cluster: &str| {
        place.python(&format!(
            "import time\n\
             rds = client('rds', '{from}')\n\
             target = 'arn:aws:rds:{region}:' + ACCOUNT + ':cluster:{cluster}'\n\
             rds.switchover_global_cluster(GlobalClusterIdentifier='orders-global', TargetDbClusterIdentifier=target)\n\
             for _ in range(200):\n    \
                 found = rds.describe_global_clusters()['GlobalClusters'][0]\n    \
                 writes = [m['DBClusterArn'] for m in found['GlobalClusterMembers'] if m['IsWriter']]\n    \
                 if found['Status'] == 'available' and writes == [target]: break\n    \
                 time.sleep(0.1)\n\
             else: raise SystemExit(str(found))",
        ));
    };
    switch("us-east-1", "us-west-2", "orders-west");
    place
        .drctl("plan -detailed-exitcode")
        .exits(0)
        .says("writer: us-west-2 (orders-west)")
        .says("No changes.");
    switch("us-west-2", "us-east-1", "orders");
    place.drctl("plan -detailed-exitcode").exits(0).says("writer: us-east-1 (orders)");
}

/// A plan costs at most one listing per Region for what can be listed.
fn reads_are_batched(place: &Place, asked: usize) {
    let requests = Emulator::get().requests(&place.account);
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for request in &requests[asked..] {
        let part = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
        *counts
            .entry(format!("{} {} {}", part("service"), part("action"), part("region")))
            .or_default() += 1;
    }
    let listings = [
        "DescribeAlarms",
        "DescribeDBClusters",
        "DescribeDBInstances",
        "DescribeGlobalClusters",
        "ListAliases",
        "DescribeEventSubscriptions",
    ];
    let twice: Vec<_> = counts
        .iter()
        .filter(|(what, times)| **times > 1 && listings.iter().any(|name| what.contains(name)))
        .collect();
    assert!(twice.is_empty(), "listed more than once: {twice:?}\nof {counts:#?}");
    assert!(requests.len() - asked < 120, "{} requests: {counts:#?}", requests.len() - asked);
}

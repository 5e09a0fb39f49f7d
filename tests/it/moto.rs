//! moto, made by others than the emulator of the other tests, agrees as far as it goes:
//! `moto/main.hcl` says how far that is.
use crate::support::Emulator;
use crate::support::Place;

/// What is left in the account, as boto3 sees it.
const LEFT: &str = "
def left():
    for region in ('us-east-1', 'us-west-2'):
        there = lambda service: client(service, region)
        yield from (t['TopicArn'] for t in there('sns').list_topics()['Topics'])
        yield from (s['SubscriptionArn'] for s in there('sns').list_subscriptions()['Subscriptions'])
        yield from (a['AlarmName'] for a in there('cloudwatch').describe_alarms()['MetricAlarms'])
        yield from (f['FunctionName'] for f in there('lambda').list_functions()['Functions'])
        yield from (r['Name'] for r in there('events').list_rules()['Rules'])
        yield from (g['logGroupName'] for g in there('logs').describe_log_groups()['logGroups'])
        rds = there('rds')
        yield from (c['DBClusterArn'] for c in rds.describe_db_clusters()['DBClusters'])
        yield from (i['DBInstanceArn'] for i in rds.describe_db_instances()['DBInstances'])
        yield from (g['DBSubnetGroupName'] for g in rds.describe_db_subnet_groups()['DBSubnetGroups'])
        yield from (g['DBParameterGroupName'] for g in rds.describe_db_parameter_groups()['DBParameterGroups'])
        groups = rds.describe_db_cluster_parameter_groups()['DBClusterParameterGroups']
        yield from (g['DBClusterParameterGroupName'] for g in groups)
        yield from (s['CustSubscriptionId'] for s in rds.describe_event_subscriptions()['EventSubscriptionsList'])
        kms = there('kms')
        yield from (a['AliasName'] for a in kms.list_aliases()['Aliases'] if 'TargetKeyId' in a)
        keys = [kms.describe_key(KeyId=k['KeyId'])['KeyMetadata'] for k in kms.list_keys()['Keys']]
        yield from (k['Arn'] for k in keys if k['KeyState'] not in ('PendingDeletion', 'PendingReplicaDeletion'))
    yield from (r['Arn'] for r in client('iam').list_roles()['Roles'])
print(json.dumps(sorted(left())))
";

#[test]
fn another_emulator_agrees() {
    let place = Place::at(Emulator::moto(), "444444444444");
    place.copy("tests/it/moto");
    let before = place.python(LEFT);
    let subnets =
        "print(json.dumps([s['SubnetId'] for s in client('ec2').describe_subnets()['Subnets']]))";
    place.write("subnets.auto.tfvars", &format!("subnets = {}\n", place.python(subnets)));

    place.drctl("apply -auto-approve").exits(0);
    place.drctl("plan -detailed-exitcode").exits(0).says("No changes.");

    place.drctl("plan -var later=true -out=plan").exits(0);
    place.drctl("apply plan").exits(0);
    place.drctl("plan -var later=true -detailed-exitcode").exits(0).says("No changes.");

    place.python("client('logs').put_retention_policy(logGroupName='/aws/lambda/responder', retentionInDays=1)");
    let drift = place.drctl("plan -var later=true -detailed-exitcode").exits(2);
    drift.says("= 1 -> 30").says("0 to add, 1 to change, 0 to destroy");

    place.drctl("destroy -var later=true -auto-approve").exits(0);
    assert_eq!(place.python(LEFT), before, "something is left");
}

"""Looks at what examples/cross-account-backup made and set off, and at nothing that drctl says about it.

`ACCOUNT` is the one that drctl is run from; it manages the organisation and has nothing else.
"""

import time
import urllib.request

EAST, WEST = "us-east-1", "us-west-2"
SOURCE, TARGET = "1" + ACCOUNT[1:], "2" + ACCOUNT[1:]
CLUSTER = f"arn:aws:rds:{EAST}:{SOURCE}:cluster:orders"
TAGS = {"backup": "daily", "team": "orders"}


def at(service, account, region=EAST):
    return seed.client(service, ENDPOINT, region, account)


def same(has, want, what):
    assert has == want, f"{what}: {has!r}, not {want!r}"


def until(what, so, seconds=30):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := so():
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what}: not after {seconds} s")


def vault(account, region, name):
    return f"arn:aws:backup:{region}:{account}:backup-vault:{name}"


FIRST = (SOURCE, EAST, "orders-backup")
STAGING = (TARGET, EAST, "orders-backup-staging")


def points(place):
    account, region, name = place
    found = at("backup", account, region).list_recovery_points_by_backup_vault(BackupVaultName=name)
    return sorted(found["RecoveryPoints"], key=lambda point: point["CreationDate"])


def statements(text):
    return {statement.pop("Sid"): statement for statement in json.loads(text)["Statement"]}


# --- What was made ---------------------------------------------------------------------------------------------------


def check_made(kept, first):
    """`kept` is the last vault, `first` the one that the plan copies to: (account, Region, name)."""
    backup = at("backup", SOURCE)
    [plan] = backup.list_backup_plans()["BackupPlansList"]
    [rule] = backup.get_backup_plan(BackupPlanId=plan["BackupPlanId"])["BackupPlan"]["Rules"]
    same(rule["TargetBackupVaultName"], "orders-backup", "the plan's vault")
    same([a["DestinationBackupVaultArn"] for a in rule["CopyActions"]], [vault(*first)], "where the plan copies to")
    same(rule["CopyActions"][0]["Lifecycle"]["DeleteAfterDays"], 3 if first == STAGING else 35, "how long it is kept")
    assert backup.describe_region_settings()["ResourceTypeOptInPreference"]["Aurora"]
    [chosen] = backup.list_backup_selections(BackupPlanId=plan["BackupPlanId"])["BackupSelectionsList"]
    same(chosen["IamRoleArn"], f"arn:aws:iam::{SOURCE}:role/orders-backup", "the selection's role")

    keys = set()
    for account, region, name in {FIRST, first, kept}:
        found = at("backup", account, region).describe_backup_vault(BackupVaultName=name)
        key = at("kms", account, region).describe_key(KeyId=found["EncryptionKeyArn"])["KeyMetadata"]
        same((key["KeyManager"], key["AWSAccountId"]), ("CUSTOMER", account), f"key of {name}")
        policy = statements(at("kms", account, region).get_key_policy(KeyId=key["KeyId"])["Policy"])
        same(policy["Account"]["Principal"]["AWS"], f"arn:aws:iam::{account}:root", f"who has the key of {name}")
        keys.add(key["Arn"])
    same(len(keys), len({FIRST, first, kept}), "keys, one for each vault")
    same(at("backup", *kept[:2]).describe_backup_vault(BackupVaultName=kept[2])["MinRetentionDays"], 7, "lock")

    for place in {first, kept}:
        policy = at("backup", *place[:2]).get_backup_vault_access_policy(BackupVaultName=place[2])["Policy"]
        allowed = [s for s in statements(policy).values() if s["Effect"] == "Allow"]
        if place == first and place[0] != SOURCE:
            [into] = allowed
            same(into["Principal"]["AWS"], f"arn:aws:iam::{SOURCE}:root", f"who may copy into {place[2]}")
            same(into["Action"], "backup:CopyIntoBackupVault", f"what they may do in {place[2]}")
        else:
            same(allowed, [], f"who else may do something in {place[2]}")


def check_staged():
    """The way of the news: rule, role, bus, rule, function."""
    events = at("events", SOURCE)
    [target] = events.list_targets_by_rule(Rule="orders-backup-copies")["Targets"]
    bus = f"arn:aws:events:{EAST}:{TARGET}:event-bus/default"
    same((target["Arn"], target["RoleArn"]), (bus, f"arn:aws:iam::{SOURCE}:role/orders-backup-forward"), "target")
    allowed = statements(at("events", TARGET).describe_event_bus()["Policy"])["orders-backup"]
    same(allowed["Principal"], {"AWS": f"arn:aws:iam::{SOURCE}:root"}, "whom the bus lets in")
    rule = json.loads(at("events", TARGET).describe_rule(Name="orders-backup-arrived")["EventPattern"])
    same((rule["account"], rule["detail"]["resourceType"]), ([SOURCE], ["Aurora"]), "what the rule takes")
    same(rule["detail"]["destinationBackupVaultArn"], [vault(*STAGING)], "vault of the rule")
    function = at("lambda", TARGET).get_function(FunctionName="orders-backup-copier")["Configuration"]
    same((function["Runtime"], function["Handler"]), ("provided.al2023", "copier"), "the function")


def check_apart():
    """What belongs to one account is not in the other, and nothing is in the one that drctl is run from."""

    def roles(account):
        return {role["RoleName"] for role in at("iam", account).list_roles()["Roles"]} - {"drctl"}

    same(roles(SOURCE), {"orders-backup", "orders-backup-forward"}, "roles of the source account")
    same(roles(TARGET), {"orders-backup-restore", "orders-backup-copier"}, "roles of the target account")
    same(roles(ACCOUNT), set(), "roles of the account in the middle")
    with urllib.request.urlopen(f"{ENDPOINT}/_dr/requests?account={ACCOUNT}") as answer:
        mine = {(request["service"], request["action"]) for request in json.load(answer)}
    theirs = {("sts", "AssumeRole"), ("sts", "GetCallerIdentity")}
    seeding = {("backup", "UpdateGlobalSettings"), ("iam", "ListRoles")}
    assert mine <= theirs | seeding and ("sts", "AssumeRole") in mine, mine


# --- What it sets off ------------------------------------------------------------------------------------------------


def listen():
    """A queue in the target account for all events that come from the source account."""
    sqs, events = at("sqs", TARGET), at("events", TARGET)
    sqs.create_queue(QueueName="spy")
    events.put_rule(Name="spy", EventPattern=json.dumps({"account": [SOURCE]}))
    events.put_targets(Rule="spy", Targets=[{"Id": "spy", "Arn": f"arn:aws:sqs:{EAST}:{TARGET}:spy"}])


def messages(account, name):
    sqs = at("sqs", account)
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
    return found.get("Messages", [])


def ended(jobs, states=("COMPLETED", "FAILED")):
    return jobs if jobs and all(job["State"] in states for job in jobs) else None


def back_up():
    """The schedule comes round: a backup, and the one copy that the plan makes of it.  Answers with the copy job."""
    [copy] = back_up_and_copy()
    return copy


def check_everywhere(kept):
    """Each of these vaults, (account, Region, name), gets a copy that it keeps for so many days."""
    copies = {copy["DestinationBackupVaultArn"]: copy for copy in back_up_and_copy()}
    same(set(copies), {vault(*place) for place in kept}, "where it was copied to")
    for place, days in kept.items():
        check_copied(copies[vault(*place)], place, days)


def back_up_and_copy():
    """The same for all copies."""
    request = urllib.request.Request(
        f"{ENDPOINT}/_dr/backup/run?account={SOURCE}&region={EAST}", data=b'{"plan": "orders-backup"}', method="POST"
    )
    with urllib.request.urlopen(request) as answer:
        [started] = json.load(answer)["backup_jobs"]
    backup = at("backup", SOURCE)
    [job] = until("the backup", lambda: ended([backup.describe_backup_job(BackupJobId=started)]))
    same((job["State"], job["ResourceArn"]), ("COMPLETED", CLUSTER), "the backup job")
    point = next(p for p in points(FIRST) if p["RecoveryPointArn"] == job["RecoveryPointArn"])
    same(point["Lifecycle"], {"DeleteAfterDays": 7}, "how long the backup is kept")
    listing = {"BySourceRecoveryPointArn": job["RecoveryPointArn"]}
    return until("the copies", lambda: ended(backup.list_copy_jobs(**listing)["CopyJobs"]))


def check_copied(copy, place, days):
    """A copy job has put a recovery point into a vault."""
    same((copy["State"], copy.get("StatusMessage")), ("COMPLETED", None), "the copy job")
    same(copy["DestinationBackupVaultArn"], vault(*place), "where it was copied to")
    found = {point["RecoveryPointArn"]: point for point in points(place)}[copy["DestinationRecoveryPointArn"]]
    first = next(p for p in points(FIRST) if p["CreationDate"] == found["CreationDate"])
    same((found["Status"], found["ResourceArn"]), ("COMPLETED", CLUSTER), "the copy")
    same(found["Lifecycle"], {"DeleteAfterDays": days}, "how long the copy is kept")
    made = at("backup", *place[:2]).describe_backup_vault(BackupVaultName=place[2])
    same(found["EncryptionKeyArn"], made["EncryptionKeyArn"], "the copy's key is the vault's")
    assert found["EncryptionKeyArn"] != first["EncryptionKeyArn"]
    tags = at("backup", *place[:2]).list_tags(ResourceArn=found["RecoveryPointArn"])["Tags"]
    assert tags.items() >= TAGS.items(), tags
    return found


def check_crossed(copy):
    """The news of a copy has come to the bus of the target account as it was sent."""

    def arrived():
        bodies = [json.loads(message["Body"]) for message in messages(TARGET, "spy")]
        return next((b for b in bodies if b["detail"]["copyJobId"] == copy["CopyJobId"]), None)

    event = until("the event", arrived)
    same((event["source"], event["detail-type"]), ("aws.backup", "Copy Job State Change"), "the event")
    same((event["account"], event["region"], event["detail"]["state"]), (SOURCE, EAST, "COMPLETED"), "the event")
    same(event["detail"]["destinationRecoveryPointArn"], copy["DestinationRecoveryPointArn"], "the event's copy")


def check_carried_on(copy, kept):
    """The function was called and has started a copy of the copy, which came to its end."""
    point, backup = copy["DestinationRecoveryPointArn"], at("backup", TARGET)
    listing = {"BySourceRecoveryPointArn": point}
    [onward] = until("the copy onward", lambda: ended(backup.list_copy_jobs(**listing)["CopyJobs"]))
    same(onward["IamRoleArn"], f"arn:aws:iam::{TARGET}:role/orders-backup-restore", "the role it copies as")
    return check_copied(onward, kept, 35)


def check_restored(point, place):
    """A cluster is made of a recovery point."""
    account, region, _ = place
    backup, rds = at("backup", account, region), at("rds", account, region)
    job = backup.start_restore_job(
        RecoveryPointArn=point["RecoveryPointArn"],
        IamRoleArn=f"arn:aws:iam::{account}:role/orders-backup-restore",
        Metadata={"DBClusterIdentifier": "restored", "Engine": "aurora-postgresql", "DBSubnetGroupName": "orders"},
    )["RestoreJobId"]

    def over():
        found = backup.describe_restore_job(RestoreJobId=job)
        return found if found["Status"] in ("COMPLETED", "FAILED") else None

    done = until("the restore", over)
    same((done["Status"], done.get("StatusMessage")), ("COMPLETED", None), "the restore job")
    same(done["CreatedResourceArn"], f"arn:aws:rds:{region}:{account}:cluster:restored", "what it made")
    cluster = until(
        "the cluster",
        lambda: next((c for c in rds.describe_db_clusters()["DBClusters"] if c["Status"] == "available"), None),
    )
    same((cluster["DBClusterIdentifier"], cluster["KmsKeyId"]), ("restored", point["EncryptionKeyArn"]), "the cluster")


def chain(kept, staged):
    """The whole way, link by link."""
    if staged:
        listen()
        copy = back_up()
        check_copied(copy, STAGING, 3)
        check_crossed(copy)
        point = check_carried_on(copy, kept)
    else:
        point = check_copied(back_up(), kept, 35)
    check_restored(point, kept)


# --- What stops it ---------------------------------------------------------------------------------------------------


def check_refused(reason):
    copy = back_up()
    assert copy["State"] == "FAILED" and reason in copy["StatusMessage"], copy


def forget_policy(place):
    at("backup", *place[:2]).delete_backup_vault_access_policy(BackupVaultName=place[2])


def share_key(*accounts):
    [cluster] = at("rds", SOURCE).describe_db_clusters()["DBClusters"]
    seed.share_key(ENDPOINT, cluster["KmsKeyId"], accounts)


def check_dropped(kept):
    """The bus does not trust the source account: the copy arrives, nobody is told, and it goes no further."""
    at("events", TARGET).remove_permission(StatementId="orders-backup")
    before = len(points(kept))
    copy = back_up()
    check_copied(copy, STAGING, 3)
    [dead] = until("the dead letter", lambda: messages(SOURCE, "orders-backup-undelivered"))
    same(json.loads(dead["Body"])["detail"]["copyJobId"], copy["CopyJobId"], "what was not delivered")
    same(dead["MessageAttributes"]["ERROR_CODE"]["StringValue"], "NO_PERMISSIONS", "why")
    same(at("backup", TARGET).list_copy_jobs(
        BySourceRecoveryPointArn=copy["DestinationRecoveryPointArn"])["CopyJobs"], [], "copies onward")
    same(len(points(kept)), before, "copies at the target")


def check_swept(kept):
    """An hour is over: the function looks by itself, and carries on what no event told of."""
    event = {"source": "aws.events", "detail-type": "Scheduled Event", "account": TARGET, "region": EAST,
             "resources": [], "detail": {}}  # fmt: skip
    staged = len(points(STAGING))
    answer = at("lambda", TARGET).invoke(FunctionName="orders-backup-copier", Payload=json.dumps(event))
    assert "FunctionError" not in answer, answer["Payload"].read()
    until("the copy", lambda: len(points(kept)) == staged)


def distrust():
    """The target account no longer lets drctl in."""
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    at("iam", TARGET).update_assume_role_policy(RoleName="drctl", PolicyDocument=policy)

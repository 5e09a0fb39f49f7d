"""The estate that exists before drctl is run.

Account 111111111111 has, in us-east-1, an Aurora PostgreSQL cluster `orders`: encrypted with a key of its own
(alias/orders), one writer `orders-1`, in a subnet group `orders` of the default VPC, behind a security group
`orders-db`.  In us-west-2 it has only a network, with a security group `orders-db` again, in which a secondary
can be put.  Seeding twice changes nothing.

With ``--backup`` it has what examples/cross-account-backup needs: the cluster is tagged ``backup = daily``, and the
policy of its key lets account 222222222222 read copies; both accounts are members of an organisation that
333333333333 manages, where cross-account backup is switched on; and each has a role ``drctl`` that 333333333333 may
take on.  So drctl is run as ``AWS_ACCESS_KEY_ID=333333333333``, which itself has nothing.
"""

import argparse
import json
import time
import urllib.request
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ACCOUNT, TARGET, MANAGEMENT = "111111111111", "222222222222", "333333333333"
PRIMARY, SECONDARY = "us-east-1", "us-west-2"
VERSION = "16.6"


def client(service: str, endpoint: str, region: str = PRIMARY, account: str = ACCOUNT) -> Any:
    """A client of the emulator: the access key is the account."""
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id=account,
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}, read_timeout=30),
    )


def seed(endpoint: str, account: str = ACCOUNT, name: str = "orders") -> dict[str, Any]:
    """Make what is missing; answer with the ids that an example may need."""
    found: dict[str, Any] = {}
    for region in (PRIMARY, SECONDARY):
        network = _network(client("ec2", endpoint, region, account), f"{name}-db")
        found[region] = network
    rds, kms = client("rds", endpoint, PRIMARY, account), client("kms", endpoint, PRIMARY, account)
    found["key"] = _key(kms, f"alias/{name}")
    _make(
        rds.create_db_subnet_group,
        "DBSubnetGroupAlreadyExists",
        DBSubnetGroupName=name,
        DBSubnetGroupDescription=f"subnets of {name}",
        SubnetIds=found[PRIMARY]["subnets"],
    )
    _make(
        rds.create_db_cluster,
        "DBClusterAlreadyExistsFault",
        DBClusterIdentifier=name,
        Engine="aurora-postgresql",
        EngineVersion=VERSION,
        DatabaseName=name,
        MasterUsername="postgres",
        MasterUserPassword="seeded-by-the-emulator",
        DBSubnetGroupName=name,
        VpcSecurityGroupIds=[found[PRIMARY]["security_group"]],
        StorageEncrypted=True,
        KmsKeyId=found["key"],
        BackupRetentionPeriod=7,
        Tags=[{"Key": "team", "Value": name}],
    )
    _make(
        rds.create_db_instance,
        "DBInstanceAlreadyExists",
        DBInstanceIdentifier=f"{name}-1",
        DBClusterIdentifier=name,
        DBInstanceClass="db.r6g.large",
        Engine="aurora-postgresql",
    )
    _wait(rds, name)
    found["cluster"] = rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0]["DBClusterArn"]
    return found


def seed_backup(
    endpoint: str, account: str = ACCOUNT, target: str = TARGET, management: str = MANAGEMENT, name: str = "orders"
) -> dict[str, Any]:
    """What backups to another account need to be there."""
    found = seed(endpoint, account, name)
    for place in (account, target):
        _role(client("iam", endpoint, PRIMARY, place), "drctl", management)
    members = sorted({account, target})
    _post(f"{endpoint}/_dr/organization", {"management": management, "members": members})
    settings = {"isCrossAccountBackupEnabled": "true"}
    client("backup", endpoint, PRIMARY, management).update_global_settings(GlobalSettings=settings)
    client("rds", endpoint, PRIMARY, account).add_tags_to_resource(
        ResourceName=found["cluster"], Tags=[{"Key": "backup", "Value": "daily"}]
    )
    share_key(endpoint, found["key"], [target])
    found["target_network"] = _network(client("ec2", endpoint, SECONDARY, target), f"{name}-db")
    _make(
        client("rds", endpoint, SECONDARY, target).create_db_subnet_group,
        "DBSubnetGroupAlreadyExists",
        DBSubnetGroupName=name,
        DBSubnetGroupDescription=f"subnets of {name}",
        SubnetIds=found["target_network"]["subnets"],
    )
    return found


def share_key(endpoint: str, key: str, accounts: list[str]) -> None:
    """Let these accounts use a key by way of RDS and AWS Backup, as the example says it must be."""
    _, _, _, region, owner, _ = key.split(":", 5)
    services = {"StringEquals": {"kms:ViaService": [f"{name}.{region}.amazonaws.com" for name in ("rds", "backup")]}}
    statements = [_allow(owner, "kms:*")]
    for account in accounts:
        use = ["kms:DescribeKey", "kms:Decrypt", "kms:GenerateDataKey*"]
        statements.append({**_allow(account, use), "Condition": services})
        granting = {**services, "Bool": {"kms:GrantIsForAWSResource": "true"}}
        statements.append({**_allow(account, "kms:CreateGrant"), "Condition": granting})
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    client("kms", endpoint, region, owner).put_key_policy(KeyId=key, PolicyName="default", Policy=policy)


def _allow(account: str, action: str | list[str]) -> dict[str, Any]:
    principal = {"AWS": f"arn:aws:iam::{account}:root"}
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*"}


def _role(iam: Any, name: str, trusted: str) -> None:
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{trusted}:root"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    _make(iam.create_role, "EntityAlreadyExists", RoleName=name, AssumeRolePolicyDocument=document)
    iam.attach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")


def _post(url: str, document: dict[str, Any]) -> None:
    request = urllib.request.Request(url, data=json.dumps(document).encode(), method="POST")
    urllib.request.urlopen(request, timeout=20).close()


def _make(call: Any, exists: str, **arguments: Any) -> None:
    try:
        call(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] != exists:
            raise


def _network(ec2: Any, group: str) -> dict[str, Any]:
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    of_vpc = {"Name": "vpc-id", "Values": [vpc]}
    subnets = [s["SubnetId"] for s in ec2.describe_subnets(Filters=[of_vpc])["Subnets"]]
    named = [of_vpc, {"Name": "group-name", "Values": [group]}]
    groups = ec2.describe_security_groups(Filters=named)["SecurityGroups"]
    if groups:
        identity = groups[0]["GroupId"]
    else:
        identity = ec2.create_security_group(GroupName=group, Description="the database", VpcId=vpc)["GroupId"]
        ec2.authorize_security_group_ingress(
            GroupId=identity,
            IpPermissions=[
                {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "IpRanges": [{"CidrIp": "172.31.0.0/16"}]}
            ],
        )
    return {"vpc": vpc, "subnets": subnets, "security_group": identity}


def _key(kms: Any, alias: str) -> str:
    for page in kms.get_paginator("list_aliases").paginate():
        for entry in page["Aliases"]:
            if entry["AliasName"] == alias:
                return kms.describe_key(KeyId=alias)["KeyMetadata"]["Arn"]
    key = kms.create_key(Description=f"{alias}: the cluster's storage")["KeyMetadata"]
    kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    return key["Arn"]


def _wait(rds: Any, name: str, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        cluster = rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0]
        instance = rds.describe_db_instances(DBInstanceIdentifier=f"{name}-1")["DBInstances"][0]
        if cluster["Status"] == instance["DBInstanceStatus"] == "available":
            return
        time.sleep(0.1)
    raise TimeoutError(f"{name} is not available after {seconds} s")


def tfvars(found: dict[str, Any], account: str = ACCOUNT, name: str = "orders") -> str:
    """Values for the variables of examples/global-database, with the ids of this estate."""
    network = found[SECONDARY]
    values = {
        "account_id": account,
        "primary": {"region": PRIMARY, "cluster": name},
        "secondary": {
            "region": SECONDARY,
            "vpc_id": network["vpc"],
            "subnet_ids": network["subnets"][:2],
            "security_group": f"{name}-db",
        },
    }
    # JSON is an expression of HCL, too.
    return "".join(f"{key} = {json.dumps(value, indent=2)}\n" for key, value in values.items())


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="emulator seed", description=__doc__.splitlines()[0])
    parser.add_argument("--endpoint", default="http://127.0.0.1:4566")
    parser.add_argument("--port", type=int, help="short for --endpoint http://127.0.0.1:PORT")
    parser.add_argument("--account", default=ACCOUNT)
    parser.add_argument("--name", default="orders", help="of the cluster, its subnet group, its key")
    parser.add_argument("--backup", action="store_true", help="make what examples/cross-account-backup needs, too")
    parser.add_argument("--tfvars", type=Path, help="write what examples/global-database is to be told here")
    chosen = parser.parse_args(arguments)
    endpoint = f"http://127.0.0.1:{chosen.port}" if chosen.port else chosen.endpoint
    if chosen.backup:
        found = seed_backup(endpoint, chosen.account, name=chosen.name)
    else:
        found = seed(endpoint, chosen.account, chosen.name)
    for key, value in found.items():
        print(f"{key}: {value}")
    if chosen.tfvars:
        chosen.tfvars.write_text(tfvars(found, chosen.account, chosen.name))
    return 0

"""DB subnet groups: two Availability Zones at least, one VPC, and not deleted while in use."""

from emulator import ec2
from emulator.operations import AwsError
from emulator.operations import Parameters
from emulator.operations import operation
from emulator.rds import store


def find(name: str) -> store.Record:
    """The group, or the one named `default` that RDS makes of the default VPC."""
    name = name.lower()
    if name == "default" and name not in store.subnet_groups:
        _put(name, "default", [subnet["SubnetId"] for subnet in ec2.default_subnets()], [])
    record = store.subnet_groups.get(name)
    if record is None:
        raise AwsError("DBSubnetGroupNotFoundFault", f"DB subnet group '{name}' does not exist.")
    return record


def _users(name: str) -> list[store.Record]:
    return [c for c in store.clusters.values() if c["DBSubnetGroup"] == name]


def _members(subnet_ids: list[str]) -> list[dict]:
    found = ec2.subnets(subnet_ids)
    missing = sorted(set(subnet_ids) - set(found))
    if missing:
        raise AwsError("InvalidSubnet", f"The subnet ID '{missing[0]}' does not exist")
    if len({subnet["VpcId"] for subnet in found.values()}) > 1:
        raise AwsError("InvalidSubnet", "The DB subnet group subnets must be in the same VPC.")
    if len({subnet["AvailabilityZone"] for subnet in found.values()}) < 2:
        raise AwsError(
            "DBSubnetGroupDoesNotCoverEnoughAZs",
            "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: "
            f"{', '.join(sorted(s['AvailabilityZone'] for s in found.values()))}. "
            "Add subnets to cover at least 2 AZs.",
        )
    return list(found.values())


def _put(name: str, description: str, subnet_ids: list[str], tags: list[dict]) -> store.Record:
    subnets = _members(subnet_ids)
    record = {
        "DBSubnetGroupName": name,
        "DBSubnetGroupDescription": description,
        "VpcId": subnets[0]["VpcId"],
        "SubnetGroupStatus": "Complete",
        "Subnets": [
            {
                "SubnetIdentifier": subnet["SubnetId"],
                "SubnetAvailabilityZone": {"Name": subnet["AvailabilityZone"]},
                "SubnetOutpost": {},
                "SubnetStatus": "Active",
            }
            for subnet in subnets
        ],
        "DBSubnetGroupArn": store.arn("subgrp", name),
        "SupportedNetworkTypes": ["IPV4"],
        "TagList": tags,
    }
    store.subnet_groups[name] = record
    return record


@operation("rds", "CreateDBSubnetGroup")
def create(parameters: Parameters) -> dict:
    name = parameters["DBSubnetGroupName"].lower()
    if name == "default":
        raise AwsError("InvalidParameterValue", "DBSubnetGroupName must not be default.")
    if name in store.subnet_groups:
        raise AwsError("DBSubnetGroupAlreadyExists", f"The DB subnet group '{name}' already exists.")
    tags = store.tag_list(parameters)
    return {"DBSubnetGroup": _put(name, parameters["DBSubnetGroupDescription"], parameters["SubnetIds"], tags)}


@operation("rds", "DescribeDBSubnetGroups")
def describe(parameters: Parameters) -> dict:
    found = store.subnet_groups.values()
    if wanted := parameters.get("DBSubnetGroupName"):
        found = [find(wanted)]
    return store.page(found, "DBSubnetGroupName", parameters, "DBSubnetGroups")


@operation("rds", "ModifyDBSubnetGroup")
def modify(parameters: Parameters) -> dict:
    record = find(parameters["DBSubnetGroupName"])
    wanted = set(parameters["SubnetIds"])
    for subnet in record["Subnets"]:
        zone = subnet["SubnetAvailabilityZone"]["Name"]
        if subnet["SubnetIdentifier"] in wanted:
            continue
        for user in _users(record["DBSubnetGroupName"]):
            if any(instance["AvailabilityZone"] == zone for instance in store.members(user)):
                raise AwsError(
                    "SubnetAlreadyInUse",
                    f"Subnet {subnet['SubnetIdentifier']} is currently in use and cannot be deleted.",
                )
    description = parameters.get("DBSubnetGroupDescription", record["DBSubnetGroupDescription"])
    return {"DBSubnetGroup": _put(record["DBSubnetGroupName"], description, parameters["SubnetIds"], record["TagList"])}


@operation("rds", "DeleteDBSubnetGroup")
def delete(parameters: Parameters) -> None:
    record = find(parameters["DBSubnetGroupName"])
    name = record["DBSubnetGroupName"]
    if users := _users(name):
        raise AwsError(
            "InvalidDBSubnetGroupStateFault",
            f"Cannot delete the subnet group '{name}' because at least one database instance: "
            f"{users[0]['DBClusterIdentifier']} is still using it.",
        )
    del store.subnet_groups[name]

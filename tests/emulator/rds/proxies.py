"""RDS proxies, as far as their targets go.

A target group has one cluster: another is refused until the first is deregistered.  The proxy and the cluster must
be in one Region and one network.
"""

import time

from emulator import ec2
from emulator.operations import AwsError
from emulator.operations import Parameters
from emulator.operations import operation
from emulator.operations import regional
from emulator.rds import store

_proxies = regional()


def _find(name: str) -> store.Record:
    proxy = _proxies.get(name.lower())
    if proxy is None:
        raise AwsError("DBProxyNotFoundFault", f"DB Proxy {name} doesn't exist.")
    return proxy


def _check_group(proxy: store.Record, parameters: Parameters) -> None:
    group = parameters.get("TargetGroupName", "default")
    if group != "default":
        raise AwsError("DBProxyTargetGroupNotFoundFault", f"DB Proxy target group {group} doesn't exist.")


@operation("rds", "CreateDBProxy")
def create(parameters: Parameters) -> dict:
    name = parameters["DBProxyName"].lower()
    if name in _proxies:
        raise AwsError("DBProxyAlreadyExistsFault", f"DB Proxy {name} already exists.")
    subnets = ec2.subnets(parameters["VpcSubnetIds"])
    if len(subnets) < 2:
        raise AwsError("InvalidSubnet", "A proxy needs subnets in two Availability Zones.")
    proxy = {
        "DBProxyName": name,
        "DBProxyArn": store.arn("db-proxy", store.resource_id("prx-").lower()),
        "Status": "available",
        "EngineFamily": parameters["EngineFamily"],
        "VpcId": next(iter(subnets.values()))["VpcId"],
        "VpcSubnetIds": parameters["VpcSubnetIds"],
        "RoleArn": parameters["RoleArn"],
        "Auth": parameters.get("Auth", []),
        "Endpoint": f"{name}.proxy-emulated.rds.amazonaws.com",
        "CreatedDate": time.time(),
        "_cluster": None,
    }
    _proxies[name] = proxy
    return {"DBProxy": proxy}


@operation("rds", "DescribeDBProxies")
def describe(parameters: Parameters) -> dict:
    wanted = parameters.get("DBProxyName")
    found = [_find(wanted)] if wanted else list(_proxies.values())
    return store.page(found, "DBProxyName", parameters, "DBProxies")


def _targets(proxy: store.Record) -> list[store.Record]:
    if not proxy["_cluster"]:
        return []
    cluster = store.cluster(proxy["_cluster"])
    targets = [{"Type": "TRACKED_CLUSTER", "RdsResourceId": proxy["_cluster"], "Port": cluster["Port"]}]
    for instance in store.members(cluster):
        targets.append(
            {
                "Type": "RDS_INSTANCE",
                "RdsResourceId": instance["DBInstanceIdentifier"],
                "TrackedClusterId": proxy["_cluster"],
                "Port": cluster["Port"],
                "TargetHealth": {"State": "AVAILABLE"},
            }
        )
    return targets


@operation("rds", "DescribeDBProxyTargets")
def describe_targets(parameters: Parameters) -> dict:
    proxy = _find(parameters["DBProxyName"])
    _check_group(proxy, parameters)
    return store.page(_targets(proxy), "RdsResourceId", parameters, "Targets")


@operation("rds", "RegisterDBProxyTargets")
def register(parameters: Parameters) -> dict:
    proxy = _find(parameters["DBProxyName"])
    _check_group(proxy, parameters)
    (name,) = parameters["DBClusterIdentifiers"]
    cluster = store.cluster(name)
    if proxy["_cluster"] == cluster["DBClusterIdentifier"]:
        raise AwsError("DBProxyTargetAlreadyRegisteredFault", f"{name} is registered with {proxy['DBProxyName']}.")
    if proxy["_cluster"]:
        raise AwsError(
            "InvalidDBProxyStateFault", f"DB Proxy {proxy['DBProxyName']} has the target {proxy['_cluster']} already."
        )
    proxy["_cluster"] = cluster["DBClusterIdentifier"]
    return {"DBProxyTargets": _targets(proxy)}


@operation("rds", "DeregisterDBProxyTargets")
def deregister(parameters: Parameters) -> dict:
    proxy = _find(parameters["DBProxyName"])
    _check_group(proxy, parameters)
    for name in parameters.get("DBClusterIdentifiers", []):
        if proxy["_cluster"] != name.lower():
            raise AwsError("DBProxyTargetNotFoundFault", f"{name} is not a target of {proxy['DBProxyName']}.")
        proxy["_cluster"] = None
    return {}

"""The network that exists before: a default VPC in every Region of every account.

ministack gives every Region the same ids, so that one Region's subnets are accepted in another without a word.
Here the ids of the default VPC tell the account and Region apart.  Security group descriptions, filters and
paging are ministack's.
"""

import hashlib

from ministack.core.responses import get_account_id
from ministack.core.responses import get_region
from ministack.services import ec2

_IDS = {
    "_DEFAULT_VPC_ID": "vpc",
    "_DEFAULT_SUBNET_ID": "subnet",
    "_DEFAULT_SUBNET_ID_B": "subnet",
    "_DEFAULT_SUBNET_ID_C": "subnet",
    "_DEFAULT_SG_ID": "sg",
    "_DEFAULT_ACL_ID": "acl",
    "_DEFAULT_IGW_ID": "igw",
    "_DEFAULT_RTB_ID": "rtb",
}
_initialise = ec2._init_defaults


def _initialise_with_own_ids() -> None:
    """ministack's own initialisation, with the names of this account and Region put in for its constants."""
    before = {name: getattr(ec2, name) for name in _IDS}
    for name, prefix in _IDS.items():
        digest = hashlib.sha256(f"{get_account_id()} {get_region()} {name}".encode()).hexdigest()
        setattr(ec2, name, f"{prefix}-{digest[:17]}")
    try:
        _initialise()
    finally:
        for name, value in before.items():
            setattr(ec2, name, value)


ec2._init_defaults = _initialise_with_own_ids


def subnets(identities: list[str]) -> dict[str, dict]:
    """The subnets of this account and Region among these ids."""
    ec2._ensure_defaults_initialized()
    return {i: ec2._subnets.get(i) for i in identities if i in ec2._subnets}


def default_subnets() -> list[dict]:
    ec2._ensure_defaults_initialized()
    vpcs = {vpc["VpcId"] for vpc in ec2._vpcs.values() if vpc["IsDefault"]}
    return [subnet for subnet in ec2._subnets.values() if subnet["VpcId"] in vpcs]


def security_groups(identities: list[str]) -> dict[str, str]:
    """Security group -> VPC, for those that exist here."""
    ec2._ensure_defaults_initialized()
    return {i: ec2._security_groups.get(i)["VpcId"] for i in identities if i in ec2._security_groups}


def default_security_group(vpc: str) -> str:
    ec2._ensure_defaults_initialized()
    return next(
        group["GroupId"]
        for group in ec2._security_groups.values()
        if group["VpcId"] == vpc and group["GroupName"] == "default"
    )

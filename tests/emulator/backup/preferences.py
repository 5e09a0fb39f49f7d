"""Settings of an account in a Region (which services are backed up), and of the whole organisation."""

import time

from ministack.core.responses import get_account_id
from ministack.core.responses import get_region
from ministack.core.responses import request_scope

from emulator import organizations
from emulator.backup import store
from emulator.operations import AwsError
from emulator.operations import Parameters
from emulator.operations import operation

#: The kinds of resources that AWS Backup knows; those that nobody opted in or out of are in.
OPT_IN = (
    "Aurora", "CloudFormation", "DocumentDB", "DSQL", "DynamoDB", "EBS", "EC2", "EFS", "EKS", "FSx", "Neptune", "RDS",
    "Redshift", "Redshift Serverless", "S3", "SAP HANA on Amazon EC2", "Storage Gateway", "Timestream",
    "VirtualMachine",
)  # fmt: skip
_MANAGED = ("DynamoDB", "EFS")
_GLOBAL = ("isCrossAccountBackupEnabled", "isMpaEnabled", "isDelegatedAdministratorEnabled")
CROSS_ACCOUNT = _GLOBAL[0]


def is_opted_in(resource_type: str) -> bool:
    return _of_region()["ResourceTypeOptInPreference"].get(resource_type, False)


def _of_region() -> dict[str, dict[str, bool]]:
    changed = store.region_settings.get("", {})
    return {
        "ResourceTypeOptInPreference": dict.fromkeys(OPT_IN, True) | changed.get("opt_in", {}),
        "ResourceTypeManagementPreference": dict.fromkeys(_MANAGED, False) | changed.get("management", {}),
    }


@operation("backup", "DescribeRegionSettings")
def describe_region(_: Parameters) -> dict:
    return _of_region()


@operation("backup", "UpdateRegionSettings")
def update_region(parameters: Parameters) -> None:
    opt_in = parameters.get("ResourceTypeOptInPreference") or {}
    management = parameters.get("ResourceTypeManagementPreference") or {}
    for asked, known in ((opt_in, OPT_IN), (management, _MANAGED)):
        if unknown := set(asked) - set(known):
            raise store.invalid(f"Unsupported resource types: {', '.join(sorted(unknown))}")
    kept = store.region_settings.setdefault("", {"opt_in": {}, "management": {}})
    kept["opt_in"].update(opt_in)
    kept["management"].update(management)


@operation("backup", "GetSupportedResourceTypes")
def supported(_: Parameters) -> dict:
    return {"ResourceTypes": list(OPT_IN)}


def _of_organization() -> store.Record:
    """What the management account of this account's organisation has set."""
    management = organizations.management_of(get_account_id())
    if management is None:
        raise AwsError("InvalidRequestException", "Your account is not a member of an organization.")
    with request_scope(management, get_region()):
        return store.global_settings.setdefault("", {"settings": {}, "at": time.time()})


def cross_account_is_enabled() -> bool:
    return _of_organization()["settings"].get(CROSS_ACCOUNT) == "true"


@operation("backup", "DescribeGlobalSettings")
def describe_global(_: Parameters) -> dict:
    kept = _of_organization()
    return {"GlobalSettings": dict.fromkeys(_GLOBAL, "false") | kept["settings"], "LastUpdateTime": kept["at"]}


@operation("backup", "UpdateGlobalSettings")
def update_global(parameters: Parameters) -> None:
    kept, asked = _of_organization(), parameters.get("GlobalSettings") or {}
    if organizations.management_of(get_account_id()) != get_account_id():
        raise AwsError("InvalidRequestException", "Global settings can only be updated from the management account.")
    if unknown := set(asked) - set(_GLOBAL):
        raise store.invalid(f"Unsupported settings: {', '.join(sorted(unknown))}")
    if bad := [value for value in asked.values() if value not in ("true", "false")]:
        raise store.invalid(f"A setting is true or false, not {bad[0]!r}.")
    kept["settings"].update(asked)
    kept["at"] = time.time()

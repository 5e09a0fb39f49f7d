"""IAM is ministack's; here is what others ask of it: does a role exist, and can it be assumed yet?

And what ministack takes without looking: trust policies that are no JSON or name roles that do not exist, and
attachments of policies that do not exist.
"""

import json
import re
import time
from collections.abc import Callable

from ministack.core.responses import get_account_id
from ministack.services import iam

from emulator import policy
from emulator import settings
from emulator.operations import AwsError
from emulator.operations import around
from emulator.operations import on_reset
from emulator.wire import Answer
from emulator.wire import Request

_ROLE = re.compile(r"arn:aws:iam::(\d{12}):role/(?:.*/)?([^/]+)$")

#: (account, role) -> when it was made.
_made: dict[tuple[str, str], float] = {}
on_reset(_made.clear)

_create_role = iam._create_role


def _create_role_and_note(parameters: dict) -> tuple:
    answer = _create_role(parameters)
    if answer[0] == 200:
        _made[get_account_id(), iam._p(parameters, "RoleName")] = time.time()
    return answer


iam._create_role = _create_role_and_note
for _table in (value for value in vars(iam).values() if isinstance(value, dict)):
    for _name, _handler in list(_table.items()):
        if _handler is _create_role:
            _table[_name] = _create_role_and_note


def role(arn: str) -> dict | None:
    """The role of an ARN, in whatever account; its path must be right too."""
    match = _ROLE.match(arn)
    found = iam._roles.get_scoped(match[1], "", match[2]) if match else None
    return found if found and found["Arn"] == arn else None


def role_exists(arn: str) -> bool:
    """A service-linked role exists as soon as its service needs it."""
    return ":role/aws-service-role/" in arn or role(arn) is not None


def role_is_known_everywhere(arn: str, step: str = "IAM_STEP") -> bool:
    """Has the news of this role reached other services yet?  It takes as long as that setting says."""
    match = _ROLE.match(arn)
    return bool(match) and time.time() - _made.get((match[1], match[2]), 0.0) >= settings.seconds(step)


def permits(arn: str, action: str, resource: str) -> bool:
    """Do the policies of a role itself allow this?"""
    found = role(arn)
    documents = list(found["InlinePolicies"].values()) if found else []
    for attached in found["AttachedPolicies"] if found else []:
        if attached in _EVERYTHING:
            return True
        kept = iam._policies.get_scoped(attached.split(":")[4], "", attached) or {"Versions": {}}
        documents += [v["Document"] for v in kept["Versions"].values() if v["IsDefaultVersion"]]
    whole = {"Statement": [statement for text in documents for statement in policy.statements(text)]}
    return policy.permits(whole, policy.Caller(arn.split(":")[4], arn), action, resource)


# --- Principals of resource policies ---------------------------------------------------------------------------------


def principal_is_known(principal: str) -> bool:
    """May a resource policy name this principal?  A role must exist; an id is not a name."""
    return role_exists(principal) if _ROLE.match(principal) else not principal.startswith(("AROA", "AIDA"))


def freeze_principals(document: str) -> str:
    """The policy as a service keeps it: a role is kept by its id, so that another of the same name is not meant."""
    return _with_principals(document, lambda name: (role(name) or {}).get("RoleId", name))


def thaw_principals(document: str) -> str:
    """The policy as a service shows it: a role that is gone stays an id."""
    arns = {found["RoleId"]: found["Arn"] for found in iam._roles._data.values()}
    return _with_principals(document, lambda name: arns.get(name, name))


def _with_principals(document: str, change: Callable[[str], str]) -> str:
    whole = json.loads(document)
    for statement in policy.statements(whole):
        principals = statement.get("Principal")
        if isinstance(principals, dict) and "AWS" in principals:
            named = principals["AWS"]
            principals["AWS"] = change(named) if isinstance(named, str) else [change(name) for name in named]
    return json.dumps(whole)


# --- Documents and policies ------------------------------------------------------------------------------------------

#: ministack attaches any policy, whether it exists or not; of AWS's own thousand these are known here.
AWS_MANAGED_POLICIES = {
    "AdministratorAccess",
    "AWSBackupFullAccess",
    "CloudWatchReadOnlyAccess",
    "PowerUserAccess",
    "ReadOnlyAccess",
    "SecurityAudit",
    "service-role/AWSBackupServiceRolePolicyForBackup",
    "service-role/AWSBackupServiceRolePolicyForRestores",
    "service-role/AWSLambdaBasicExecutionRole",
    "service-role/AWSLambdaRole",
    "service-role/AWSLambdaVPCAccessExecutionRole",
    "service-role/AmazonRDSEnhancedMonitoringRole",
    "service-role/CloudWatchEventsInvocationAccess",
}


_EVERYTHING = {f"arn:aws:iam::aws:policy/{name}" for name in ("AdministratorAccess", "PowerUserAccess")}


def check_principals(document: str) -> None:
    """A trust policy must be JSON, and must not name a role that does not exist."""
    try:
        statements = json.loads(document)["Statement"]
    except (ValueError, KeyError, TypeError) as error:
        raise AwsError("MalformedPolicyDocument", "This policy contains invalid Json") from error
    for statement in statements if isinstance(statements, list) else [statements]:
        principals = statement.get("Principal") or {}
        named = principals.get("AWS", []) if isinstance(principals, dict) else []
        for principal in [named] if isinstance(named, str) else named:
            if _ROLE.match(principal) and not role_exists(principal):
                raise AwsError("MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{principal}"')


@around("iam", "CreateRole")
async def create_role(request: Request, ministack) -> Answer:
    check_principals((request.parameters or {}).get("AssumeRolePolicyDocument", ""))
    return await ministack()


@around("iam", "UpdateAssumeRolePolicy")
async def update_assume_role_policy(request: Request, ministack) -> Answer:
    check_principals((request.parameters or {}).get("PolicyDocument", ""))
    return await ministack()


@around("iam", "AttachRolePolicy")
async def attach_role_policy(request: Request, ministack) -> Answer:
    arn = (request.parameters or {}).get("PolicyArn", "")
    managed = arn.removeprefix("arn:aws:iam::aws:policy/")
    known = managed in AWS_MANAGED_POLICIES if managed != arn else arn in iam._policies
    if not known:
        raise AwsError("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.")
    return await ministack()

"""Keys: those of AWS itself, which ministack lacks; policies that name somebody who does not exist; states; news
that spreads.

ministack lets a key that waits for its deletion be tagged, rotated and enabled again, reports a rotation period
for a key that is not rotated, takes any text for a policy, and never pages its lists.
"""

import base64
import json
import re
import time
from dataclasses import replace

from ministack.core.responses import get_account_id
from ministack.core.responses import request_scope
from ministack.services import kms

from emulator import clock
from emulator import iam
from emulator import policy
from emulator import settings
from emulator.operations import AwsError
from emulator.operations import Parameters
from emulator.operations import around
from emulator.operations import on_reset
from emulator.operations import operation
from emulator.wire import Answer
from emulator.wire import Request

#: The services whose AWS managed keys exist from the start, as soon as anybody looks.
_MANAGED = ("rds", "sns", "lambda", "secretsmanager", "backup", "ebs", "s3")
#: A role, as a policy names it.
_ROLE = re.compile(r"arn:aws:iam::\d{12}:role/")
_ALIAS = re.compile(r"alias/[a-zA-Z0-9/_-]+$")


def ensure_managed_keys() -> None:
    for service in _MANAGED:
        alias = kms._alias_arn(f"alias/aws/{service}")
        if alias in kms._aliases:
            continue
        description = f"Default key that protects my {service} data when no other key is defined"
        answer = kms._create_key({"Description": description})
        identity = json.loads(answer[2])["KeyMetadata"]["KeyId"]
        kms._keys[identity]["_manager"] = "AWS"
        kms._aliases[alias] = identity
        kms._alias_dates[alias] = {"CreationDate": time.time(), "LastUpdatedDate": time.time()}


def is_managed_by_aws(record: dict) -> bool:
    return record.get("_manager") == "AWS"


def _key_of(arn: str) -> dict | None:
    """The key of an ARN, in whatever account and Region."""
    _, _, _, region, account, resource = arn.split(":", 5)
    with request_scope(account, region):
        ensure_managed_keys()
        return kms._keys.get(resource.removeprefix("key/"))


def is_aws_managed(arn: str) -> bool:
    return is_managed_by_aws(_key_of(arn) or {})


#: What a service needs of a key to store something of a customer's under it, or to read it.
_TO_USE = ("kms:DescribeKey", "kms:CreateGrant", "kms:Decrypt", "kms:GenerateDataKeyWithoutPlaintext")


def allows(arn: str, caller: policy.Caller) -> bool:
    """Does the key exist, is it enabled, and does its policy let the caller read and write with it?

    In its own account a key of AWS's is for everybody who comes by way of its service.
    """
    record = _key_of(arn)
    if record is None or record["KeyState"] != "Enabled":
        return False
    if is_managed_by_aws(record):
        return arn.split(":")[4] == caller.account
    document = iam.thaw_principals(record["Policy"])
    granting = replace(caller, context={**caller.context, "kms:GrantIsForAWSResource": "true"})
    return all(
        policy.allows(document, granting if action == "kms:CreateGrant" else caller, action, arn) for action in _TO_USE
    )


#: ARN of a key that was made while news travelled slowly -> when, and how often it was looked for since.
_looks: dict[str, tuple[float, int]] = {}
#: A service and such a key -> when the service first asked for it.
_asked: dict[tuple[str, str], float] = {}
on_reset(_looks.clear)
on_reset(_asked.clear)


def _new(arn: str) -> None:
    if settings.seconds("KMS_STEP"):
        _looks[arn] = time.time(), 0


def look(reference: str) -> dict | None:
    """The key, if the one of KMS's servers that is asked knows of it: while its news spreads, every third does."""
    ensure_managed_keys()
    record = kms._resolve_key(reference)
    if record is None or record["Arn"] not in _looks:
        return record
    made, looks = _looks[record["Arn"]]
    _looks[record["Arn"]] = made, looks + 1
    spread = time.time() - made >= settings.seconds("KMS_STEP")
    return record if spread or (looks + 1) % 3 == 0 else None


def look_for(service: str, reference: str) -> dict | None:
    """The key, if that service can find it; that it could not, it believes for a while."""
    record = look(reference)
    if record is None or record["Arn"] not in _looks:
        return record
    asked = _asked.setdefault((service, record["Arn"]), time.time())
    return record if time.time() - asked >= settings.seconds("KMS_STEP") else None


def usable_key(reference: str) -> str:
    """The ARN of a key of this Region that is enabled; RDS's error otherwise."""
    record = look_for("rds", reference)
    if record is None or record["KeyState"] != "Enabled":
        raise AwsError(
            "KMSKeyNotAccessibleFault",
            f"The specified KMS key [{reference}] does not exist, is not enabled or you do not have permissions to "
            "access it.",
        )
    return record["Arn"]


def _key(parameters: Parameters, name: str = "KeyId") -> dict:
    reference = parameters[name]
    record = look(reference)
    if record is None:
        if not reference.startswith("arn:") and not reference.startswith("alias/"):
            shown = f"arn:aws:kms:{kms.get_region()}:{get_account_id()}:key/{reference}"
            raise AwsError("NotFoundException", f"Key '{shown}' does not exist")
        if "alias/" in reference:
            shown = reference if reference.startswith("arn:") else kms._alias_arn(reference)
            raise AwsError("NotFoundException", f"Alias {shown} is not found.")
        raise AwsError("NotFoundException", f"Key '{reference}' does not exist")
    return record


_metadata = kms._key_metadata


def _metadata_with_manager(record: dict) -> dict:
    return {**_metadata(record), "KeyManager": record.get("_manager", "CUSTOMER")}


kms._key_metadata = _metadata_with_manager


# --- States ----------------------------------------------------------------------------------------------------------


@around(
    "kms", "EnableKey", "DisableKey", "EnableKeyRotation", "DisableKeyRotation", "TagResource", "UntagResource",
    "UpdateKeyDescription", "PutKeyPolicy", "ScheduleKeyDeletion", "DescribeKey", "ListResourceTags",
    "Encrypt", "Decrypt", "GenerateDataKey", "ReplicateKey",
)  # fmt: skip
async def _check_state(request: Request, ministack) -> Answer:
    parameters = request.parameters or {}
    if "KeyId" not in parameters:
        return await ministack()
    record, action = _key(parameters), request.operation
    reading = action in ("DescribeKey", "ListResourceTags")
    if not reading and record["KeyState"] in ("PendingDeletion", "PendingReplicaDeletion"):
        # A policy or tags can still be changed; all else waits for CancelKeyDeletion.
        if action not in ("PutKeyPolicy", "TagResource", "UntagResource", "UpdateKeyDescription"):
            raise AwsError("KMSInvalidStateException", f"{record['Arn']} is pending deletion.")
        if action in ("TagResource", "UntagResource", "UpdateKeyDescription"):
            raise AwsError("KMSInvalidStateException", f"{record['Arn']} is pending deletion.")
    if not reading and record["KeyState"] == "Creating":
        raise AwsError("KMSInvalidStateException", f"{record['Arn']} is creating.")
    if action in ("EnableKeyRotation", "DisableKeyRotation") and record["KeyState"] == "Disabled":
        raise AwsError("DisabledException", f"{record['Arn']} is disabled.")
    if not reading and is_managed_by_aws(record) and action not in ("Encrypt", "Decrypt", "GenerateDataKey"):
        raise AwsError("AccessDeniedException", f"{record['Arn']} is managed by AWS.")
    if action == "PutKeyPolicy":
        _check_policy(parameters["Policy"], parameters.get("BypassPolicyLockoutSafetyCheck", False))
    answer = await ministack()
    if action == "PutKeyPolicy":
        record["Policy"] = iam.freeze_principals(record["Policy"])
    if action == "ReplicateKey" and answer[0] == 200:
        _take_time(json.loads(answer[2])["ReplicaKeyMetadata"]["Arn"])
    return answer


def _take_time(replica: str) -> None:
    """What a key is made of must first get to the other Region."""
    _new(replica)
    _, _, _, region, account, key = replica.split(":", 5)
    step = settings.seconds("KMS_STEP")
    if not step:
        return
    with request_scope(account, region):
        record = kms._keys[key.removeprefix("key/")]
        record["KeyState"] = "Creating"
        clock.after(step, lambda: record.update(KeyState="Enabled"))


@operation("kms", "CancelKeyDeletion")
def cancel_key_deletion(parameters: Parameters) -> dict:
    record = _key(parameters)
    if record["KeyState"] not in ("PendingDeletion", "PendingReplicaDeletion"):
        raise AwsError("KMSInvalidStateException", f"{record['Arn']} is not pending deletion.")
    kms._cancel_key_deletion({"KeyId": parameters["KeyId"]})
    return {"KeyId": record["Arn"]}


@operation("kms", "GetKeyRotationStatus")
def get_key_rotation_status(parameters: Parameters) -> dict:
    """Of a disabled key it is what it was; of one that waits for its deletion it is false."""
    record = _key(parameters)
    if is_managed_by_aws(record):
        return {"KeyRotationEnabled": True, "KeyId": record["Arn"], "RotationPeriodInDays": 365}
    enabled = record.get("KeyRotationEnabled", False) and record["KeyState"] in ("Enabled", "Disabled")
    answer = {"KeyRotationEnabled": enabled, "KeyId": record["Arn"]}
    if enabled:
        days = record.get("RotationPeriodInDays", 365)
        answer |= {"RotationPeriodInDays": days, "NextRotationDate": record["CreationDate"] + 86400 * days}
    return answer


# --- Policies --------------------------------------------------------------------------------------------------------


def _check_policy(text: str, bypass: bool) -> None:
    try:
        statements = policy.as_list(json.loads(text)["Statement"])
    except (ValueError, KeyError, TypeError) as error:
        raise AwsError("MalformedPolicyDocumentException", "This policy contains invalid Json") from error
    for statement in statements:
        for kind, name in policy.principals(statement):
            new = _ROLE.match(name) and not iam.role_is_known_everywhere(name, "KMS_STEP")
            if kind == "AWS" and (new or not iam.principal_is_known(name)):
                raise AwsError(
                    "MalformedPolicyDocumentException",
                    "Policy contains a statement with one or more invalid principals.",
                )
    actions = [json.dumps(s.get("Action", "")) for s in statements if s.get("Effect") == "Allow"]
    if not bypass and not any("kms:*" in action or "kms:Put" in action for action in actions):
        raise AwsError(
            "MalformedPolicyDocumentException",
            "The new key policy will not allow you to update the key policy in the future.",
        )


@around("kms", "CreateKey")
async def create_key(request: Request, ministack) -> Answer:
    parameters = request.parameters or {}
    text = parameters.get("Policy")
    if text:
        _check_policy(text, parameters.get("BypassPolicyLockoutSafetyCheck", False))
    status, headers, body = await ministack()
    if status == 200:
        _new(json.loads(body)["KeyMetadata"]["Arn"])
    if status == 200 and text:
        kms._keys[json.loads(body)["KeyMetadata"]["KeyId"]]["Policy"] = iam.freeze_principals(text)
    return status, headers, body


@operation("kms", "GetKeyPolicy")
def get_key_policy(parameters: Parameters) -> dict:
    return {"Policy": iam.thaw_principals(_key(parameters)["Policy"]), "PolicyName": "default"}


# --- Aliases ---------------------------------------------------------------------------------------------------------


@around("kms", "CreateAlias", "UpdateAlias", "DeleteAlias")
async def change_alias(request: Request, ministack) -> Answer:
    name = (request.parameters or {}).get("AliasName", "")
    ensure_managed_keys()
    if name.startswith("alias/aws/"):
        raise AwsError("NotAuthorizedException", f"{name} is reserved for AWS managed keys.")
    if not _ALIAS.match(name):
        raise AwsError("InvalidAliasNameException", f"{name} is not a valid alias name.")
    alias = kms._alias_arn(name)
    if request.operation == "CreateAlias" and alias in kms._aliases:
        raise AwsError("AlreadyExistsException", f"An alias with the name {alias} already exists")
    if request.operation != "CreateAlias" and alias not in kms._aliases:
        raise AwsError("NotFoundException", f"Alias {alias} is not found.")
    if request.operation != "DeleteAlias":
        target = _key(request.parameters, "TargetKeyId")
        if target["KeyState"] == "PendingDeletion":
            raise AwsError("KMSInvalidStateException", f"{target['Arn']} is pending deletion.")
    return await ministack()


@operation("kms", "ListAliases")
def list_aliases(parameters: Parameters) -> dict:
    ensure_managed_keys()
    wanted = _key(parameters)["KeyId"] if "KeyId" in parameters else None
    found = json.loads(kms._list_aliases({})[2])["Aliases"]
    # A new one is not on the list at once.
    newest = time.time() - settings.seconds("KMS_STEP")
    found = [a for a in found if a["AliasName"].startswith("alias/aws/") or a["CreationDate"] <= newest]
    found = sorted((a for a in found if wanted in (None, a["TargetKeyId"])), key=lambda a: a["AliasName"])
    return _page(found, "AliasName", "Aliases", parameters, 50)


@operation("kms", "ListKeys")
def list_keys(parameters: Parameters) -> dict:
    ensure_managed_keys()
    found = [{"KeyId": r["KeyId"], "KeyArn": r["Arn"]} for r in kms._keys.values()]
    return _page(sorted(found, key=lambda k: k["KeyId"]), "KeyId", "Keys", parameters, 100)


def _page(found: list[dict], key: str, name: str, parameters: Parameters, size: int) -> dict:
    size = parameters.get("Limit", size)
    if marker := parameters.get("Marker"):
        last = base64.urlsafe_b64decode(marker).decode()
        found = [entry for entry in found if entry[key] > last]
    answer = {name: found[:size], "Truncated": len(found) > size}
    if answer["Truncated"]:
        answer["NextMarker"] = base64.urlsafe_b64encode(found[size - 1][key].encode()).decode()
    return answer

"""Who may use a vault (its access policy), and who is told what happens in it (its notifications)."""

import json

from ministack.core.arn import ArnParseError
from ministack.core.arn import parse_arn
from ministack.core.responses import get_account_id

from emulator import iam
from emulator import policy
from emulator.backup import store
from emulator.operations import AwsError
from emulator.operations import Parameters
from emulator.operations import operation

_COPY_INTO = "backup:copyintobackupvault"


@operation("backup", "PutBackupVaultAccessPolicy")
def put_policy(parameters: Parameters) -> None:
    record = store.vault(parameters["BackupVaultName"])
    text = parameters.get("Policy")
    try:
        statements = policy.statements(json.loads(text or ""))
        complete = statements and all({"Effect", "Principal", "Action"} <= set(s) for s in statements)
    except (ValueError, AttributeError, TypeError) as error:
        raise store.invalid("The specified policy is not valid JSON.") from error
    if not complete:
        raise store.invalid("Invalid policy: every statement needs an Effect, a Principal and an Action.")
    for statement in statements:
        _check_statement(statement)
    record["_policy"] = iam.freeze_principals(text)


def _check_statement(statement: dict) -> None:
    actions = [action.lower() for action in policy.as_list(statement["Action"])]
    for kind, principal in policy.principals(statement):
        if kind == "AWS" and not iam.principal_is_known(principal):
            raise store.invalid(f"Invalid principal in policy: {principal}")
        foreign = policy.account_of(principal) not in (None, get_account_id())
        if kind == "AWS" and foreign and statement["Effect"] == "Allow" and set(actions) - {_COPY_INTO}:
            raise AwsError(
                "AccessDeniedException",
                "The specified policy cannot be added to the vault due to cross-account sharing restrictions. "
                "Amend the policy or the vault's settings, then retry request",
                403,
            )


def policy_of(record: store.Record) -> str | None:
    """The policy as AWS shows it now: a principal that is gone shows as its id."""
    return iam.thaw_principals(record["_policy"]) if "_policy" in record else None


@operation("backup", "GetBackupVaultAccessPolicy")
def get_policy(parameters: Parameters) -> dict:
    record = store.vault(parameters["BackupVaultName"])
    text = policy_of(record)
    if text is None:
        raise store.missing(f"Backup vault {record['BackupVaultName']} has no associated policy.")
    return {**record, "Policy": text}


@operation("backup", "DeleteBackupVaultAccessPolicy")
def delete_policy(parameters: Parameters) -> None:
    store.vault(parameters["BackupVaultName"]).pop("_policy", None)


@operation("backup", "PutBackupVaultNotifications")
def put_notifications(parameters: Parameters) -> None:
    record = store.vault(parameters["BackupVaultName"])
    topic = parameters["SNSTopicArn"]
    try:
        spec = parse_arn(topic)
    except ArnParseError as error:
        raise store.invalid(f"Invalid topic ARN: {topic}") from error
    if spec.service != "sns" or topic.endswith(".fifo"):
        raise store.invalid(f"Invalid topic ARN: {topic}")
    if not parameters["BackupVaultEvents"]:
        raise store.invalid("BackupVaultEvents must not be empty.")
    record["_notifications"] = {"SNSTopicArn": topic, "BackupVaultEvents": sorted(set(parameters["BackupVaultEvents"]))}


@operation("backup", "GetBackupVaultNotifications")
def get_notifications(parameters: Parameters) -> dict:
    record = store.vault(parameters["BackupVaultName"])
    if "_notifications" not in record:
        raise store.missing(f"Failed reading notifications from database for vault {record['BackupVaultName']}.")
    return {**record, **record["_notifications"]}


@operation("backup", "DeleteBackupVaultNotifications")
def delete_notifications(parameters: Parameters) -> None:
    store.vault(parameters["BackupVaultName"]).pop("_notifications", None)

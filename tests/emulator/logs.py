"""Log groups: keys and deletion protection, which ministack does not know."""

import json

from ministack.services import cloudwatch_logs

from emulator import kms
from emulator.operations import AwsError
from emulator.operations import Parameters
from emulator.operations import around
from emulator.operations import operation
from emulator.wire import Answer
from emulator.wire import Request


def _check_key(key: str, name: str) -> None:
    """The key must be there, be enabled, and let the Logs service use it."""
    record = kms.look_for("logs", key)
    if record is None or record["KeyState"] != "Enabled" or "logs." not in record["Policy"]:
        raise AwsError(
            "InvalidParameterException",
            "The specified KMS key does not exist or is not allowed to be used with LogGroup "
            f"'arn:aws:logs:{cloudwatch_logs.get_region()}:{cloudwatch_logs.get_account_id()}:log-group:{name}'",
        )


def _group(name: str) -> dict:
    name = name.partition(":log-group:")[2].removesuffix(":*") if name.startswith("arn:") else name
    group = cloudwatch_logs._log_groups.get(name)
    if group is None:
        raise AwsError("ResourceNotFoundException", "The specified log group does not exist.")
    return group


@around("logs", "CreateLogGroup")
async def create_log_group(request: Request, ministack) -> Answer:
    parameters = request.parameters or {}
    if "kmsKeyId" in parameters:
        _check_key(parameters["kmsKeyId"], parameters["logGroupName"])
    answer = await ministack()
    if answer[0] == 200:
        _group(parameters["logGroupName"])["_protected"] = parameters.get("deletionProtectionEnabled", False)
    return answer


@operation("logs", "AssociateKmsKey")
def associate_kms_key(parameters: Parameters) -> None:
    group = _group(parameters["logGroupName"])
    _check_key(parameters["kmsKeyId"], parameters["logGroupName"])
    group["kmsKeyId"] = parameters["kmsKeyId"]


@operation("logs", "DisassociateKmsKey")
def disassociate_kms_key(parameters: Parameters) -> None:
    _group(parameters["logGroupName"])["kmsKeyId"] = None


@operation("logs", "PutLogGroupDeletionProtection")
def put_deletion_protection(parameters: Parameters) -> None:
    _group(parameters["logGroupIdentifier"])["_protected"] = parameters["deletionProtectionEnabled"]


@around("logs", "DeleteLogGroup")
async def delete_log_group(request: Request, ministack) -> Answer:
    name = (request.parameters or {}).get("logGroupName", "")
    if _group(name).get("_protected"):
        raise AwsError("ValidationException", f"The log group {name} is protected against deletion.")
    return await ministack()


@around("logs", "DescribeLogGroups")
async def describe_log_groups(request: Request, ministack) -> Answer:
    status, headers, body = await ministack()
    if status != 200:
        return status, headers, body
    document = json.loads(body)
    for group in document["logGroups"]:
        group["deletionProtectionEnabled"] = _group(group["logGroupName"]).get("_protected", False)
    headers = {name: value for name, value in headers.items() if name.lower() != "content-length"}
    return status, headers, json.dumps(document).encode()

"""Functions: a role that Lambda can assume, and one change at a time.

ministack takes any role, any number of changes at once, and says that a function is Pending while it is updated;
on AWS it stays Active, and LastUpdateStatus tells.  It also shows empty texts where AWS shows nothing.
"""

import base64
import hashlib
import json

from ministack.services import lambda_svc

from emulator import iam
from emulator import kms
from emulator import settings
from emulator import wire
from emulator.operations import AwsError
from emulator.operations import Parameters
from emulator.operations import around
from emulator.wire import Answer
from emulator.wire import Request

ACCOUNT_CONCURRENCY, UNRESERVED_AT_LEAST = 1000, 100
_REASONS = ("StateReason", "StateReasonCode", "LastUpdateStatusReason", "LastUpdateStatusReasonCode", "KMSKeyArn")

_schedule_transition = lambda_svc._schedule_state_transition
lambda_svc._schedule_state_transition = lambda name, _: _schedule_transition(name, settings.seconds("LAMBDA_STEP"))


def _check_role(arn: str) -> None:
    role = iam.role(arn)
    trusted = role and "lambda.amazonaws.com" in role["AssumeRolePolicyDocument"]
    if not trusted or not iam.role_is_known_everywhere(arn):
        raise AwsError(
            "InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda."
        )


def _check_key(parameters: Parameters) -> None:
    """Lambda must be able to use the key that its variables are to be encrypted with."""
    key = parameters.get("KMSKeyArn")
    if not key:
        return
    record = kms.look_for("lambda", key)
    if record is None or record["KeyState"] != "Enabled":
        why = "NotFoundException" if record is None else "DisabledException"
        message = f"Key '{key}' does not exist" if record is None else f"{key} is disabled."
        raise AwsError(
            "InvalidParameterValueException",
            "Lambda was unable to configure access to your environment variables because the KMS key is invalid for "
            f"CreateGrant. Please check your KMS key settings. KMS Exception: {why} KMS Message: {message}",
        )


def _function(request: Request) -> dict | None:
    name = lambda_svc._resolve_name((request.parameters or {}).get("FunctionName", ""))
    return lambda_svc._functions.get(name)


def _check_idle(function: dict | None) -> None:
    if function is None:
        return
    config = function["config"]
    if config["State"] == "Pending":
        raise AwsError(
            "ResourceConflictException",
            "The operation cannot be performed at this time. The function is currently in the following state: Pending",
        )
    if config["LastUpdateStatus"] == "InProgress":
        raise AwsError(
            "ResourceConflictException",
            "The operation cannot be performed at this time. An update is in progress for resource: "
            f"{config['FunctionArn']}",
        )


def _tidy(config: dict) -> dict:
    """Without the empty texts; with the state that AWS gives during an update."""
    if config.get("StateReasonCode") == "Updating":
        config["State"] = "Active"
        config |= {"StateReason": "", "StateReasonCode": ""}
    return {key: value for key, value in config.items() if key not in _REASONS or value}


@around("lambda", "CreateFunction")
async def create_function(request: Request, ministack) -> Answer:
    parameters = request.parameters or {}
    if _function(request) is None:
        _check_role(parameters.get("Role", ""))
        _check_key(parameters)
    status, headers, body = await ministack()
    if status == 201:
        config = _function(request)["config"]
        config["LastUpdateStatus"] = "Successful"  # nothing has been updated yet
        body = json.dumps(_tidy({**json.loads(body), "LastUpdateStatus": "Successful"})).encode()
    return _answer(status, headers, body)


@around("lambda", "UpdateFunctionCode", "UpdateFunctionConfiguration")
async def update_function(request: Request, ministack) -> Answer:
    parameters, function = request.parameters or {}, _function(request)
    if function is None:
        return await ministack()
    if parameters.get("DryRun"):
        return wire.encode(request, _dry_run(function["config"], parameters))
    _check_idle(function)
    if role := parameters.get("Role"):
        _check_role(role)
    _check_key(parameters)
    status, headers, body = await ministack()
    if status == 200:
        _tidy(function["config"])
        if function["config"]["StateReasonCode"] == "Updating":
            function["config"] |= {"State": "Active", "StateReason": "", "StateReasonCode": ""}
        body = json.dumps(_tidy(json.loads(body))).encode()
    return _answer(status, headers, body)


def _dry_run(config: dict, parameters: dict) -> dict:
    """What would be; ministack would do it."""
    code = parameters.get("ZipFile")
    sha = base64.b64encode(hashlib.sha256(code).digest()).decode() if code else config["CodeSha256"]
    return _tidy({**config, "CodeSha256": sha})


@around("lambda", "GetPolicy")
async def get_policy(request: Request, ministack) -> Answer:
    function = _function(request)
    if function and not request.parameters.get("Qualifier") and not function["policy"]["Statement"]:
        raise AwsError("ResourceNotFoundException", "The resource you requested does not exist.")
    return await ministack()


@around("lambda", "GetFunction", "GetFunctionConfiguration", "ListFunctions")
async def read_function(request: Request, ministack) -> Answer:
    status, headers, body = await ministack()
    if status == 200:
        document = json.loads(body)
        if request.operation == "GetFunction":
            document["Configuration"] = _tidy(document["Configuration"])
        elif request.operation == "ListFunctions":
            document["Functions"] = [_tidy(config) for config in document["Functions"]]
        else:
            document = _tidy(document)
        body = json.dumps(document).encode()
    return _answer(status, headers, body)


@around("lambda", "PutFunctionConcurrency")
async def put_concurrency(request: Request, ministack) -> Answer:
    parameters, name = request.parameters or {}, lambda_svc._resolve_name(request.parameters["FunctionName"])
    others = sum(function["concurrency"] or 0 for other, function in lambda_svc._functions.items() if other != name)
    if parameters["ReservedConcurrentExecutions"] + others > ACCOUNT_CONCURRENCY - UNRESERVED_AT_LEAST:
        raise AwsError(
            "InvalidParameterValueException",
            "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
            f"below its minimum value of [{UNRESERVED_AT_LEAST}].",
        )
    return await ministack()


@around("lambda", "AddPermission")
async def add_permission(request: Request, ministack) -> Answer:
    """An account as principal is kept as the ARN of its root."""
    status, headers, body = await ministack()
    function = _function(request)
    if status == 201 and function:
        for statement in function["policy"]["Statement"]:
            principal = statement["Principal"]
            if isinstance(principal, dict) and str(principal.get("AWS", "")).isdigit():
                principal["AWS"] = f"arn:aws:iam::{principal['AWS']}:root"
            if statement["Sid"] == request.parameters["StatementId"]:
                body = json.dumps({"Statement": json.dumps(statement)}).encode()
    return _answer(status, headers, body)


def _answer(status: int, headers: dict, body: bytes) -> Answer:
    return status, {name: value for name, value in headers.items() if name.lower() != "content-length"}, body

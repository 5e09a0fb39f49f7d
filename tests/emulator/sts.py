"""AssumeRole: only a role that exists, and that trusts the caller.

ministack without its AUTH mode hands out credentials for any role.  (With it, every call would be checked against
policies, and no test would start without a stack of them.)
"""

import datetime
import json
import re

from ministack.core.responses import get_account_id
from ministack.services import sts

from emulator import credentials
from emulator import iam
from emulator import settings
from emulator.operations import AwsError
from emulator.operations import around
from emulator.wire import Answer
from emulator.wire import Request


def _caller(request: Request) -> str:
    session = sts._sessions.get(request.access_key)
    return session["Arn"] if session else f"arn:aws:iam::{get_account_id()}:root"


def _trusts(role: dict, external_id: str | None) -> bool:
    """Does the trust policy name the caller's account, or everybody; and is the external id the right one?"""
    account = get_account_id()
    for statement in _statements(role):
        principals = statement.get("Principal", {})
        named = principals.get("AWS", []) if isinstance(principals, dict) else principals
        named = [named] if isinstance(named, str) else named
        if statement.get("Effect") != "Allow" or not any(p == "*" or account in p for p in named):
            continue
        for operator in ("StringEquals", "StringLike"):
            wanted = (statement.get("Condition", {}).get(operator) or {}).get("sts:ExternalId")
            if wanted is not None and external_id not in ([wanted] if isinstance(wanted, str) else wanted):
                break
        else:
            return True
    return False


def _statements(role: dict) -> list[dict]:
    statements = json.loads(role["AssumeRolePolicyDocument"])["Statement"]
    return statements if isinstance(statements, list) else [statements]


@around("sts", "AssumeRole")
async def assume_role(request: Request, ministack) -> Answer:
    parameters = request.parameters or {}
    arn = parameters.get("RoleArn", "")
    role = iam.role(arn)
    if role is None or not _trusts(role, parameters.get("ExternalId")):
        raise AwsError(
            "AccessDenied",
            f"User: {_caller(request)} is not authorized to perform: sts:AssumeRole on resource: {arn}",
            403,
        )
    status, headers, body = await ministack()
    life = settings.seconds("STS_LIFE")
    if status == 200 and life:
        text = body.decode()
        credentials.let_expire(re.search("<AccessKeyId>(.*?)</AccessKeyId>", text).group(1), life)
        end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=life)
        body = re.sub("<Expiration>.*?<", f"<Expiration>{end:%Y-%m-%dT%H:%M:%SZ}<", text).encode()
        headers = {name: value for name, value in headers.items() if name.lower() != "content-length"}
    return status, headers, body

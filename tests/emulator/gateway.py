"""The door: what every request passes on its way.

Decode by AWS's model; check the key; look for a fault; answer here, or let ministack answer; record.  ministack
has neither faults nor a recording, and no place to hang them in, so this stands in front of its ASGI application.
"""

import asyncio
import json
import re
import traceback
from typing import Any

from hypercorn.protocol.http_stream import ASGIHTTPState
from ministack.core.responses import get_account_id
from ministack.core.responses import request_scope
from ministack.core.responses import set_request_account_id
from ministack.core.responses import set_request_region

from emulator import clock
from emulator import credentials
from emulator import faults
from emulator import operations
from emulator import recorder
from emulator import settings
from emulator import tagging
from emulator import validation
from emulator import wire
from emulator.operations import AwsError

_READS = ("Describe", "Get", "List")
_ERROR_CODE = re.compile(rb"<Code>([^<]+)</Code>|\"__type\": ?\"([^\"]+)\"")


class Gateway:
    """An ASGI application around ministack's."""

    def __init__(self, ministack: Any):
        self.ministack = ministack

    async def __call__(self, scope: dict, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.ministack(scope, receive, send)
            return
        body = await _read(receive)
        if body is None:
            return
        if scope["path"].startswith("/_dr/"):
            await _send(send, _control(scope["method"], scope["path"], scope["query_string"].decode(), body))
            return
        if scope["path"].startswith("/_ministack/") or scope["path"] == "/health":
            if scope["path"] == "/_ministack/reset":
                clock.reset()
                settings.reset()
                operations.reset()
            await self.ministack(scope, _replay(body), send)
            return
        await self._serve(scope, body, receive, send)

    async def _serve(self, scope: dict, body: bytes, receive: Any, send: Any) -> None:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        raw_path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1").partition("?")[0]
        query = scope["query_string"].decode()
        request = wire.decode(scope["method"], scope["path"], raw_path, query, headers, body)
        set_request_account_id(request.access_key)
        set_request_region(request.region)
        account = get_account_id()

        async def ministack() -> wire.Answer:
            return await self._ask_ministack(scope, body)

        fault = faults.take(request, account)
        if fault is not None and fault.latency:
            await asyncio.sleep(fault.latency)
        if fault is None or fault.after or not fault.ends:
            answer = await _answer(request, ministack)
            if request.operation or request.service:
                recorder.record(request, account, answer[0], _code(answer), "yes")
        if fault is not None and fault.ends:
            rule = fault.rule
            if not fault.after:
                recorder.record(request, account, rule.get("status", 0), rule.get("code"), "fault")
            if rule.get("hang"):
                await _until_gone(receive)
                return
            if rule.get("drop"):
                _drop(send)
                return
            message = rule.get("message", f"injected {rule['code']}")
            answer = wire.encode_error(request, rule["code"], message, rule.get("status", 400))
        await _send(send, answer)

    async def _ask_ministack(self, scope: dict, body: bytes) -> wire.Answer:
        status, headers, parts = 500, {}, []

        async def send(message: dict) -> None:
            nonlocal status, headers
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in message.get("headers", [])}
            else:
                parts.append(message.get("body", b""))

        await self.ministack(scope, _replay(body), send)
        return status, headers, b"".join(parts)


async def _answer(request: wire.Request, ministack: Any) -> wire.Answer:
    key = request.service, request.operation
    try:
        credentials.check(request)
        if not request.operation.startswith(_READS):
            tagging.remember()
        if key in operations.HANDLERS or key in operations.WRAPPERS:
            _check_parameters(request)
        if handler := operations.HANDLERS.get(key):
            return wire.encode(request, handler(request.parameters or {}))
        if wrapper := operations.WRAPPERS.get(key):
            return await wrapper(request, ministack)
        if request.service in operations.WHOLLY_OURS:
            raise AwsError("InvalidAction", f"The action {request.operation} is not valid for this web service.")
        return await ministack()
    except AwsError as error:
        return wire.encode_error(request, error.code, error.message, error.status, error.fields)
    except Exception as error:  # a fault of ours: the caller must see it, and the log must say where
        traceback.print_exc()
        return wire.encode_error(request, "InternalFailure", f"the emulator failed: {error!r}", 500)


def _check_parameters(request: wire.Request) -> None:
    """Refuse what AWS's model does not allow; an operation of ours need not look again."""
    found = validation.problems(request.service, request.operation, request.parameters or {})
    if found:
        missing = any("Missing required parameter" in problem for problem in found)
        code = "ValidationException"
        if request.service == "cloudwatch":
            code = "ValidationError"
        elif request.protocol in ("query", "ec2"):
            code = "MissingParameter" if missing else "InvalidParameterValue"
        elif request.service in ("logs", "tagging"):
            code = "InvalidParameterException"
        elif request.service == "backup":
            code = "MissingParameterValueException" if missing else "InvalidParameterValueException"
        elif request.service == "organizations":
            code = "InvalidInputException"
        raise AwsError(code, "; ".join(found), 400)


def _code(answer: wire.Answer) -> str | None:
    status, headers, body = answer
    if status < 400:
        return None
    headers = {name.lower(): value for name, value in headers.items()}
    if "x-amzn-query-error" in headers:
        return headers["x-amzn-query-error"].partition(";")[0]
    if "x-amzn-errortype" in headers:
        return headers["x-amzn-errortype"]
    match = _ERROR_CODE.search(body)
    return (match[1] or match[2]).decode() if match else None


def _control(method: str, path: str, query: str, body: bytes) -> wire.Answer:
    """/_dr/...: for tests, not for AWS's clients."""
    filters = {key: values[0] for key, values in wire.parse_qs(query).items()}
    account = filters.get("account")
    try:
        if path == "/_dr/faults":
            if method == "POST":
                faults.add(json.loads(body))
            elif method == "DELETE":
                faults.clear(account)
            return _json(200, faults.current())
        if path == "/_dr/settings":
            if method == "POST":
                settings.change(json.loads(body), account)
            elif method == "DELETE":
                settings.reset(account)
            return _json(200, settings.current(account))
        if path == "/_dr/requests":
            if method == "DELETE":
                recorder.clear()
            return _json(200, recorder.show(filters))
        if handler := operations.CONTROLS.get(path):
            with request_scope(account or operations.HOME[0], filters.get("region", operations.HOME[1])):
                return _json(200, handler(filters, json.loads(body) if body else None))
        known = ["/_dr/faults", "/_dr/requests", "/_dr/settings", *operations.CONTROLS]
        return _json(404, {"error": f"there are {', '.join(known)}"})
    except AwsError as error:
        return _json(400, {"error": f"{error.code}: {error.message}"})
    except (ValueError, TypeError, KeyError) as error:
        return _json(400, {"error": str(error)})


def _json(status: int, document: Any) -> wire.Answer:
    return status, {"content-type": "application/json"}, json.dumps(document).encode()


async def _read(receive: Any) -> bytes | None:
    """The whole body, or nothing of one whose sender went away half-way: AWS never acts on a part of a request."""
    parts, more = [], True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


async def _until_gone(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _drop(send: Any) -> None:
    """Let the server close the connection without a byte: it must believe that a response is under way."""
    stream = send.__self__
    stream.state = ASGIHTTPState.RESPONSE


def _replay(body: bytes) -> Any:
    sent = False

    async def receive() -> dict:
        nonlocal sent
        if sent:
            await asyncio.Event().wait()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _send(send: Any, answer: wire.Answer) -> None:
    status, headers, body = answer
    names = {name.lower() for name in headers}
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    if "content-length" not in names:
        pairs.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})

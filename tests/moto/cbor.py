"""CloudWatch over rpc-v2-cbor, the only protocol in which the Rust SDK speaks to it; moto knows JSON and Query.

A request is put as the same one in JSON, and moto's answer is put back into CBOR. Nothing of what is asked or
answered is changed, so that moto remains a second opinion.
"""

import io
import json
from collections.abc import Callable
from collections.abc import Iterable
from datetime import UTC
from datetime import datetime
from typing import Any

import botocore.session
import cbor2
from botocore.model import Shape

_SERVICE = "GraniteServiceVersion20100801"
_PATH = f"/service/{_SERVICE}/operation/"
_MODEL = botocore.session.get_session().get_service_model("cloudwatch")

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Cbor:
    """Puts CBOR around a server that answers JSON; all other requests pass by."""

    def __init__(self, server: Wsgi):
        self.server = server

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        operation = environ["PATH_INFO"].removeprefix(_PATH)
        if operation == environ["PATH_INFO"]:
            return self.server(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        status, headers, body = self._ask(environ, operation, cbor2.loads(body) if body else {})
        sent = {
            "Content-Type": "application/cbor",
            "Content-Length": str(len(body)),
            "smithy-protocol": "rpc-v2-cbor",
        }
        kept = [(name, value) for name, value in headers if name.lower().startswith("x-amz")]
        start_response(status, [*sent.items(), *kept])
        return [body]

    def _ask(
        self, environ: dict[str, Any], operation: str, parameters: dict[str, Any]
    ) -> tuple[str, list[tuple[str, str]], bytes]:
        """What the server answers to this operation, in CBOR."""
        asked = json.dumps(parameters, default=_seconds).encode()
        begun: list[Any] = []
        environ = environ | {
            "PATH_INFO": "/",
            "RAW_URI": "/",
            "REQUEST_URI": "/",
            "CONTENT_TYPE": "application/x-amz-json-1.0",
            "CONTENT_LENGTH": str(len(asked)),
            "HTTP_X_AMZ_TARGET": f"{_SERVICE}.{operation}",
            "wsgi.input": io.BytesIO(asked),
        }
        try:
            answer = b"".join(self.server(environ, lambda *args: begun.extend(args)))
        except NotImplementedError as error:
            refusal = {"__type": "UnknownOperationException", "message": str(error)}
            return "404 Not Found", [], cbor2.dumps(refusal)
        status, headers = begun[0], begun[1]
        document = json.loads(answer or b"{}")
        if status.startswith("2"):
            document = _typed(document, _MODEL.operation_model(operation).output_shape)
        return status, headers, cbor2.dumps(document, datetime_as_timestamp=True)


def _seconds(value: datetime) -> float:
    """How JSON writes a time."""
    return value.timestamp()


def _typed(value: Any, shape: Shape | None) -> Any:
    """What CBOR tells apart and JSON does not: times and floating point from numbers, absent from null."""
    if shape is None or value is None:
        return value
    if shape.type_name == "structure":
        return {
            name: _typed(value[name], member) for name, member in shape.members.items() if value.get(name) is not None
        }
    if shape.type_name == "list":
        return [_typed(element, shape.member) for element in value]
    if shape.type_name == "map":
        return {key: _typed(element, shape.value) for key, element in value.items()}
    if shape.type_name == "timestamp":
        return datetime.fromtimestamp(float(value), UTC)
    if shape.type_name in ("double", "float"):
        return float(value)
    return value

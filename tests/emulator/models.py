"""AWS's service models, as botocore carries them."""

import functools
import re
from dataclasses import dataclass

import botocore.session
from botocore.model import OperationModel
from botocore.model import ServiceModel

#: Signing names that differ from botocore's name of the service.
_BY_SIGNING_NAME = {"monitoring": "cloudwatch", "tagging": "resourcegroupstaggingapi"}

_session = botocore.session.get_session()


@functools.cache
def service_model(service: str) -> ServiceModel | None:
    """The model of a service under its botocore or its signing name."""
    try:
        return _session.get_service_model(_BY_SIGNING_NAME.get(service, service))
    except Exception:  # botocore raises several unrelated types for a service it does not know
        return None


def service_name(signing_name: str) -> str:
    """What this package calls a service: as botocore does, except that `tagging` stays short."""
    return {"monitoring": "cloudwatch", "resourcegroupstaggingapi": "tagging"}.get(signing_name, signing_name)


@functools.cache
def operation_model(service: str, operation: str) -> OperationModel | None:
    model = service_model(service)
    if model is None or operation not in model.operation_names:
        return None
    return model.operation_model(operation)


@dataclass(frozen=True)
class ErrorForm:
    """How an error is written: its shape, its code in the query protocols, its HTTP status, its text's name."""

    shape: str
    code: str
    status: int
    message: str = "message"


@functools.cache
def error_form(service: str, code: str) -> ErrorForm:
    """Found by the name of the shape or, if there is none, by the code on the wire."""
    model, found = service_model(service), {}
    for name in model.shape_names if model else ():
        shape = model.shape_for(name)
        if shape.type_name != "structure" or not shape.metadata.get("exception"):
            continue
        error = shape.metadata.get("error", {})
        text = "Message" if "Message" in shape.members else "message"
        form = ErrorForm(name, error.get("code", name), error.get("httpStatusCode", 400), text)
        found[form.code] = found.get(form.code) or form
        if name == code:
            return form
    return found.get(code) or ErrorForm(code, code, 400)


@functools.cache
def _rest_routes(service: str) -> list[tuple[str, re.Pattern, str, tuple[tuple[str, str | None], ...]]]:
    """(method, path pattern, operation, fixed query) of a REST service, the most specific first."""
    model, routes = service_model(service), []
    for name in model.operation_names:
        http = model.operation_model(name).http
        path, _, query = http["requestUri"].partition("?")
        pattern = re.sub(r"\\\{(\w+?)(\\\+)?\\\}", _label_pattern, re.escape(path.rstrip("/")))
        fixed = tuple(tuple(pair.split("=", 1)) if "=" in pair else (pair, None) for pair in query.split("&") if pair)
        routes.append((http["method"], re.compile(pattern + "/?$"), name, fixed))
    return sorted(routes, key=lambda route: (-len(route[3]), route[1].pattern.count("(?P<"), -len(route[1].pattern)))


def _label_pattern(match: re.Match) -> str:
    return f"(?P<{match[1]}>{'.+' if match[2] else '[^/]+'})"


def match_rest(service: str, method: str, path: str, query: dict[str, list[str]]) -> tuple[str, dict[str, str]] | None:
    """The operation that a REST request asks for, and the labels in its path."""
    for route_method, pattern, operation, fixed in _rest_routes(service):
        if route_method != method or not (match := pattern.match(path)):
            continue
        if all(key in query and (value is None or query[key] == [value]) for key, value in fixed):
            return operation, match.groupdict()
    return None

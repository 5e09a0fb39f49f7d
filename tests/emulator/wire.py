"""Requests to parameters, results to answers, for every protocol AWS speaks.

ministack decodes each service's requests by hand, so what it does not know it drops without a word (the metric
queries of an alarm, say).  Here AWS's own models say what a request may contain and how it is written: query,
EC2's variant of it, JSON 1.0 and 1.1, REST-JSON, and rpc-v2-cbor, which is all that the Rust SDK speaks to
CloudWatch.
"""

import base64
import datetime
import json
import re
import uuid
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from urllib.parse import parse_qs
from urllib.parse import unquote
from xml.sax.saxutils import escape

import cbor2
from botocore.model import Shape

from emulator import models

_CREDENTIAL = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request")
_RPC_PATH = re.compile(r"/service/\w+/operation/(\w+)$")

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Request:
    """One request, as far as it can be understood from the outside."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes
    access_key: str = ""
    region: str = ""
    service: str = ""
    protocol: str = ""
    operation: str = ""
    parameters: dict[str, Any] | None = None
    #: Why the request does not fit AWS's model, where decoding already tells.
    problems: list[str] = field(default_factory=list)


def decode(method: str, path: str, raw_path: str, query_string: str, headers: dict[str, str], body: bytes) -> Request:
    query = parse_qs(query_string, keep_blank_values=True)
    request = Request(method, path, query, headers, body)
    if credential := _CREDENTIAL.search(headers.get("authorization", "")):
        request.access_key, request.region = credential[1], credential[2]
        request.service = models.service_name(credential[3])
    elif "X-Amz-Credential" in query:
        parts = query["X-Amz-Credential"][0].split("/")
        request.access_key, request.region, request.service = parts[0], parts[2], models.service_name(parts[3])
    model = models.service_model(request.service)
    if model is None:
        return request
    content_type = headers.get("content-type", "")
    try:
        if headers.get("smithy-protocol") == "rpc-v2-cbor":
            _decode_cbor(request)
        elif "x-amz-target" in headers:
            _decode_json(request)
        elif "x-www-form-urlencoded" in content_type or "Action" in query:
            _decode_query(request)
        elif model.metadata["protocol"] == "rest-json":
            _decode_rest(request, raw_path)
    except (ValueError, cbor2.CBORDecodeError) as error:
        request.problems.append(f"cannot be decoded: {error}")
    return request


def _operation(request: Request, name: str, protocol: str):
    request.operation, request.protocol = name, protocol
    operation = models.operation_model(request.service, name)
    if operation is None:
        request.problems.append(f"{request.service} has no operation {name!r}")
    return operation


# --- JSON and CBOR ---------------------------------------------------------------------------------------------------


def _decode_cbor(request: Request) -> None:
    match = _RPC_PATH.search(request.path)
    operation = _operation(request, match[1] if match else "", "cbor")
    if operation is not None:
        document = cbor2.loads(request.body) if request.body else {}
        request.parameters = _from_document(document, operation.input_shape, request.problems, operation.name, "cbor")


def _decode_json(request: Request) -> None:
    operation = _operation(request, request.headers["x-amz-target"].rpartition(".")[2], "json")
    if operation is not None:
        document = json.loads(request.body or b"{}")
        request.parameters = _from_document(document, operation.input_shape, request.problems, operation.name, "json")


def _from_document(document: Any, shape: Shape | None, problems: list[str], at: str, protocol: str) -> Any:
    """A document with the wire's names and types, as botocore's validator expects it."""
    if shape is None or document is None:
        return document if shape is not None else {}
    kind = shape.type_name
    if kind == "structure" and isinstance(document, dict):
        if getattr(shape, "is_document_type", False):
            return document
        names = {m.serialization.get("name", n) if protocol == "json" else n: n for n, m in shape.members.items()}
        result = {}
        for key, value in document.items():
            if key not in names:
                problems.append(f"{at}: unknown member {key!r}")
            elif value is not None:
                name = names[key]
                result[name] = _from_document(value, shape.members[name], problems, f"{at}.{name}", protocol)
        return result
    if kind == "list" and isinstance(document, list):
        return [_from_document(v, shape.member, problems, f"{at}[{i}]", protocol) for i, v in enumerate(document)]
    if kind == "map" and isinstance(document, dict):
        return {k: _from_document(v, shape.value, problems, f"{at}[{k!r}]", protocol) for k, v in document.items()}
    if kind == "blob" and isinstance(document, str):
        return base64.b64decode(document, validate=True)
    return document


def _decode_rest(request: Request, raw_path: str) -> None:
    found = models.match_rest(request.service, request.method, raw_path, request.query)
    if found is None:
        request.problems.append(f"{request.service} has no operation at {request.method} {request.path}")
        return
    operation = _operation(request, found[0], "rest-json")
    shape, labels = operation.input_shape, found[1]
    if shape is None:
        request.parameters = {}
        return
    parameters, payload = {}, shape.serialization.get("payload")
    in_body = {}
    for name, member in shape.members.items():
        location = member.serialization.get("location")
        wire_name = member.serialization.get("name", name)
        if location == "uri" and wire_name in labels:
            parameters[name] = _scalar(unquote(labels[wire_name]), member)
        elif location == "querystring" and member.type_name == "list" and wire_name in request.query:
            parameters[name] = [_scalar(value, member.member) for value in request.query[wire_name]]
        elif location == "querystring" and wire_name in request.query:
            parameters[name] = _scalar(request.query[wire_name][0], member)
        elif location == "header" and wire_name.lower() in request.headers:
            parameters[name] = _scalar(request.headers[wire_name.lower()], member)
        elif location is None:
            in_body[wire_name] = name
    if payload:
        member = shape.members[payload]
        if member.type_name == "blob":
            parameters[payload] = request.body
        elif request.body:
            document = json.loads(request.body)
            parameters[payload] = _from_document(document, member, request.problems, operation.name, "json")
    elif in_body and request.body:
        for key, value in json.loads(request.body).items():
            if key not in in_body:
                request.problems.append(f"{operation.name}: unknown member {key!r}")
            elif value is not None:
                member = shape.members[in_body[key]]
                at = f"{operation.name}.{in_body[key]}"
                parameters[in_body[key]] = _from_document(value, member, request.problems, at, "json")
    request.parameters = parameters


# --- Query -----------------------------------------------------------------------------------------------------------


def _decode_query(request: Request) -> None:
    form = {**request.query}
    if "x-www-form-urlencoded" in request.headers.get("content-type", ""):
        form.update(parse_qs(request.body.decode(), keep_blank_values=True))
    model = models.service_model(request.service)
    protocol = "ec2" if model.metadata["protocol"] == "ec2" else "query"
    operation = _operation(request, form.get("Action", [""])[0], protocol)
    if operation is None:
        return
    tree: dict = {}
    for key, values in form.items():
        if key in ("Action", "Version") or key.startswith("X-Amz-"):
            continue
        node = tree
        for part in key.split("."):
            node = node.setdefault(part, {})
        node[""] = values[0]
    request.parameters = _from_tree(tree, operation.input_shape, request.problems, operation.name, protocol) or {}


def _query_name(name: str, member: Shape, protocol: str) -> str:
    if protocol == "ec2":
        wire = member.serialization.get("queryName")
        if wire is None:
            wire = member.serialization.get("name", name)
            wire = wire[0].upper() + wire[1:]
        return wire
    return member.serialization.get("name", name)


def _from_tree(tree: dict, shape: Shape | None, problems: list[str], at: str, protocol: str) -> Any:
    if shape is None:
        problems.extend(f"{at}: unknown member {key!r}" for key in tree)
        return {}
    if shape.type_name == "structure":
        names = {}
        for name, member in shape.members.items():
            wire = _query_name(name, member, protocol)
            # A flattened list is written under the name of its members, if they have one.
            if member.type_name == "list" and member.serialization.get("flattened") and protocol == "query":
                wire = member.member.serialization.get("name", wire)
            names[wire] = name
        result = {}
        for key, node in tree.items():
            if key == "":
                continue
            if key not in names:
                problems.append(f"{at}: unknown member {key!r}")
                continue
            name = names[key]
            result[name] = _from_tree(node, shape.members[name], problems, f"{at}.{name}", protocol)
        return result
    if shape.type_name == "list":
        return _list_from_tree(tree, shape, problems, at, protocol)
    if shape.type_name == "map":
        entries = tree if shape.serialization.get("flattened") else tree.get("entry", {})
        key_name = shape.key.serialization.get("name", "key")
        value_name = shape.value.serialization.get("name", "value")
        result = {}
        for index in sorted((k for k in entries if k.isdigit()), key=int):
            node = entries[index]
            key = node.get(key_name, {}).get("", "")
            result[key] = _from_tree(node.get(value_name, {}), shape.value, problems, f"{at}[{key!r}]", protocol)
        return result
    return _scalar(tree.get("", ""), shape)


def _list_from_tree(tree: dict, shape: Shape, problems: list[str], at: str, protocol: str) -> list:
    nodes = {key: node for key, node in tree.items() if key}
    if nodes and not any(key.isdigit() for key in nodes):
        expected = shape.member.serialization.get("name", "member")
        if expected not in nodes or len(nodes) > 1:
            problems.append(f"{at}: list members must be named {expected!r}, not {sorted(nodes)}")
        nodes = {k: v for node in nodes.values() for k, v in node.items() if k}
    indices = sorted(int(key) for key in nodes if key.isdigit())
    if indices != list(range(1, len(indices) + 1)):
        problems.append(f"{at}: list members must be numbered from 1 without gaps, not {indices}")
    return [_from_tree(nodes[str(i)], shape.member, problems, f"{at}[{i - 1}]", protocol) for i in indices]


def _scalar(text: str, shape: Shape) -> Any:
    kind = shape.type_name
    if kind in ("integer", "long"):
        return int(text) if re.fullmatch(r"-?\d+", text) else text
    if kind in ("double", "float"):
        try:
            return float(text)
        except ValueError:
            return text
    if kind == "boolean":
        return {"true": True, "false": False}.get(text.lower(), text)
    if kind == "blob":
        return base64.b64decode(text)
    return text


# --- Answers ---------------------------------------------------------------------------------------------------------


def moment(value: Any) -> datetime.datetime:
    """A time, however it is written."""
    if isinstance(value, datetime.datetime):
        return value
    if isinstance(value, (int, float)):
        return datetime.datetime.fromtimestamp(value, datetime.UTC)
    return datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))


def encode(request: Request, result: dict[str, Any] | None) -> Answer:
    """The answer to a request that went well.  What the model does not know (our own notes) is left out."""
    operation, result = models.operation_model(request.service, request.operation), result or {}
    shape, identity = operation.output_shape, str(uuid.uuid4())
    headers = {"x-amzn-requestid": identity}
    if request.protocol == "cbor":
        headers |= {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
        return 200, headers, cbor2.dumps(_to_document(result, shape, "cbor") if shape else {})
    if request.protocol == "json":
        version = models.service_model(request.service).metadata.get("jsonVersion", "1.0")
        headers["content-type"] = f"application/x-amz-json-{version}"
        return 200, headers, json.dumps(_to_document(result, shape, "json") if shape else {}).encode()
    if request.protocol == "rest-json":
        headers["content-type"] = "application/json"
        status = operation.http.get("responseCode", 200)
        body = b"" if status == 204 else json.dumps(_to_document(result, shape, "json") if shape else {}).encode()
        return status, headers, body
    headers["content-type"] = "text/xml"
    namespace = operation.service_model.metadata.get("xmlNamespace") or ""
    inner = _structure_xml(result, shape) if shape else ""
    if request.protocol == "ec2":
        document = f"<requestId>{identity}</requestId>{inner}"
    else:
        wrapper = shape.serialization.get("resultWrapper") if shape else None
        document = f"<{wrapper}>{inner}</{wrapper}>" if wrapper else inner
        document += f"<ResponseMetadata><RequestId>{identity}</RequestId></ResponseMetadata>"
    root = f"{operation.name}Response"
    return 200, headers, f'<{root} xmlns="{namespace}">{document}</{root}>'.encode()


def _to_document(value: Any, shape: Shape, protocol: str) -> Any:
    kind = shape.type_name
    if kind == "structure":
        return {
            (member.serialization.get("name", name) if protocol == "json" else name): _to_document(
                value[name], member, protocol
            )
            for name, member in shape.members.items()
            if value.get(name) is not None
        }
    if kind == "list":
        return [_to_document(item, shape.member, protocol) for item in value]
    if kind == "map":
        return {key: _to_document(item, shape.value, protocol) for key, item in value.items()}
    if kind == "timestamp":
        seconds = moment(value).timestamp()
        return cbor2.CBORTag(1, seconds) if protocol == "cbor" else seconds
    if kind in ("double", "float"):
        return float(value)
    if kind == "blob" and protocol == "json":
        return base64.b64encode(value).decode()
    return value


def _structure_xml(value: dict, shape: Shape) -> str:
    parts = []
    for name, member in shape.members.items():
        if value.get(name) is not None:
            parts.append(_xml(value[name], member, member.serialization.get("name", name)))
    return "".join(parts)


def _xml(value: Any, shape: Shape, tag: str) -> str:
    kind = shape.type_name
    if kind == "structure":
        return f"<{tag}>{_structure_xml(value, shape)}</{tag}>"
    if kind == "list":
        if shape.serialization.get("flattened"):
            return "".join(_xml(item, shape.member, shape.member.serialization.get("name", tag)) for item in value)
        name = shape.member.serialization.get("name", "member")
        return f"<{tag}>{''.join(_xml(item, shape.member, name) for item in value)}</{tag}>"
    if kind == "map":
        key_name = shape.key.serialization.get("name", "key")
        value_name = shape.value.serialization.get("name", "value")
        entries = "".join(
            f"<entry><{key_name}>{escape(str(key))}</{key_name}>{_xml(item, shape.value, value_name)}</entry>"
            for key, item in value.items()
        )
        return f"<{tag}>{entries}</{tag}>"
    if kind == "boolean":
        text = "true" if value else "false"
    elif kind == "timestamp":
        text = moment(value).astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    elif kind == "blob":
        text = base64.b64encode(value).decode()
    else:
        text = escape(str(value))
    return f"<{tag}>{text}</{tag}>"


def encode_error(
    request: Request, code: str, message: str, status: int | None = None, fields: dict[str, str] | None = None
) -> Answer:
    """An error in the form of the protocol in which the request came."""
    form = models.error_form(request.service, code)
    status, identity = status or form.status, str(uuid.uuid4())
    headers = {"x-amzn-requestid": identity}
    model = models.service_model(request.service)
    if model and "awsQueryCompatible" in model.metadata:
        headers["x-amzn-query-error"] = f"{form.code};{'Sender' if status < 500 else 'Receiver'}"
    if request.protocol == "cbor":
        headers |= {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
        namespace = f"com.amazonaws.{model.metadata['endpointPrefix']}" if model else "com.amazonaws"
        return status, headers, cbor2.dumps({"__type": f"{namespace}#{form.shape}", "message": message})
    if request.protocol in ("json", "rest-json", ""):
        named = form.message if request.protocol == "rest-json" else "message"
        body = {named: message, **(fields or {})}
        if request.protocol != "rest-json":
            body["__type"] = code
        if request.service == "lambda":
            body = {"Type": "User", "Message": message, "message": message}
        headers |= {
            "content-type": "application/json" if request.protocol == "rest-json" else "application/x-amz-json-1.1",
            "x-amzn-errortype": code,
        }
        return status, headers, json.dumps(body).encode()
    headers["content-type"] = "text/xml"
    code, message = escape(form.code), escape(message)
    if request.protocol == "ec2":
        body = (
            f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
            f"<RequestID>{identity}</RequestID></Response>"
        )
    else:
        kind = "Sender" if status < 500 else "Receiver"
        body = (
            f"<ErrorResponse><Error><Type>{kind}</Type><Code>{code}</Code><Message>{message}</Message></Error>"
            f"<RequestId>{identity}</RequestId></ErrorResponse>"
        )
    return status, headers, body.encode()

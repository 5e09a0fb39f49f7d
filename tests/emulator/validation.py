"""Is this request one that AWS's model allows?

botocore's own validator looks at required members, types and lower limits, as a client should.  A service looks at
the rest too: enumerations, patterns, upper limits.  ministack looks at almost none of it.
"""

import functools
import re
from typing import Any

from botocore.model import Shape
from botocore.validate import ParamValidator

from emulator import models

_TEXT = ("string",)
_NUMBERS = ("integer", "long", "float", "double")
#: Unicode classes of the Java patterns, as near as Python has them.
_CLASSES = {r"\p{L}": "a-zA-ZÀ-￿", r"\p{Z}": r"\s", r"\p{N}": "0-9", r"\p{M}": "", r"\p{Graph}": "!-~"}


def problems(service: str, operation: str, parameters: dict[str, Any]) -> list[str]:
    """Everything that is wrong with the parameters of a request; empty if nothing is."""
    model = models.operation_model(service, operation)
    if model is None:
        return [f"{service} has no operation {operation!r}"]
    if model.input_shape is None:
        return []
    report = ParamValidator().validate(parameters, model.input_shape)
    found = report.generate_report().splitlines() if report.has_errors() else []
    _check(parameters, model.input_shape, operation, found)
    return found


def _check(value: Any, shape: Shape, at: str, found: list[str]) -> None:
    kind, metadata = shape.type_name, shape.metadata
    if kind == "structure" and isinstance(value, dict):
        for name, member in shape.members.items():
            if name in value:
                _check(value[name], member, f"{at}.{name}", found)
        return
    highest = metadata.get("max")
    if kind in ("list", "map", "blob", *_TEXT) and highest is not None and hasattr(value, "__len__"):
        if len(value) > highest:
            found.append(f"{at}: has {len(value)} elements, {highest} are allowed")
    elif kind in _NUMBERS and highest is not None and isinstance(value, (int, float)) and value > highest:
        found.append(f"{at}: {value} is greater than {highest}")
    if kind == "list" and isinstance(value, list):
        for number, item in enumerate(value):
            _check(item, shape.member, f"{at}[{number}]", found)
    elif kind == "map" and isinstance(value, dict):
        for key, item in value.items():
            _check(key, shape.key, f"{at} key", found)
            _check(item, shape.value, f"{at}[{key!r}]", found)
    elif kind == "string" and isinstance(value, str):
        _check_text(value, shape, at, found)


def _check_text(value: str, shape: Shape, at: str, found: list[str]) -> None:
    allowed = getattr(shape, "enum", None)
    if allowed and value not in allowed:
        found.append(f"{at}: {value!r} is not one of {', '.join(allowed)}")
    pattern = shape.metadata.get("pattern")
    if pattern and (compiled := _compile(pattern)) and not compiled.fullmatch(value):
        found.append(f"{at}: {value!r} does not match {pattern}")


@functools.cache
def _compile(pattern: str) -> re.Pattern | None:
    """A pattern of the model; None if Python cannot express it."""
    for theirs, ours in _CLASSES.items():
        pattern = pattern.replace(theirs, ours)
    try:
        return re.compile(pattern, re.DOTALL)
    except re.error:
        return None

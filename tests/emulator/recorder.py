"""What was asked, by whom, and what it was answered.

``GET /_dr/requests`` shows all requests since the start (``?service=``, ``?action=``, ``?region=``,
``?account=`` narrow it down), ``DELETE`` forgets them.  With ``DR_RECORD=FILE`` each is appended to the file
too, as one JSON object a line, which is what the judge reads.  The recording survives a reset.
"""

import base64
import datetime
import hashlib
import json
import time
from typing import Any

from emulator import models
from emulator import settings
from emulator.wire import Request

#: A larger blob (the code of a function) is recorded by its length and digest.
_LARGEST_BLOB = 1024

_requests: list[dict[str, Any]] = []


def record(request: Request, account: str, status: int, error: str | None, wire: str) -> None:
    entry = {
        "service": request.service,
        "action": request.operation,
        "account": account,
        "key": request.access_key,
        "at": time.time(),
        "region": request.region,
        "protocol": request.protocol,
        "method": request.method,
        "path": request.path,
        "parameters": request.parameters,
        "problems": request.problems,
        "status": status,
        "error": error,
        "answered": wire,
    }
    line = json.dumps(entry, default=_jsonable)
    _requests.append(json.loads(line))
    if settings.RECORD_FILE:
        with open(settings.RECORD_FILE, "a", encoding="utf-8") as file:
            file.write(line + "\n")


def _jsonable(value: Any) -> Any:
    if isinstance(value, bytes) and len(value) > _LARGEST_BLOB:
        return {"$length": len(value), "$sha256": hashlib.sha256(value).hexdigest()}
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, (datetime.datetime, datetime.date)):
        return {"$time": value.isoformat()}
    return str(value)


def show(filters: dict[str, str]) -> list[dict[str, Any]]:
    if "service" in filters:
        filters = {**filters, "service": models.service_name(filters["service"])}
    return [entry for entry in _requests if all(entry.get(key) == value for key, value in filters.items())]


def clear() -> None:
    _requests.clear()

"""What a test needs to talk to a running emulator."""

import json
import time
import urllib.request
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from botocore.exceptions import ClientError

from emulator import seed

ACCOUNT, OTHER = "111111111111", "222222222222"
EAST, WEST = "us-east-1", "us-west-2"


class Emulator:
    """The running server, seen from outside."""

    def __init__(self, port: int, record: Path):
        self.port, self.record = port, record
        self.endpoint = f"http://127.0.0.1:{port}"
        self._clients: dict[tuple, Any] = {}

    def client(self, service: str, region: str = EAST, account: str = ACCOUNT) -> Any:
        key = service, region, account
        if key not in self._clients:
            self._clients[key] = seed.client(service, self.endpoint, region, account)
        return self._clients[key]

    def client_of_protocol(self, service: str, protocol: str, region: str = EAST) -> Any:
        """A client that speaks this protocol, where botocore would choose another."""
        with mock.patch("botocore.model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS", (protocol,)):
            return seed.client(service, self.endpoint, region)

    def control(self, path: str, method: str = "GET", document: Any = None) -> Any:
        data = None if document is None else json.dumps(document).encode()
        request = urllib.request.Request(self.endpoint + path, data=data, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def fault(self, **rule: Any) -> None:
        self.control("/_dr/faults", "POST", rule)

    def seed(self) -> dict[str, Any]:
        return seed.seed(self.endpoint)


def wait_until(condition: Any, seconds: float = 10) -> Any:
    """The first true result of the condition."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if result := condition():
            return result
        time.sleep(0.02)
    raise AssertionError(f"still not so after {seconds} s")


def refused(code: str, text: str = "") -> Any:
    """The call in this block must be answered with this error."""
    return pytest.raises(ClientError, match=rf"\({code}\).*{text}")

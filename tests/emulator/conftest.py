"""A real server on loopback, once for all tests; every test starts with nothing in it."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.testing import Emulator

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    record = tmp_path_factory.mktemp("emulator") / "requests.jsonl"
    environment = {
        **os.environ,
        "AWS_SESSION_TOKEN": "must not reach a function",
        "GATEWAY_PORT": str(port),
        "DR_RECORD": str(record),
        "DR_RDS_STEP": "0.1",
        "DR_BACKUP_STEP": "0.1",
        "DR_LAMBDA_STEP": "0.2",
        "DR_IAM_STEP": "0.3",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    process = subprocess.Popen([sys.executable, str(HERE)], env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert "ready" in process.stdout.readline()
        yield Emulator(port, record)
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def emulator(running: Emulator) -> Emulator:
    running.control("/_ministack/reset", "POST")
    return running

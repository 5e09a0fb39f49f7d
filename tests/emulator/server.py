"""Start-up: ministack behind the gateway, on loopback only."""

import asyncio
import importlib
import logging
import os
import signal
import socket
import sys
import tempfile

from emulator import settings

#: Modules that register operations when they are imported.
PARTS = [
    "rds", "backup", "organizations", "tagging", "kms", "iam", "lambda_", "cloudwatch", "events", "event_buses",
    "event_delivery", "logs", "sns", "sqs", "ec2", "sts", "route53", "ssm",
]  # fmt: skip


def _prepare_environment() -> None:
    """ministack reads its settings when it is imported: before that, close every door but ours.

    What it runs (functions) inherits the environment, so nobody's real credentials may be in it.
    """
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(
        BIND_HOST=settings.HOST,
        GATEWAY_PORT=str(settings.PORT),
        MINISTACK_HOST="localhost",
        AWS_ENDPOINT_URL=f"http://{settings.HOST}:{settings.PORT}",  # for functions, which call back
        IOT_MTLS_ENABLED="0",  # would listen on 0.0.0.0:8883
        SFTP_ENABLED="0",
        PERSIST_STATE="0",
        DOCKER_HOST="unix:///nonexistent",  # never look for containers
        LOG_LEVEL=os.environ.get("LOG_LEVEL", "ERROR"),
    )


async def _serve() -> None:
    import ministack.app
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    from emulator.gateway import Gateway

    for part in PARTS:
        importlib.import_module(f"emulator.{part}")

    config = Config()
    config.bind = [f"{settings.HOST}:{settings.PORT}"]
    config.keep_alive_timeout = 75
    config.loglevel = "CRITICAL"  # a fault that drops a connection is no news
    config.graceful_timeout = 0.2
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    server = asyncio.create_task(serve(Gateway(ministack.app.app), config, shutdown_trigger=stop.wait))
    await _until_listening(server)
    print(f"emulator ready on http://{settings.HOST}:{settings.PORT}", flush=True)
    await server


async def _until_listening(server: asyncio.Task) -> None:
    while not server.done():
        try:
            _, writer = await asyncio.open_connection(settings.HOST, settings.PORT)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return


def main() -> int:
    with socket.socket() as probe:
        if probe.connect_ex((settings.HOST, settings.PORT)) == 0:
            print(f"emulator: {settings.HOST}:{settings.PORT} is in use", file=sys.stderr)
            return 1
    _prepare_environment()
    logging.getLogger().setLevel(os.environ["LOG_LEVEL"])
    with tempfile.TemporaryDirectory(prefix="emulator-", ignore_cleanup_errors=True) as directory:
        tempfile.tempdir = directory  # the code of functions is unpacked there
        asyncio.run(_serve())
    return 0

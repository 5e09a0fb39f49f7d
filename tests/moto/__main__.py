"""``python tests/moto``: moto as a server on loopback, with CloudWatch as the Rust SDK asks for it."""

import logging
import os
import re
import socket
import sys
from collections.abc import Iterable
from typing import Any

HOST = "127.0.0.1"
ACCOUNT_KEY = re.compile(r"Credential=(\d{12})/")


class Accounts:
    """A 12-digit access key is the account, as in the other emulator; moto has a header for that."""

    def __init__(self, server: Any):
        self.server = server

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if named := ACCOUNT_KEY.search(environ.get("HTTP_AUTHORIZATION", "")):
            environ["HTTP_X_MOTO_ACCOUNT_ID"] = named[1]
        return self.server(environ, start_response)


def main() -> int:
    port = int(os.environ.get("GATEWAY_PORT", "4567"))
    with socket.socket() as probe:
        if probe.connect_ex((HOST, port)) == 0:
            print(f"moto: {HOST}:{port} is in use", file=sys.stderr)
            return 1
    # moto reads its settings when it is imported, and calls itself.
    os.environ["MOTO_PORT"] = str(port)
    os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"

    from cbor import Cbor
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication
    from moto.moto_server.werkzeug_app import MotoRequestHandler
    from moto.moto_server.werkzeug_app import create_backend_app
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(os.environ.get("LOG_LEVEL", "ERROR"))
    application = Accounts(Cbor(DomainDispatcherApplication(create_backend_app)))
    server = make_server(HOST, port, application, threaded=True, request_handler=MotoRequestHandler)
    print(f"moto ready on http://{HOST}:{port}", flush=True)
    server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())

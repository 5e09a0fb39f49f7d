"""A stand-in for Kubernetes, and for whoever receives a webhook: HTTPS on loopback, with a certificate of its own.

Prints one line of JSON when it listens (its port, the certificate of its authority), and ends with its standard
input.  Kubernetes knows a caller by an EKS token, which is taken apart here as EKS does it.
"""

import base64
import datetime
import hashlib
import hmac
import http.server
import ipaddress
import json
import os
import ssl
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import parse_qs
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

CLUSTER, SECRET = "apps", "a secret of both"
STATE = {"seen": [], "deployments": {}, "failures": {}}
LABELS = {"orders": "backend", "billing": "backend", "shop": "frontend"}
for name, tier in LABELS.items():
    STATE["deployments"][name] = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "prod", "labels": {"tier": tier}, "generation": 1},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "app", "image": "app"}]}},
        },
    }


def certificate(name: str, signed_by=None):
    """A key and a certificate: of an authority, or for 127.0.0.1 by one."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.timezone.utc)
    day = datetime.timedelta(days=1)
    builder = x509.CertificateBuilder().subject_name(subject).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - day).not_valid_after(now + day)
    builder = builder.add_extension(x509.BasicConstraints(ca=signed_by is None, path_length=None), critical=True)
    if signed_by is None:
        return key, builder.issuer_name(subject).sign(key, hashes.SHA256())
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    builder = builder.add_extension(x509.SubjectAlternativeName([address]), critical=False)
    signer, authority = signed_by
    return key, builder.issuer_name(authority.subject).sign(signer, hashes.SHA256())


def certificates() -> tuple[str, Path]:
    """An authority's certificate in PEM; and a file of one for 127.0.0.1 with its key."""
    authority = certificate("authority of the stand-in")
    key, own = certificate("stand-in", authority)
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = Path(tempfile.mkdtemp()) / "both.pem"
    file.write_bytes(own.public_bytes(pem) + private)
    return authority[1].public_bytes(pem).decode(), file


def why_not(token: str) -> str | None:
    """Why EKS would not take this token."""
    if not token.startswith("Bearer k8s-aws-v1."):
        return "no EKS token"
    encoded = token.removeprefix("Bearer k8s-aws-v1.")
    url = urlsplit(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode())
    query = {key: values[0] for key, values in parse_qs(url.query).items()}
    if url.scheme != "https" or url.path != "/" or not url.hostname.startswith("sts."):
        return f"not a request to STS: {url.geturl()}"
    if query.get("Action") != "GetCallerIdentity" or query.get("Version") != "2011-06-15":
        return f"not GetCallerIdentity: {query}"
    # x-k8s-aws-id is the name of the cluster, which EKS adds when it sends the request: it must have been signed.
    if query.get("X-Amz-SignedHeaders") != "host;x-k8s-aws-id":
        return f"signed headers: {query.get('X-Amz-SignedHeaders')}"
    if query.get("X-Amz-Expires") != "60" or len(query.get("X-Amz-Signature", "")) != 64:
        return f"not signed for a minute: {query}"
    return None if signature(url, query) == query["X-Amz-Signature"] else "the signature is wrong"


def signature(url, query) -> str:
    """The signature of the request with AWS's own algorithm, for the cluster that this is."""
    from botocore.auth import SigV4QueryAuth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    access_key, _, region, service, _ = query["X-Amz-Credential"].split("/")
    plain = "&".join(part for part in url.query.split("&") if not part.startswith("X-Amz-Signature="))
    request = AWSRequest("GET", f"https://{url.netloc}/?{plain}", headers={"x-k8s-aws-id": CLUSTER})
    request.context["timestamp"] = query["X-Amz-Date"]
    auth = SigV4QueryAuth(Credentials(access_key, "test"), service, region)
    canonical = auth.canonical_request(request)
    return auth.signature(auth.string_to_sign(request, canonical), request)


def merge(target: dict, patch: dict) -> None:
    for key, value in patch.items():
        if isinstance(value, dict):
            merge(target.setdefault(key, {}), value)
        elif value is None:
            target.pop(key, None)
        else:
            target[key] = value


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status: int, document: object, **headers: str) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def deployments(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if problem := why_not(self.headers.get("Authorization", "")):
            return self.answer(401, {"kind": "Status", "status": "Failure", "message": problem, "code": 401})
        url = urlsplit(self.path)
        base = "/apis/apps/v1/namespaces/prod/deployments"
        if url.path == base:
            wanted = parse_qs(url.query).get("labelSelector", [""])[0].partition("=")[2]
            found = [d for d in STATE["deployments"].values() if d["metadata"]["labels"]["tier"] == wanted]
            return self.answer(200, {"kind": "DeploymentList", "apiVersion": "apps/v1", "metadata": {}, "items": found})
        deployment = STATE["deployments"].get(url.path.removeprefix(base + "/"))
        if deployment is None:
            message = f"deployments.apps {url.path.rpartition('/')[2]!r} not found"
            status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound"}
            return self.answer(404, {**status, "metadata": {}, "message": message, "code": 404})
        if self.command == "PATCH":
            assert self.headers["Content-Type"] == "application/merge-patch+json"
            merge(deployment, json.loads(body))
            deployment["metadata"]["generation"] += 1
        return self.answer(200, deployment)

    def do_GET(self):
        if self.path == "/state":
            return self.answer(200, STATE)
        return self.deployments()

    def do_PATCH(self):
        self.deployments()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        mac = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        entry = {
            "path": self.path,
            "signed": hmac.compare_digest(self.headers.get("X-Drctl-Signature-256", ""), f"sha256={mac}"),
            "key": self.headers.get("Idempotency-Key"),
            "body": json.loads(body),
        }
        STATE["seen"].append(entry)
        times = sum(1 for seen in STATE["seen"] if seen["path"] == self.path)
        if self.path == "/never":
            time.sleep(20)
        if self.path == "/plain":
            return self.answer(307, {}, Location=f"http://127.0.0.1:{self.server.server_port}/caught")
        if self.path == "/moved":
            return self.answer(307, {}, Location="/hook")
        if self.path.startswith("/shaky") and times < 3:
            return self.answer(503, {"error": "not now"})
        if self.path == "/broken" or (self.path == "/once-broken" and times == 1):
            return self.answer(400, {"error": "no such thing"})
        return self.answer(200, {})


def main() -> None:
    pem, file = certificates()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"port": server.server_port, "pem": pem}), flush=True)
    sys.stdin.read()
    os._exit(0)


main()

"""A stand-in for GitHub and GitLab: what of their REST interfaces (and of GitHub's GraphQL) drctl uses, on loopback.

Answers as the public documentation of both says: tokens, pages with `Link`, limits of length, refusals.  Prints one
line of JSON when it listens, and ends with its standard input.  Tests look into `/_state`, and post to `/_set` what is
to be so: `{"user": ..., "fail": [{"method", "path", "status", "headers", "times", "after"}]}`; `after` is for failures
of which nobody knows whether they did what was asked.
"""

import http.server
import json
import re
import sys
import threading
from urllib.parse import parse_qs
from urllib.parse import unquote
from urllib.parse import urlsplit

TOKEN = "forge-token-that-nobody-prints"
STATE = {
    "user": "person",
    "ours": "drctl-ci",
    "comments": [],
    "labels": [],
    "statuses": [],
    "issues": [],
    "notes": [],
    "merge_labels": [],
    "fail": [],
    "seen": [],
    "pulls": {},
}
LOCK = threading.Lock()
NEXT = iter(range(1001, 100000))


class Refused(Exception):
    def __init__(self, status, message):
        super().__init__(message)
        self.status, self.message = status, message


def github_user(login):
    return {"login": login, "type": "Bot" if login.endswith("[bot]") else "User"}


def long_enough(body, most):
    """GitHub and GitLab count characters."""
    if not isinstance(body, str) or not body.strip():
        raise Refused(422, "Validation Failed: body cannot be blank")
    if len(body) > most:
        raise Refused(422, f"Validation Failed: body is too long (maximum is {most} characters)")


def found(items, key, value):
    for item in items:
        if str(item[key]) == str(value):
            return item
    raise Refused(404, "Not Found")


def github(method, path, query, body, base):
    ours = STATE["ours"]
    if path == "/user":
        if ours.endswith("[bot]"):
            raise Refused(403, "Resource not accessible by integration")
        return github_user(ours)
    if path == "/graphql":
        comment = found(STATE["comments"], "node_id", body["variables"]["id"])
        if "minimizeComment" not in body["query"]:
            return {"errors": [{"message": "unknown mutation"}]}
        comment["minimized"] = True
        return {"data": {"minimizeComment": {"minimizedComment": {"isMinimized": True}}}}
    match = re.fullmatch(r"/repos/acme/orders(/.*)", path)
    if not match:
        raise Refused(404, "Not Found")
    rest = match[1]
    if rest == "/issues/7/comments":
        if method == "GET":
            return STATE["comments"]
        long_enough(body["body"], 65536)
        number = next(NEXT)
        comment = {
            "id": number,
            "node_id": f"IC_{number}",
            "body": body["body"],
            "user": github_user(ours),
            "html_url": f"https://github.example/acme/orders/pull/7#issuecomment-{number}",
        }
        STATE["comments"].append(comment)
        return 201, comment
    if match := re.fullmatch(r"/issues/comments/(\d+)", rest):
        comment = found(STATE["comments"], "id", match[1])
        if comment["user"]["login"] != ours:
            raise Refused(403, "Must have admin rights to Repository.")
        if method == "DELETE":
            STATE["comments"].remove(comment)
            return 204, None
        long_enough(body["body"], 65536)
        comment["body"] = body["body"]
        return comment
    if rest == "/issues/7/labels":
        if method == "POST":
            STATE["labels"] += [name for name in body["labels"] if name not in STATE["labels"]]
        return [{"name": name} for name in STATE["labels"]]
    if match := re.fullmatch(r"/issues/7/labels/(.+)", rest):
        name = unquote(match[1])
        if name not in STATE["labels"]:
            raise Refused(404, "Label does not exist")
        STATE["labels"].remove(name)
        return [{"name": name} for name in STATE["labels"]]
    if match := re.fullmatch(r"/statuses/([0-9a-f]{40})", rest):
        if len(body["description"]) > 140:
            raise Refused(422, "Validation Failed: description is too long (maximum is 140 characters)")
        if body["state"] not in ("error", "failure", "pending", "success"):
            raise Refused(422, "Validation Failed: state")
        STATE["statuses"].append({"sha": match[1], **body})
        return 201, body
    if match := re.fullmatch(r"/commits/([0-9a-f]{40})/pulls", rest):
        return STATE["pulls"].get(match[1], [])
    if rest == "/issues":
        if method == "GET":
            wanted = query.get("labels", [""])[0]
            state = query.get("state", ["open"])[0]
            listed = [one for one in STATE["issues"] if wanted in [label["name"] for label in one["labels"]]]
            return [one for one in reversed(listed) if state in ("all", one["state"])]
        long_enough(body["body"], 65536)
        number = next(NEXT)
        issue = {
            "number": number,
            "title": body["title"],
            "body": body["body"],
            "state": "open",
            "state_reason": None,
            "labels": [{"name": name} for name in body.get("labels", [])],
            "user": github_user(ours),
            "html_url": f"https://github.example/acme/orders/issues/{number}",
            "said": [],
        }
        STATE["issues"].append(issue)
        return 201, issue
    if match := re.fullmatch(r"/issues/(\d+)", rest):
        issue = found(STATE["issues"], "number", match[1])
        unknown = set(body) - {"title", "body", "state", "state_reason", "labels"}
        if unknown:
            raise Refused(422, f"Validation Failed: {unknown}")
        issue.update(body)
        return issue
    if match := re.fullmatch(r"/issues/(\d+)/comments", rest):
        issue = found(STATE["issues"], "number", match[1])
        long_enough(body["body"], 65536)
        issue["said"].append(body["body"])
        return 201, {"id": next(NEXT), "body": body["body"]}
    raise Refused(404, "Not Found")


def gitlab(method, path, query, body, base):
    if path == "/api/v4/user":
        return {"id": 42, "username": "drctl-ci"}
    match = re.fullmatch(r"/api/v4/projects/(?:12|acme%2Forders)(/.*)", path)
    if not match:
        raise Refused(404, "404 Project Not Found")
    rest = match[1]
    if rest == "/merge_requests/7/notes":
        if method == "GET":
            return STATE["notes"]
        long_enough(body["body"], 1_000_000)
        note = {"id": next(NEXT), "body": body["body"], "author": {"id": 42}}
        STATE["notes"].append(note)
        return 201, note
    if match := re.fullmatch(r"/merge_requests/7/notes/(\d+)", rest):
        note = found(STATE["notes"], "id", match[1])
        if method == "DELETE":
            STATE["notes"].remove(note)
            return 204, None
        note["body"] = body["body"]
        return note
    if rest == "/merge_requests/7" and method == "PUT":
        removed = body.get("remove_labels", "").split(",")
        kept = [name for name in STATE["merge_labels"] if name not in removed]
        STATE["merge_labels"] = kept + [name for name in body["add_labels"].split(",") if name not in kept]
        return {"iid": 7, "labels": STATE["merge_labels"]}
    if match := re.fullmatch(r"/statuses/([0-9a-f]{40})", rest):
        if body["state"] not in ("pending", "running", "success", "failed", "canceled", "skipped"):
            raise Refused(400, "state does not have a valid value")
        STATE["statuses"].append({"sha": match[1], **body})
        return 201, body
    if match := re.fullmatch(r"/repository/commits/([0-9a-f]{40})/merge_requests", rest):
        return STATE["pulls"].get(match[1], [])
    raise Refused(404, "404 Not Found")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, told, headers=()):
        text = b"" if told is None else json.dumps(told).encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def failure(self, path, after):
        for rule in STATE["fail"]:
            fits = rule.get("method", self.command) == self.command and re.search(rule["path"], path)
            if fits and rule.get("times", 1) > 0 and bool(rule.get("after")) == after:
                rule["times"] = rule.get("times", 1) - 1
                return rule
        return None

    def page(self, told, path, query, base):
        size = min(int(query.get("per_page", ["30"])[0]), 100)
        number = int(query.get("page", ["1"])[0])
        part = told[(number - 1) * size : number * size]
        if number * size >= len(told):
            return part, []
        rest = "&".join(f"{key}={values[0]}" for key, values in query.items() if key != "page")
        return part, [("Link", f'<{base}{path}?{rest}&page={number + 1}>; rel="next", <{base}/>; rel="first"')]

    def handle_one(self):
        length = int(self.headers.get("Content-Length") or 0)
        text = self.rfile.read(length)
        body = json.loads(text) if text else {}
        url = urlsplit(self.path)
        path, query = url.path, parse_qs(url.query)
        base = f"http://127.0.0.1:{self.server.server_address[1]}"
        with LOCK:
            if path == "/_state":
                return self.answer(200, STATE)
            if path == "/_set":
                STATE.update(body)
                return self.answer(200, STATE)
            STATE["seen"].append(f"{self.command} {path}")
            is_gitlab = path.startswith("/api/v4/")
            given = self.headers.get("Private-Token") if is_gitlab else self.headers.get("Authorization")
            if given != (TOKEN if is_gitlab else f"Bearer {TOKEN}"):
                return self.answer(401, {"message": "Bad credentials"})
            if not self.headers.get("User-Agent"):
                return self.answer(403, {"message": "Request forbidden by administrative rules."})
            if rule := self.failure(path, after=False):
                said = rule.get("said", "it was told to fail")
                return self.answer(rule["status"], {"message": said}, rule.get("headers", {}).items())
            # Enterprise has another prefix.
            plain = re.sub(r"^/api/v3|^/api(?=/graphql)", "", path)
            try:
                told = (gitlab if is_gitlab else github)(self.command, path if is_gitlab else plain, query, body, base)
            except Refused as refused:
                return self.answer(refused.status, {"message": refused.message})
            if rule := self.failure(path, after=True):
                return self.answer(rule["status"], {"message": "nobody knows"}, rule.get("headers", {}).items())
            status, told = told if isinstance(told, tuple) else (200, told)
            headers = []
            if isinstance(told, list) and self.command == "GET":
                told, headers = self.page(told, path, query, base)
            return self.answer(status, told, headers)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_one


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(json.dumps({"port": server.server_address[1], "token": TOKEN}), flush=True)
sys.stdin.read()

"""Were all recorded requests valid?

``python tests/emulator judge FILE...`` reads recordings (``DR_RECORD``), or with ``--endpoint`` those of a running
emulator, and holds each request against AWS's own model of its service.  What does not fit is printed with the
reason, and the exit code is 1.  An emulator's good answer proves little: it is lenient where AWS is not.
"""

import argparse
import base64
import json
import urllib.request
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from emulator import models
from emulator import validation


def verdict(entry: dict[str, Any]) -> list[str]:
    """What is wrong with one recorded request."""
    service, action = entry["service"], entry["action"]
    model = models.service_model(service)
    if model is None:
        return [f"AWS has no service {service!r}"]
    if service == "s3":
        return []  # not decoded, so not judged
    found = list(entry.get("problems") or [])
    if entry.get("parameters") is None:
        return found or ["the request could not be decoded"]
    return found + [p for p in validation.problems(service, action, _restore(entry["parameters"])) if p not in found]


def _restore(value: Any) -> Any:
    """The parameters as they were before they became JSON."""
    if isinstance(value, dict):
        if set(value) == {"$bytes"}:
            return base64.b64decode(value["$bytes"])
        if set(value) == {"$length", "$sha256"}:
            return bytes(value["$length"])
        if set(value) == {"$time"}:
            return value["$time"]
        return {key: _restore(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_restore(item) for item in value]
    return value


def judge(entries: Iterable[dict[str, Any]]) -> tuple[int, list[tuple[dict[str, Any], list[str]]]]:
    """How many requests there were, and the bad ones with what is wrong."""
    count, bad = 0, []
    for entry in entries:
        count += 1
        if found := verdict(entry):
            bad.append((entry, found))
    return count, bad


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="emulator judge", description=__doc__.splitlines()[0])
    parser.add_argument("recordings", nargs="*", type=Path)
    parser.add_argument("--endpoint", help="ask a running emulator instead")
    chosen = parser.parse_args(arguments)
    entries: list[dict[str, Any]] = []
    for path in chosen.recordings:
        entries += [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    if chosen.endpoint:
        with urllib.request.urlopen(f"{chosen.endpoint}/_dr/requests") as answer:
            entries += json.load(answer)
    if not entries:
        print("nothing was recorded: nothing is proven")
        return 1
    count, bad = judge(entries)
    for entry, found in bad:
        print(f"{entry['service']} {entry['action']} ({entry['account']}, {entry['region']})")
        for problem in found:
            print(f"    {problem}")
        print(f"    sent: {json.dumps(entry.get('parameters'))[:500]}")
    print(f"{count} requests, {len(bad)} invalid")
    return 1 if bad else 0

"""Errors, latency, dropped and hanging connections, on demand.

``POST /_dr/faults`` adds rules (one object or a list), ``GET`` shows them, ``DELETE`` clears them.  A rule is
matched by ``service``, ``action``, ``path`` (a regular expression), ``account``, ``region`` and ``parameters``
(those named must have these values), each of them optional, and does, ``times`` times (always, if absent) after
``skip`` matches that are let through:

* ``latency_ms``: wait first;
* ``code``, ``status``, ``message``: answer with this error, in the form of the protocol of the request;
* ``drop``: close the connection without an answer; ``hang``: never answer;
* ``after``: with one of these three, do what was asked before: the call that succeeded and nobody knows.
"""

import re
from dataclasses import dataclass
from typing import Any

from emulator import models
from emulator.operations import on_reset
from emulator.wire import Request

MATCHERS = {"service", "action", "path", "account", "region", "parameters"}
EFFECTS = {"code", "status", "message", "latency_ms", "drop", "hang"}
LIMITS = {"times", "skip", "after"}


@dataclass
class Fault:
    rule: dict[str, Any]

    def matches(self, request: Request, account: str) -> bool:
        rule = self.rule
        return (
            rule.get("service") in (None, request.service)
            and rule.get("action") in (None, request.operation)
            and rule.get("account") in (None, account)
            and rule.get("region") in (None, request.region)
            and all((request.parameters or {}).get(k) == v for k, v in rule.get("parameters", {}).items())
            and ("path" not in rule or re.search(rule["path"], request.path) is not None)
        )

    @property
    def after(self) -> bool:
        return bool(self.rule.get("after"))

    @property
    def latency(self) -> float:
        return self.rule.get("latency_ms", 0) / 1000

    @property
    def ends(self) -> bool:
        """Does the caller see something else than the true answer?"""
        return any(self.rule.get(effect) for effect in ("code", "drop", "hang"))


_faults: list[Fault] = []


def add(rules: dict[str, Any] | list[dict[str, Any]]) -> None:
    rules = rules if isinstance(rules, list) else [rules]
    for rule in rules:
        if unknown := set(rule) - MATCHERS - EFFECTS - LIMITS:
            raise ValueError(f"a fault has no {', '.join(sorted(unknown))}")
    for rule in rules:
        named = {"service": models.service_name(rule["service"])} if "service" in rule else {}
        _faults.append(Fault({**rule, **named}))


def current() -> list[dict[str, Any]]:
    return [fault.rule for fault in _faults]


def clear(account: str | None = None) -> None:
    """All of them, or those that name this account."""
    _faults[:] = [fault for fault in _faults if account is not None and fault.rule.get("account") != account]


@on_reset
def _forget() -> None:
    clear()


def take(request: Request, account: str) -> Fault | None:
    """The first fault that fits, which is one time fewer from now on."""
    for fault in list(_faults):
        if not fault.matches(request, account):
            continue
        rule = fault.rule
        if rule.get("skip", 0) > 0:
            rule["skip"] -= 1
            continue
        if "times" in rule:
            rule["times"] -= 1
            if rule["times"] <= 0:
                _faults.remove(fault)
        return fault
    return None

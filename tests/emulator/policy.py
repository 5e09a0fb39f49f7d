"""Does a policy document let this caller do that?  As much of IAM's language as resource policies here need.

ministack has an engine for identity policies, which is off; resource policies it only keeps.  A copy into a vault,
an event for a bus and a grant on a key each depend on a resource policy of *another* account, which is where
disaster recovery fails in practice.
"""

import fnmatch
import json
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from typing import Any

from emulator import organizations


@dataclass(frozen=True)
class Caller:
    """Who asks: an account, or a role or service in it, and what is known about the request."""

    account: str
    arn: str = ""
    service: str = ""
    context: dict[str, str] = field(default_factory=dict)

    def known(self) -> dict[str, str]:
        """The condition keys of this request, in lower case; a key without a value is absent."""
        organization = organizations.organization_of(self.account)
        keys = {
            "aws:PrincipalAccount": self.account,
            "aws:PrincipalArn": self.arn or f"arn:aws:iam::{self.account}:root",
            "aws:PrincipalOrgID": organization,
            "aws:PrincipalOrgPaths": organizations.path_of(self.account),
            "kms:CallerAccount": self.account,
        }
        if self.service:
            # A service that acts for itself: it has no account, but what it acts for has one.
            keys = {"aws:SourceAccount": self.account, "aws:SourceOrgID": organization}
        return {key.lower(): value for key, value in {**keys, **self.context}.items() if value}


def statements(document: str | dict | None) -> list[dict]:
    """The statements of a document, of which there may be one without a list."""
    if not document:
        return []
    found = (json.loads(document) if isinstance(document, str) else document).get("Statement", [])
    return found if isinstance(found, list) else [found]


def as_list(value: Any) -> list:
    return value if isinstance(value, list) else [] if value is None else [value]


def allows(document: str | dict | None, caller: Caller, action: str, resource: str) -> bool:
    """Some statement allows it, and none denies it."""
    effects = {
        statement.get("Effect") for statement in statements(document) if _is_about(statement, caller, action, resource)
    }
    return "Allow" in effects and "Deny" not in effects


def permits(document: dict, caller: Caller, action: str, resource: str) -> bool:
    """`allows` for a policy of an identity, which names nobody."""
    found = [{**statement, "Principal": "*"} for statement in statements(document)]
    return allows({"Statement": found}, caller, action, resource)


def denies(document: str | dict | None, caller: Caller, action: str, resource: str) -> bool:
    return any(
        statement.get("Effect") == "Deny" and _is_about(statement, caller, action, resource)
        for statement in statements(document)
    )


def principals(statement: dict) -> Iterator[tuple[str, str]]:
    """(kind, name) of everybody a statement names; kind is AWS, Service, ..."""
    named = statement.get("Principal") or {}
    if isinstance(named, str):
        named = {"AWS": named}
    for kind, names in named.items():
        for name in as_list(names):
            yield kind, name


def account_of(principal: str) -> str | None:
    """The account in an ARN or a bare account id; None for `*` and for ids of principals that are gone."""
    if principal.isdigit() and len(principal) == 12:
        return principal
    parts = principal.split(":")
    return parts[4] if principal.startswith("arn:") and len(parts) > 5 else None


def _is_about(statement: dict, caller: Caller, action: str, resource: str) -> bool:
    return (
        _names(statement, caller)
        and _matches(action, statement, "Action", ignore_case=True)
        and _matches(resource, statement, "Resource")
        and _conditions_hold(statement.get("Condition") or {}, caller.known())
    )


def _names(statement: dict, caller: Caller) -> bool:
    if caller.service:
        known = {("Service", caller.service), ("AWS", "*"), ("Service", "*")}
    else:
        names = (caller.account, f"arn:aws:iam::{caller.account}:root", caller.arn or "*", "*")
        known = {("AWS", name) for name in names}
    return not known.isdisjoint(principals(statement))


def _matches(value: str, statement: dict, element: str, ignore_case: bool = False) -> bool:
    def one(pattern: str) -> bool:
        return like(value.lower(), pattern.lower()) if ignore_case else like(value, pattern)

    if f"Not{element}" in statement:
        return not any(one(pattern) for pattern in as_list(statement[f"Not{element}"]))
    # A trust policy or a key policy may leave out what it is about: itself.
    return element not in statement or any(one(pattern) for pattern in as_list(statement[element]))


def like(value: str, pattern: str) -> bool:
    """Does a text fit a pattern with `*` and `?`?"""
    return fnmatch.fnmatchcase(value, pattern.replace("[", "[[]"))


# --- Conditions ------------------------------------------------------------------------------------------------------

_OPERATORS = {
    "stringequals": lambda value, wanted: value == wanted,
    "stringequalsignorecase": lambda value, wanted: value.lower() == wanted.lower(),
    "stringlike": like,
    "arnequals": like,
    "arnlike": like,
    "bool": lambda value, wanted: value.lower() == wanted.lower(),
}


def _conditions_hold(conditions: dict, known: dict[str, str]) -> bool:
    return all(
        _holds(operator, known.get(key.lower()), [_text(value) for value in as_list(wanted)])
        for operator, pairs in conditions.items()
        for key, wanted in pairs.items()
    )


def _holds(operator: str, value: str | None, wanted: list[str]) -> bool:
    name = operator.lower().removeprefix("foranyvalue:").removeprefix("forallvalues:")
    if name == "null":
        return (value is None) == (wanted == ["true"])
    name, optional = (name.removesuffix("ifexists"), True) if name.endswith("ifexists") else (name, False)
    negated = "not" in name
    compare = _OPERATORS.get(name.replace("not", ""))
    if compare is None:
        return False  # an operator that is not known here must not let anybody in
    if value is None:
        return optional or negated
    return any(compare(value, text) for text in wanted) != negated


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)

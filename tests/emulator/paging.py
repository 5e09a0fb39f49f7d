"""Lists in pages, as most JSON services have them: MaxResults and NextToken."""

import base64
from collections.abc import Iterable
from typing import Any

from emulator.operations import AwsError
from emulator.operations import Parameters

MOST = 1000


def page(
    items: Iterable[dict[str, Any]],
    key: str,
    parameters: Parameters,
    result: str,
    code: str = "InvalidParameterValueException",
) -> dict[str, Any]:
    """One page of a list that is sorted by one of its members, which must be unique and a text."""
    size = parameters.get("MaxResults", MOST)
    if not 1 <= size <= MOST:
        raise AwsError(code, f"MaxResults must be from 1 to {MOST}.")
    found = sorted(items, key=lambda item: item[key])
    if token := parameters.get("NextToken"):
        try:
            last = base64.urlsafe_b64decode(token.encode()).decode()
        except ValueError as error:
            raise AwsError(code, "Invalid pagination token.") from error
        found = [item for item in found if item[key] > last]
    answer: dict[str, Any] = {result: found[:size]}
    if len(found) > size:
        answer["NextToken"] = base64.urlsafe_b64encode(found[size - 1][key].encode()).decode()
    return answer

"""Keys that are expired or unknown.

ministack takes every access key.  Here the name of the key says what AWS would find out about it, in the words
of the service that was asked: STS and the query services answer 403 InvalidClientTokenId or ExpiredToken, the
JSON services UnrecognizedClientException or ExpiredTokenException, EC2 AuthFailure or RequestExpired.
"""

import math
import time

from emulator.operations import AwsError
from emulator.wire import Request

EXPIRED = "AKIAEXPIRED"
INVALID = "AKIAINVALID"

#: Until when keys are good that do not last.
_ends: dict[str, float] = {}


def let_expire(key: str, seconds: float) -> None:
    _ends[key] = time.monotonic() + seconds


def check(request: Request) -> None:
    if request.access_key.startswith(EXPIRED) or _ends.get(request.access_key, math.inf) < time.monotonic():
        code = {"query": "ExpiredToken", "ec2": "RequestExpired"}.get(request.protocol, "ExpiredTokenException")
        raise AwsError(code, "The security token included in the request is expired", 403)
    if request.access_key.startswith(INVALID):
        codes = {"query": "InvalidClientTokenId", "ec2": "AuthFailure"}
        code = codes.get(request.protocol, "UnrecognizedClientException")
        raise AwsError(code, "The security token included in the request is invalid.", 403)

"""The register of the operations answered here; their errors; the stores that a reset clears."""

from collections.abc import Awaitable
from collections.abc import Callable
from typing import Any

from ministack.core.responses import AccountRegionScopedDict
from ministack.core.responses import AccountScopedDict

from emulator.wire import Answer
from emulator.wire import Request

Parameters = dict[str, Any]
Handler = Callable[[Parameters], dict[str, Any] | None]
#: Given the request and what ministack would do; answers, or changes what ministack answered.
Wrapper = Callable[[Request, Callable[[], Awaitable[Answer]]], Awaitable[Answer]]
#: Given the query of a request to /_dr/... and its document (None if it has none); answers with a document.
Control = Callable[[dict[str, str], Any], Any]


class AwsError(Exception):
    """An error that AWS gives; the code is the one on the wire, the status is in the service's model."""

    def __init__(self, code: str, message: str, status: int | None = None, **fields: str):
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status = code, message, status
        #: What else the error's shape has (the ARN of what already exists, say).
        self.fields = fields


HANDLERS: dict[tuple[str, str], Handler] = {}
WRAPPERS: dict[tuple[str, str], Wrapper] = {}
#: What tests can make happen that no call of AWS's can.
CONTROLS: dict[str, Control] = {}
#: The account and Region that such a request means if it names none.
HOME = ("111111111111", "us-east-1")
#: Services of which ministack answers nothing: an operation that is missing here is an error, not a surprise.
WHOLLY_OURS: set[str] = set()

_resets: list[Callable[[], None]] = []


def operation(service: str, *names: str) -> Callable[[Handler], Handler]:
    """Answer these operations here, instead of in ministack."""

    def register(handler: Handler) -> Handler:
        for name in names:
            HANDLERS[service, name] = handler
        return handler

    return register


def around(service: str, *names: str) -> Callable[[Wrapper], Wrapper]:
    """Let ministack answer these operations, but look at the request before and at the answer after."""

    def register(wrapper: Wrapper) -> Wrapper:
        for name in names:
            WRAPPERS[service, name] = wrapper
        return wrapper

    return register


def control(path: str) -> Callable[[Control], Control]:
    """Answer this path of `/_dr/`, in the account and Region that the query names."""

    def register(handler: Control) -> Control:
        CONTROLS[path] = handler
        return handler

    return register


def on_reset(clear: Callable[[], None]) -> Callable[[], None]:
    _resets.append(clear)
    return clear


def reset() -> None:
    for clear in _resets:
        clear()


def regional() -> AccountRegionScopedDict:
    """A store per account and Region, cleared by a reset."""
    store = AccountRegionScopedDict()
    on_reset(store.clear)
    return store


def per_account() -> AccountScopedDict:
    """A store per account, cleared by a reset."""
    store = AccountScopedDict()
    on_reset(store.clear)
    return store

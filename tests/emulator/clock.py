"""Things that happen later, in the account and Region in which they were started.

Our handlers run on the event loop, and so do these: nothing here needs a lock.
"""

import asyncio
import contextvars
import time
from collections.abc import Callable

from ministack.core.responses import get_account_id
from ministack.core.responses import get_region
from ministack.core.responses import request_scope

_pending: set[asyncio.TimerHandle] = set()


def now() -> float:
    return time.time()


def after(seconds: float, happen: Callable[[], None]) -> None:
    """Call ``happen`` after that many seconds, unless everything is reset before."""
    account, region = get_account_id(), get_region()

    def run() -> None:
        _pending.discard(handle)
        with request_scope(account, region):
            happen()

    handle = asyncio.get_running_loop().call_later(seconds, run)
    _pending.add(handle)


def in_background(work: Callable[[], None]) -> None:
    """Run blocking work of ministack's on a thread, in the same account and Region."""
    context = contextvars.copy_context()
    asyncio.get_running_loop().run_in_executor(None, context.run, work)


def reset() -> None:
    for handle in list(_pending):
        handle.cancel()
    _pending.clear()

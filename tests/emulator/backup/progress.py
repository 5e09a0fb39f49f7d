"""How a job of any kind goes: into its first state, on to RUNNING, and then its work is done or it has failed.

Each state lasts ``DR_BACKUP_STEP`` seconds, and everybody is told of each.
"""

import time
from collections.abc import Callable

from emulator import clock
from emulator import settings
from emulator import wire
from emulator.backup import store
from emulator.operations import AwsError


class JobError(Exception):
    """Why a job did not do its work, as AWS says it in the job's status message."""


def start(
    record: store.Record,
    field: str,
    first: str,
    tell: Callable[[store.Record], None],
    work: Callable[[], None],
    then: Callable[[], None] = lambda: None,
) -> None:
    """Begin a job; `work` raises if it fails, `then` follows if it did not."""

    def enter(state: str) -> None:
        record[field] = state
        tell(record)

    def run() -> None:
        if record[field] == first:
            enter("RUNNING")
            clock.after(settings.seconds("BACKUP_STEP"), end)

    def end() -> None:
        if record[field] != "RUNNING":
            return
        try:
            work()
        except (JobError, AwsError) as error:
            record["StatusMessage"] = error.message if isinstance(error, AwsError) else str(error)
            record["MessageCategory"] = "FAILURE"
            record["CompletionDate"] = time.time()
            enter("FAILED")
            return
        record.update(PercentDone="100.0", CompletionDate=time.time(), MessageCategory="SUCCESS")
        enter("COMPLETED")
        then()

    enter(first)
    clock.after(settings.seconds("BACKUP_STEP"), run)


def chosen(record: store.Record, parameters: dict, **filters: str) -> bool:
    """Does a job pass the filters of a list?  Each is (parameter, field of the job)."""
    since, until = parameters.get("ByCreatedAfter"), parameters.get("ByCreatedBefore")
    return all(parameters.get(name, record.get(field)) == record.get(field) for name, field in filters.items()) and (
        (since is None or record["CreationDate"] >= wire.moment(since).timestamp())
        and (until is None or record["CreationDate"] <= wire.moment(until).timestamp())
    )

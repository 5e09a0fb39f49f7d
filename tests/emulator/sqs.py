"""Queues: a name is free only some time after its queue was deleted, and what is empty is taken away.

ministack gives a name away at once, and keeps an attribute that is set to nothing.
"""

import time

from ministack.core.responses import get_account_id
from ministack.core.responses import get_region
from ministack.services import sqs

from emulator import settings
from emulator.operations import AwsError
from emulator.operations import around
from emulator.operations import on_reset
from emulator.wire import Answer
from emulator.wire import Request

#: (account, Region, name) -> when it was deleted.
_deleted: dict[tuple[str, str, str], float] = {}
on_reset(_deleted.clear)

_REMOVABLE = ("Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId")


def _scoped(name: str) -> tuple[str, str, str]:
    return get_account_id(), get_region(), name


@around("sqs", "CreateQueue")
async def create_queue(request: Request, ministack) -> Answer:
    parameters = request.parameters or {}
    deleted = _deleted.get(_scoped(parameters["QueueName"]), 0.0)
    if time.time() - deleted < settings.seconds("SQS_STEP"):
        raise AwsError(
            "AWS.SimpleQueueService.QueueDeletedRecently",
            "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
        )
    return await ministack()


@around("sqs", "DeleteQueue")
async def delete_queue(request: Request, ministack) -> Answer:
    answer = await ministack()
    if answer[0] == 200:
        name = (request.parameters or {})["QueueUrl"].rpartition("/")[2]
        _deleted[_scoped(name)] = time.time()
    return answer


@around("sqs", "SetQueueAttributes")
async def set_queue_attributes(request: Request, ministack) -> Answer:
    parameters = request.parameters or {}
    answer = await ministack()
    if answer[0] == 200:
        attributes = sqs._get_q(parameters["QueueUrl"])["attributes"]
        set_now = parameters.get("Attributes") or {}
        for name in _REMOVABLE:
            if attributes.get(name) == "":
                del attributes[name]
        if set_now.get("KmsMasterKeyId"):
            attributes["SqsManagedSseEnabled"] = "false"
        if set_now.get("SqsManagedSseEnabled") == "true":
            attributes.pop("KmsMasterKeyId", None)
    return answer

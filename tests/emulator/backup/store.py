"""What AWS Backup knows, and the small rules that every operation obeys.

Records are dictionaries in the form in which AWS answers; a key that starts with an underscore, or that AWS's
model of the answer does not have, is our own note and never leaves.
"""

import uuid
from collections.abc import Callable
from typing import Any

from ministack.core.responses import get_account_id
from ministack.core.responses import get_region

from emulator import clock
from emulator import iam
from emulator import settings
from emulator.operations import AwsError
from emulator.operations import Parameters
from emulator.operations import per_account
from emulator.operations import regional

Record = dict[str, Any]

vaults = regional()
#: Plan id -> all that is known of it, in all its versions; a deleted one stays.
plans = regional()
#: Selection id -> selection; each knows its plan.
selections = regional()
frameworks = regional()
report_plans = regional()
restore_testing_plans = regional()
#: (plan, selection) -> selection of a restore testing plan.
restore_testing_selections = regional()
#: ARN -> tags.
tags = regional()
#: ARN -> recovery point; each knows its vault.
recovery_points = regional()
backup_jobs = regional()
copy_jobs = regional()
restore_jobs = regional()
region_settings = regional()
#: Of a management account, for its organisation.
global_settings = per_account()


def arn(kind: str, name: str) -> str:
    return f"arn:aws:backup:{get_region()}:{get_account_id()}:{kind}:{name}"


def new_id() -> str:
    return str(uuid.uuid4())


def invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message)


def missing(message: str) -> AwsError:
    return AwsError("ResourceNotFoundException", message)


def vault(name: str) -> Record:
    """A vault of this account and Region.

    AWS decides whether the caller may before it looks whether there is one: what is not there is not allowed.
    """
    record = vaults.get(name)
    if record is None:
        raise AwsError("AccessDeniedException", "Insufficient privileges to perform this action.", 403)
    return record


def check_role(role_arn: str) -> None:
    """AWS Backup must be able to become this role, and must have heard of it."""
    role = iam.role(role_arn)
    trusted = role is not None and "backup.amazonaws.com" in role["AssumeRolePolicyDocument"]
    if not trusted or not iam.role_is_known_everywhere(role_arn):
        raise invalid(f"IAM Role {role_arn} cannot be assumed by AWS Backup")


def repeated(records: Any, parameters: Parameters, field: str = "CreatorRequestId") -> Record | None:
    """The record that an earlier request with the same token made."""
    token = parameters.get(field)
    return next((r for r in records if token and r.get("_token") == token), None)


def become(record: Record, field: str, *states: str, finish: Callable[[], None] | None = None) -> None:
    """Take on the first state now and the others one step later each; then `finish`.

    A newer change of the same record overrides an older one.
    """
    token = record["_change"] = object()
    step, rest = settings.seconds("BACKUP_STEP"), list(states[1:])
    record[field] = states[0]

    def advance() -> None:
        if record.get("_change") is not token:
            return
        record[field] = rest.pop(0)
        if rest:
            clock.after(step, advance)
        elif finish:
            finish()

    if rest:
        clock.after(step, advance)


def check_tags(found: dict[str, str] | None, most: int = 50) -> dict[str, str]:
    found = dict(found or {})
    if any(key.lower().startswith("aws:") for key in found):
        raise invalid("Tag keys cannot start with aws:")
    if len(found) > most:
        raise AwsError("LimitExceededException", f"No more than {most} tags are allowed.")
    return found

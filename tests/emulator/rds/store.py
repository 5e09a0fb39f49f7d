"""What RDS knows, and the small rules that every operation obeys.

Records are dictionaries in the form in which AWS answers; a key that starts with an underscore, or that AWS's
model of the answer does not have, is our own note and never leaves.
"""

import base64
import re
import secrets
import string
from collections.abc import Callable
from typing import Any

from ministack.core.arn import parse_arn
from ministack.core.responses import get_account_id
from ministack.core.responses import get_region
from ministack.core.responses import request_scope

from emulator import clock
from emulator import settings
from emulator.operations import AwsError
from emulator.operations import Parameters
from emulator.operations import per_account
from emulator.operations import regional

Record = dict[str, Any]

clusters = regional()
instances = regional()
snapshots = regional()
subnet_groups = regional()
cluster_parameter_groups = regional()
parameter_groups = regional()
subscriptions = regional()
history = regional()
#: Global clusters have no Region: their names are unique in the account.
global_clusters = per_account()

#: AWS's text for a cluster that is doing something else.
BUSY = "DB cluster {} is not in available state."

_IDENTIFIER = re.compile(r"[A-Za-z](-?[A-Za-z0-9])*$")


def arn(kind: str, name: str) -> str:
    return f"arn:aws:rds:{get_region()}:{get_account_id()}:{kind}:{name}"


def resource_id(prefix: str) -> str:
    alphabet = string.ascii_uppercase + string.digits
    return prefix + "".join(secrets.choice(alphabet) for _ in range(26))


def identifier(parameters: Parameters, name: str, limit: int = 63) -> str:
    """A new identifier, in the lower case in which AWS keeps it."""
    text = parameters[name]
    if not _IDENTIFIER.match(text) or len(text) > limit:
        raise AwsError(
            "InvalidParameterValue",
            f"The parameter {name} is not a valid identifier. Identifiers must begin with a letter; must contain only "
            "ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.",
        )
    return text.lower()


def name_of(reference: str, kind: str) -> str | None:
    """The name in an identifier or ARN, in lower case; None if the ARN belongs to another account or Region."""
    if not reference.startswith("arn:"):
        return reference.lower()
    spec = parse_arn(reference)
    if (spec.account_id, spec.region) != (get_account_id(), get_region()):
        return None
    return spec.resource.removeprefix(f"{kind}:").lower()


def cluster(reference: str) -> Record:
    name = name_of(reference, "cluster")
    record = clusters.get(name) if name else None
    if record is None:
        raise AwsError("DBClusterNotFoundFault", f"DBCluster {reference} not found.")
    return record


def instance(reference: str) -> Record:
    name = name_of(reference, "db")
    record = instances.get(name) if name else None
    if record is None:
        raise AwsError("DBInstanceNotFound", f"DBInstance {reference} not found.")
    return record


def cluster_anywhere(cluster_arn: str) -> Record | None:
    """A cluster of this account in whatever Region its ARN names."""
    spec = parse_arn(cluster_arn)
    return clusters.get_scoped(spec.account_id, spec.region, spec.resource.removeprefix("cluster:").lower())


def in_region_of(record: Record, do: Callable[[Record], Any]) -> Any:
    """Do something with a cluster as if in its own Region."""
    spec = parse_arn(record["DBClusterArn"])
    with request_scope(spec.account_id, spec.region):
        return do(record)


def instances_of(record: Record) -> list[Record]:
    """The instances of a cluster in any Region."""
    return in_region_of(record, members)


def members(record: Record) -> list[Record]:
    """The instances of a cluster that is in this Region."""
    name = record["DBClusterIdentifier"]
    return [i for i in instances.values() if i["DBClusterIdentifier"] == name]


def tag_list(parameters: Parameters) -> list[dict[str, str]]:
    tags = [{"Key": tag["Key"], "Value": tag.get("Value", "")} for tag in parameters.get("Tags") or []]
    for tag in tags:
        if tag["Key"].lower().startswith(("aws:", "rds:")):
            raise AwsError("InvalidParameterValue", f"Tag keys cannot start with aws: or rds: ({tag['Key']}).")
    return tags


def become(record: Record, field: str, status: str, *then: tuple[float, str], finish: Callable | None = None) -> None:
    """Take on a status now and others later; a newer change of the same record overrides an older one.

    Each of the later ones is (steps to wait, status).  `finish` is called when the last is reached.
    """
    token = record["_change"] = object()
    step = settings.seconds("RDS_STEP")
    steps = [(wait * step, later) for wait, later in then]
    lag = settings.seconds("RDS_LAG")
    if lag and status == "modifying" and record.get(field) == "available":
        steps.insert(0, (lag, status))
    else:
        record[field] = status

    def wait() -> None:
        if steps:
            clock.after(steps[0][0], advance)
        elif finish:
            finish()

    def advance() -> None:
        if record.get("_change") is token:
            record[field] = steps.pop(0)[1]
            wait()

    if steps:
        wait()


def note_pending(record: Record, changed: Record, pending: Record) -> None:
    """What waits for the maintenance window; what has been changed at once waits no more."""
    waiting = {k: v for k, v in (record.get("PendingModifiedValues") or {}).items() if k not in changed}
    record["PendingModifiedValues"] = {**waiting, **pending}


def page(items: list[Record], key: str, parameters: Parameters, result: str, low: int = 20) -> dict[str, Any]:
    """One page of a list that is sorted by one of its members."""
    size = parameters.get("MaxRecords", 100)
    if not low <= size <= 100:
        raise AwsError("InvalidParameterValue", f"Invalid value {size} for MaxRecords. Must be between {low} and 100")
    items = sorted(items, key=lambda item: item[key])
    if marker := parameters.get("Marker"):
        try:
            last = base64.urlsafe_b64decode(marker.encode()).decode()
        except ValueError as error:
            raise AwsError("InvalidParameterValue", "Invalid value for Marker") from error
        items = [item for item in items if item[key] > last]
    answer: dict[str, Any] = {result: items[:size]}
    if len(items) > size:
        answer["Marker"] = base64.urlsafe_b64encode(items[size - 1][key].encode()).decode()
    return answer


def filters(parameters: Parameters, known: set[str]) -> dict[str, list[str]]:
    chosen = {}
    for entry in parameters.get("Filters") or []:
        if entry["Name"] not in known:
            raise AwsError("InvalidParameterValue", f"Unrecognized filter name: {entry['Name']}")
        chosen[entry["Name"]] = entry["Values"]
    return chosen

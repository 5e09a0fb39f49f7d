"""GetResources over all services that drctl uses.

ministack leaves out RDS, CloudWatch and Logs, never pages, and shows what has no tags.  AWS shows what is, or was,
tagged, in the Region that is asked; and it is late: ``DR_TAG_STEP`` says by how many seconds.  A global cluster
has no Region in its ARN: it is shown in those of its members, and in the one in which it was made.
"""

import base64
import time
from collections.abc import Iterator

from ministack.core.responses import get_account_id
from ministack.core.responses import get_region
from ministack.services import cloudwatch
from ministack.services import cloudwatch_logs
from ministack.services import iam
from ministack.services import kms as ministack_kms
from ministack.services import ssm
from ministack.services import tagging

from emulator import kms
from emulator import settings
from emulator.backup import tags as backup_tags
from emulator.operations import AwsError
from emulator.operations import Parameters
from emulator.operations import on_reset
from emulator.operations import operation
from emulator.rds import tags as rds_tags

Tags = dict[str, str]


def _pairs(tags: list[dict]) -> Tags:
    return {tag["Key"]: tag["Value"] for tag in tags}


def _kms() -> Iterator[tuple[str, Tags]]:
    for record in ministack_kms._keys.values():
        if not kms.is_managed_by_aws(record):
            yield record["Arn"], {tag["TagKey"]: tag["TagValue"] for tag in record.get("Tags", [])}


def _logs() -> Iterator[tuple[str, Tags]]:
    for name, group in cloudwatch_logs._log_groups.items():
        yield f"arn:aws:logs:{get_region()}:{get_account_id()}:log-group:{name}", dict(group.get("tags") or {})


def _policies() -> Iterator[tuple[str, Tags]]:
    """What of IAM AWS shows: policies, and only in us-east-1; of roles it shows nothing."""
    if get_region() == "us-east-1":
        for arn, policy in iam._policies.items():
            yield arn, _pairs(policy.get("Tags") or [])


def _collect() -> dict[str, Tags]:
    """Everything tagged in this account and Region, now."""
    found: dict[str, Tags] = {}
    for arn, tags in rds_tags.all_tagged():
        found[arn] = _pairs(tags)
    for source in (_kms, _logs, _policies, backup_tags.all_tagged):
        found.update((arn, dict(tags)) for arn, tags in source())
    found.update((arn, dict(tags)) for arn, tags in cloudwatch._resource_tags.items())
    found.update((arn, dict(tags)) for arn, tags in ssm._tags.items() if ":parameter/" in arn)
    for name in ("sns", "lambda", "events", "sqs", "s3", "dynamodb"):
        for arn, tags in tagging._COLLECTORS[name]():
            found[arn] = _pairs(tags)
    return {arn: tags for arn, tags in found.items() if tags and arn.split(":")[3] in ("", get_region())}


# --- Being late ------------------------------------------------------------------------------------------------------

#: (account, Region) -> what it was before each change of the last seconds, oldest first.
_before: dict[tuple[str, str], list[tuple[float, dict[str, Tags]]]] = {}
on_reset(_before.clear)


def remember() -> None:
    """Called before whatever may change a tag."""
    if settings.seconds("TAG_STEP"):
        _before.setdefault((get_account_id(), get_region()), []).append((time.time(), _collect()))


def _seen() -> dict[str, Tags]:
    past = _before.get((get_account_id(), get_region()), [])
    then = time.time() - settings.seconds("TAG_STEP")
    while past and past[0][0] <= then:
        past.pop(0)
    return past[0][1] if past else _collect()


# --- The operations --------------------------------------------------------------------------------------------------


def _type_matches(arn: str, wanted: list[str]) -> bool:
    if not wanted:
        return True
    _, _, service, _, _, resource = arn.split(":", 5)
    kind = resource.replace("/", ":").split(":")[0] if ":" in resource or "/" in resource else ""
    for entry in wanted:
        wanted_service, _, wanted_kind = entry.partition(":")
        if wanted_service == service and (wanted_kind in ("", kind) or (service, wanted_kind) == ("sns", "topic")):
            return True
    return False


def _tags_match(tags: Tags, filters: list[dict]) -> bool:
    return all(
        f["Key"] in tags and (not f.get("Values") or tags[f["Key"]] in f["Values"]) for f in filters if "Key" in f
    )


@operation("tagging", "GetResources")
def get_resources(parameters: Parameters) -> dict:
    size, token = parameters.get("ResourcesPerPage", 50), parameters.get("PaginationToken")
    if not 1 <= size <= 100:
        raise AwsError("InvalidParameterException", "ResourcesPerPage must be from 1 to 100")
    asked = parameters.get("ResourceARNList")
    if asked and (parameters.get("TagFilters") or parameters.get("ResourceTypeFilters")):
        raise AwsError("InvalidParameterException", "ResourceARNList cannot be specified with filters")
    found = [
        {"ResourceARN": arn, "Tags": [{"Key": k, "Value": v} for k, v in sorted(tags.items())]}
        for arn, tags in sorted(_seen().items())
        if (not asked or arn in asked)
        and _type_matches(arn, parameters.get("ResourceTypeFilters") or [])
        and _tags_match(tags, parameters.get("TagFilters") or [])
    ]
    if token:
        try:
            last = base64.urlsafe_b64decode(token.encode()).decode()
        except ValueError as error:
            raise AwsError("PaginationTokenExpiredException", "The pagination token is not valid") from error
        found = [entry for entry in found if entry["ResourceARN"] > last]
    more = len(found) > size
    token = base64.urlsafe_b64encode(found[size - 1]["ResourceARN"].encode()).decode() if more else ""
    return {"ResourceTagMappingList": found[:size], "PaginationToken": token}


@operation("tagging", "GetTagKeys")
def get_tag_keys(_: Parameters) -> dict:
    return {"TagKeys": sorted({key for tags in _seen().values() for key in tags}), "PaginationToken": ""}


@operation("tagging", "GetTagValues")
def get_tag_values(parameters: Parameters) -> dict:
    key = parameters["Key"]
    return {"TagValues": sorted({tags[key] for tags in _seen().values() if key in tags}), "PaginationToken": ""}

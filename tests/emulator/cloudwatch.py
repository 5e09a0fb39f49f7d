"""Alarms and dashboards, in every protocol.

ministack forgets metric queries, extended actions of composite alarms, suppressors, and what was *not* said (it
shows its own defaults); it keeps dashboards per Region, where AWS has one list per account; and it writes some
times as text, which the Rust SDK refuses.  Evaluation, history, actions and deletion are ministack's: our alarms
live in its stores, with what was asked under ``_given``.
"""

import json
import time

from ministack.core.responses import get_account_id
from ministack.core.responses import get_region
from ministack.services import cloudwatch

from emulator.operations import AwsError
from emulator.operations import Parameters
from emulator.operations import operation
from emulator.operations import per_account

_STATE = (
    "StateValue", "StateReason", "StateReasonData", "StateUpdatedTimestamp", "StateTransitionedTimestamp",
    "ActionsSuppressedBy", "ActionsSuppressedReason",
)  # fmt: skip
_LISTS = ("OKActions", "AlarmActions", "InsufficientDataActions")
_MOST_ACTIONS = 5

dashboards = per_account()


_evaluate = cloudwatch._evaluate_alarm


def _evaluate_with_dimensions(alarm: dict) -> None:
    """ministack's evaluation, on the metric with exactly the alarm's dimensions instead of on all of that name."""
    wanted = cloudwatch._dims_key(cloudwatch._dims_from_list(alarm.get("Dimensions") or []))
    everything = cloudwatch._metrics
    cloudwatch._metrics = {key: points for key, points in everything.items() if key[2] == wanted}
    try:
        _evaluate(alarm)
    finally:
        cloudwatch._metrics = everything


cloudwatch._evaluate_alarm = _evaluate_with_dimensions


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationError", message)


def _arn(name: str) -> str:
    return f"arn:aws:cloudwatch:{get_region()}:{get_account_id()}:alarm:{name}"


def _check_actions(parameters: Parameters) -> None:
    for field in _LISTS:
        if len(parameters.get(field) or []) > _MOST_ACTIONS:
            raise _invalid(f"{field}: no more than {_MOST_ACTIONS} actions")


def _put(store, parameters: Parameters, extra: dict) -> dict:
    name, now = parameters["AlarmName"], time.time()
    old = store.get(name)
    tags = parameters.get("Tags") or []
    if old is None and tags:
        cloudwatch._resource_tags[_arn(name)] = {tag["Key"]: tag["Value"] for tag in tags}
    given = {key: value for key, value in parameters.items() if key != "Tags"}
    record = {
        "StateValue": "INSUFFICIENT_DATA",
        "StateReason": "Unchecked: Initial alarm creation",
        "StateUpdatedTimestamp": now,
        "StateTransitionedTimestamp": now,
        **({key: old[key] for key in _STATE if key in old} if old else {}),
        **extra,
        **{field: list(given.get(field) or []) for field in _LISTS},
        "ActionsEnabled": given.get("ActionsEnabled", True),
        "AlarmName": name,
        "AlarmArn": _arn(name),
        "AlarmDescription": given.get("AlarmDescription"),
        "AlarmConfigurationUpdatedTimestamp": now,
        "_given": given,
    }
    store[name] = record
    return record


# --- Metric alarms ---------------------------------------------------------------------------------------------------


@operation("cloudwatch", "PutMetricAlarm")
def put_metric_alarm(parameters: Parameters) -> None:
    name = parameters["AlarmName"]
    if name in cloudwatch._composite_alarms:
        raise _invalid(f"{name} is a composite alarm")
    _check_actions(parameters)
    queries = parameters.get("Metrics")
    if queries:
        _check_queries(parameters, queries)
    elif not parameters.get("MetricName"):
        raise _invalid("Either MetricName or Metrics must be specified")
    elif bool(parameters.get("Statistic")) == bool(parameters.get("ExtendedStatistic")):
        raise _invalid("Exactly one of Statistic and ExtendedStatistic must be specified")
    elif not parameters.get("Period"):
        raise _invalid("Period must be specified")
    for field in ("EvaluationPeriods", "ComparisonOperator"):  # PromQL alarms, which need neither, are not here
        if field not in parameters:
            raise _invalid(f"{field} must be specified")
    for period in [parameters.get("Period", 60), *_periods(queries or [])]:
        if period not in (10, 20, 30) and period % 60:
            raise _invalid(f"Metric alarm period must be 10, 20, 30 or a multiple of 60: {period}")
    if "Threshold" not in parameters and "ThresholdMetricId" not in parameters:
        raise _invalid("Threshold or ThresholdMetricId must be specified")
    if parameters.get("DatapointsToAlarm", 1) > parameters["EvaluationPeriods"]:
        raise _invalid("DatapointsToAlarm must not be greater than EvaluationPeriods")
    evaluated = {
        "MetricName": parameters.get("MetricName"),
        "Namespace": parameters.get("Namespace"),
        "Statistic": parameters.get("Statistic", "Average"),
        "ExtendedStatistic": parameters.get("ExtendedStatistic"),
        "Period": parameters.get("Period", 60),
        "EvaluationPeriods": parameters["EvaluationPeriods"],
        "Threshold": parameters.get("Threshold", 0.0),
        "ComparisonOperator": parameters["ComparisonOperator"],
        "TreatMissingData": parameters.get("TreatMissingData", "missing"),
        "Dimensions": list(parameters.get("Dimensions") or []),
        "Unit": parameters.get("Unit"),
    }
    if "DatapointsToAlarm" in parameters:
        evaluated["DatapointsToAlarm"] = parameters["DatapointsToAlarm"]
    record = _put(cloudwatch._alarms, parameters, evaluated)
    if not queries:
        cloudwatch._evaluate_alarm(record)


def _periods(queries: list[dict]) -> list[int]:
    return [q["MetricStat"]["Period"] if "MetricStat" in q else q.get("Period", 60) for q in queries]


def _check_queries(parameters: Parameters, queries: list[dict]) -> None:
    for field in ("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Period", "Dimensions", "Unit"):
        if parameters.get(field):
            raise _invalid(f"Metrics and {field} cannot both be specified")
    ids = [query["Id"] for query in queries]
    if len(set(ids)) != len(ids):
        raise _invalid("The ids in Metrics must be unique")
    for query in queries:
        if ("MetricStat" in query) == ("Expression" in query):
            raise _invalid(f"Exactly one of MetricStat and Expression must be specified for {query['Id']}")
        if not query["Id"][0].islower():
            raise _invalid(f"The id {query['Id']} must begin with a lower-case letter")
    returned = [query for query in queries if query.get("ReturnData", True)]
    if len(returned) != 1 and "ThresholdMetricId" not in parameters:
        raise _invalid("Exactly one element of the metrics list should return data.")


def _show_metric_alarm(record: dict) -> dict:
    """What was asked, and no more: AWS leaves out what was not said, except for lists and ActionsEnabled."""
    given = record["_given"]
    shown = {key: value for key, value in given.items() if key != "Metrics"}
    shown |= {key: record.get(key) for key in (*_STATE, *_LISTS, "ActionsEnabled", "AlarmArn")}
    shown["AlarmConfigurationUpdatedTimestamp"] = record["AlarmConfigurationUpdatedTimestamp"]
    shown["Dimensions"] = list(given.get("Dimensions") or [])
    if given.get("Metrics"):
        shown["Metrics"] = [{"ReturnData": True, **query} for query in given["Metrics"]]
    return shown


# --- Composite alarms ------------------------------------------------------------------------------------------------


@operation("cloudwatch", "PutCompositeAlarm")
def put_composite_alarm(parameters: Parameters) -> None:
    name = parameters["AlarmName"]
    if name in cloudwatch._alarms:
        raise _invalid(f"{name} is a metric alarm")
    _check_actions(parameters)
    suppressor = [
        parameters.get(key) is not None
        for key in ("ActionsSuppressor", "ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod")
    ]
    if any(suppressor) and not all(suppressor):
        raise _invalid("ActionsSuppressor needs ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod")
    try:
        names = cloudwatch._rule_refs(cloudwatch._parse_alarm_rule(parameters["AlarmRule"]))
    except ValueError as error:
        raise _invalid(str(error)) from error
    missing = [
        reference if reference.startswith("arn:") else _arn(reference)
        for reference in dict.fromkeys(names)
        if (child := cloudwatch._rule_ref_name(reference)) not in cloudwatch._alarms
        and child not in cloudwatch._composite_alarms
    ]
    if missing:
        raise _invalid(
            f"Could not save the composite alarm as alarms [{', '.join(missing)}] in the alarm rule do not exist"
        )
    is_new = name not in cloudwatch._composite_alarms
    record = _put(cloudwatch._composite_alarms, parameters, {"AlarmRule": parameters["AlarmRule"]})
    state = cloudwatch._composite_rule_state(record)
    if is_new or state != record["StateValue"]:
        how = "created and its" if is_new else "updated and its new"
        reason = f"{record['AlarmArn']} was {how} alarm rule evaluates to {state}"
        cloudwatch._transition_composite(record, state, reason, cloudwatch._matching_children(record, state))


def _show_composite_alarm(record: dict) -> dict:
    shown = dict(record["_given"])
    shown |= {key: record.get(key) for key in (*_STATE, *_LISTS, "ActionsEnabled", "AlarmArn", "AlarmRule")}
    shown["AlarmConfigurationUpdatedTimestamp"] = record["AlarmConfigurationUpdatedTimestamp"]
    return shown


# --- Both ------------------------------------------------------------------------------------------------------------


@operation("cloudwatch", "DescribeAlarms")
def describe_alarms(parameters: Parameters) -> dict:
    names, prefix = parameters.get("AlarmNames"), parameters.get("AlarmNamePrefix")
    if names and prefix:
        raise _invalid("AlarmNames and AlarmNamePrefix cannot both be specified")
    kinds = parameters.get("AlarmTypes") or ["MetricAlarm"]
    size, token = parameters.get("MaxRecords", 50), parameters.get("NextToken", "")
    if not 1 <= size <= 100:
        raise _invalid(f"Value '{size}' at 'maxRecords' failed to satisfy constraint: from 1 to 100")
    found = [
        (record["AlarmName"], kind, record)
        for kind, store in (("MetricAlarm", cloudwatch._alarms), ("CompositeAlarm", cloudwatch._composite_alarms))
        if kind in kinds
        for record in store.values()
        if (not names or record["AlarmName"] in names)
        and record["AlarmName"].startswith(prefix or "")
        and parameters.get("StateValue", record["StateValue"]) == record["StateValue"]
        and record["AlarmName"] >= token
    ]
    found.sort(key=lambda entry: entry[:2])
    answer = {
        "MetricAlarms": [_show_metric_alarm(r) for _, kind, r in found[:size] if kind == "MetricAlarm"],
        "CompositeAlarms": [_show_composite_alarm(r) for _, kind, r in found[:size] if kind == "CompositeAlarm"],
    }
    if len(found) > size:
        answer["NextToken"] = found[size][0]
    return answer


def _tags_of(arn: str) -> dict[str, str]:
    dashboard = dashboards.get(arn.partition(":dashboard/")[2])
    if dashboard is not None and arn == _dashboard_arn(dashboard["DashboardName"]):
        return dashboard["_tags"]
    name = arn.partition(":alarm:")[2]
    if arn != _arn(name) or (name not in cloudwatch._alarms and name not in cloudwatch._composite_alarms):
        raise AwsError("ResourceNotFoundException", f"{arn} does not exist")
    if cloudwatch._resource_tags.get(arn) is None:
        cloudwatch._resource_tags[arn] = {}
    return cloudwatch._resource_tags[arn]


@operation("cloudwatch", "TagResource")
def tag_resource(parameters: Parameters) -> dict:
    _tags_of(parameters["ResourceARN"]).update((tag["Key"], tag["Value"]) for tag in parameters["Tags"])
    return {}


@operation("cloudwatch", "UntagResource")
def untag_resource(parameters: Parameters) -> dict:
    tags = _tags_of(parameters["ResourceARN"])
    for key in parameters["TagKeys"]:
        tags.pop(key, None)
    return {}


@operation("cloudwatch", "ListTagsForResource")
def list_tags_for_resource(parameters: Parameters) -> dict:
    tags = _tags_of(parameters["ResourceARN"])
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


# --- Dashboards ------------------------------------------------------------------------------------------------------


def _dashboard_arn(name: str) -> str:
    return f"arn:aws:cloudwatch::{get_account_id()}:dashboard/{name}"


@operation("cloudwatch", "PutDashboard")
def put_dashboard(parameters: Parameters) -> dict:
    name, body = parameters["DashboardName"], parameters["DashboardBody"]
    try:
        document = json.loads(body)
        widgets = document["widgets"]
    except (ValueError, KeyError, TypeError) as error:
        raise AwsError(
            "DashboardInvalidInputError", "The field DashboardBody must be a valid JSON object with widgets"
        ) from error
    for number, widget in enumerate(widgets):
        if "type" not in widget:
            raise AwsError("DashboardInvalidInputError", f"/widgets/{number}: should have required property 'type'")
        if widget["type"] == "metric" and "region" not in widget.get("properties", {}):
            raise AwsError(
                "DashboardInvalidInputError", f"/widgets/{number}/properties: should have required property 'region'"
            )
    # Tags count only when the dashboard is new.
    tags = {tag["Key"]: tag["Value"] for tag in parameters.get("Tags", [])}
    if name in dashboards:
        tags = dashboards[name]["_tags"]
    dashboards[name] = {"DashboardName": name, "DashboardBody": body, "_at": time.time(), "_tags": tags}
    return {"DashboardValidationMessages": []}


@operation("cloudwatch", "GetDashboard")
def get_dashboard(parameters: Parameters) -> dict:
    name = parameters["DashboardName"]
    if name not in dashboards:
        raise AwsError("DashboardNotFoundError", f"Dashboard {name} does not exist")
    return {**dashboards[name], "DashboardArn": _dashboard_arn(name)}


@operation("cloudwatch", "ListDashboards")
def list_dashboards(parameters: Parameters) -> dict:
    prefix = parameters.get("DashboardNamePrefix", "")
    return {
        "DashboardEntries": [
            {
                "DashboardName": name,
                "DashboardArn": _dashboard_arn(name),
                "LastModified": record["_at"],
                "Size": len(record["DashboardBody"]),
            }
            for name, record in sorted(dashboards.items())
            if name.startswith(prefix)
        ]
    }


@operation("cloudwatch", "DeleteDashboards")
def delete_dashboards(parameters: Parameters) -> dict:
    for name in parameters["DashboardNames"]:
        if name not in dashboards:
            raise AwsError("DashboardNotFoundError", f"Dashboard {name} does not exist")
    for name in parameters["DashboardNames"]:
        del dashboards[name]
    return {}

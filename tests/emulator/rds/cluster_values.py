"""What may be said of a cluster: the checks of single values, and the forms in which AWS keeps them."""

import re
import secrets

from ministack.core.responses import get_account_id
from ministack.core.responses import get_region

from emulator import ec2
from emulator import iam
from emulator import kms
from emulator.operations import AwsError
from emulator.operations import Parameters
from emulator.rds import catalogue
from emulator.rds import store

#: Copied from the request to the record under the same name, with the default AWS gives.
PLAIN = {
    "BackupRetentionPeriod": 1,
    "PreferredBackupWindow": "03:00-03:30",
    "PreferredMaintenanceWindow": "sun:05:00-sun:05:30",
    "DeletionProtection": False,
    "CopyTagsToSnapshot": False,
    "EngineMode": "provisioned",
    "NetworkType": "IPV4",
    "AutoMinorVersionUpgrade": True,
    "MonitoringInterval": 0,
    "MonitoringRoleArn": None,
    "DatabaseInsightsMode": "standard",
    "EngineLifecycleSupport": "open-source-rds-extended-support",
    "BacktrackWindow": None,
    "ClusterScalabilityType": "standard",
}

_TIME = r"([01]\d|2[0-3]):[0-5]\d"
_DAY = r"(mon|tue|wed|thu|fri|sat|sun)"
_WINDOWS = {
    "PreferredBackupWindow": re.compile(f"{_TIME}-{_TIME}"),
    "PreferredMaintenanceWindow": re.compile(f"{_DAY}:{_TIME}-{_DAY}:{_TIME}"),
}


def check_values(parameters: Parameters) -> None:
    if not 1 <= parameters.get("BackupRetentionPeriod", 1) <= 35:
        raise AwsError(
            "InvalidParameterValue",
            f"Invalid backup retention period: {parameters['BackupRetentionPeriod']}. "
            "Backup retention period must be between 1 and 35.",
        )
    for field, form in _WINDOWS.items():
        if field in parameters and not form.fullmatch(parameters[field].lower()):
            raise AwsError("InvalidParameterValue", f"Invalid {field}: {parameters[field]}")
    if (interval := parameters.get("MonitoringInterval")) is not None:
        if interval not in (0, 1, 5, 10, 15, 30, 60):
            raise AwsError("InvalidParameterValue", f"Invalid monitoring interval: {interval}")
        if interval and not parameters.get("MonitoringRoleArn"):
            raise AwsError(
                "InvalidParameterCombination",
                "A MonitoringRoleARN value is required if you specify a MonitoringInterval value other than 0.",
            )
    if role := parameters.get("MonitoringRoleArn"):
        check_role(role, "ENHANCED_MONITORING")


def check_role(role: str, purpose: str) -> None:
    if not iam.role_exists(role):
        raise AwsError(
            "InvalidParameterValue",
            f"IAM role ARN value is invalid or does not include the required permissions for: {purpose}",
        )


def check_logs(engine: str, version: str, types: list[str]) -> None:
    unknown = [name for name in types if name not in catalogue.LOG_TYPES[engine]]
    if unknown:
        raise AwsError(
            "InvalidParameterCombination",
            f"You cannot use the log types '{', '.join(unknown)}' with engine version {engine} {version}. "
            f"For supported log types, see the documentation.",
        )


def scaling(parameters: Parameters, before: dict | None = None) -> dict | None:
    asked = parameters.get("ServerlessV2ScalingConfiguration")
    if asked is None:
        return before
    merged = {**(before or {}), **asked}
    low, high = merged.get("MinCapacity"), merged.get("MaxCapacity")
    if low is None or high is None or low > high or not 0 <= low <= 256 or not 1 <= high <= 256:
        raise AwsError(
            "InvalidParameterValue",
            "Serverless v2 capacity is invalid: MinCapacity and MaxCapacity are needed, from 0 to 256.",
        )
    if (low * 2) % 1 or (high * 2) % 1:
        raise AwsError("InvalidParameterValue", "Serverless v2 capacity must be a multiple of 0.5.")
    if low == 0:
        merged.setdefault("SecondsUntilAutoPause", 300)
    elif "SecondsUntilAutoPause" in asked:
        raise AwsError("InvalidParameterCombination", "SecondsUntilAutoPause can only be set when MinCapacity is 0.")
    else:
        merged.pop("SecondsUntilAutoPause", None)
    return merged


def set_insights(parameters: Parameters, record: store.Record) -> None:
    """Performance Insights: its key is AWS's own if none is named, and cannot be changed afterwards."""
    enabled = parameters.get("EnablePerformanceInsights", record.get("PerformanceInsightsEnabled"))
    mode = parameters.get("DatabaseInsightsMode", record.get("DatabaseInsightsMode", "standard"))
    retention = parameters.get("PerformanceInsightsRetentionPeriod", record.get("PerformanceInsightsRetentionPeriod"))
    if mode == "advanced" and (not enabled or (retention or 7) < 465):
        raise AwsError(
            "InvalidParameterCombination",
            "Database Insights advanced mode needs Performance Insights with a retention period of at least 465 days.",
        )
    if enabled is None:
        return
    record["PerformanceInsightsEnabled"] = enabled
    if not enabled:
        record.pop("PerformanceInsightsKMSKeyId", None)
        record.pop("PerformanceInsightsRetentionPeriod", None)
        return
    key = parameters.get("PerformanceInsightsKMSKeyId")
    key = kms.usable_key(key) if key else record.get("PerformanceInsightsKMSKeyId") or kms.usable_key("alias/aws/rds")
    if record.get("PerformanceInsightsKMSKeyId", key) != key:
        raise AwsError("InvalidParameterCombination", "You cannot change your Performance Insights KMS key.")
    record["PerformanceInsightsKMSKeyId"] = key
    record["PerformanceInsightsRetentionPeriod"] = retention or 7


def storage_type(asked: str | None) -> str | None:
    """`aurora` is what it is when nothing is said, and AWS says nothing then."""
    if asked not in (None, "", "aurora", "aurora-iopt1"):
        raise AwsError("InvalidParameterValue", f"Invalid storage type: {asked}")
    return asked if asked == "aurora-iopt1" else None


def security_groups(parameters: Parameters, group: store.Record) -> list[dict]:
    asked = parameters.get("VpcSecurityGroupIds")
    found = ec2.security_groups(asked) if asked else {ec2.default_security_group(group["VpcId"]): group["VpcId"]}
    for identity in asked or []:
        if identity not in found:
            raise AwsError("InvalidParameterValue", f"Invalid security group , groupId= {identity}, groupName=.")
        if found[identity] != group["VpcId"]:
            raise AwsError(
                "InvalidParameterCombination",
                f"The DB instance and EC2 security group are in different VPCs. The DB instance is in {group['VpcId']} "
                f"and the EC2 security group is in {found[identity]}",
            )
    return [{"VpcSecurityGroupId": identity, "Status": "active"} for identity in found]


def managed_secret(parameters: Parameters, record: store.Record) -> dict:
    key = parameters.get("MasterUserSecretKmsKeyId", "alias/aws/secretsmanager")
    return {
        "SecretArn": f"arn:aws:secretsmanager:{get_region()}:{get_account_id()}:secret:rds!"
        f"{record['DbClusterResourceId'].lower()}",
        "SecretStatus": "active",
        "KmsKeyId": kms.usable_key(key),
    }


def endpoint_suffix() -> str:
    return secrets.token_hex(6)

"""What can be ordered: engine versions, instance classes, and which of them a global database takes.

ministack knows a few old versions and answers orderable options without SupportsGlobalDatabases, db.serverless
or Availability Zones.  The list here is short on purpose, but the answers have the form and the flags of AWS's.
"""

from ministack.core.responses import get_region

from emulator.operations import AwsError
from emulator.operations import Parameters
from emulator.operations import operation
from emulator.rds import store

POSTGRES, MYSQL = "aurora-postgresql", "aurora-mysql"

#: Oldest first.
VERSIONS = {
    POSTGRES: ["15.10", "15.12", "15.13", "16.4", "16.6", "16.8", "16.9", "17.4", "17.5"],
    MYSQL: ["8.0.mysql_aurora.3.08.0", "8.0.mysql_aurora.3.08.2", "8.0.mysql_aurora.3.10.0"],
}
DEFAULT_VERSION = {POSTGRES: "16.6", MYSQL: "8.0.mysql_aurora.3.08.2"}
PORT = {POSTGRES: 5432, MYSQL: 3306}
LOG_TYPES = {
    POSTGRES: ["instance", "postgresql", "iam-db-auth-error"],
    MYSQL: ["audit", "error", "general", "slowquery", "instance", "iam-db-auth-error"],
}
_SIZES = ["large", "xlarge", "2xlarge", "4xlarge", "8xlarge"]
#: Class -> can it be part of a global database?
CLASSES = {
    "db.serverless": True,
    **{f"db.{family}.{size}": True for family in ("r6g", "r7g", "r8g", "r6i") for size in _SIZES},
    "db.t3.medium": False,
    "db.t4g.medium": False,
    "db.t4g.large": False,
}


def major(engine: str, version: str) -> str:
    return version.split(".")[0] if engine == POSTGRES else ".".join(version.split(".")[:2])


def family(engine: str, version: str) -> str:
    return f"{engine}{major(engine, version)}"


FAMILIES = sorted({family(engine, version) for engine, versions in VERSIONS.items() for version in versions})


def zones() -> list[str]:
    return [get_region() + letter for letter in "abc"]


def check_engine(engine: str) -> None:
    if engine not in VERSIONS:
        raise AwsError("InvalidParameterValue", f"Invalid DB engine: {engine}")


def resolve_version(engine: str, requested: str | None) -> str:
    """A full version for a full or partial one; AWS takes the newest of the major version that is named."""
    if not requested:
        return DEFAULT_VERSION[engine]
    matching = [v for v in VERSIONS[engine] if v == requested or v.startswith(requested + ".")]
    if not matching:
        raise AwsError("InvalidParameterCombination", f"Cannot find version {requested} for {engine}")
    if requested not in matching and DEFAULT_VERSION[engine] in matching:
        return DEFAULT_VERSION[engine]
    return requested if requested in matching else matching[-1]


def check_class(name: str) -> None:
    if name not in CLASSES:
        raise AwsError("InvalidParameterValue", f"Invalid DB Instance class: {name}")


@operation("rds", "DescribeDBEngineVersions")
def describe_engine_versions(parameters: Parameters) -> dict:
    chosen = store.filters(
        parameters, {"db-parameter-group-family", "engine", "engine-mode", "engine-version", "status"}
    )
    found = []
    for engine, versions in VERSIONS.items():
        for index, version in enumerate(versions):
            family_name = family(engine, version)
            if parameters.get("Engine", engine) != engine or engine not in chosen.get("engine", [engine]):
                continue
            wanted = parameters.get("EngineVersion")
            if wanted and version != wanted and not version.startswith(wanted + "."):
                continue
            if version not in chosen.get("engine-version", [version]):
                continue
            if parameters.get("DBParameterGroupFamily", family_name) != family_name:
                continue
            if family_name not in chosen.get("db-parameter-group-family", [family_name]):
                continue
            found.append(_engine_version(engine, version, versions[index + 1 :]))
    if parameters.get("DefaultOnly"):
        defaults = [v for v in found if v["EngineVersion"] == DEFAULT_VERSION[v["Engine"]]]
        newest = {(v["Engine"], v["MajorEngineVersion"]): v for v in found}
        found = defaults or list(newest.values())
    for entry in found:
        entry["_key"] = f"{entry['Engine']} {VERSIONS[entry['Engine']].index(entry['EngineVersion']):03}"
    return store.page(found, "_key", parameters, "DBEngineVersions")


def _engine_version(engine: str, version: str, newer: list[str]) -> store.Record:
    label = "Aurora PostgreSQL" if engine == POSTGRES else "Aurora MySQL"
    return {
        "Engine": engine,
        "EngineVersion": version,
        "MajorEngineVersion": major(engine, version),
        "DBParameterGroupFamily": family(engine, version),
        "DBEngineDescription": label,
        "DBEngineVersionDescription": f"{label} (Compatible with {version})",
        "ValidUpgradeTarget": [
            {
                "Engine": engine,
                "EngineVersion": target,
                "Description": f"{label} {target}",
                "AutoUpgrade": False,
                "IsMajorVersionUpgrade": major(engine, target) != major(engine, version),
                "SupportedEngineModes": ["provisioned"],
                "SupportsGlobalDatabases": True,
            }
            for target in newer
        ],
        "ExportableLogTypes": LOG_TYPES[engine],
        "SupportsLogExportsToCloudwatchLogs": True,
        "SupportsReadReplica": False,
        "SupportedEngineModes": ["provisioned"],
        "SupportedFeatureNames": ["Lambda", "s3Export", "s3Import"],
        "Status": "available",
        "SupportsGlobalDatabases": True,
        "SupportsParallelQuery": engine == MYSQL,
        "SupportsBabelfish": engine == POSTGRES,
        "SupportsLocalWriteForwarding": True,
        "SupportsCertificateRotationWithoutRestart": True,
        "SupportedCACertificateIdentifiers": ["rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"],
        "TagList": [],
    }


@operation("rds", "DescribeOrderableDBInstanceOptions")
def describe_orderable_options(parameters: Parameters) -> dict:
    engine = parameters["Engine"]
    if engine not in VERSIONS:
        raise AwsError("InvalidParameterValue", f"Unrecognized engine name: {engine}")
    found = []
    for version in VERSIONS[engine]:
        for name, in_global_databases in CLASSES.items():
            if parameters.get("EngineVersion", version) != version or parameters.get("DBInstanceClass", name) != name:
                continue
            found.append(
                {
                    "_key": f"{VERSIONS[engine].index(version):03} {name}",
                    "Engine": engine,
                    "EngineVersion": version,
                    "DBInstanceClass": name,
                    "LicenseModel": "postgresql-license" if engine == POSTGRES else "general-public-license",
                    "AvailabilityZones": [{"Name": zone} for zone in zones()],
                    "MultiAZCapable": False,
                    "ReadReplicaCapable": False,
                    "Vpc": True,
                    "SupportsStorageEncryption": True,
                    "StorageType": "aurora",
                    "SupportsIops": False,
                    "SupportsEnhancedMonitoring": True,
                    "SupportsIAMDatabaseAuthentication": True,
                    "SupportsPerformanceInsights": True,
                    "SupportedEngineModes": ["provisioned"],
                    "SupportsStorageAutoscaling": False,
                    "SupportsKerberosAuthentication": True,
                    "OutpostCapable": False,
                    "SupportsGlobalDatabases": in_global_databases,
                    "SupportsClusters": True,
                    "SupportedNetworkTypes": ["IPV4", "DUAL"],
                    "SupportsDedicatedLogVolume": False,
                }
            )
    return store.page(found, "_key", parameters, "OrderableDBInstanceOptions")


@operation("rds", "DescribeCertificates")
def describe_certificates(parameters: Parameters) -> dict:
    found = [
        {
            "CertificateIdentifier": name,
            "CertificateType": "CA",
            "Thumbprint": "0" * 40,
            "ValidFrom": "2021-05-25T00:00:00Z",
            "ValidTill": "2061-05-25T00:00:00Z",
            "CertificateArn": f"arn:aws:rds:{get_region()}::cert:{name}",
        }
        for name in ("rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1")
    ]
    wanted = parameters.get("CertificateIdentifier")
    found = [c for c in found if wanted in (None, c["CertificateIdentifier"])]
    if wanted and not found:
        raise AwsError("CertificateNotFound", f"Certificate {wanted} not found.")
    return {
        **store.page(found, "CertificateIdentifier", parameters, "Certificates"),
        "DefaultCertificateForNewLaunches": "rds-ca-rsa2048-g1",
    }


_QUOTAS = {
    "DBClusters": (40, store.clusters),
    "DBInstances": (40, store.instances),
    "DBClusterParameterGroups": (50, store.cluster_parameter_groups),
    "DBParameterGroups": (50, store.parameter_groups),
    "DBSubnetGroups": (50, store.subnet_groups),
    "EventSubscriptions": (20, store.subscriptions),
    "ManualClusterSnapshots": (100, store.snapshots),
}


@operation("rds", "DescribeAccountAttributes")
def describe_account_attributes(_: Parameters) -> dict:
    return {
        "AccountQuotas": [
            {"AccountQuotaName": name, "Used": len(records), "Max": most} for name, (most, records) in _QUOTAS.items()
        ]
    }


@operation("rds", "DescribeBlueGreenDeployments")
def describe_blue_green_deployments(_: Parameters) -> dict:
    return {"BlueGreenDeployments": []}


@operation("rds", "DescribePendingMaintenanceActions")
def describe_pending_maintenance_actions(_: Parameters) -> dict:
    return {"PendingMaintenanceActions": []}

"""Parameter groups of clusters and of instances.

AWS knows each parameter of a family: whether it can be changed, whether it is static (needs a reboot) or
dynamic.  ministack knows about twenty and takes anything.  A selection stands here; what is missing is refused
as AWS refuses an unknown name, so add what an example needs.
"""

from ministack.core.responses import AccountRegionScopedDict

from emulator.operations import AwsError
from emulator.operations import Parameters
from emulator.operations import operation
from emulator.rds import catalogue
from emulator.rds import store

LARGEST_CHANGE = 20

# name -> (static or dynamic, data type, default, allowed values); the names in lower case, as AWS keeps them.
_POSTGRES_CLUSTER = {
    "autovacuum_naptime": ("dynamic", "integer", "5", "1-2147483"),
    "client_encoding": ("dynamic", "string", None, None),
    "log_min_duration_statement": ("dynamic", "integer", None, "-1-2147483647"),
    "log_statement": ("dynamic", "string", None, "none,ddl,mod,all"),
    "log_connections": ("dynamic", "boolean", "0", "0,1"),
    "log_disconnections": ("dynamic", "boolean", "0", "0,1"),
    "max_connections": ("static", "integer", "LEAST({DBInstanceClassMemory/9531392},5000)", "6-262143"),
    "max_replication_slots": ("static", "integer", "20", "5-1000"),
    "max_wal_senders": ("static", "integer", "20", "0-1000"),
    "max_worker_processes": ("static", "integer", "GREATEST({DBInstanceVCPU*2},8)", "0-262143"),
    "pgaudit.log": ("dynamic", "string", None, "all,none,read,write,ddl,misc,role,function"),
    "rds.force_ssl": ("dynamic", "boolean", "1", "0,1"),
    "rds.global_db_rpo": ("dynamic", "integer", "-1", "-1,20-2147483647"),
    "rds.logical_replication": ("static", "boolean", "0", "0,1"),
    "rds.log_retention_period": ("dynamic", "integer", "4320", "1440-10080"),
    "apg_ccm_enabled": ("static", "boolean", "0", "0,1"),
    "shared_preload_libraries": ("static", "list", "pg_stat_statements", None),
    "statement_timeout": ("dynamic", "integer", None, "0-2147483647"),
    "idle_in_transaction_session_timeout": ("dynamic", "integer", "86400000", "0-2147483647"),
    "timezone": ("dynamic", "string", None, None),
    "track_activity_query_size": ("static", "integer", "4096", "100-102400"),
    "wal_sender_timeout": ("dynamic", "integer", "30000", "0-3600000"),
    "work_mem": ("dynamic", "integer", None, "64-2147483647"),
}
_MYSQL_CLUSTER = {
    "aurora_replica_read_consistency": ("dynamic", "string", "EVENTUAL", "EVENTUAL,SESSION,GLOBAL"),
    "binlog_format": ("static", "string", "OFF", "ROW,STATEMENT,MIXED,OFF"),
    "character_set_server": ("dynamic", "string", None, None),
    "character_set_database": ("dynamic", "string", None, None),
    "collation_server": ("dynamic", "string", None, None),
    "innodb_flush_log_at_trx_commit": ("dynamic", "integer", "1", "0,1,2"),
    "innodb_lock_wait_timeout": ("dynamic", "integer", None, "1-1073741824"),
    "lower_case_table_names": ("static", "boolean", "0", "0,1"),
    "max_connections": ("dynamic", "integer", "GREATEST({log(DBInstanceClassMemory/805306368)*45},16)", "1-16000"),
    "performance_schema": ("static", "boolean", "0", "0,1"),
    "require_secure_transport": ("dynamic", "string", "OFF", "ON,OFF"),
    "server_audit_events": ("dynamic", "list", None, None),
    "server_audit_logging": ("dynamic", "boolean", "0", "0,1"),
    "slow_query_log": ("dynamic", "boolean", None, "0,1"),
    "long_query_time": ("dynamic", "float", None, "0-31536000"),
    "time_zone": ("dynamic", "string", "UTC", None),
    "tls_version": ("static", "list", None, "TLSv1.2,TLSv1.3"),
    "wait_timeout": ("dynamic", "integer", None, "1-31536000"),
}
#: Known everywhere, changeable nowhere.
_FIXED = {"data_directory": ("static", "string", "/rdsdbdata/db", None), "datadir": ("static", "string", None, None)}


def _known(family: str) -> dict[str, tuple]:
    return _POSTGRES_CLUSTER if family.startswith(catalogue.POSTGRES) else _MYSQL_CLUSTER


def _parameter(name: str, family: str, value: str | None, source: str, method: str) -> dict:
    kind, data_type, default, allowed = (_known(family) | _FIXED)[name]
    return {
        "ParameterName": name,
        "ParameterValue": default if value is None else value,
        "Description": f"{name}.",
        "Source": source,
        "ApplyType": kind,
        "DataType": data_type,
        "AllowedValues": allowed,
        "IsModifiable": name not in _FIXED,
        "ApplyMethod": method,
        "SupportedEngineModes": ["provisioned"],
    }


class _Kind:
    """One of the two sorts of parameter group; they differ in names only."""

    def __init__(self, records: AccountRegionScopedDict, word: str, arn_kind: str, missing: str):
        self.records, self.arn_kind, self.missing = records, arn_kind, missing
        self.group, self.groups = f"DB{word}ParameterGroup", f"DB{word}ParameterGroups"
        self.name_field, self.arn_field = f"DB{word}ParameterGroupName", f"DB{word}ParameterGroupArn"

    def find(self, name: str, missing: str = "DBParameterGroupNotFound") -> store.Record:
        name = name.lower()
        family = name.removeprefix("default.")
        if name not in self.records and family != name and family in catalogue.FAMILIES:
            self._put(name, family, f"Default parameter group for {family}", [])
        record = self.records.get(name)
        if record is None:
            raise AwsError(missing, f"{self.group} not found: {name}")
        return record

    def use(self, name: str | None, engine: str, version: str) -> str:
        """The name of a group that fits this engine version; the default group if none is named."""
        family = catalogue.family(engine, version)
        if name is None:
            return f"default.{family}"
        record = self.find(name, self.missing)
        if record["DBParameterGroupFamily"] != family:
            raise AwsError(
                "InvalidParameterCombination",
                f"The Parameter Group {name.lower()} with DBParameterGroupFamily {record['DBParameterGroupFamily']} "
                "cannot be used for this instance. Please use a Parameter Group with "
                f"DBParameterGroupFamily {family}",
            )
        return name.lower()

    def _put(self, name: str, family: str, description: str, tags: list) -> store.Record:
        self.records[name] = {
            self.name_field: name,
            "DBParameterGroupFamily": family,
            "Description": description,
            self.arn_field: store.arn(self.arn_kind, name),
            "TagList": tags,
            "_values": {},
        }
        return self.records[name]

    def create(self, parameters: Parameters) -> dict:
        name = parameters[self.name_field].lower()
        if name in self.records:
            raise AwsError("DBParameterGroupAlreadyExists", f"Parameter group {name} already exists")
        if parameters["DBParameterGroupFamily"] not in catalogue.FAMILIES:
            raise AwsError(
                "InvalidParameterValue",
                f"ParameterGroupFamily {parameters['DBParameterGroupFamily']} is not a valid parameter group family",
            )
        tags = store.tag_list(parameters)
        return {self.group: self._put(name, parameters["DBParameterGroupFamily"], parameters["Description"], tags)}

    def describe(self, parameters: Parameters) -> dict:
        wanted = parameters.get(self.name_field)
        found = [self.find(wanted)] if wanted else self.records.values()
        return store.page(found, self.name_field, parameters, self.groups)

    def describe_parameters(self, parameters: Parameters) -> dict:
        record = self.find(parameters[self.name_field])
        family, values, source = record["DBParameterGroupFamily"], record["_values"], parameters.get("Source")
        found = []
        for name, entry in (_known(family) | _FIXED).items():
            value, method = values.get(name, (None, "pending-reboot"))
            of = "user" if name in values else "system" if entry[2] is None else "engine-default"
            if source in (None, of):
                found.append(_parameter(name, family, value, of, method))
        return store.page(found, "ParameterName", parameters, "Parameters")

    def modify(self, parameters: Parameters) -> dict:
        record = self._changeable(parameters)
        changes = parameters["Parameters"]
        self._check(record, changes)
        for change in changes:
            if "ParameterValue" not in change:
                raise AwsError("InvalidParameterValue", "ParameterValue must be specified")
            allowed = _known(record["DBParameterGroupFamily"])[change["ParameterName"].lower()][3]
            _check_value(change["ParameterName"], change["ParameterValue"], allowed)
        for change in changes:
            record["_values"][change["ParameterName"].lower()] = (change["ParameterValue"], change["ApplyMethod"])
        return {self.name_field: record[self.name_field]}

    def reset(self, parameters: Parameters) -> dict:
        record = self._changeable(parameters)
        if parameters.get("ResetAllParameters"):
            record["_values"].clear()
        else:
            changes = parameters.get("Parameters") or []
            if not changes:
                raise AwsError("InvalidParameterCombination", "Parameters or ResetAllParameters must be specified")
            self._check(record, changes)
            for change in changes:
                record["_values"].pop(change["ParameterName"].lower(), None)
        return {self.name_field: record[self.name_field]}

    def _changeable(self, parameters: Parameters) -> store.Record:
        record = self.find(parameters[self.name_field])
        if record[self.name_field].startswith("default."):
            raise AwsError(
                "InvalidParameterValue", f"Default parameter groups cannot be modified: {record[self.name_field]}"
            )
        return record

    def _check(self, record: store.Record, changes: list[dict]) -> None:
        if len(changes) > LARGEST_CHANGE:
            raise AwsError(
                "InvalidParameterValue", f"A maximum of {LARGEST_CHANGE} parameters can be modified in a single request"
            )
        known = _known(record["DBParameterGroupFamily"])
        for change in changes:
            name = change.get("ParameterName", "").lower()
            if name in _FIXED:
                raise AwsError("InvalidParameterValue", f"The parameter {name} cannot be modified.")
            if name not in known:
                raise AwsError("InvalidParameterValue", f"Could not find parameter with name: {name}")
            if change.get("ApplyMethod") not in ("immediate", "pending-reboot"):
                raise AwsError("InvalidParameterValue", f"Invalid apply method: {change.get('ApplyMethod')}")
            if known[name][0] == "static" and change["ApplyMethod"] == "immediate":
                raise AwsError(
                    "InvalidParameterCombination", f"cannot use immediate apply method for static parameter: {name}"
                )

    def delete(self, parameters: Parameters) -> None:
        name = self.find(parameters[self.name_field])[self.name_field]
        if name.startswith("default."):
            raise AwsError("InvalidParameterValue", f"Default DBParameterGroup cannot be deleted: {name}")
        if self.users(name):
            raise AwsError(
                "InvalidDBParameterGroupState",
                f"One or more database instances are still members of this parameter group {name}, "
                "so the group cannot be deleted",
            )
        del self.records[name]

    def users(self, name: str) -> list[store.Record]:
        if self is CLUSTER:
            return [c for c in store.clusters.values() if c["DBClusterParameterGroup"] == name]
        return [i for i in store.instances.values() if i["DBParameterGroups"][0]["DBParameterGroupName"] == name]


def _check_value(name: str, value: str, allowed: str | None) -> None:
    """Numbers against the ranges, words against the list; formulas pass."""
    if allowed is None or "{" in value or not value:
        return
    parts = allowed.split(",")
    ranges = [part for part in parts if part.lstrip("-").count("-") and part.lstrip("-")[0].isdigit()]
    if value in parts or any(word in parts for word in value.lower().split(",")):
        return
    try:
        number = float(value)
    except ValueError:
        number = None
    for part in ranges:
        low, high = part.rsplit("-", 1)
        if number is not None and float(low) <= number <= float(high):
            return
    raise AwsError(
        "InvalidParameterValue", f"Invalid parameter value: {value} for: {name} allowed values are: {allowed}"
    )


CLUSTER = _Kind(store.cluster_parameter_groups, "Cluster", "cluster-pg", "DBClusterParameterGroupNotFound")
INSTANCE = _Kind(store.parameter_groups, "", "pg", "DBParameterGroupNotFound")

for _word, _kind in (("Cluster", CLUSTER), ("", INSTANCE)):
    operation("rds", f"CreateDB{_word}ParameterGroup")(_kind.create)
    operation("rds", f"DescribeDB{_word}ParameterGroups")(_kind.describe)
    operation("rds", f"DescribeDB{_word}Parameters")(_kind.describe_parameters)
    operation("rds", f"ModifyDB{_word}ParameterGroup")(_kind.modify)
    operation("rds", f"ResetDB{_word}ParameterGroup")(_kind.reset)
    operation("rds", f"DeleteDB{_word}ParameterGroup")(_kind.delete)


@operation("rds", "DescribeEngineDefaultClusterParameters", "DescribeEngineDefaultParameters")
def describe_engine_defaults(parameters: Parameters) -> dict:
    family = parameters["DBParameterGroupFamily"]
    if family not in catalogue.FAMILIES:
        raise AwsError("InvalidParameterValue", f"ParameterGroupFamily {family} is not a valid parameter group family")
    found = [_parameter(name, family, None, "engine-default", "pending-reboot") for name in _known(family) | _FIXED]
    answer = store.page(found, "ParameterName", parameters, "Parameters")
    return {"EngineDefaults": {"DBParameterGroupFamily": family, **answer}}

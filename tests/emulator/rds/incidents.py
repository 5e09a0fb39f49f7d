"""What happens to a cluster without anybody having asked for it.

``POST /_dr/rds/status {"cluster": "orders", "status": "failed"}``, in the account and Region of the query, puts a
cluster (or an ``instance``) into a state that no call of RDS's leads to: ``failed``, ``storage-full``,
``inaccessible-encryption-credentials``, ...; there it stays until another is said or it is deleted.
"""

from emulator.operations import control
from emulator.rds import store


@control("/_dr/rds/status")
def set_status(_: dict[str, str], document: dict | None) -> dict:
    wanted = document or {}
    if "cluster" in wanted:
        record, field = store.cluster(wanted["cluster"]), "Status"
    else:
        record, field = store.instance(wanted["instance"]), "DBInstanceStatus"
    store.become(record, field, wanted["status"])  # whatever was under way is over
    record[field] = wanted["status"]
    return {"status": record[field]}

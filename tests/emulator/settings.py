"""Everything that the environment decides.  Times are seconds; 0 means at once.

The times can be changed while the emulator runs (``POST /_dr/settings {"RDS_STEP": 2}``), for all or, with
``?account=...``, for one account; a reset restores them.
"""

import os

from ministack.core.responses import get_account_id

#: Where to listen; the host is not a setting.
HOST = "127.0.0.1"
PORT = int(os.environ.get("GATEWAY_PORT", "4566"))

#: Every request is appended to this file, one JSON object a line.
RECORD_FILE = os.environ.get("DR_RECORD") or None

_DEFAULTS = {
    # How long a cluster, an instance or a global database stays in each state on its way.
    "RDS_STEP": 0.3,
    # How long after ModifyDBCluster and ModifyDBInstance the status is still `available`, as it often is on AWS.
    "RDS_LAG": 0.0,
    # How long a backup, copy or restore job, a framework or an air-gapped vault stays in each state on its way.
    "BACKUP_STEP": 0.3,
    # How long a day is for a vault lock that can be changed for so many days.
    "BACKUP_DAY": 86400.0,
    # How long a function is Pending after creation and InProgress after an update.
    "LAMBDA_STEP": 0.2,
    # How long credentials of a role are good for; 0 is as long as was asked.
    "STS_LIFE": 0.0,
    # How long after CreateRole Lambda still says that it cannot assume the role.
    "IAM_STEP": 0.0,
    # How long a new key is found by some and not by others, and key policies cannot name a new role.
    "KMS_STEP": 0.0,
    # How long after its deletion the name of a queue cannot be used again; a minute at AWS.
    "SQS_STEP": 0.0,
    # How long after a change GetResources still answers with the old tags.
    "TAG_STEP": 0.0,
}
_started_with = {name: float(os.environ.get(f"DR_{name}", value)) for name, value in _DEFAULTS.items()}
_now = dict(_started_with)


_of_account: dict[str, dict[str, float]] = {}


def seconds(name: str) -> float:
    return _of_account.get(get_account_id(), {}).get(name, _now[name])


def change(settings: dict[str, float], account: str | None = None) -> None:
    if unknown := set(settings) - set(_now):
        raise ValueError(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(_now)}")
    changed = {name: float(value) for name, value in settings.items()}
    if account is None:
        _now.update(changed)
    else:
        _of_account.setdefault(account, {}).update(changed)


def current(account: str | None = None) -> dict[str, float]:
    return _now | _of_account.get(account or "", {})


def reset(account: str | None = None) -> None:
    if account is not None:
        _of_account.pop(account, None)
        return
    _of_account.clear()
    _now.update(_started_with)

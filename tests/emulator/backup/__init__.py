"""AWS Backup, wholly ours.

ministack has vaults, plans and selections as names to be stored.  A recovery architecture lives on what they
refuse and on what they set off: a vault that is not empty or is locked, a copy that another account's vault or key
does not let in, the events that carry a copy on to the next Region.

``vaults`` (and ``vault_locks``, ``vault_policies``), ``plans``, ``selections``, ``preferences`` (of a Region, of the
organisation), ``audits`` (frameworks and report plans), ``restore_testing`` and ``tags`` are what is configured.
``recovery_points``, ``jobs`` (backup jobs, and the ``schedule`` that starts them), ``copies`` and ``restores`` are
what happens; ``notices`` tells of it.  ``store`` holds it all.

Where AWS is not documented and nothing else is known, the stricter reading is taken: it can cost a test, the
looser one an outage.  Known choices: a missing vault is AccessDeniedException; a plan with the very document of
another is refused, one with only its name is not; two selections of one plan may share a name; nobody is told of a
copy that arrives, only of the copy job, where it was started.
"""

from emulator.backup import audits
from emulator.backup import copies
from emulator.backup import jobs
from emulator.backup import plans
from emulator.backup import preferences
from emulator.backup import recovery_points
from emulator.backup import restore_testing
from emulator.backup import restores
from emulator.backup import selections
from emulator.backup import tags
from emulator.backup import vault_locks
from emulator.backup import vault_policies
from emulator.backup import vaults
from emulator.operations import WHOLLY_OURS

__all__ = [
    "audits",
    "copies",
    "jobs",
    "plans",
    "preferences",
    "recovery_points",
    "restore_testing",
    "restores",
    "selections",
    "tags",
    "vault_locks",
    "vault_policies",
    "vaults",
]

WHOLLY_OURS.add("backup")

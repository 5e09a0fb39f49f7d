"""Amazon RDS for Aurora, wholly ours.

ministack's RDS wants to run real databases in Docker and thinks of the rest as decoration: states never take
time, log exports and keys are not checked, orderable options and subscriptions are missing.  A tool that only
ever talks to the control plane needs exactly the decoration: the states on the way, the refusals, the texts.

Each module registers its operations: ``subnet_groups``, ``parameter_groups``, ``clusters`` (and
``cluster_changes``), ``instances``, ``global_clusters`` (and ``switching``), ``snapshots``, ``restores``,
``subscriptions``, ``proxies``, ``tags``, ``incidents`` and ``catalogue`` (versions, classes).  ``cluster_values``
checks single values, ``membership`` says what a cluster is in its global database, ``notices`` tells what happens,
and ``store`` holds it all.
"""

from emulator.operations import WHOLLY_OURS
from emulator.rds import catalogue
from emulator.rds import cluster_changes
from emulator.rds import clusters
from emulator.rds import global_clusters
from emulator.rds import incidents
from emulator.rds import instances
from emulator.rds import notices
from emulator.rds import parameter_groups
from emulator.rds import proxies
from emulator.rds import restores
from emulator.rds import snapshots
from emulator.rds import subnet_groups
from emulator.rds import subscriptions
from emulator.rds import switching
from emulator.rds import tags

__all__ = [
    "catalogue",
    "cluster_changes",
    "clusters",
    "global_clusters",
    "incidents",
    "instances",
    "notices",
    "parameter_groups",
    "proxies",
    "restores",
    "snapshots",
    "subnet_groups",
    "subscriptions",
    "switching",
    "tags",
]

WHOLLY_OURS.add("rds")

"""What happens to one account, stage by stage, and to many at once."""

from vend.lifecycle._applying import apply, refuse_frozen
from vend.lifecycle._bundling import Sealing, bundle, plan_of_bundle
from vend.lifecycle._planning import plan
from vend.lifecycle._previewing import Emulate, Emulated
from vend.lifecycle._status import AccountStatus, FleetStatus, status
from vend.lifecycle._workspace import Workspace, open_workspace

__all__ = [
    "AccountStatus",
    "Emulate",
    "Emulated",
    "FleetStatus",
    "Sealing",
    "Workspace",
    "apply",
    "bundle",
    "open_workspace",
    "plan",
    "plan_of_bundle",
    "refuse_frozen",
    "status",
]

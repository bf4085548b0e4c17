"""What happens to one account, stage by stage, and to many at once."""

from vend.lifecycle._forget import forget, known
from vend.lifecycle._status import AccountStatus, FleetStatus, status
from vend.lifecycle._workspace import Workspace, open_workspace
from vend.lifecycle.apply._apply import apply, refuse_frozen
from vend.lifecycle.plan._bundle import Sealing, bundle, plan_of_bundle
from vend.lifecycle.plan._plan import plan
from vend.lifecycle.plan._previews import Emulate, Emulated

__all__ = [
    "AccountStatus",
    "Emulate",
    "Emulated",
    "FleetStatus",
    "Sealing",
    "Workspace",
    "apply",
    "bundle",
    "forget",
    "known",
    "open_workspace",
    "plan",
    "plan_of_bundle",
    "refuse_frozen",
    "status",
]

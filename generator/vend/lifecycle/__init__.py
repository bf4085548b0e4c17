"""What happens to one account, stage by stage, and to many at once."""

from vend.lifecycle._failures import AccountFailure
from vend.lifecycle._forget import forget, ledger_entry
from vend.lifecycle._history import AccountOutcome, FleetHistory, RunHistory, history
from vend.lifecycle._status import AccountStatus, FleetStatus, status
from vend.lifecycle._workspace import Workspace, open_workspace
from vend.lifecycle.apply._apply import apply, refuse_frozen
from vend.lifecycle.locks._unlock import AccountHolds, account_holds, unlock
from vend.lifecycle.plan._bundle import Sealing, bundle, plan_of_bundle
from vend.lifecycle.plan._plan import plan
from vend.lifecycle.plan._previews import EmulatedAws, StartEmulation

__all__ = [
    "AccountFailure",
    "AccountHolds",
    "AccountOutcome",
    "AccountStatus",
    "EmulatedAws",
    "FleetHistory",
    "FleetStatus",
    "RunHistory",
    "Sealing",
    "StartEmulation",
    "Workspace",
    "account_holds",
    "apply",
    "bundle",
    "forget",
    "history",
    "ledger_entry",
    "open_workspace",
    "plan",
    "plan_of_bundle",
    "refuse_frozen",
    "status",
    "unlock",
]

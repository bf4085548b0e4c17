"""Account vending for AWS Control Tower: requests in git, planned in review, applied with Terraform.

For scripts::

    import vend

    fleet = vend.load_fleet()
    with vend.open_workspace(fleet) as workspace:
        plan = workspace.plan()
        print(vend.show(workspace.review(plan)))
        report = workspace.apply(plan)

Every name is imported when it is first used, so that `import vend` itself costs nothing. The interface is provisional
until version 0.3: names may still change, and the changelog says when they do.
"""

from __future__ import annotations

import importlib

from vend._version import __version__

TYPE_CHECKING = False  # `typing` takes longer to import than all the rest; type checkers take this name for true
if TYPE_CHECKING:
    from typing import Any

    from vend.api import (
        LoadedFleet,
        RequestEdit,
        RequestEditor,
        Workspace,
        edit_requests,
        load_fleet,
        open_workspace,
        show,
    )
    from vend.errors import (
        AwsError,
        Diagnostic,
        InterruptedRunError,
        InvalidInputError,
        LedgerError,
        RefusedError,
        ToolMissingError,
        VendError,
        WorkingDirectoryError,
    )
    from vend.events import Event
    from vend.lifecycle import AccountStatus, FleetStatus
    from vend.models import AccountRequest, AccountResult, Report, StageResult
    from vend.plan import AccountPlan, Plan, Review

_HOMES = {
    "vend.api": (
        "LoadedFleet",
        "RequestEdit",
        "RequestEditor",
        "Workspace",
        "edit_requests",
        "load_fleet",
        "open_workspace",
        "show",
    ),
    "vend.errors": (
        "AwsError",
        "Diagnostic",
        "InterruptedRunError",
        "InvalidInputError",
        "LedgerError",
        "RefusedError",
        "ToolMissingError",
        "VendError",
        "WorkingDirectoryError",
    ),
    "vend.events": ("Event",),
    "vend.lifecycle": ("AccountStatus", "FleetStatus"),
    "vend.models": ("AccountRequest", "AccountResult", "Report", "StageResult"),
    "vend.plan": ("AccountPlan", "Plan", "Review"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "AccountPlan",
    "AccountRequest",
    "AccountResult",
    "AccountStatus",
    "AwsError",
    "Diagnostic",
    "Event",
    "FleetStatus",
    "InterruptedRunError",
    "InvalidInputError",
    "LedgerError",
    "LoadedFleet",
    "Plan",
    "RefusedError",
    "Report",
    "RequestEdit",
    "RequestEditor",
    "Review",
    "StageResult",
    "ToolMissingError",
    "VendError",
    "WorkingDirectoryError",
    "Workspace",
    "__version__",
    "edit_requests",
    "load_fleet",
    "open_workspace",
    "show",
]


def __getattr__(name: str) -> Any:
    """A name of the interface, from the room that defines it."""
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module 'vend' has no attribute {name!r}")


def __dir__() -> list[str]:
    """What there is, for completion."""
    return __all__

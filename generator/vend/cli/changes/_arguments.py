"""What the command line asks of plan, apply and show."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from vend.cli.changes._policy_options import PolicyOptions
from vend.plan import Selection
from vend.settings import SavedPlans


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundling:
    """How the bundle of a plan is written.

    Attributes:
        out: a folder, or a file that ends in `.vend`; None for the fleet's working directory.
        saved_plans: what becomes of saved plans; None for what vend.hcl says.
    """

    out: Path | None = None
    saved_plans: SavedPlans | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked for.

    Attributes:
        selection: what of the fleet.
        policies: what else the change set is judged by.
        bundling: how its bundle is written.
        previews: whether new accounts' customizations may be planned against an emulated AWS.
        detailed_exitcode: exit with 2 when changes are pending.
        auto_approve: apply without asking.
        digest: apply, without asking, only what has this digest.
        max_failures: after so many failed accounts no other is begun; None for no limit.
    """

    selection: Selection = field(default_factory=Selection)
    policies: PolicyOptions = field(default_factory=PolicyOptions)
    bundling: Bundling = field(default_factory=Bundling)
    previews: bool = True
    detailed_exitcode: bool = False
    auto_approve: bool = False
    digest: str | None = None
    max_failures: int | None = None

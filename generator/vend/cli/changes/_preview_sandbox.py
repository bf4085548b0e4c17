"""The emulated AWS that customizations of new accounts are planned against, while a plan is made."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from vend.cli.call._call import Call

if TYPE_CHECKING:
    from vend.lifecycle import EmulatedAws, StartEmulation
    from vend.models import AccessAssignment, Fleet, OrganizationFile
    from vend.settings import Settings


def emulating(call: Call, fleet: Fleet) -> StartEmulation | None:
    """What starts it; None where vend.hcl wants no previews."""
    settings = fleet.settings
    if not settings.review.previews:
        return None

    @contextmanager
    def emulate(
        organization: OrganizationFile, *, new: Mapping[str, Sequence[AccessAssignment]], directory: Path
    ) -> Iterator[EmulatedAws]:
        from vend import sandbox
        from vend.aws import Aws
        from vend.lifecycle import EmulatedAws

        config = sandbox.SandboxConfig(home_region=settings.home_region, operation_seconds=0.0)
        config, _ = sandbox.start_from(organization, config, "the organization")
        made = (sandbox.NewAccount(id=account_id, access=tuple(access)) for account_id, access in new.items())
        config = replace(config, new_accounts=tuple(made))
        # A process of its own: moto heeds the environment of its process, and that is the caller's here.
        started = sandbox.start(config, directory, owner=os.getpid())
        try:
            environ = {**sandbox.without_aws(call.environ), **started.environment}
            aws = Aws.connect(_as_its_caller(settings), environ)
            yield EmulatedAws(environ=environ, session=aws.account_environment)
        finally:
            sandbox.stop(directory)

    return emulate


def _as_its_caller(settings: Settings) -> Settings:
    """The settings for an organization that has no other roles than those Control Tower makes."""
    control_tower = replace(settings.control_tower, vending_role=None, execution_role="AWSControlTowerExecution")
    return replace(settings, control_tower=control_tower)

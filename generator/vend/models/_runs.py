"""Who ran vend, and on what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vend.codec import JsonDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOrigin(JsonDocument):
    """Who started a run, and what it set out to do.

    Attributes:
        user: of the operating system; empty where it has no name.
        host: name of the machine.
        actor: who started the CI job, as the CI says; None outside of one.
        commit: of the fleet's repository; None where it is none.
        digest: of the change set that was applied.
        actions: what was to be done, by account; accounts with nothing to do are left out.
    """

    user: str = ""
    host: str = ""
    actor: str | None = None
    commit: str | None = None
    digest: str | None = None
    actions: Mapping[str, str] = field(default_factory=dict)

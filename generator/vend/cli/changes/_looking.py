"""Commands that look at what was done: status and history."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from vend.cli.call._call import DONE, FAILED, Call
from vend.cli.call._fleet import open_fleet
from vend.cli.changes._lifecycle import Lifecycle

if TYPE_CHECKING:
    from vend.lifecycle import Workspace

_FAILED = frozenset({"failed", "aborted"})


def status(call: Call, accounts: Sequence[str], lifecycle: Lifecycle, *, failed: bool = False) -> int:
    """Shows the fleet as it stands; exit code 1 where an account failed that is shown.

    Args:
        call: what every command is given.
        accounts: only these; all where empty.
        lifecycle: the verbs.
        failed: only accounts that failed or were stopped.
    """
    from vend.views import status_document

    with _opened(call, lifecycle) as workspace:
        found = lifecycle.status(workspace, tuple(accounts))
    if failed:
        found = replace(found, accounts=tuple(row for row in found.accounts if row.status in _FAILED))
    call.view.show(status_document(found.to_json(), now=datetime.now(UTC), columns_wide=_columns(call)))
    return FAILED if any(row.status == "failed" for row in found.accounts) else DONE


def history(call: Call, account: str | None, limit: int, lifecycle: Lifecycle) -> int:
    """Shows the runs that the ledger remembers."""
    from vend.views import history_document

    with _opened(call, lifecycle) as workspace:
        found = lifecycle.history(workspace, account, limit)
    call.view.show(history_document(found.to_json(), columns_wide=_columns(call), account=account))
    return DONE


@contextmanager
def _opened(call: Call, lifecycle: Lifecycle) -> Iterator[Workspace]:
    """A workspace that changes nothing."""
    fleet, catalogue = open_fleet(call)
    fleet = replace(fleet, settings=fleet.settings.as_planning_role())
    with lifecycle.open_workspace(
        fleet, catalogue, environ=call.environ, on_event=call.on_event, stop=threading.Event()
    ) as workspace:
        yield workspace


def _columns(call: Call) -> int:
    """How wide the output is: as COLUMNS says, or the terminal; 80 where there is none."""
    told = call.environ.get("COLUMNS", "")
    if told.isascii() and told.isdigit() and int(told) > 0:
        return int(told)
    return shutil.get_terminal_size().columns if call.streams.out.isatty() else 80

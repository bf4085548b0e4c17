"""Commands for the faults of the running sandbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vend.cli.call._call import DONE, Call
from vend.cli.sandbox._processes import running_directory


def add(call: Call, attributes: Mapping[str, Any]) -> int:
    """Adds a fault to the running sandbox."""
    from vend import sandbox
    from vend.views import faults_document

    added = sandbox.add_fault(sandbox.Fault(**attributes), running_directory(call))
    call.view.show(faults_document([added]))
    return DONE


def show(call: Call) -> int:
    """Lists the faults of the running sandbox."""
    from vend import sandbox
    from vend.views import faults_document

    call.view.show(faults_document(sandbox.faults(running_directory(call))))
    return DONE


def clear(call: Call, ids: Sequence[str]) -> int:
    """Clears faults of the running sandbox."""
    from vend import sandbox
    from vend.views import outcome_document

    cleared = sandbox.clear_faults(ids, running_directory(call))
    message = f"cleared {', '.join(fault['id'] for fault in cleared)}" if cleared else "there were no faults to clear"
    call.view.show(outcome_document({"faults": cleared}, (message,)))
    return DONE

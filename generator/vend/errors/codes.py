"""Every diagnostic code, with one sentence on when it is given.

The reference page of diagnostics is generated from this table, and a test holds that no
other code is used anywhere. Sorted by code.
"""

from __future__ import annotations

CODES: dict[str, str] = {
    "program-not-found": "A program that should run is not there.",
    "program-not-startable": "A program is there but cannot be started: not executable, no interpreter, or no directory.",
}

"""The latest calls and their outcomes."""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from vend.codec import JsonDocument
from vend.sandbox.protocol._call import Answer, ApiCall

_CALLS_KEPT = 50
_CODE = re.compile(rb'<Code>([\w.]+)</Code>|"__type":\s*"(?:[^"#]*#)?([\w.]+)"')


@dataclass(slots=True, kw_only=True)
class JournalEntry(JsonDocument):
    """One call.

    Attributes:
        at: seconds since the epoch.
        account_id: in which it was made; None until that is known.
        outcome: `under way`, `ok`, an error code, or `no answer`.
        fault: the id of the fault that struck it.
    """

    at: float
    account_id: str | None = None
    operation: str
    outcome: str = "under way"
    fault: str | None = None


class Journal:
    """The last calls of one sandbox; safe to use from every thread.

    Args:
        clock: seconds since the epoch.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._entries: deque[JournalEntry] = deque(maxlen=_CALLS_KEPT)

    def begin(self, call: ApiCall) -> JournalEntry:
        """Records a call; the caller fills in the outcome."""
        entry = JournalEntry(at=self._clock(), operation=call.name)
        with self._guard:
            self._entries.append(entry)
        return entry

    def entries(self) -> list[JournalEntry]:
        """The oldest first."""
        with self._guard:
            return list(self._entries)


def outcome_of(answer: Answer) -> str:
    """`ok`, or the error code that an answer holds."""
    if answer.lost:
        return "no answer"
    if answer.status < HTTPStatus.BAD_REQUEST:
        return "ok"
    named = {name.lower(): value for name, value in answer.headers.items()}.get("x-amzn-errortype", "")
    code = named.partition(":")[0].rpartition("#")[2]
    match = _CODE.search(answer.body)
    return code or next((found.decode() for found in (match.groups() if match else ()) if found), str(answer.status))

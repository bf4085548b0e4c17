"""The emulated AWS as it stands, for reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vend.views._document import Document
from vend.views._text import Line, Span, columns, line


def faults_document(faults: Sequence[Mapping[str, Any]]) -> Document:
    """The answer of `vend sandbox fault list` and `add`.

    Args:
        faults: each as JSON.
    """
    return Document(json={"faults": [dict(fault) for fault in faults], "diagnostics": []}, text=(*_faults(faults),))


def _faults(faults: Sequence[Mapping[str, Any]]) -> Iterator[Line]:
    if not faults:
        yield line("no faults")
        return
    header = ("FAULT", "OPERATION", "KIND", "AT", "ACCOUNT", "LEFT", "USED", "")
    yield from columns([_fault(fault) for fault in faults], header=header)


def _fault(fault: Mapping[str, Any]) -> tuple[str | Span, ...]:
    left = "every call" if fault["remaining"] is None else str(fault["remaining"])
    said = "  ".join(fault[name] for name in ("code", "message") if fault[name])
    return (
        fault["id"],
        fault["operation"],
        fault["kind"] if fault["seconds"] is None else f"{fault['kind']} {fault['seconds']:g} s",
        fault["at"],
        fault["account"] or "any",
        Span(left, "dim" if fault["remaining"] == 0 else "bold yellow"),
        str(fault["used"]),
        said,
    )

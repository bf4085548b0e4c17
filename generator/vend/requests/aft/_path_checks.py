"""Keeping functions that read files inside the repository.

Terraform's functions read any file of the machine, by paths that only evaluation makes: in a checkout that somebody
else has written, that would put a stranger's hand on whatever the caller may read. Each path is therefore
checked by Terraform itself, in an expression around it; where none can be put, the file is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from vend.hcl import FunctionCall, function_calls
from vend.models import Position
from vend.requests.aft._text_edits import TextEdit, blanked

INSIDE = "@vend-inside@"
"""Stands for the copy's folder, as a pattern, until it is known."""
_READING = (
    "file",
    "filebase64",
    "filebase64sha256",
    "filebase64sha512",
    "fileexists",
    "filemd5",
    "fileset",
    "filesha1",
    "filesha256",
    "filesha512",
    "templatefile",
)
_REFUSED = {
    "templatestring": "it evaluates text that is itself computed",
    "plantimestamp": "its value changes each time",
}
_NAMED = re.compile(
    rf"(?<![\w-])(?:{'|'.join((*_READING, *_REFUSED))})(?:\s|/\*.*?\*/|#[^\n]*\n|//[^\n]*\n)*\(", re.DOTALL
)
"""A call, or something like one; comments may stand before the bracket."""
_TEMPLATE = re.compile(r"[$%]\{")
_TEMPLATES = (
    "cfg",
    "conf",
    "csv",
    "hcl",
    "j2",
    "json",
    "md",
    "sh",
    "template",
    "tmpl",
    "tpl",
    "tftpl",
    "tmplt",
    "txt",
    "yaml",
    "yml",
)
_PATTERN_WITHOUT_PARENTS = r"^(?:[^.]|\\.[^.])*\\.?$"


def guard(text: str, taken: Sequence[tuple[int, int]]) -> tuple[list[TextEdit], list[tuple[int, str]]]:
    """The edits that keep a configuration file inside, and what cannot be kept: offsets and reasons.

    Args:
        text: of the file.
        taken: begin and end of what is taken out of it anyway.
    """
    hits = [match.start() for match in _NAMED.finditer(text) if not _within(match.start(), taken)]
    if not hits:
        return [], []
    scan = function_calls(text, (*_READING, *_REFUSED))
    if scan is None:
        return [], [(hits[0], "vend cannot check the file")]
    edits: list[TextEdit] = []
    problems: list[tuple[int, str]] = []
    seen = set()
    for call in scan.calls:
        seen.add(call.start)
        if not _within(call.start, taken):
            reason = _REFUSED.get(call.name) or _unguardable(call)
            if reason is not None:
                problems.append((call.start, f"vend does not evaluate {call.name}(): {reason}"))
            else:
                edits += _around(call)
    for start, end in scan.inert:
        named = [hit for hit in hits if start <= hit < end]
        seen.update(named)
        if named and text[start : start + 1] in {"#", "/"}:
            edits.append(blanked(text, start, end))  # a comment, to whatever parser
        elif named and "{" in text[start:end]:
            problems.append((named[0], "the text looks like a call"))
    problems += [(hit, "vend cannot check this text") for hit in hits if hit not in seen]
    return edits, problems


def template_problem(content: bytes) -> int | None:
    """The line of a data file in which a template would call a function that reads files; None where none does."""
    text = content.decode("utf-8", "replace")
    match = _NAMED.search(text)
    return text.count("\n", 0, match.start()) + 1 if match is not None and _TEMPLATE.search(text) else None


def may_be_template(path: str) -> bool:
    """Whether `templatefile` is let read a file of this name."""
    return path.rpartition(".")[2] in _TEMPLATES


def uses_templates(text: str) -> bool:
    """Whether a file may evaluate others as templates."""
    return "templatefile" in text


def calls_anything(text: str) -> bool:
    """Whether a text names a function that reads files, or that is refused."""
    return _NAMED.search(text) is not None


def inside_pattern(directory: str) -> str:
    """What `INSIDE` becomes: a quoted RE2 pattern's text for a folder."""
    return re.escape(directory).replace("\\", "\\\\")


def failed_guard(detail: str) -> bool:
    """Whether Terraform says that a pattern did not match."""
    return '"regex"' in detail and "did not match" in detail


def place(file: str, text: str, offset: int) -> Position:
    """A line and column of an offset."""
    start = text.rfind("\n", 0, offset) + 1
    return Position(file=file, line=text.count("\n", 0, offset) + 1, column=offset - start + 1)


def _unguardable(call: FunctionCall) -> str | None:
    if call.expanded or not call.arguments:
        return "its arguments cannot be told apart"
    return None


def _around(call: FunctionCall) -> Iterator[TextEdit]:
    start, end = call.arguments[0]
    below = f"/(?:.*/)?[^/]*\\\\.(?:{'|'.join(_TEMPLATES)})" if call.name == "templatefile" else "(?:/.*)?"
    yield TextEdit(start=start, end=start, text=f'regex("(?s)^{INSIDE}{below}$", abspath(')
    yield TextEdit(start=end, end=end, text="))")
    if call.name == "fileset" and len(call.arguments) > 1:
        start, end = call.arguments[1]
        yield TextEdit(start=start, end=start, text=f'regex("{_PATTERN_WITHOUT_PARENTS}", ')
        yield TextEdit(start=end, end=end, text=")")


def _within(offset: int, ranges: Sequence[tuple[int, int]]) -> bool:
    return any(start <= offset < end for start, end in ranges)

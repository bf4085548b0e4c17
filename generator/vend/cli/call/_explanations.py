"""The explanation of each diagnostic code, which ships as a page of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

_FENCE = re.compile(r"^```\w+\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"\A# ((?:[\w.-]+/)*[\w.-]+\.\w+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Everything there is to say of a code.

    Attributes:
        when: one sentence on when it is given.
        text: what to do, as Markdown, with an example where one can be shown.
        files: those of the example, by path: a fleet of them gives the diagnostic.
    """

    code: str
    when: str
    text: str
    files: Mapping[str, str]


def explanation(code: str) -> Explanation:
    """The explanation of a code.

    Raises:
        KeyError: there is no such code.
    """
    from vend.errors import CODES

    when = CODES[code]
    text = (resources.files("vend.cli") / "explanations" / f"{code}.md").read_text(encoding="utf-8")
    files = {name[1]: match[1] for match in _FENCE.finditer(text) if (name := _FILE.search(match[1]))}
    return Explanation(code=code, when=when, text=text, files=files)

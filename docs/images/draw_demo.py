"""Draws what `vend demo` printed: `vend demo | python docs/images/draw_demo.py > docs/images/demo.svg`.

Leaves out the long first plan and the paths of the machine it ran on.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from rich.console import CONSOLE_SVG_FORMAT, Console
from rich.text import Text

WIDTH = 118
STYLES = (
    (re.compile(r"^\d+\. .*"), "bold cyan"),
    (re.compile(r"\bsucceeded\b|^\s*\+.*"), "green"),
    (re.compile(r"^\s*-(?!-).*"), "red"),
    (re.compile(r"^\s*~.*|\bmove\b|\bchanged\b"), "yellow"),
)


def chosen(lines: Iterator[str]) -> Iterator[str]:
    """The steps from the first apply on, without the list of what changes inside the account."""
    step, hidden = 0, False
    for line in lines:
        number = re.match(r"(\d+)\. ", line)
        step = int(number[1]) if number else step
        if line.startswith("Done in"):
            yield line.split(" Where to look")[0]
            return
        if step < 4:  # noqa: PLR2004 - the first apply
            continue
        hidden = line.startswith("  customizations:") or (hidden and line.startswith("    "))
        if not hidden or line.startswith("  customizations:"):
            yield line


def main() -> None:
    """Reads standard input, writes SVG to standard output."""
    console = Console(record=True, width=WIDTH, file=sys.stderr, force_terminal=True)
    for line in chosen(iter(sys.stdin.read().splitlines())):
        text = Text(line[:WIDTH], no_wrap=True, overflow="crop")
        for pattern, style in STYLES:
            text.highlight_regex(pattern, style)
        console.print(text)
    # The font is the reader's own: nothing is fetched to show the picture.
    without_fonts = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    sys.stdout.write(console.export_svg(title="vend demo", code_format=without_fonts))


if __name__ == "__main__":
    main()

"""Links between the pages of the documentation lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from unit.docs.pages import REPOSITORY

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
PAGES = [
    Path("README.md"),
    Path("CONTRIBUTING.md"),
    *sorted(page.relative_to(REPOSITORY) for page in (REPOSITORY / "docs").rglob("*.md")),
]


def anchors(page: Path) -> set[str]:
    """What GitHub makes of a page's headings."""
    headings = _HEADING.findall(_FENCE.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_relative_link_leads_to_a_file(page: Path) -> None:
    """Files exist, and so do the headings that a link names."""
    text = _FENCE.sub("", (REPOSITORY / page).read_text(encoding="utf-8"))
    broken = []
    for link in _LINK.findall(text):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (REPOSITORY / page.parent / path).resolve() if path else REPOSITORY / page
        found = target.exists() and target.is_relative_to(REPOSITORY)
        if not found or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert not broken


def test_links_are_found() -> None:
    """The test above tests something."""
    assert len(_LINK.findall((REPOSITORY / "README.md").read_text(encoding="utf-8"))) > 5

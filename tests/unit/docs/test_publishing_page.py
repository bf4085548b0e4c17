"""docs/reference/publishing.md names what is published, and what says where."""

from __future__ import annotations

import re
from typing import get_args

from unit.docs.pages import REPOSITORY, codes, examples, rows, sections
from vend.errors import CODES
from vend.forge import Pace
from vend.models import PublishedPart, PublishedStatus
from vend.plan import Verdict
from vend.views import MOST_ANNOTATIONS
from vend.views._check import _CONCLUSIONS
from vend.views._publication import _LABELS

PAGE = "docs/reference/publishing.md"


def _named() -> set[str]:
    return set(re.findall(r"`([^`\n]+)`", (REPOSITORY / PAGE).read_text(encoding="utf-8")))


def test_every_part_and_status_is_on_the_page() -> None:
    """The words of the JSON document."""
    assert {*get_args(PublishedPart), *get_args(PublishedStatus)} <= _named()


def test_every_label_is_on_the_page() -> None:
    """And no other."""
    listed = {label for row in rows(sections(PAGE)["Labels"]) for label in codes(row[0])}
    assert listed == set(_LABELS)


def test_every_verdict_has_the_conclusion_that_the_page_names() -> None:
    """In its table."""
    told = {verdict: codes(row[1])[0] for row in rows(sections(PAGE)["The check run"]) for verdict in codes(row[0])}
    assert told == _CONCLUSIONS
    assert set(told) == set(get_args(Verdict))


def test_every_variable_that_is_read_is_on_the_page() -> None:
    """Whatever the code asks the environment for."""
    source = "".join(
        (REPOSITORY / "generator/vend" / name).read_text(encoding="utf-8")
        for name in ("forge/_target.py", "cli/changes/_publishing.py")
    )
    read = set(re.findall(r'"(GITHUB_[A-Z_]+)"', source))
    listed = {name for row in rows(sections(PAGE)["From where it knows"]) for name in codes(row[0])}
    assert read == listed


def test_every_failure_is_on_the_page() -> None:
    """Those that a call to GitHub can have."""
    elsewhere = {"github-environment", "github-not-installed"}
    assert {code for code in CODES if code.startswith("github-")} - elsewhere <= _named()


def test_figures_are_those_of_the_code() -> None:
    """Retries, waits, remarks."""
    text = " ".join((REPOSITORY / PAGE).read_text(encoding="utf-8").split())
    assert (Pace().retries, Pace().longest_wait) == (3, 60)
    assert "tried again three times, and a limit is waited for up to a minute each time" in text
    assert f"at most {MOST_ANNOTATIONS}" in text


def test_the_workflows_use_options_that_there_are() -> None:
    """Every `vend` command in the how-to's blocks has its page section, and every option is on it."""
    reference = (REPOSITORY / "docs/reference/cli.md").read_text(encoding="utf-8")
    commands = [
        line.split("vend ", 1)[1]
        for example in examples("docs/how-to/review.md", "yaml", "sh")
        for line in example.text.splitlines()
        if re.search(r"(?:run: |^)vend ", line)
    ]
    assert len(commands) >= 4
    for command in commands:
        words = command.split(" > ")[0].split()
        name = " ".join(words[:2] if words[0] == "review" else words[:1])
        section = reference.split(f"## vend {name}\n", 1)[1].split("\n## ", 1)[0]
        assert all(f"`{word}`" in section for word in words if word.startswith("--"))

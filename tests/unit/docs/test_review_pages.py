"""docs/reference/review.md and bundle.md name what the documents hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from support.plans import PLANS, recorded
from unit.docs.pages import REPOSITORY
from vend.errors import CODES
from vend.plan import RiskLevel, Topic
from vend.review import pack, review_of
from vend.review._manifest import FORMAT

_MAPS = frozenset({"summary", "request", "found", "inputs", "settings", "providers", "files", "unknown", "selection"})
"""Keys whose own keys are data, or are told beside them."""


def _page(name: str) -> str:
    return (REPOSITORY / "docs" / "reference" / name).read_text(encoding="utf-8")


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield key
            if key not in _MAPS:
                yield from _keys(item)
    elif isinstance(value, list):
        for item in value:
            yield from _keys(item)


def _named(page: str) -> set[str]:
    return set(re.findall(r"`([a-z_0-9]+)`", page))


def test_every_key_of_a_review_is_on_its_page() -> None:
    """Of every kind of plan; what a diagnostic, a policy result and an operation's tags hold is told elsewhere."""
    found: set[str] = set()
    for make in PLANS.values():
        document = review_of(make()).to_json()
        document["diagnostics"] = document["policy"] = []
        for account in document["accounts"]:
            account["diagnostics"] = account["policy"] = []
            for operation in account["operations"]:
                operation["from"] = operation["to"] = None
            for stage in account["stages"]:
                stage["diagnostics"] = []
        found |= set(_keys(document))
    assert found - _named(_page("review.md")) == set()


def test_every_key_of_a_manifest_is_on_its_page() -> None:
    """Selection and files included."""
    plan = PLANS["mixed"]()
    document = pack(recorded(plan), review_of(plan), {}).manifest.to_json()
    keys = {*_keys(document), *document["selection"], *document["files"]["review.json"]}
    assert keys - _named(_page("bundle.md")) == set()
    assert f"| `format` | {FORMAT} |" in _page("bundle.md")


@pytest.mark.parametrize("kind", [RiskLevel, Topic], ids=["risk", "topic"])
def test_every_word_of_a_scale_is_on_the_page(kind: Any) -> None:
    """Levels of risk, topics of changes."""
    assert set(kind.__args__) - _named(_page("review.md")) == set()


def test_the_diagnostics_of_bundles_are_on_the_page() -> None:
    """Each code that refuses one."""
    refusing = {code for code in CODES if code.startswith("bundle-")} - {
        "bundle-not-found",
        "bundle-not-written",
        "bundle-not-wiped",
    }
    assert refusing - set(re.findall(r"`([a-z-]+)`", _page("bundle.md"))) == set()


def test_what_can_differ_is_on_the_page() -> None:
    """The words that a refused account names."""
    source = (REPOSITORY / "generator/vend/review/_compare.py").read_text(encoding="utf-8")
    words = set(re.findall(r'yield f?"([a-zA-Z ]+): ', source))
    named = set(re.findall(r"^\| `([a-zA-Z ]+)` \|", _page("bundle.md"), re.MULTILINE))
    assert words >= {"request", "template", "state"}
    assert words - named == set()

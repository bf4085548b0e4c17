"""The report as text: what it says, that it is whole, and that its policy lets nothing else run."""

from __future__ import annotations

import base64
import hashlib
import html
import re

import pytest

from support.plans import HOSTILE, PLANS
from vend.review import review_of
from vend.views import neutralized, report


def _page(name: str) -> str:
    return report(review_of(PLANS[name]()))


@pytest.mark.parametrize("name", PLANS)
def test_it_sums_up_as_every_form_does(name: str) -> None:
    """Headline, resources and digest are the review's own words."""
    review = review_of(PLANS[name]())
    page = html.unescape(_page(name))
    assert review.headline in page
    assert review.resources in page
    assert review.digest in page
    assert page.count('<details class="account ') == len(review.accounts)


def test_the_same_review_gives_the_same_bytes() -> None:
    """No time, no randomness."""
    assert _page("mixed") == _page("mixed")


def test_its_policy_allows_exactly_its_own_script_and_style() -> None:
    """By their hashes; nothing is loaded from anywhere."""
    page = _page("hostile")
    for element in ("script", "style"):
        (body,) = re.findall(rf"<{element}>(.*?)</{element}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert f"{element}-src 'sha256-{digest}'" in page
    assert "default-src 'none'" in page
    assert not re.search(r"""<[a-z]+\s[^<>]*\b(?:src|href)=["']?(?!["'#])""", page)


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_is_text(value: str) -> None:
    """It is there to read, escaped, and nowhere as markup."""
    page = _page("hostile")
    shown = neutralized(value)
    assert html.escape(shown, quote=True).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in page
    if "<" in value:
        outside = re.sub(r"<(script|style)>.*?</\1>", "", page, flags=re.DOTALL)
        assert value not in outside

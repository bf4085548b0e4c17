"""What vend refuses without AWS is what AWS would refuse: botocore's service models are the oracle."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import botocore.session
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from vend.requests import ACCOUNT, SETTINGS, BlockType, Rule
from vend.requests.language import _constraints as constraints
from vend.requests.language._language import anything
from vend.requests.language._regions import DEFAULT_REGIONS, OPT_IN_REGION, OPT_IN_REGIONS, OTHER_REGIONS, REGION


def _rules(block: BlockType, path: str) -> Iterator[tuple[str, Rule]]:
    if block.label is not None:
        yield f"{path} label", block.label
    for field in block.fields:
        yield f"{path}.{field.name}", field.rule
        if field.kind == "map":
            yield f"{path}.{field.name} keys", field.key
    for inner in (*block.blocks, *block.kinds.values()):
        yield from _rules(inner, f"{path}.{inner.name}")


RULES = {
    path: rule
    for block in (ACCOUNT, *SETTINGS)
    for path, rule in _rules(block, block.name)
    if rule.check is not anything
}
MODELLED = {path: rule for path, rule in RULES.items() if rule.model is not None}
NARROWER = {
    "account.sso_user.first_name": "Account Factory's form takes 64 characters",
    "account.sso_user.last_name": "the same",
}
"""Rules whose limits are not the model's, each for a reason."""


@lru_cache
def shape(service: str, name: str) -> dict[str, Any]:
    """A shape of botocore's model as it stands in the file."""
    model = botocore.session.get_session().get_service_model(service)
    found: dict[str, Any] = dict(model.shape_for(name).metadata)
    return found


TEXT = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    ["", " ", "a", "a@b.c", "aws:x", "x" * 129, "x" * 51, "\u3000", "a\tb", "e\u0301", "+1 555", "é@example.com", "a b"]
)


@pytest.mark.parametrize("path", MODELLED)
def test_lengths_are_the_models(path: str) -> None:
    """The shortest and the longest value of a rule are those of the shape that it names."""
    rule = MODELLED[path]
    assert rule.model is not None
    found = shape(*rule.model)
    if path in NARROWER:
        assert rule.longest is not None
        assert rule.longest != found.get("max")
    elif path != "account.sso_user.email":  # the shortest address there can be is longer than a user's name must be
        assert (rule.shortest, rule.longest) == (found.get("min", 0), found.get("max"))


@pytest.mark.parametrize("path", MODELLED)
@given(text=TEXT)
@settings(max_examples=60, deadline=None)
def test_what_a_rule_takes_the_model_takes(path: str, text: str) -> None:
    """A value that passes has a length and the characters that AWS's own model allows."""
    rule = MODELLED[path]
    if rule(text) is not None:
        return
    assert rule.model is not None
    found = shape(*rule.model)
    assert found.get("min", 0) <= len(text) <= found.get("max", len(text))
    pattern = found.get("pattern", "[\\s\\S]*")
    assert regex.fullmatch(pattern.replace("\\u0020-\\u007E", " -~"), text), pattern


@pytest.mark.parametrize("path", RULES)
@given(text=TEXT)
@settings(max_examples=30, deadline=None)
def test_what_a_schema_could_refuse_the_rule_refuses(path: str, text: str) -> None:
    """Length, pattern and choices are no stricter than the check: an editor never objects to what vend takes."""
    rule = RULES[path]
    violation = rule(text)
    if violation is not None and violation.severity == "error":
        return
    assert len(text) >= rule.shortest
    assert rule.longest is None or len(text) <= rule.longest
    assert rule.pattern is None or re.search(rule.pattern, text)
    assert not rule.choices or text in rule.choices


@pytest.mark.parametrize("path", RULES)
def test_every_choice_is_taken(path: str) -> None:
    """A rule with choices takes each of them."""
    assert [RULES[path](choice) for choice in RULES[path].choices] == [None] * len(RULES[path].choices)


@pytest.mark.parametrize(
    ("email", "reason"),
    [
        ("a@b.c", "fewer than 6"),
        ("é@example.com", "outside ASCII"),
        (".a@example.com", "before the @"),
        ("a(b)@example.com", "before the @"),
        ("a%b@example.com", "before the @"),
        ("a&b@example.com", "before the @"),
        ("a\\b@example.com", "before the @"),
        ("a@example_1.com", "domain"),
        ("a@-example.com", "domain"),
        ("a@example.com.", "domain"),
        ("a@.example.com", "domain"),
        ("a@example.com-", "domain"),
        ("a b@example.com", "not a valid email address"),
        ("a@b@example.com", "not a valid email address"),
        ("a@example", "not a valid email address"),
        ("", "not a valid email address"),
        ("x" * 60 + "@example.com", "at most 64"),
    ],
)
def test_a_root_address_follows_the_rules_of_create_account(email: str, reason: str) -> None:
    """Of an account with another address nobody can use the root user (organizations, CreateAccount, Email)."""
    violation = constraints.EMAIL(email)
    assert violation is not None
    assert reason in violation.summary


@pytest.mark.parametrize(
    "email", ["a@b.io", "aws+payments-prod@example.com", "a.b_c=d'"[:7] + "@x-y.example.com", "a@1.co"]
)
def test_a_root_address_that_is_right_passes(email: str) -> None:
    """Plus, dots, dashes and digits are usual."""
    assert constraints.EMAIL(email) is None


@pytest.mark.parametrize("email", ["x" * 100 + "@example.com", "é@example.com", "a@b.c"])
def test_a_user_may_have_an_address_that_no_root_user_may(email: str) -> None:
    """Identity Center takes longer ones, and letters of every script."""
    assert constraints.USER_EMAIL(email) is None
    assert constraints.EMAIL(email) is not None


@pytest.mark.parametrize("name", ["山田\u3000太郎", "Grace\xa0Hopper", "D'Arcy", "Jean-Luc", "e\u0301"])
def test_names_of_every_script_pass(name: str) -> None:
    """Identity Center takes letters, marks, symbols, digits, punctuation and three kinds of blanks."""
    assert constraints.PERSON(name) is None
    assert constraints.GROUP(name) is None


@pytest.mark.parametrize("name", ["", " ", "a\nb", "a\tb", "a\u200bb", "a\u202eb", "a\0"])
def test_names_with_other_characters_do_not(name: str) -> None:
    """No control characters, no directions, nothing invisible."""
    assert constraints.PERSON(name) is not None
    assert constraints.GROUP(name) is not None


def test_regions_are_botocores() -> None:
    """Every Region of the public partitions is known, and no other; a new botocore may bring new ones to add here."""
    partitions = botocore.session.get_session().get_data("partitions")["partitions"]
    found = {
        region
        for partition in partitions
        if "iso" not in partition["id"]
        for region in partition["regions"]
        if not region.endswith("-global")
    }
    assert found == DEFAULT_REGIONS | OPT_IN_REGIONS | OTHER_REGIONS
    assert len(found) == len(DEFAULT_REGIONS) + len(OPT_IN_REGIONS) + len(OTHER_REGIONS)


@pytest.mark.parametrize(
    ("rule", "region", "code"),
    [
        (REGION, "eu-west-1", None),
        (REGION, "us-gov-west-1", None),
        (REGION, "eu-west-11", "unknown-region"),
        (REGION, "eu-west", "invalid-region"),
        (REGION, "EU-WEST-1", "invalid-region"),
        (OPT_IN_REGION, "eu-south-1", None),
        (OPT_IN_REGION, "eu-west-1", "invalid-region"),
        (OPT_IN_REGION, "us-gov-west-1", "invalid-region"),
        (OPT_IN_REGION, "eu-suoth-1", "unknown-region"),
        (OPT_IN_REGION, "eu south 1", "invalid-region"),
    ],
)
def test_a_region_is_known_or_looks_like_one(rule: Rule, region: str, code: str | None) -> None:
    """A Region that is on everywhere cannot be opted in to; one that vend does not know may be a new one."""
    violation = rule(region)
    assert (violation.code if violation else None) == code
    if code == "unknown-region":
        assert violation is not None
        assert violation.severity == "warning"
        assert "did you mean" in str(violation.hint)

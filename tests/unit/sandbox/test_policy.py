"""IAM policy documents, as far as the sandbox judges them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vend.sandbox.access._iam_policy import Access, matches, parse, verdict

OBJECT = "arn:aws:s3:::state/vend/a/x.tfstate"


def said(*statements: dict[str, Any], with_principal: bool = False, **access: Any) -> str:
    asked = Access(**{"action": "s3:GetObject", "resource": OBJECT, **access})
    return verdict({"Statement": list(statements)}, asked, with_principal=with_principal)


def allow(**more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "s3:*", "Resource": "*", **more}


def test_nothing_is_allowed_unless_a_statement_says_so() -> None:
    """An empty policy says nothing."""
    assert said() == "none"
    assert said(allow()) == "allow"


def test_a_deny_wins_wherever_it_stands() -> None:
    """Order does not matter."""
    deny = allow(Effect="Deny", Action="s3:Get*")
    assert said(allow(), deny) == said(deny, allow()) == "deny"
    assert said(allow(), deny, action="s3:PutObject") == "allow"


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ({"Action": "s3:getobject"}, "allow"),
        ({"Action": ["s3:PutObject", "s3:GetObj?ct"]}, "allow"),
        ({"Action": "s3:Put*"}, "none"),
        ({"NotAction": "s3:Put*", "Action": None}, "allow"),
        ({"NotAction": ["s3:Get*"], "Action": None}, "none"),
        ({"Resource": "arn:aws:s3:::state/vend/a/*"}, "allow"),
        ({"Resource": "arn:aws:s3:::state/vend/b/*"}, "none"),
        ({"Resource": "arn:aws:s3:::STATE/*"}, "none"),
        ({"NotResource": "arn:aws:s3:::state/secret/*", "Resource": None}, "allow"),
        ({"Resource": []}, "none"),
    ],
)
def test_actions_ignore_case_and_resources_do_not(statement: dict[str, Any], expected: str) -> None:
    """Both take `*` and `?`, and their Not forms turn them round."""
    whole = {key: value for key, value in allow(**statement).items() if value is not None}
    assert said(whole) == expected


def test_an_unknown_resource_leaves_the_action_to_decide() -> None:
    """For services whose resources the sandbox does not work out."""
    assert said(allow(Resource="arn:aws:s3:::other/*"), resource=None) == "allow"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringEquals": {"s3:prefix": "vend/a/"}}, "allow"),
        ({"StringEquals": {"S3:PREFIX": ["x", "vend/a/"]}}, "allow"),
        ({"StringEquals": {"s3:prefix": "VEND/A/"}}, "none"),
        ({"StringEqualsIgnoreCase": {"s3:prefix": "VEND/A/"}}, "allow"),
        ({"StringLike": {"s3:prefix": "vend/*"}}, "allow"),
        ({"StringNotLike": {"s3:prefix": "vend/*"}}, "none"),
        ({"StringNotEquals": {"s3:missing": "x"}}, "allow"),
        ({"StringEquals": {"s3:missing": "x"}}, "none"),
        ({"StringEqualsIfExists": {"s3:missing": "x"}}, "allow"),
        ({"StringEqualsIfExists": {"s3:prefix": "x"}}, "none"),
        ({"Null": {"s3:missing": "true"}}, "allow"),
        ({"Null": {"s3:prefix": True}}, "none"),
        ({"Bool": {"aws:SecureTransport": True}}, "allow"),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}, "allow"),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": "a"}}, "none"),
        ({"ForAnyValue:StringEquals": {"aws:TagKeys": "a"}}, "allow"),
        ({"ForAnyValue:StringEquals": {"s3:missing": "a"}}, "none"),
        ({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}, "none"),
        ({"StringLike": {"s3:prefix": "vend/*"}, "StringEquals": {"s3:missing": "x"}}, "none"),
    ],
)
def test_conditions(condition: dict[str, Any], expected: str) -> None:
    """All of them must hold; a missing key holds for negated operators and with IfExists alone."""
    keys = {"s3:prefix": ("vend/a/",), "aws:securetransport": ("true",), "aws:tagkeys": ("a", "b")}
    assert said(allow(Condition=condition), keys=keys) == expected


def test_an_operator_that_is_not_understood_denies() -> None:
    """Doubt never opens anything."""
    doubt = allow(Effect="Deny", Condition={"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}})
    assert said(allow(), doubt) == "deny"


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ("*", "allow"),
        ({"AWS": "*"}, "allow"),
        ({"AWS": "111111111111"}, "allow"),
        ({"AWS": ["arn:aws:iam::999999999999:root", "arn:aws:iam::111111111111:role/vend"]}, "allow"),
        ({"AWS": "arn:aws:iam::111111111111:role/ve*"}, "none"),
        ({"Service": "s3.amazonaws.com"}, "none"),
        (None, "none"),
    ],
)
def test_principals_are_named_in_full(principal: Any, expected: str) -> None:
    """A wildcard stands for everybody or for nothing (IAM user guide, Principal)."""
    names = frozenset({"111111111111", "arn:aws:iam::111111111111:role/vend"})
    assert said(allow(Principal=principal), with_principal=True, principals=names) == expected


def test_everybody_but_one() -> None:
    """NotPrincipal."""
    one = allow(NotPrincipal={"AWS": "111111111111"})
    assert said(one, with_principal=True, principals=frozenset({"111111111111"})) == "none"
    assert said(one, with_principal=True, principals=frozenset({"222222222222"})) == "allow"


@given(st.text())
def test_patterns_without_wildcards_match_themselves_alone(text: str) -> None:
    """Nothing else in a pattern has a meaning: no regular expression gets through."""
    plain = text.replace("*", "").replace("?", "")
    assert matches(plain, plain)
    assert not matches(plain, f"{plain}x")
    assert matches("*", text)


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', "{}"])
def test_what_is_no_policy_is_refused(text: str) -> None:
    """It is not taken for one that says nothing."""
    with pytest.raises(ValueError, match=r".*"):
        parse(text)

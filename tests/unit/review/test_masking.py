"""What is hidden by its name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.plans import a_resource
from vend.review import Masking, attribute_changes

SECRET = "hunter2"


@pytest.mark.parametrize(
    "name",
    ["password", "DB_PASSWORD", "dbPassword", "dbpassword", "master-user-password", "apikey", "x-api-key", "ApiKey",
     "AWS_SECRET_ACCESS_KEY", "AuthToken", "privateKeyPem", "connection_string", "vault/token"],
)  # fmt: skip
def test_names_of_secrets_are_known_however_they_are_written(name: str) -> None:
    """Case, separators and joined words do not matter."""
    assert Masking().hides(name)


@pytest.mark.parametrize(
    "name",
    ["http_tokens", "api_keys", "key_id", "kms_key_id", "secretsmanager", "passwordless", "CostCenter", "tokens", ""],
)
def test_names_that_only_look_like_it_are_shown(name: str) -> None:
    """A reviewer must see whether an instance requires tokens."""
    assert not Masking().hides(name)


def test_a_fleets_own_patterns_hide_numbers_too() -> None:
    """The built-in ones hide texts only: how long a password must be is no secret."""
    change = a_resource(
        "aws_x.this", "create", after={"minimum_password_length": 14, "salary": 5000, "License Key": "abc", "a": 1}
    )

    def shown(masking: Masking) -> dict[str, str | None]:
        return {found.path: found.after for found in attribute_changes(change, masking)}

    assert shown(Masking()) == {
        '["License Key"]': '"abc"',
        "a": "1",
        "minimum_password_length": "14",
        "salary": "5000",
    }
    assert shown(Masking(("salary", "license-key"))) == {
        '["License Key"]': "(sensitive)",
        "a": "1",
        "minimum_password_length": "14",
        "salary": "(sensitive)",
    }


_VALUES: dict[str, Any] = {
    "attribute": {"password": SECRET},
    "map": {"tags": {"Deploy Token": SECRET}},
    "list": {"passwords": [SECRET, "x"]},
    "nested": {"auth": [{"secret": {"inner": [{"text": SECRET}]}}]},
    "key and value": {"parameters": [{"key": "ApiKey", "value": SECRET}]},
    "name and value": {"environment": [{"name": "DB_PASSWORD", "value": SECRET}]},
    "JSON": {"policy": json.dumps({"Environment": {"DB_PASSWORD": SECRET}})},
    "JSON in a list": {"parts": [json.dumps({"token": SECRET})]},
    "JSON in JSON": {"policy": json.dumps({"inner": json.dumps({"token": SECRET})})},
    "JSON too deep to read": {"password": "[" * 200 + SECRET},
}


@pytest.mark.parametrize("where", _VALUES)
@pytest.mark.parametrize("side", ["before", "after", "both"])
def test_a_secret_is_hidden_wherever_it_stands(where: str, side: str) -> None:
    """In attributes, maps, lists, key-value pairs and JSON; also where it stays as it is while others change."""
    value = _VALUES[where]
    sides = {name: value if side in {name, "both"} else {"other": 1} for name in ("before", "after")}
    change = a_resource("aws_x.this", "update", **sides)
    found = attribute_changes(change)
    assert SECRET not in repr(found)
    assert side == "both" or any(attribute.sensitive for attribute in found)


@pytest.mark.parametrize("address", ["aws_ssm_parameter.db_password", 'aws_ssm_parameter.field["api_token"]'])
def test_a_resource_that_is_named_for_its_secret_hides_its_value(address: str) -> None:
    """A parameter's value has no telling name; the parameter has."""
    change = a_resource(address, "create", after={"insecure_value": SECRET, "type": "String"})
    assert {found.path: found.after for found in attribute_changes(change)} == {
        "insecure_value": "(sensitive)",
        "type": '"String"',
    }


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(_JSON, _JSON)
def test_marks_fit_any_value(before: object, after: object) -> None:
    """No value is too odd: marks go where a secret's name leads, and nowhere else."""
    change = a_resource("x.y", "update", before={"a": before, "token": SECRET}, after={"a": after, "token": SECRET})
    assert SECRET not in repr(attribute_changes(change))

"""Emails and names made from templates, and where each value of a request comes from."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from vend.requests import FleetReading
from vend.views import origins_document, plain

Read = Callable[..., FleetReading]
OUTER = """defaults {
  organizational_unit = "Workloads/Prod"
  email_template      = "aws+{account}@example.com"
  name_template       = "{organizational_unit} {account}"
  tags                = { Team = "a", Cost = "1" }
}
"""


def test_a_template_makes_what_an_account_does_not_say(read: Read) -> None:
    """The label and the unit's last name are put in; the account's own value comes before any template."""
    own = 'account "b" {\n  email = "own@example.com"\n  name = "Own"\n}\n'
    first, second = read(OUTER + 'account "a" {}\n' + own).requests
    assert (first.email, first.name) == ("aws+a@example.com", "Prod a")
    assert (second.email, second.name) == ("own@example.com", "Own")


def test_the_nearest_template_counts(read: Read) -> None:
    """As with every default."""
    inner = 'defaults {\n  email_template = "in+{account}@example.com"\n}\naccount "a" {}\n'
    (request,) = read({"account-requests/_d.hcl": OUTER, "account-requests/x/f.hcl": inner}).requests
    assert (request.email, request.name) == ("in+a@example.com", "Prod a")


@pytest.mark.parametrize("unit", ["Prod (ou-ab12-cdefghij)", "Workloads/Prod", "Prod"])
def test_a_unit_is_named_however_it_is_written(read: Read, unit: str) -> None:
    """The last name of a path, or the name before an id."""
    text = OUTER.replace("Workloads/Prod", unit) + 'account "a" {}\n'
    assert read(text).requests[0].name == "Prod a"


@pytest.mark.parametrize(
    ("template", "summary"),
    [
        ("aws+{acount}@example.com", "unknown placeholder {acount}"),
        ("aws@example.com", "without {account}, every account would get the same value"),
        ("aws+{account}}@example.com", "a brace has no counterpart"),
        ("{account}{}@example.com", "unknown placeholder {}"),
    ],
)
def test_a_template_is_checked_where_it_stands(read: Read, template: str, summary: str) -> None:
    """Once, however many accounts would use it, and without saying that they lack an email."""
    text = f'defaults {{\n  organizational_unit = "X"\n  email_template = "{template}"\n}}\n'
    (found,) = read(text + 'account "a" {}\naccount "b" {}\n').diagnostics
    assert (found.code, found.line, found.column, found.summary) == ("invalid-template", 3, 20, summary)
    assert "acount" not in template or found.hint == 'did you mean "{account}"?'


def test_what_a_template_makes_is_checked_like_a_written_value(read: Read) -> None:
    """The diagnostic stands at the account and names the template."""
    label = "x" * 60
    reading = read(OUTER + f'account "{label}" {{}}\n')
    email, name = sorted(reading.diagnostics, key=lambda found: found.code, reverse=True)
    assert (email.code, name.code) == ("invalid-email", "invalid-account-name")
    assert {(found.line, found.related[0].line) for found in (email, name)} == {(7, 3), (7, 4)}


def test_a_template_stands_in_defaults_alone(read: Read) -> None:
    """In an account it would make one value: that can be written."""
    found = read(
        'account "a" {\n  organizational_unit = "X"\n  email_template = "{account}@example.com"\n}\n'
    ).diagnostics
    assert [(problem.code, problem.line) for problem in found] == [("missing-field", 1), ("unknown-field", 3)]


def test_every_value_says_where_it_comes_from(read: Read) -> None:
    """The request, a default, a template, or vend; with file, line and column."""
    text = 'account "a" {\n  tags = { Team = "b" }\n  on_removal = "close"\n}\n'
    reading = read({"account-requests/_d.hcl": OUTER, "account-requests/x/f.hcl": text})
    document = origins_document(reading.requests[0])
    found = {
        entry["field"]: (entry["value"], entry["origin"], entry["file"], entry["line"])
        for entry in document.json["values"]
    }
    assert found == {
        "name": ("Prod a", "template", "account-requests/_d.hcl", 4),
        "email": ("aws+a@example.com", "template", "account-requests/_d.hcl", 3),
        "organizational_unit": ("Workloads/Prod", "defaults", "account-requests/_d.hcl", 2),
        "sso_user.email": ("aws+a@example.com", "built-in", None, None),
        "sso_user.first_name": ("Account", "built-in", None, None),
        "sso_user.last_name": ("Owner", "built-in", None, None),
        "tags.Cost": ("1", "defaults", "account-requests/_d.hcl", 5),
        "tags.Team": ("b", "request", "account-requests/x/f.hcl", 2),
        "on_removal": ("close", "request", "account-requests/x/f.hcl", 3),
    }
    assert "aws+a@example.com  template" in plain(document.text)

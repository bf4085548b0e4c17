"""A file of an organization: read whole, or refused with every problem and its place."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vend.errors import Diagnostic, InvalidInputError
from vend.models import OrganizationFile
from vend.sandbox import load_organization
from vend.sandbox.start._json_positions import place_of

DOCUMENT: dict[str, Any] = {
    "format": "vend-organization",
    "version": 1,
    "organization_id": "o-exampleorgid",
    "root_id": "r-ab12",
    "management_account_id": "111111111111",
    "home_region": "eu-west-1",
    "landing_zone": {
        "version": "3.3",
        "governed_regions": ["eu-west-1"],
        "log_archive_account": "222222222222",
        "audit_account": "333333333333",
    },
    "organizational_units": [
        {"id": "ou-ab12-security1", "name": "Security", "parent_id": "r-ab12"},
        {"id": "ou-ab12-workload1", "name": "Workloads", "parent_id": "r-ab12", "registered": True},
        {"id": "ou-ab12-prod12345", "name": "Prod", "parent_id": "ou-ab12-workload1", "registered": True},
    ],
    "accounts": [
        {"id": "111111111111", "name": "Root", "email": "root@example.com", "state": "ACTIVE", "parent_id": "r-ab12"},
        {
            "id": "222222222222",
            "name": "Log Archive",
            "email": "logs@example.com",
            "state": "ACTIVE",
            "parent_id": "ou-ab12-security1",
        },
        {
            "id": "333333333333",
            "name": "Audit",
            "email": "audit@example.com",
            "state": "ACTIVE",
            "parent_id": "ou-ab12-security1",
        },
        {
            "id": "444444444444",
            "name": "Payments",
            "email": "payments@example.com",
            "state": "ACTIVE",
            "parent_id": "ou-ab12-prod12345",
            "enrolled_in": "ou-ab12-prod12345",
            "tags": {"CostCenter": "4711"},
        },
    ],
    "account_factory": {"product_id": "prod-abcdefgh12345", "provisioning_artifact_id": "pa-abcdefgh12345"},
    "provisioned_products": [
        {
            "id": "pp-abcdefgh12345",
            "name": "payments",
            "status": "AVAILABLE",
            "provisioning_artifact_id": "pa-abcdefgh12345",
            "account_id": "444444444444",
            "sso_user": {"email": "grace@example.com", "first_name": "Grace", "last_name": "Hopper"},
        }
    ],
    "identity_center": {
        "instance_arn": "arn:aws:sso:::instance/ssoins-0123456789abcdef",
        "identity_store_id": "d-0123456789",
        "groups": ["PlatformAdmins"],
        "permission_sets": ["AdministratorAccess"],
    },
}


def problems(path: Path, text: str) -> tuple[Diagnostic, ...]:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInputError) as caught:
        load_organization(path, "org.json")
    return caught.value.diagnostics


def changed(change: Callable[[dict[str, Any]], object]) -> str:
    document = copy.deepcopy(DOCUMENT)
    change(document)
    return json.dumps(document, indent=2)


def test_a_file_is_read_and_written_as_it_is(tmp_path: Path) -> None:
    """What may be left out takes its default; written and read again, nothing is lost."""
    path = tmp_path / "org.json"
    path.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    found = load_organization(path)
    assert found.organizational_units[1].registered
    assert found.organizational_units[0].controls == ()
    assert found.accounts[3].tags == {"CostCenter": "4711"}
    assert found.provisioned_products[0].sso_user is not None
    path.write_text(json.dumps(found.to_json()), encoding="utf-8")
    assert load_organization(path) == found
    assert OrganizationFile.from_json(found.to_json()) == found


def test_optional_parts_may_be_missing_or_null(tmp_path: Path) -> None:
    """An export that was denied much is a file still."""
    path = tmp_path / "org.json"
    bare = {name: DOCUMENT[name] for name in DOCUMENT if name not in {"landing_zone", "identity_center"}}
    path.write_text(json.dumps({**bare, "account_factory": None, "provisioned_products": []}), encoding="utf-8")
    found = load_organization(path)
    assert (found.landing_zone, found.identity_center, found.account_factory) == (None, None, None)


CHANGES: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "a value of another form": (
        lambda d: d["accounts"][3].update(email="payments"),
        'accounts[3].email cannot be "payments"',
    ),
    "a value of another type": (lambda d: d["accounts"][3].update(id=444444444444), "accounts[3].id is not a string"),
    "a missing value": (lambda d: d["accounts"][3].pop("name"), "accounts[3].name is missing"),
    "null for a flag": (
        lambda d: d["organizational_units"][1].update(registered=None),
        "organizational_units[1].registered is missing",
    ),
    "text for a flag": (
        lambda d: d["organizational_units"][1].update(registered="yes"),
        "organizational_units[1].registered is neither true nor false",
    ),
    "an unknown name": (lambda d: d["accounts"][0].update(emial="x"), "accounts[0].emial is not known"),
    "an unknown name at the top": (lambda d: d.update(acounts=[]), "acounts is not known"),
    "no object": (lambda d: d["accounts"].append("x"), "accounts[4] is not an object"),
    "a part that is not an object": (lambda d: d.update(landing_zone=[]), "landing_zone is not an object"),
    "no list": (lambda d: d.update(organizational_units={}), '"organizational_units" is not a list'),
    "a list that is none": (
        lambda d: d["landing_zone"].update(governed_regions="eu-west-1"),
        "landing_zone.governed_regions is not a list",
    ),
    "an item of another form": (
        lambda d: d["landing_zone"].update(governed_regions=["Ireland"]),
        'landing_zone.governed_regions[0] cannot be "Ireland"',
    ),
    "an item twice": (
        lambda d: d["identity_center"].update(groups=["A", "A"]),
        'identity_center.groups has "A" twice',
    ),
    "tags that are none": (lambda d: d["accounts"][3].update(tags=[]), "accounts[3].tags is not an object"),
    "a tag that is not a string": (
        lambda d: d["accounts"][3].update(tags={"a": 1}),
        "accounts[3].tags.a is not a string",
    ),
    "a user's address": (
        lambda d: d["provisioned_products"][0]["sso_user"].update(email="grace"),
        'provisioned_products[0].sso_user.email cannot be "grace"',
    ),
    "an id twice": (
        lambda d: d["accounts"][3].update(id="222222222222"),
        "accounts[3].id is the same as that of accounts[1]",
    ),
    "an address twice": (
        lambda d: d["accounts"][3].update(email="LOGS@example.com"),
        "accounts[3].email is the same as that of accounts[1]",
    ),
    "a parent that is not there": (
        lambda d: d["organizational_units"][2].update(parent_id="ou-ab12-elsewhere"),
        'organizational_units[2].parent_id names "ou-ab12-elsewhere", which is not in the file',
    ),
    "the root of another": (
        lambda d: d["accounts"][3].update(parent_id="r-zz99"),
        'accounts[3].parent_id names "r-zz99", which is not in the file',
    ),
    "enrolled nowhere": (
        lambda d: d["accounts"][3].update(enrolled_in="ou-ab12-elsewhere"),
        'accounts[3].enrolled_in names "ou-ab12-elsewhere", which is not in the file',
    ),
    "a circle": (
        lambda d: d["organizational_units"][1].update(parent_id="ou-ab12-prod12345"),
        "organizational_units[1] is below itself",
    ),
    "a brother of that name": (
        lambda d: d["organizational_units"][1].update(name="Security"),
        "organizational_units[1] has the same name and parent as organizational_units[0]",
    ),
    "no such management account": (
        lambda d: d.update(management_account_id="999999999999"),
        'management_account_id names "999999999999", which is not among the accounts',
    ),
    "no such log archive": (
        lambda d: d["landing_zone"].update(log_archive_account="999999999999"),
        'landing_zone.log_archive_account names "999999999999", which is not among the accounts',
    ),
    "a product of nobody's": (
        lambda d: d["provisioned_products"][0].update(account_id="999999999999"),
        'provisioned_products[0].account_id names "999999999999", which is not among the accounts',
    ),
}


@pytest.mark.parametrize(("change", "summary"), CHANGES.values(), ids=CHANGES)
def test_a_value_that_cannot_be_used_is_named(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], summary: str
) -> None:
    """With the way to it, in the words of the file, and the line where it stands."""
    found = problems(tmp_path / "org.json", changed(change))
    assert summary in {one.summary for one in found}
    assert all(one.line is not None and one.column is not None for one in found)
    assert {one.code for one in found} == {"organization-file-invalid"}
    assert {one.file for one in found} == {"org.json"}


def test_every_problem_at_once_with_its_place(tmp_path: Path) -> None:
    """Values, references and duplicates; line and column are where an editor finds them."""

    def spoil(document: dict[str, Any]) -> None:
        document["home_region"] = "Ireland"
        document["accounts"][1]["state"] = "ALIVE"
        document["accounts"][3]["parent_id"] = "ou-ab12-elsewhere"
        document["organizational_units"][2]["id"] = "ou-ab12-workload1"

    text = changed(spoil)
    found = problems(tmp_path / "org.json", text)
    lines = text.splitlines()
    where = {(one.summary.split()[0], lines[(one.line or 0) - 1][(one.column or 0) - 1 :]) for one in found}
    assert where == {
        ("home_region", '"Ireland",'),
        ("accounts[1].state", '"ALIVE",'),
        ("accounts[3].parent_id", '"ou-ab12-elsewhere",'),
        ("organizational_units[2].id", '"ou-ab12-workload1",'),
        ("accounts[3].enrolled_in", '"ou-ab12-prod12345",'),
    }


def test_units_are_five_levels_deep_at_most(tmp_path: Path) -> None:
    """As in AWS."""

    def deepen(document: dict[str, Any]) -> None:
        above = "ou-ab12-prod12345"
        for level in range(4):
            below = f"ou-ab12-deeper{level:03d}"
            document["organizational_units"].append({"id": below, "name": f"Deeper {level}", "parent_id": above})
            above = below

    (found,) = problems(tmp_path / "org.json", changed(deepen))
    assert found.summary == "organizational_units[6] is 6 levels below the root; AWS allows 5"


def test_a_closed_account_keeps_its_address(tmp_path: Path) -> None:
    """Another one cannot have it."""

    def close(document: dict[str, Any]) -> None:
        document["accounts"].append({**document["accounts"][3], "id": "555555555555", "state": "CLOSED"})

    (found,) = problems(tmp_path / "org.json", changed(close))
    assert found.summary == "accounts[4].email is the same as that of accounts[3]"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "organization-file-unreadable"),
        ("{", "organization-file-unreadable"),
        ("[]", "organization-file-unreadable"),
        ('{"format": "terraform"}', "organization-file-unreadable"),
        ('{"format": "vend-organization", "version": "1"}', "organization-file-unreadable"),
        ('{"format": "vend-organization", "version": 0}', "organization-file-unreadable"),
        ('{"format": "vend-organization", "version": 2}', "organization-file-newer"),
        ("[" * 100_000, "organization-file-unreadable"),
    ],
)
def test_any_other_file_is_refused(tmp_path: Path, text: str, code: str) -> None:
    """Something else, or something newer."""
    assert [one.code for one in problems(tmp_path / "org.json", text)] == [code]


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    """It is not there, or no text."""
    with pytest.raises(InvalidInputError) as missing:
        load_organization(tmp_path / "missing.json")
    assert missing.value.diagnostics[0].code == "organization-file-unreadable"
    (tmp_path / "org.json").write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidInputError) as binary:
        load_organization(tmp_path / "org.json")
    assert "UTF-8" in binary.value.diagnostics[0].summary


def test_places_are_found_whatever_stands_before() -> None:
    """Escapes, nested values, spaces and line ends; a path that breaks off gives the last place it led to."""
    text = '{\n "a\\"b" : [1, {"x": "}]"}, [ ] ],\n\n "c": {"d":\t[true,\n   "here"]}}'
    assert place_of(text, ()) == (1, 1)
    assert place_of(text, ('a"b', 1, "x")) == (2, 21)
    assert place_of(text, ("c", "d", 1)) == (5, 4)
    assert place_of(text, ("c", "missing")) == (4, 7)
    assert place_of(text, ("c", "d", 7)) == place_of(text, ("c", "d")) == (4, 13)
    assert place_of(text, ("c", "d", 0, "deeper")) == (4, 14)

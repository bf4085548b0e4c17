"""Account requests: what is read, with which defaults."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from vend.errors import InvalidInputError
from vend.models import AccessAssignment, AlternateContact, Change, SsoUser
from vend.requests import FleetReading, find_fleet, load_fleet

Read = Callable[..., FleetReading]

FULL = """\
account "payments-prod" {
  name                = "Payments (prod)"
  email               = "aws+payments-prod@example.com"
  organizational_unit = "Workloads/Prod"
  sso_user {
    email      = "grace@example.com"
    first_name = "Grace"
    last_name  = "Hopper"
  }
  tags           = { CostCenter = "4711" }
  custom_fields  = { vpc_cidr = "10.20.0.0/16" }
  customizations = ["spoke", "other"]
  opt_in_regions = ["af-south-1"]
  alternate_contact "security" {
    name  = "Security desk"
    title = "CSIRT"
    email = "security@example.com"
    phone = "+1 555 0100"
  }
  access "Admins" { permission_set = "AdministratorAccess" }
  access "Admins" { permission_set = "ReadOnly" }
  access "Devs" { permission_set = "ReadOnly" }
  change {
    requested_by = "grace@example.com"
    reason       = "Card payments\\ngo live"
  }
  on_removal = "close"
}
"""


def minimal(account: str, more: str = "", *, email: str | None = None) -> str:
    return (
        f'account "{account}" {{\n  email = "{email or account + "@example.com"}"\n'
        f'  organizational_unit = "Sandbox"\n{more}\n}}\n'
    )


def test_every_field_is_read(read: Read) -> None:
    """A request that says everything comes out as it was written, and nothing is complained about."""
    reading = read({"account-requests/f.hcl": FULL, "customizations/other/main.tf": ""})
    assert reading.diagnostics == ()
    assert reading.fleet is not None
    (request,) = reading.fleet.requests
    assert (request.account, request.name) == ("payments-prod", "Payments (prod)")
    assert (request.email, request.organizational_unit) == ("aws+payments-prod@example.com", "Workloads/Prod")
    assert request.sso_user == SsoUser(email="grace@example.com", first_name="Grace", last_name="Hopper")
    assert (request.tags, request.custom_fields) == ({"CostCenter": "4711"}, {"vpc_cidr": "10.20.0.0/16"})
    assert (request.customizations, request.opt_in_regions) == (("spoke", "other"), ("af-south-1",))
    assert request.alternate_contacts == (
        AlternateContact(
            kind="security", name="Security desk", title="CSIRT", email="security@example.com", phone="+1 555 0100"
        ),
    )
    assert request.access == (
        AccessAssignment(group="Admins", permission_set="AdministratorAccess"),
        AccessAssignment(group="Admins", permission_set="ReadOnly"),
        AccessAssignment(group="Devs", permission_set="ReadOnly"),
    )
    assert request.change == Change(requested_by="grace@example.com", reason="Card payments\ngo live")
    assert request.on_removal == "close"


def test_every_value_knows_its_place(read: Read) -> None:
    """Positions are of the value itself, relative to the fleet, with forward slashes."""
    (request,) = read({"account-requests/a/f.hcl": FULL, "customizations/other/x": ""}).requests
    places = {path: (place.line, place.column) for path, place in request.positions.items()}
    assert places[""] == (1, 1)
    assert places["email"] == (3, 25)
    assert places["sso_user.first_name"] == (7, 18)
    assert places["tags.CostCenter"] == (10, 35)
    assert places["customizations[1]"] == (12, 30)
    assert places["alternate_contact.security.phone"] == (18, 13)
    assert places["change.reason"] == (25, 20)
    assert {place.file for place in request.positions.values()} == {"account-requests/a/f.hcl"}


def test_what_is_not_said_has_a_default(read: Read) -> None:
    """The name is the label, the Identity Center user the root user, removal retains."""
    (request,) = read(minimal("a")).requests
    assert (request.name, request.on_removal, request.change) == ("a", "retain", None)
    assert request.sso_user == SsoUser(email="a@example.com", first_name="Account", last_name="Owner")
    assert (request.tags, request.customizations, request.access, request.alternate_contacts) == ({}, (), (), ())


def test_text_stays_text(read: Read) -> None:
    """Escaped templates, quotes, newlines and emoji are what they are."""
    source = 'custom_fields = { a = "$${file(\\"/etc/hostname\\")}", b = "%%{ if true }", c = "é\\n\\"😀" }'
    (request,) = read(minimal("a", source)).requests
    assert request.custom_fields == {"a": '${file("/etc/hostname")}', "b": "%{ if true }", "c": 'é\n"😀'}


def test_defaults_hold_for_their_folder_and_below(read: Read) -> None:
    """Maps, contacts and access merge key by key, the nearest folder wins; scalars, lists and blocks replace."""
    contact = 'alternate_contact "{}" {{\n name = "{}"\n title = "t"\n email = "c@example.com"\n phone = "1"\n}}\n'
    reading = read(
        {
            "account-requests/zz.hcl": 'defaults {\n  organizational_unit = "Top"\n  on_removal = "close"\n'
            '  tags = { A = "top", B = "top" }\n  customizations = ["spoke"]\n  access "G" { permission_set = "P" }\n'
            + contact.format("security", "top")
            + contact.format("billing", "top")
            + "}\n",
            "account-requests/in/ner/d.hcl": 'defaults {\n  tags = { B = "inner" }\n  customizations = []\n'
            '  access "G" { permission_set = "Q" }\n  access "H" { permission_set = "P" }\n'
            + contact.format("security", "inner")
            + '  change {\n    requested_by = "d"\n    reason = "r"\n  }\n}\n',
            "account-requests/in/ner/a.hcl": 'account "low" {\n  email = "l@example.com"\n  tags = { C = "own" }\n}\n',
            "account-requests/a.hcl": 'account "high" {\n  email = "h@example.com"\n  organizational_unit = "Own"\n}\n',
        }
    )
    assert reading.diagnostics == ()
    high, low = reading.requests
    assert (high.organizational_unit, high.tags) == ("Own", {"A": "top", "B": "top"})
    assert (high.customizations, high.change) == (("spoke",), None)
    assert (low.organizational_unit, low.on_removal) == ("Top", "close")
    assert low.tags == {"A": "top", "B": "inner", "C": "own"}
    assert low.customizations == ()
    assert [(c.kind, c.name) for c in low.alternate_contacts] == [("billing", "top"), ("security", "inner")]
    assert [(a.group, a.permission_set) for a in low.access] == [("G", "Q"), ("H", "P")]
    assert low.change == Change(requested_by="d", reason="r")
    place = low.position("organizational_unit")
    assert place is not None
    assert place.file == "account-requests/zz.hcl"


def test_defaults_of_a_sibling_do_not_hold(read: Read) -> None:
    """A folder whose name begins alike is another folder."""
    reading = read(
        {
            "account-requests/a/d.hcl": 'defaults {\n  tags = { A = "a" }\n}\n',
            "account-requests/ab/f.hcl": minimal("x"),
        }
    )
    assert reading.requests[0].tags == {}


def test_the_order_is_by_account_and_files_are_found_below(read: Read) -> None:
    """Hidden files and other suffixes are passed over; where a request stands does not matter."""
    reading = read(
        {
            "account-requests/z.hcl": minimal("a"),
            "account-requests/b/c/d.hcl": minimal("c") + minimal("b"),
            "account-requests/.hidden.hcl": "not hcl",
            "account-requests/.git/x.hcl": "not hcl",
            "account-requests/README.md": "not hcl",
        }
    )
    assert reading.diagnostics == ()
    assert [request.account for request in reading.requests] == ["a", "b", "c"]


def test_request_folders_are_those_of_the_settings(read: Read) -> None:
    """`requests.paths` names them; one inside another is read once."""
    reading = read(
        {
            "vend.hcl": 'fleet "x" { home_region = "eu-west-1" }\nrequests { paths = ["one", "one/in", "two/"] }\n',
            "one/in/f.hcl": minimal("a"),
            "two/f.hcl": minimal("b"),
            "account-requests/f.hcl": "not hcl",
        }
    )
    assert reading.diagnostics == ()
    assert [request.account for request in reading.requests] == ["a", "b"]


def test_what_is_readable_is_given_beside_the_problems(read: Read) -> None:
    """A broken file hides neither the requests nor the problems of others, and there is no fleet."""
    reading = read(
        {
            "vend.hcl": 'fleet "x" { home_region = "europe" }\n',
            "account-requests/a.hcl": "account {",
            "account-requests/b.hcl": minimal("b"),
            "account-requests/c.hcl": minimal("c", "tagz = {}"),
        }
    )
    assert reading.fleet is None
    assert [request.account for request in reading.requests] == ["b", "c"]
    assert [(d.file, d.code) for d in reading.diagnostics] == [
        ("account-requests/a.hcl", "hcl-syntax"),
        ("account-requests/c.hcl", "unknown-field"),
        ("vend.hcl", "invalid-setting"),
    ]


def test_reading_twice_gives_the_same(read: Read) -> None:
    """The same files, the same values and diagnostics in the same order."""
    files = {"account-requests/a.hcl": FULL, "account-requests/b.hcl": minimal("b", "x = 1\ny = 2\nemail = z")}
    assert read(files) == read(files)


def test_the_example_fleet_is_valid() -> None:
    """The fleet that this repository is, too."""
    reading = load_fleet(find_fleet(Path(__file__).parent))
    assert reading.diagnostics == ()
    assert len(reading.requests) >= 4


def test_the_fleet_is_the_nearest_folder_upwards(tmp_path: Path) -> None:
    """It is the one that holds vend.hcl; where there is none, that is said."""
    (tmp_path / "vend.hcl").write_text("")
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert find_fleet(below) == tmp_path
    assert find_fleet(tmp_path) == tmp_path
    (tmp_path / "vend.hcl").unlink()
    with pytest.raises(InvalidInputError) as caught:
        find_fleet(below)
    assert caught.value.diagnostics[0].code == "fleet-not-found"

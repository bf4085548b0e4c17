from __future__ import annotations

import pytest

from vend.aws import control_tower_value, resolve_unit
from vend.errors import CODES, Diagnostic
from vend.models import Organization, OrganizationalUnit

ROOT = OrganizationalUnit(id="r-ab12", name="Root", path="", parent_id=None)


def an_organization(**paths: str) -> Organization:
    """Units by path; keyword names are the ends of their ids."""
    units = {ROOT.id: ROOT}
    for end, path in paths.items():
        unit_id = f"ou-ab12-{end:0>8}"
        units[unit_id] = OrganizationalUnit(
            id=unit_id, name=path.rsplit("/", 1)[-1], path=path, parent_id="r-ab12", registered=True
        )
    return Organization(
        id="o-exampleorgid", management_account_id="111111111111", root_id=ROOT.id, units=units, accounts={}
    )


ORGANIZATION = an_organization(
    work="Workloads", prod="Workloads/Prod", test="Workloads/Test", old="Old", oldprod="Old/Prod", brackets="A (b)"
)


@pytest.mark.parametrize(
    "text",
    [
        "Workloads/Prod",
        " Workloads/Prod ",
        "/Workloads/Prod/",
        "Workloads / Prod",
        "Root/Workloads/Prod",
        "ou-ab12-0000prod",
        "Prod (ou-ab12-0000prod)",
        "Prod(ou-ab12-0000prod)",
    ],
)
def test_every_spelling_finds_the_unit(text: str) -> None:
    """Path, id, and name with id mean the same unit."""
    found = resolve_unit(ORGANIZATION, text)
    assert isinstance(found, OrganizationalUnit)
    assert found.path == "Workloads/Prod"


def test_the_value_for_control_tower_finds_the_unit_again() -> None:
    """What is sent to Account Factory may be written into a request, brackets in names included."""
    for unit in ORGANIZATION.units.values():
        if unit.path:
            assert resolve_unit(ORGANIZATION, control_tower_value(unit)) == unit
    assert control_tower_value(ORGANIZATION.units["ou-ab12-0000prod"]) == "Prod (ou-ab12-0000prod)"


@pytest.mark.parametrize(
    ("text", "code", "hint"),
    [
        ("Worklods/Prod", "unknown-organizational-unit", 'did you mean "Workloads/Prod"?'),
        ("workloads/prod", "unknown-organizational-unit", 'did you mean "Workloads/Prod"?'),
        ("Prod", "unknown-organizational-unit", 'did you mean "Old/Prod" or "Workloads/Prod"?'),
        ("Elsewhere/Test", "unknown-organizational-unit", 'did you mean "Workloads/Test"?'),
        ("Zebra", "unknown-organizational-unit", "there are: "),
        ("ou-ab12-0000prop", "unknown-organizational-unit", 'did you mean "ou-ab12-0000prod"?'),
        ("Prod (ou-ab12-99999999)", "unknown-organizational-unit", None),
        ("Test (ou-ab12-0000prod)", "organizational-unit-name-differs", 'write "Prod (ou-ab12-0000prod)"'),
        ("", "organizational-unit-is-root", "below it"),
        ("/", "organizational-unit-is-root", "below it"),
        ("Root", "organizational-unit-is-root", "below it"),
        ("r-ab12", "organizational-unit-is-root", "below it"),
    ],
)
def test_what_names_no_unit_is_diagnosed(text: str, code: str, hint: str | None) -> None:
    """The code says what is wrong, the hint what to write instead."""
    found = resolve_unit(ORGANIZATION, text)
    assert isinstance(found, Diagnostic)
    assert found.code == code
    assert found.code in CODES
    if hint is not None:
        assert hint in (found.hint or "")


def test_two_units_with_one_path_need_the_id() -> None:
    """A unit's name may contain a slash."""
    found = resolve_unit(an_organization(nested="A/B", flat="A/B"), "A/B")
    assert isinstance(found, Diagnostic)
    assert found.code == "ambiguous-organizational-unit"
    assert "use the id" in (found.hint or "")
    assert "ou-ab12-00nested" in (found.detail or "")
    assert "ou-ab12-0000flat" in (found.detail or "")


def test_an_organization_without_units_is_no_traceback() -> None:
    """There is nothing to suggest then."""
    found = resolve_unit(an_organization(), "Workloads")
    assert isinstance(found, Diagnostic)
    assert found.hint is None


def test_a_hint_stays_readable_in_a_large_organization() -> None:
    """Ten paths and a count, not a thousand."""
    many = an_organization(**{f"u{n}": f"Unit {n:03d}" for n in range(100)})
    found = resolve_unit(many, "zzz")
    assert isinstance(found, Diagnostic)
    assert "and 90 more" in (found.hint or "")

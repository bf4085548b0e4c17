"""The demo's edit of a request, and its tree of the organization."""

from __future__ import annotations

from pathlib import Path

from factories import an_account_request
from vend.cli._edit import edit_of, spliced, unit_tree
from vend.models import Organization, OrganizationAccount, OrganizationalUnit, Position

TEXT = """# kept
account "a" {
  organizational_unit = "Workloads/Test"   # kept too
  tags = { CostCenter = "4711", Other = "x" }
}
"""


def test_the_edit_changes_two_values_and_nothing_else(tmp_path: Path) -> None:
    """A unit below the same parent is preferred; comments and spacing stay byte by byte."""
    (tmp_path / "a.hcl").write_text(TEXT)
    first = an_account_request(
        account="a",
        organizational_unit="Workloads/Test",
        tags={"CostCenter": "4711", "Other": "x"},
        positions={
            "": Position(file="a.hcl", line=2, column=1),
            "organizational_unit": Position(file="a.hcl", line=3, column=25),
            "tags.CostCenter": Position(file="a.hcl", line=4, column=25),
        },
    )
    others = [an_account_request(account=unit, organizational_unit=unit) for unit in ("Platform/A", "Workloads/Prod")]
    edit = edit_of([first, *others], tmp_path)
    assert edit is not None
    assert edit.after == TEXT.replace("Workloads/Test", "Workloads/Prod").replace("4711", "4712")
    assert [text for text in edit.diff() if text.startswith(("+", "-"))] == [
        "--- a/a.hcl",
        "+++ b/a.hcl",
        '-  organizational_unit = "Workloads/Test"   # kept too',
        '-  tags = { CostCenter = "4711", Other = "x" }',
        '+  organizational_unit = "Workloads/Prod"   # kept too',
        '+  tags = { CostCenter = "4712", Other = "x" }',
    ]


def test_values_that_come_from_defaults_are_not_edited(tmp_path: Path) -> None:
    """A request whose unit or tag stands elsewhere is passed over."""
    request = an_account_request(
        tags={"CostCenter": "1"},
        positions={
            "": Position(file="a.hcl", line=2, column=1),
            "organizational_unit": Position(file="a.hcl", line=3, column=1),
            "tags.CostCenter": Position(file="defaults.hcl", line=1, column=1),
        },
    )
    assert edit_of([request, an_account_request(organizational_unit="Other")], tmp_path) is None


def test_a_value_is_found_from_the_name_before_it() -> None:
    """A place that is the attribute's name leads to its value too."""
    position = Position(file="a.hcl", line=3, column=3)
    assert '= "X"   # kept too' in spliced(TEXT, position, "X")


def test_the_tree_shows_units_and_their_accounts() -> None:
    """Nested units are indented below their parents, accounts below their unit."""

    def unit(name: str, path: str, parent: str) -> OrganizationalUnit:
        return OrganizationalUnit(id=f"ou-{name}", name=name, path=path, parent_id=parent)

    units = [unit("Workloads", "Workloads", "r-1"), unit("Prod", "Workloads/Prod", "ou-Workloads")]
    account = OrganizationAccount(id="1", name="Pay", email="p@x.io", state="ACTIVE", parent_id="ou-Prod")
    organization = Organization(
        id="o-1",
        management_account_id="0",
        root_id="r-1",
        units={each.id: each for each in units},
        accounts={account.id: account},
    )
    assert unit_tree(organization) == ["Root/", "  Workloads/", "    Prod/", "      1  Pay"]

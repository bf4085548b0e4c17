"""The demo's edit of a request, and its tree of the organization."""

from __future__ import annotations

from pathlib import Path

from vend.cli.demo._example_edit import edit_of, unit_tree
from vend.models import Organization, OrganizationAccount, OrganizationalUnit

FLEET = 'fleet "test" { home_region = "eu-west-1" }\n'
REQUESTS = """# kept
account "a" {
  email               = "a@example.com"
  organizational_unit = "Workloads/Test"   # kept too
  tags = { CostCenter = "4711", Other = "x" }
}
account "b" {
  email               = "b@example.com"
  organizational_unit = "Platform/A"
}
account "c" {
  email               = "c@example.com"
  organizational_unit = "Workloads/Prod"
}
"""


def a_fleet(directory: Path, requests: str) -> Path:
    (directory / "vend.hcl").write_text(FLEET)
    (directory / "account-requests").mkdir()
    (directory / "account-requests" / "a.hcl").write_text(requests)
    return directory


def test_the_edit_changes_two_values_and_nothing_else(tmp_path: Path) -> None:
    """A unit below the same parent is preferred; comments and spacing stay byte by byte."""
    edit = edit_of(a_fleet(tmp_path, REQUESTS))
    assert edit is not None
    assert edit.account == "a"
    assert edit.file.after == REQUESTS.replace("Workloads/Test", "Workloads/Prod").replace("4711", "4712").encode()
    assert [text for text in edit.file.diff() if text.startswith(("+", "-"))] == [
        "--- a/account-requests/a.hcl",
        "+++ b/account-requests/a.hcl",
        '-  organizational_unit = "Workloads/Test"   # kept too',
        '-  tags = { CostCenter = "4711", Other = "x" }',
        '+  organizational_unit = "Workloads/Prod"   # kept too',
        '+  tags = { CostCenter = "4712", Other = "x" }',
    ]


def test_without_another_unit_or_a_cost_centre_there_is_no_edit(tmp_path: Path) -> None:
    """The demo then says that its example is not what it should be."""
    assert edit_of(a_fleet(tmp_path, REQUESTS.replace("CostCenter", "Centre"))) is None
    alone = tmp_path / "alone"
    alone.mkdir()
    assert edit_of(a_fleet(alone, REQUESTS.partition('account "b"')[0])) is None


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

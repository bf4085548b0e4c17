"""vend import organization, over an organization in memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import vend.aws
from support.factories import a_product, a_unit, an_organization_account
from support.fakes import FakeAws
from unit.docs.pages import examples
from vend.cli._main import main
from vend.models import AlternateContact, OrganizationAccount, SsoUser
from vend.requests import load_fleet

SETTINGS = 'fleet "test" { home_region = "eu-west-1" }\n'
PROD = a_unit()
SANDBOX = a_unit(id="ou-ab12-sandboxx", name="Sandbox", path="Sandbox", parent_id="r-ab12")
TWIN = a_unit(id="ou-ab12-prodtwin", name="Workloads/Prod", path="Workloads/Prod", parent_id="r-ab12")
OLD = a_unit(id="ou-ab12-ungovern", name="Old", path="Old", parent_id="r-ab12", registered=False)
GRACE = SsoUser(email="grace@example.com", first_name="Grace", last_name="Hopper")
SECURITY = AlternateContact(kind="security", name="Desk", title="CSIRT", email="s@example.com", phone="+1 555 0100")


def account(number: int, name: str, parent: str = PROD.id, **more: Any) -> OrganizationAccount:
    email = f"{name.split(maxsplit=1)[0].lower()}@example.com"
    fields = {"id": f"{number:012d}", "name": name, "email": email, "parent_id": parent, "enrolled": False, **more}
    return an_organization_account(**fields)


@pytest.fixture
def aws(fleet: Path, monkeypatch: pytest.MonkeyPatch) -> FakeAws:
    """An organization with its management, log archive and audit accounts, and a fleet to write to."""
    del fleet
    made = FakeAws(
        units={unit.id: unit for unit in (PROD, SANDBOX, OLD)},
        shared_accounts=frozenset({"000000000002", "000000000003"}),
        management_account_id="000000000001",
    )
    for number, name in ((1, "Management"), (2, "Log Archive"), (3, "Audit")):
        made.accounts[f"{number:012d}"] = account(number, name)

    class Aws:
        """Connects to it."""

        @staticmethod
        def connect(*_: Any) -> FakeAws:
            return made

    monkeypatch.setattr(vend.aws, "Aws", Aws)
    return made


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "vend.hcl").write_text(SETTINGS)
    (tmp_path / "account-requests").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def holds(aws: FakeAws, *accounts: OrganizationAccount) -> None:
    aws.accounts |= {account.id: account for account in accounts}


def managed(aws: FakeAws, account: OrganizationAccount, name: str, **more: Any) -> None:
    """An account with a product."""
    holds(aws, account)
    aws.products[name] = a_product(name=name, id=f"pp-{name}", **{"account_id": account.id, **more})


def imported(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["import", "organization", "--format", "json", *arguments]) == 0, capsys.readouterr().err
    return dict(json.loads(capsys.readouterr().out))


def actions(document: dict[str, Any]) -> dict[str, str]:
    return {entry["account"]: entry["action"] for entry in document["accounts"]}


def reasons(document: dict[str, Any]) -> dict[str, str]:
    return {entry["name"]: entry["reason"] for entry in document["left_out"]}


def test_an_account_is_written_as_it_is(fleet: Path, aws: FakeAws, capsys: pytest.CaptureFixture[str]) -> None:
    """Its product's name for a label; unit, tags, contacts and user; in a folder for its unit."""
    payments = account(10, "Payments (prod)")
    managed(aws, payments, "payments-prod")
    aws.tags[payments.id] = {"CostCenter": "4711", "aws:made": "by AWS"}
    aws.contacts[payments.id] = (SECURITY,)
    aws.people[payments.id] = GRACE
    document = imported(capsys)
    assert document["accounts"] == [
        {
            "account": "payments-prod",
            "account_id": payments.id,
            "action": "adopt",
            "file": "account-requests/workloads/prod/payments-prod.hcl",
        }
    ]
    assert document["diagnostics"] == []
    assert (
        (fleet / document["files"][0]).read_text()
        == """account "payments-prod" {
  name                = "Payments (prod)"
  email               = "payments@example.com"
  organizational_unit = "Workloads/Prod"

  sso_user {
    email      = "grace@example.com"
    first_name = "Grace"
    last_name  = "Hopper"
  }

  tags = {
    CostCenter = "4711"
  }

  alternate_contact "security" {
    name  = "Desk"
    title = "CSIRT"
    email = "s@example.com"
    phone = "+1 555 0100"
  }
}
"""
    )
    assert load_fleet(fleet).diagnostics == ()


def test_an_account_without_a_product_is_to_be_enrolled(aws: FakeAws, capsys: pytest.CaptureFixture[str]) -> None:
    """Its label comes from its name; that nobody knows its user is a warning."""
    holds(
        aws,
        account(10, "Zoe's   Data.. & Co", email="zoe@example.com"),
        account(11, "\u6771\u4eac", email="tokyo@example.com"),
    )
    document = imported(capsys)
    assert actions(document) == {"zoe-s-data.-co": "enrol"}
    assert "has a character that AWS does not allow" in reasons(document)["\u6771\u4eac"]
    codes = [problem["code"] for problem in document["diagnostics"]]
    assert sorted(codes) == ["import-left-out", "import-without-user"]


def test_labels_that_are_taken_get_the_accounts_id(
    fleet: Path, aws: FakeAws, capsys: pytest.CaptureFixture[str]
) -> None:
    """By a request, by a product, or by another account of the same name; the first by id keeps it."""
    (fleet / "account-requests" / "a.hcl").write_text(
        'account "Shop" {\n  name = "Other"\n  email = "x@example.com"\n  organizational_unit = "Sandbox"\n}\n'
    )
    holds(aws, account(10, "Shop"), account(11, "Data one"), account(12, "Data  one", email="other@example.com"))
    managed(aws, account(13, "Paid"), "pay")
    holds(aws, account(14, "Pay", email="pay@example.com"))
    ours = {"data-one", "data-one-000000000012", "pay", "pay-000000000014", "shop-000000000010"}
    assert set(actions(imported(capsys))) == ours


def test_running_again_writes_only_what_is_new(fleet: Path, aws: FakeAws, capsys: pytest.CaptureFixture[str]) -> None:
    """By the email, in whatever case, or by the product's name; nothing is written over."""
    managed(aws, account(10, "Payments"), "payments")
    holds(aws, account(11, "Shop"))
    first = imported(capsys)
    path = fleet / first["files"][0]
    path.write_text("# Kept.\n" + path.read_text().replace("payments@", "PAYMENTS@"))
    before = {file.name: file.read_bytes() for file in fleet.rglob("*.hcl")}
    again = imported(capsys)
    assert (again["accounts"], again["known"], again["written"]) == ([], 2, False)
    assert {file.name: file.read_bytes() for file in fleet.rglob("*.hcl")} == before
    holds(aws, account(12, "New one"))
    assert actions(imported(capsys)) == {"new-one": "enrol"}
    assert [call for call in aws.calls if call[0] == "inventory"][-1] == ("inventory", ("000000000012",))


def test_a_file_that_is_there_is_added_to(fleet: Path, aws: FakeAws, capsys: pytest.CaptureFixture[str]) -> None:
    """Somebody else's request stays as it is."""
    other = 'account "other" {\n  email = "o@example.com"\n  organizational_unit = "Sandbox"\n}\n'
    file = fleet / "account-requests" / "workloads" / "prod" / "shop.hcl"
    file.parent.mkdir(parents=True)
    file.write_text(other)
    holds(aws, account(10, "Shop"))
    imported(capsys)
    assert file.read_text().startswith(other + '\naccount "shop" {')


def test_shared_closed_and_broken_accounts_are_left_out(aws: FakeAws, capsys: pytest.CaptureFixture[str]) -> None:
    """Each with its reason; those that something can be done about are diagnosed."""
    holds(
        aws,
        account(10, "Closed", state="PENDING_CLOSURE"),
        account(11, "Enrolled", enrolled=True),
        account(12, "Rooted", parent="r-ab12"),
        account(13, "Ungoverned", parent=OLD.id),
        account(14, "A < B"),
    )
    managed(aws, account(15, "Half"), "half", status="ERROR", succeeded=False)
    managed(aws, account(16, "Spaced"), "two words")
    document = imported(capsys)
    assert actions(document) == {}
    found = reasons(document)
    assert found["Management"] == "the management account"
    assert found["Log Archive"] == found["Audit"] == "an account that Control Tower created for itself"
    assert found["Closed"] == "it is PENDING_CLOSURE"
    assert "has no provisioned product" in found["Enrolled"]
    assert "it is in the root" in found["Rooted"]
    assert "Control Tower does not govern" in found["Ungoverned"]
    assert "was never created" in found["Half"]
    assert 'the name "A < B"' in found["A < B"]
    assert '"two words"' in found["Spaced"]
    assert {p["code"] for p in document["diagnostics"]} == {"import-left-out"}
    assert len(document["diagnostics"]) == 6


def test_accounts_without_a_governed_unit_go_where_they_are_wanted(
    aws: FakeAws, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--into` names a unit that Control Tower governs, however it is written."""
    holds(aws, account(12, "Rooted", parent="r-ab12"), account(13, "Ungoverned", parent=OLD.id))
    document = imported(capsys, "--into", SANDBOX.id)
    assert {entry["file"] for entry in document["accounts"]} == {
        "account-requests/sandbox/rooted.hcl",
        "account-requests/sandbox/ungoverned.hcl",
    }
    assert main(["import", "organization", "--into", "Old"]) == 4
    assert "unregistered-organizational-unit" in capsys.readouterr().err
    assert main(["import", "organization", "--into", "Nowhere"]) == 4
    assert "unknown-organizational-unit" in capsys.readouterr().err


def test_a_unit_whose_path_is_not_its_own_is_named_with_its_id(
    fleet: Path, aws: FakeAws, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its path could be another's: a name may hold a slash."""
    aws.units[TWIN.id] = TWIN
    holds(aws, account(10, "Shop"))
    (file,) = imported(capsys)["files"]
    assert f'organizational_unit = "Prod ({PROD.id})"' in (fleet / file).read_text()


def test_where_to_write_can_be_said(fleet: Path, aws: FakeAws, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder of requests; one that vend does not read is refused, and a dry run writes nothing."""
    holds(aws, account(10, "Shop"))
    assert main(["import", "organization", "--out", "elsewhere"]) == 4
    assert "not-a-requests-file" in capsys.readouterr().err
    assert main(["import", "organization", "--out", "account-requests/found", "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert "+++ b/account-requests/found/workloads/prod/shop.hcl\n" in shown
    assert "1 account request to write\n" in shown
    assert not list(fleet.rglob("shop.hcl"))
    assert main(["import", "organization", "--out", "account-requests/found"]) == 0
    assert (fleet / "account-requests/found/workloads/prod/shop.hcl").exists()


def test_the_commands_of_the_page_run(fleet: Path, aws: FakeAws, capsys: pytest.CaptureFixture[str]) -> None:
    """docs/how-to/importing.md, but for the plan, which tests/e2e does with the real provider."""
    page = "docs/how-to/importing.md"
    managed(aws, account(10, "Payments (prod)"), "payments-prod")
    aws.people["000000000010"] = GRACE
    (table,) = examples(page, "csv")
    (fleet / "accounts.csv").write_text(table.text)
    for customization in ("spoke-network", "ci-deploy"):
        (fleet / "customizations" / customization).mkdir(parents=True)
    lines = [line for example in examples(page, "sh") for line in example.text.splitlines()]
    lines.remove("vend plan")
    for line in lines:
        vend, *arguments = line.partition("#")[0].split()
        assert (vend, main(arguments)) == ("vend", 0)
    written = capsys.readouterr().out
    assert "account-requests/workloads/prod/payments-prod.hcl" in written
    assert "account-requests/workloads/prod/shop-prod.hcl" in written
    found = {request.account: request for request in load_fleet(fleet).requests}
    assert list(found) == ["payments-prod", "shop-dev", "shop-prod"]
    assert found["shop-prod"].tags == {"CostCenter": "0042"}

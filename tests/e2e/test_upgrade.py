"""A fleet that lives: what an older release left behind, and the vend of today. No Terraform starts.

These tests stand for the invariant that a release of vend alone re-plans nothing. Where one fails after a change of
yours, the fixture is right: it is what users have. Do not make the fixtures again, and loosen no test. Instead:

- what is rendered or digested changed (a header, a template, a module that ships with vend, the digest of hooks): say
  in `vend.render._former` how the older release had it. A fingerprint of that kind is taken as it is, and the next
  apply writes it in today's form;
- what the ledger holds changed: raise the version and add a migration; `vend.ledger._schema` says how;
- a class or an attribute of the sandbox's state changed: read the old name too;
- a bundle cannot be taken any more: refuse it with a diagnostic that says to make it again.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from support.releases import DYNAMODB, RELEASES, SQLITE, Upgraded, upgraded

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("upgrade")]
ACCOUNTS = ["ledgers", "payments", "plain"]


@pytest.fixture(scope="module", params=RELEASES, ids=lambda release: release.name)
def fleet(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upgraded]:
    with upgraded(request.param, tmp_path_factory.mktemp("upgraded")) as bench:
        yield bench


@pytest.mark.parametrize("ledger", [SQLITE, DYNAMODB], ids=["sqlite", "dynamodb"])
def test_a_release_alone_replans_nothing_and_runs_no_hook(fleet: Upgraded, ledger: str) -> None:
    """Planned, applied and planned again: every account is unchanged, no Terraform starts, no hook runs."""
    settings = fleet.directory / "vend.hcl"
    settings.write_text(re.sub("(?m)^ledger .*", ledger, settings.read_text()))

    def planned() -> None:
        plan = fleet.document("plan", "--detailed-exitcode")
        assert (plan["summary"], plan["terraform_runs"]) == ({"none": 3}, 0)
        assert [account["stages"] for account in plan["accounts"]] == [[], [], []]

    planned()
    applied = fleet.document("apply", "--auto-approve")
    assert applied["terraform_runs"] == 0
    assert [(r["account"], r["status"], r["changed"], r["stages"]) for r in applied["results"]] == [
        (account, "succeeded", False, []) for account in ACCOUNTS
    ]
    planned()
    assert (fleet.started, fleet.hooks) == ("", "")
    stages = {account["account"]: list(account["stages"]) for account in fleet.document("status")["accounts"]}
    assert stages == {
        "ledgers": ["account", "settings"],
        "payments": ["account", "customizations", "settings"],
        "plain": ["account", "settings"],
    }


def test_the_organization_of_an_older_sandbox_is_there(fleet: Upgraded) -> None:
    """Its state file is read: the organization, its accounts, products and the tables in it, and nothing else."""
    status = fleet.sandbox.status()
    assert fleet.sandbox.organization_id in {path.name for path in (fleet.directory / ".vend").iterdir()}
    assert {product["name"]: product["status"] for product in status["provisioned_products"]} == dict.fromkeys(
        ACCOUNTS, "AVAILABLE"
    )
    units = {account["email"]: account["organizational_unit"] for account in status["accounts"]}
    assert {email: unit for email, unit in units.items() if email.startswith("aws+")} == {
        "aws+plain@example.com": "Sandbox",
        "aws+payments@example.com": "Workloads/Prod",
        "aws+ledgers@example.com": "Workloads/Prod",
    }
    assert fleet.client("dynamodb").list_tables()["TableNames"] == ["vend-ledger"]


def test_an_open_bundle_that_cannot_be_taken_is_to_be_made_again(
    fleet: Upgraded, request: pytest.FixtureRequest
) -> None:
    """Refused at once, with the vend that made it and the way out; where a release is taken, test that instead."""
    release: Path = request.node.callspec.params["fleet"]
    shutil.copy(release / "open.vend", fleet.directory)
    for command in ("show", "apply"):
        (problem,) = fleet.document(command, "open.vend", code=3)["diagnostics"]
        assert problem["code"] == "bundle-unreadable"
        assert f"of vend {release.name}" in problem["detail"]
        assert "run `vend plan` again" in problem["hint"]
    assert (fleet.started, fleet.hooks) == ("", "")


def test_a_ledger_of_a_newer_vend_is_refused(fleet: Upgraded) -> None:
    """An old vend on a new ledger ends with 3, says which vend to install, and does nothing; on either ledger."""
    settings = fleet.directory / "vend.hcl"
    (file,) = (fleet.directory / ".vend").glob("o-*/ledger.sqlite3")
    with closing(sqlite3.connect(file)) as ledger:
        ledger.execute("UPDATE written SET vend = '7.8.9'")
        ledger.commit()
        ledger.execute("PRAGMA user_version = 99")
    fleet.client("dynamodb").put_item(
        TableName="vend-ledger",
        Item={"pk": {"S": "fleet#frozen"}, "sk": {"S": "schema"}, "version": {"N": "99"}, "vend": {"S": "7.8.9"}},
    )
    for ledger_block in (SQLITE, DYNAMODB):
        settings.write_text(re.sub("(?m)^ledger .*", ledger_block, settings.read_text()))
        for command in (["plan"], ["apply", "--auto-approve"], ["status"]):
            (problem,) = fleet.document(*command, code=3)["diagnostics"]
            assert (problem["code"], problem["hint"]) == ("ledger-newer", "install vend 7.8.9 or newer")
    assert (fleet.started, fleet.hooks) == ("", "")

"""What the README promises, step by step: each test goes on where the one before it stopped."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from support.both_ways import both_ways, shared_runs, workspace_of
from support.sandboxed import Bench, copy_example
from vend.models import Stage

pytestmark = [pytest.mark.e2e, pytest.mark.terraform, pytest.mark.xdist_group("example")]

ACCOUNTS = {"analytics-prod", "network-hub", "payments-prod", "payments-test", "sandbox-grace"}


A_NEW_ACCOUNT = """account "sandbox-new" {
  name                = "A new one"
  email               = "aws+sandbox-new@example.com"
  organizational_unit = "Sandbox"
  opt_in_regions      = ["ap-east-1"]
}

"""
BOTH_WAYS: dict[tuple[str, Stage], list[str]] = {
    ("analytics-prod", "account"): [],
    ("analytics-prod", "settings"): ["update"],
    ("network-hub", "account"): ["update"],
    ("network-hub", "settings"): ["create", "destroy"],
    ("payments-test", "account"): ["import"],
    ("sandbox-grace", "settings"): ["replace"],
    ("sandbox-new", "account"): ["create"],
    ("sandbox-new", "settings"): ["create", "create"],
}
"""What is planned of roots that are planned together and alone."""


@contextmanager
def other_contact(bench: Bench, account_id: str) -> Iterator[None]:
    """An account whose security contact somebody changed by hand."""
    account = bench.client("account")
    about = {"AccountId": account_id, "AlternateContactType": "SECURITY"}
    found = account.get_alternate_contact(**about)["AlternateContact"]
    kept = {name: found[name] for name in ("EmailAddress", "Name", "PhoneNumber", "Title")}
    account.put_alternate_contact(**about, **{**kept, "Name": "Somebody else"})
    try:
        yield
    finally:
        account.put_alternate_contact(**about, **kept)


@contextmanager
def edited(bench: Bench, file: str, old: str, new: str) -> Iterator[None]:
    """A request that says something else for a while."""
    bench.edit(file, old, new)
    try:
        yield
    finally:
        bench.edit(file, new, old)


@contextmanager
def other_state(bench: Bench, root: str, change: Callable[[bytes], bytes] | None) -> Iterator[None]:
    """A root with another state, or none, for a while."""
    s3, place = bench.client("s3"), {"Bucket": "example-vend-state", "Key": f"vend/{root}.tfstate"}
    kept = s3.get_object(**place)["Body"].read()
    s3.delete_object(**place)
    if change is not None:
        s3.put_object(**place, Body=change(kept))
    try:
        yield
    finally:
        s3.put_object(**place, Body=kept)


def tainted(content: bytes) -> bytes:
    """The state with one of its resources tainted."""
    state = json.loads(content)
    managed = [entry for entry in state["resources"] if entry["mode"] == "managed"]
    managed[0]["instances"][0]["status"] = "tainted"
    return json.dumps(state).encode()


@pytest.fixture(scope="module")
def first(bench: Bench) -> dict[str, Any]:
    return bench.document("apply", "--auto-approve")


def ids(document: dict[str, Any]) -> dict[str, str]:
    return {result["account"]: result["account_id"] for result in document["results"]}


def test_every_account_succeeds_with_its_id(first: dict[str, Any]) -> None:
    """The main job."""
    assert first["status"] == "succeeded"
    assert set(ids(first)) == ACCOUNTS
    assert all(re.fullmatch(r"\d{12}", account_id) for account_id in ids(first).values())
    assert {result["status"] for result in first["results"]} == {"succeeded"}
    assert all(result["changed"] for result in first["results"])
    assert len(set(ids(first).values())) == len(ACCOUNTS)


def test_a_second_apply_starts_no_terraform(bench: Bench, first: dict[str, Any]) -> None:
    """Re-running is resuming, and there is nothing to resume."""
    second = bench.document("apply", "--auto-approve")
    assert second["terraform_runs"] == 0
    assert ids(second) == ids(first)
    assert not any(result["changed"] for result in second["results"])


def test_nothing_is_pending_after_an_apply(bench: Bench, first: dict[str, Any]) -> None:
    """`plan --detailed-exitcode` is 0, not 2."""
    assert first["status"] == "succeeded"
    document = bench.document("plan", "--detailed-exitcode")
    assert document["summary"] == {"none": len(ACCOUNTS)}


def test_accounts_are_planned_together_as_they_are_alone(bench: Bench, first: dict[str, Any], tmp_path: Path) -> None:
    """New, moved, adopted, changed by hand, tainted, destroyed, unchanged: the real provider plans the same."""
    assert first["status"] == "succeeded"
    fleet = Bench(directory=copy_example(tmp_path / "fleet"), environ=bench.environ)
    requests = "account-requests"
    fleet.edit(f"{requests}/platform/network.hcl", '"Platform/Network"', '"Workloads/Prod"')
    fleet.edit(f"{requests}/platform/network.hcl", 'access "PlatformAdmins"', 'access "PaymentsDevelopers"')
    fleet.edit(f"{requests}/sandbox.hcl", 'account "sandbox-grace"', f'{A_NEW_ACCOUNT}account "sandbox-grace"')
    with (
        other_contact(bench, ids(first)["analytics-prod"]),
        other_state(bench, "payments-test/account", None),
        other_state(bench, "sandbox-grace/settings", tainted),
        workspace_of(fleet.directory, fleet.environ) as workspace,
    ):
        together, alone = both_ways(workspace, shared_runs(workspace), frozenset(BOTH_WAYS))
        assert workspace.terraform.runs <= 4 + 3 * len(BOTH_WAYS)
    assert len(together.plans) == 2 * (len(ACCOUNTS) + 1)
    for key, actions in BOTH_WAYS.items():
        assert together.plans[key] == alone[key], key
        assert [change.action for change in alone[key].changes] == actions, key
    assert [change.address for change in alone["analytics-prod", "settings"].drift] == [
        'module.settings.aws_account_alternate_contact.this["security"]'
    ]


def test_accounts_are_where_they_should_be_with_their_tags(bench: Bench, first: dict[str, Any]) -> None:
    """In nested organizational units, tagged in Organizations."""
    organizations = bench.client("organizations")
    account = ids(first)["payments-prod"]
    parent = organizations.list_parents(ChildId=account)["Parents"][0]["Id"]
    unit = organizations.describe_organizational_unit(OrganizationalUnitId=parent)["OrganizationalUnit"]
    assert unit["Name"] == "Prod"
    tags = {tag["Key"]: tag["Value"] for tag in organizations.list_tags_for_resource(ResourceId=account)["Tags"]}
    assert tags == {"CostCenter": "4711", "Environment": "prod", "ManagedBy": "vend", "Tier": "workload"}


def test_customizations_land_in_the_vended_account(bench: Bench, first: dict[str, Any]) -> None:
    """The network, its range from a custom field, and the field itself as a parameter; nothing of it elsewhere."""
    account = ids(first)["payments-prod"]
    ssm = bench.client("ssm", account)
    assert ssm.get_parameter(Name="/vend/custom-fields/vpc_cidr")["Parameter"]["Value"] == "10.20.0.0/16"
    cidrs = {vpc["CidrBlock"] for vpc in bench.client("ec2", account).describe_vpcs()["Vpcs"]}
    assert "10.20.0.0/16" in cidrs
    elsewhere = {vpc["CidrBlock"] for vpc in bench.client("ec2").describe_vpcs()["Vpcs"]}
    assert "10.20.0.0/16" not in elsewhere


def test_state_lies_in_the_bucket_and_requests_only_in_tfvars(bench: Bench, first: dict[str, Any]) -> None:
    """One state per root; no value of a request in any other rendered file."""
    assert first["status"] == "succeeded"
    listed = bench.client("s3").list_objects_v2(Bucket="example-vend-state", Prefix="vend/payments-prod/")
    keys = {entry["Key"] for entry in listed["Contents"]}
    assert {f"vend/payments-prod/{root}.tfstate" for root in ("account", "settings", "customizations")} <= keys
    roots = [path for path in bench.directory.glob(".vend/o-*/roots/payments-prod") if path.is_dir()]
    assert len(roots) == 1
    rendered = [path for path in roots[0].rglob("*.tf*") if not path.name.endswith(".tfvars.json")]
    assert rendered
    for value in ("Payments (prod)", "10.20.0.0/16", "Card payments go live", "grace@example.com"):
        assert not [path.name for path in rendered if value in path.read_text()]


def test_status_shows_the_fleet(bench: Bench, first: dict[str, Any]) -> None:
    """Accounts, units and stages, from one command."""
    rows = {row["account"]: row for row in bench.document("status")["accounts"]}
    assert {name: row["account_id"] for name, row in rows.items()} == ids(first)
    assert rows["network-hub"]["organizational_unit"] == "Platform/Network"
    assert {row["status"] for row in rows.values()} == {"succeeded"}


def test_a_move_and_a_tag_change_that_account_alone(bench: Bench, first: dict[str, Any]) -> None:
    """The plan says what happens to the account, and the apply does just that."""
    file = "account-requests/workloads/payments.hcl"
    bench.edit(file, 'organizational_unit = "Workloads/Test"', 'organizational_unit = "Sandbox"')
    bench.edit(file, 'Environment = "test"', 'Environment = "trial"')
    document = bench.document("plan", "--detailed-exitcode", code=2)
    actions = {account["account"]: account["action"] for account in document["accounts"]}
    assert actions.pop("payments-test") == "move"
    assert set(actions.values()) == {"none"}
    planned = next(account for account in document["accounts"] if account["account"] == "payments-test")
    assert [operation["operation"] for operation in planned["operations"]] == ["tag"]
    applied = bench.document("apply", "--auto-approve")
    assert {r["account"] for r in applied["results"] if r["changed"]} == {"payments-test"}
    organizations = bench.client("organizations")
    account = ids(first)["payments-test"]
    parent = organizations.list_parents(ChildId=account)["Parents"][0]["Id"]
    unit = organizations.describe_organizational_unit(OrganizationalUnitId=parent)["OrganizationalUnit"]
    assert unit["Name"] == "Sandbox"
    assert bench.document("apply", "--auto-approve")["terraform_runs"] == 0


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('account "analytics-prod"', 'account "analytics"', "label-changed"),
        ("aws+analytics-prod@example.com", "aws+analytics@example.com", "email-changed"),
        ('"Analytics (prod)"', '"Analytics"', "name-changed"),
    ],
    ids=["label", "email", "name"],
)
def test_what_makes_an_account_the_one_it_is_does_not_change(
    bench: Bench, first: dict[str, Any], old: str, new: str, code: str
) -> None:
    """Refused by an apply that may remove the account, too: nothing is made, moved or ended, and no Terraform runs."""
    before = {account["Id"] for account in bench.client("organizations").list_accounts()["Accounts"]}
    with edited(bench, "account-requests/workloads/analytics.hcl", old, new):
        document = bench.document("apply", "--auto-approve", "--allow-removal", "analytics-prod", code=3)
    touched = {result["account"]: result for result in document["results"] if result["status"] != "succeeded"}
    assert "analytics-prod" in touched
    assert touched.keys() <= {"analytics-prod", "analytics"}
    for result in touched.values():
        assert (result["changed"], result["account_id"]) == (False, ids(first)["analytics-prod"])
        assert [found["code"] for stage in result["stages"] for found in stage["diagnostics"]] == [code]
    assert document["terraform_runs"] == 0
    assert {account["Id"] for account in bench.client("organizations").list_accounts()["Accounts"]} == before


def test_access_that_cannot_be_given_is_told_of_its_account_alone(bench: Bench, first: dict[str, Any]) -> None:
    """Group and permission set, each underlined, with the nearest that there is; the others are planned."""
    assert first["status"] == "succeeded"
    old = 'access "PlatformAdmins" { permission_set = "AWSAdministratorAccess" }'
    new = 'access "PlatformAdmin" { permission_set = "AWSAdministratorAcces" }'
    with edited(bench, "account-requests/platform/network.hcl", old, new):
        document = bench.document("plan", code=3)
    (refused,) = (account for account in document["accounts"] if account["action"] == "refused")
    assert document["summary"]["none"] == len(document["accounts"]) - 1
    assert [(found["code"], found["hint"], found["account"]) for found in refused["diagnostics"]] == [
        ("unknown-group", 'did you mean "PlatformAdmins"?', "network-hub"),
        ("unknown-permission-set", 'did you mean "AWSAdministratorAccess"?', "network-hub"),
    ]
    assert refused["diagnostics"][0]["column"] < refused["diagnostics"][1]["column"]


def test_an_account_moved_by_hand_is_found_and_moved_back(bench: Bench, first: dict[str, Any]) -> None:
    """Terraform sees nothing of it; vend does."""
    organizations = bench.client("organizations")
    account = ids(first)["sandbox-grace"]
    parent = organizations.list_parents(ChildId=account)["Parents"][0]["Id"]
    root = organizations.list_roots()["Roots"][0]["Id"]
    organizations.move_account(AccountId=account, SourceParentId=parent, DestinationParentId=root)
    document = bench.document("plan", "--account", "sandbox-grace")
    assert document["accounts"][0]["action"] == "repair"
    assert bench.document("apply", "--auto-approve", "--account", "sandbox-grace")["status"] == "succeeded"
    assert organizations.list_parents(ChildId=account)["Parents"][0]["Id"] == parent


def test_a_lost_ledger_costs_time_and_nothing_else(bench: Bench, first: dict[str, Any]) -> None:
    """The account is planned again, found as it should be, and remembered."""
    for path in bench.directory.glob(".vend/o-*/ledger.sqlite3*"):
        path.unlink()
    document = bench.document("plan", "--account", "sandbox-grace")
    stages = document["accounts"][0]["stages"]
    assert not any(stage["add"] + stage["change"] + stage["destroy"] + stage["replace"] for stage in stages)
    applied = bench.document("apply", "--auto-approve", "--account", "sandbox-grace")
    assert applied["status"] == "succeeded"
    assert ids(applied)["sandbox-grace"] == ids(first)["sandbox-grace"]


def test_a_customization_that_fails_fails_its_account_alone(bench: Bench, first: dict[str, Any]) -> None:
    """The exit code is 1, the diagnostic is Terraform's own, and the other accounts are as they were."""
    assert first["status"] == "succeeded"
    folder = bench.directory / "customizations" / "broken"
    folder.mkdir()
    (folder / "main.tf").write_text(
        'locals {\n  wanted = false\n}\nresource "terraform_data" "this" {\n  lifecycle {\n    precondition {\n'
        '      condition     = local.wanted\n      error_message = "not in this account"\n    }\n  }\n}\n'
    )
    bench.edit(
        "account-requests/sandbox.hcl",
        'organizational_unit = "Sandbox"',
        'organizational_unit = "Sandbox"\n  customizations = ["broken"]',
    )
    completed = bench.vend("apply", "--auto-approve", "--account", "sandbox-grace", "--account", "network-hub")
    assert completed.returncode == 1
    assert "not in this account" in completed.stdout + completed.stderr
    assert "Traceback" not in completed.stdout + completed.stderr


def test_a_fresh_organization_is_vended_from_the_start(bench: Bench, first: dict[str, Any], tmp_path: Path) -> None:
    """Nothing of one organization leaks into another, though the working directory is the same."""
    assert first["status"] == "succeeded"
    del tmp_path
    completed = bench.vend("sandbox", "run", "--", "vend", "plan", "--account", "network-hub", "--format", "json")
    assert completed.returncode == 0, completed.stderr
    assert '"action": "create"' in completed.stdout

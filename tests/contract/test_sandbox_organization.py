"""An organization as a file: exported with read-only calls, and a sandbox that starts from it."""

from __future__ import annotations

import json
import os
import re
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.emulated import SECONDS, VENDING_ROLE, Emulated, emulated
from vend.aws import Aws, export_organization
from vend.errors import AwsError, Diagnostic
from vend.models import FiledAccount, FiledLandingZone, FiledProduct, FiledUnit, OrganizationFile, SsoUser
from vend.sandbox import SandboxConfig, start_from
from vend.sandbox.state._saving import may_change
from vend.settings import Settings

pytestmark = pytest.mark.sandbox
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "sandbox-files.md"
SETTINGS = Settings(name="example", home_region="eu-west-1")


def exported(aws: Emulated, credentials: dict[str, Any] | None = None) -> tuple[OrganizationFile, Any]:
    """What an export gives whoever has these credentials."""
    environ = aws.sandbox.environment(dict(os.environ))
    if credentials is not None:
        environ["AWS_ACCESS_KEY_ID"] = credentials["AccessKeyId"]
        environ["AWS_SECRET_ACCESS_KEY"] = credentials["SecretAccessKey"]
        environ["AWS_SESSION_TOKEN"] = credentials["SessionToken"]
    return export_organization(Aws.connect(SETTINGS, environ), "eu-west-1")


def written(filed: OrganizationFile) -> str:
    return json.dumps(filed.to_json(), indent=2)


@contextmanager
def started_from(filed: OrganizationFile, **settings: Any) -> Iterator[Emulated]:
    """A sandbox with that organization and nothing of the usual one."""
    config, warnings = start_from(filed, SandboxConfig(management_account_id=filed.management_account_id), "org.json")
    assert warnings == ()
    named = {name: getattr(config, name) for name in ("organization", "landing_zone_version", "governed_regions")}
    with emulated(
        **{
            "organizational_units": (),
            "groups": (),
            "permission_sets": (),
            "auto_enrollment": config.auto_enrollment,
            **named,
            **settings,
        }
    ) as aws:
        yield aws


@pytest.fixture(scope="module")
def original() -> Iterator[tuple[OrganizationFile, list[str]]]:
    """An organization with something of everything, and the calls that its export made."""
    with emulated(auto_enrollment=True, governed_regions=("eu-west-2",)) as aws:
        account = aws.vended("payments", aws.unit("Workloads/Prod"))
        moved, closed = aws.vended("moved", aws.unit("Workloads/Test")), aws.vended("closed", aws.unit("Sandbox"))
        aws.provision("broken", unit="Nowhere")
        aws.clock.advance(SECONDS)
        organizations = aws.client("organizations")
        organizations.tag_resource(ResourceId=account, Tags=[{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "1"}])
        loose = organizations.create_account(AccountName="Loose", Email="loose@example.com")["CreateAccountStatus"]
        aws.clock.advance(SECONDS)
        assert loose["AccountName"] == "Loose"
        governance = aws.sandbox._front.zone.governance
        # Moved by hand where nothing follows: enrolled in one unit, in another.
        aws.sandbox._front.zone.organization.move(moved, governance.enrolled[account])
        organizations.close_account(AccountId=closed)
        aws.clock.advance(SECONDS)
        prod = governance.enrolled[account]
        aws.client("controltower").enable_control(
            controlIdentifier="arn:aws:controltower:eu-west-1::control/AWS-GR_REGION_DENY",
            targetIdentifier=aws.sandbox._front.zone.organization.unit_arn(prod),
        )
        aws.clock.advance(SECONDS)
        aws.sandbox.status()
        aws.sandbox._front._journal._entries = deque()
        filed, warnings = exported(aws)
        calls = [entry.operation for entry in aws.sandbox._front._journal.entries()]
        assert warnings == ()
        assert filed.not_exported == ()
    return filed, calls


def test_only_reading_calls_are_made(original: tuple[OrganizationFile, list[str]]) -> None:
    """By AWS's own way of naming operations; nothing is assumed either."""
    _, calls = original
    assert len(calls) > 50
    assert [call for call in calls if may_change(call.partition(":")[2]) or call.endswith(":AssumeRole")] == []


def test_the_actions_of_the_page_are_enough_and_none_is_too_many() -> None:
    """A session that may do what the page lists, and nothing else, exports everything without a warning."""
    (policy,) = re.findall(r"^```json\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    with emulated() as aws:
        aws.vended("payments", aws.unit("Workloads/Prod"))
        journal = aws.sandbox._front._journal
        journal._entries = deque()
        whole, _ = exported(aws)
        made = {_action(entry.operation) for entry in journal.entries()}
        filed, warnings = exported(aws, aws.assume(VENDING_ROLE, Policy=policy))
        assert warnings == ()
        assert filed == whole
    (statement,) = json.loads(policy)["Statement"]
    listed = set(statement["Action"])
    # ListParents is for an account that is moved while the tree is read; GetCallerIdentity needs no permission, and
    # SearchProductsAsAdmin is for callers who may not launch.
    rare = {"organizations:ListParents", "servicecatalog:SearchProductsAsAdmin"}
    assert made - {"sts:GetCallerIdentity"} == listed - rare
    assert sorted(listed) == statement["Action"]


def _action(operation: str) -> str:
    service, _, name = operation.partition(":")
    return f"{service.replace('sso-admin', 'sso')}:{name}"


DENIED = {
    "controltower:GetLandingZone": {"the landing zone"},
    "controltower:ListEnabledControls": {"the controls of units"},
    "controltower:ListBaselines": {"which units are registered and which accounts are enrolled"},
    "identitystore:ListUsers": {"the users of accounts"},
    "organizations:ListTagsForResource": {"the tags of accounts"},
    "servicecatalog:GetProvisionedProductOutputs": {"the users of accounts"},
    "servicecatalog:ListLaunchPaths": {"the Account Factory product"},
    "servicecatalog:SearchProvisionedProducts": {"the provisioned products"},
    "sso:ListInstances": {"Identity Center"},
}


def _without(*denied: str) -> str:
    """A session policy that allows all but some actions."""
    statements = [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": list(denied), "Resource": "*"},
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def test_what_is_denied_is_named_and_the_rest_is_there() -> None:
    """A warning for each part, the same words in the file, nothing else missing; without the tree there is no file."""
    with emulated() as aws:
        aws.vended("payments", aws.unit("Workloads/Prod"))
        whole, _ = exported(aws)
        for denied, missing in DENIED.items():
            filed, warnings = exported(aws, aws.assume(VENDING_ROLE, Policy=_without(denied)))
            assert set(filed.not_exported) == missing, denied
            assert {warning.summary for warning in warnings} == {
                f"the file does not contain {what}" for what in missing
            }
            assert {warning.severity for warning in warnings} == {"warning"}
            assert [account.id for account in filed.accounts] == [account.id for account in whole.accounts]
            assert [unit.id for unit in filed.organizational_units] == [unit.id for unit in whole.organizational_units]
        with pytest.raises(AwsError) as caught:
            exported(aws, aws.assume(VENDING_ROLE, Policy=_without("organizations:ListAccounts")))
        assert caught.value.diagnostics[0].code == "access-denied"


def test_an_organization_that_nobody_may_launch_from() -> None:
    """A caller without a launch path gets the product all the same, and hears of the path."""
    with emulated() as aws:
        catalog = aws.sandbox._front.zone.catalog
        catalog.portfolio.principals.pop(VENDING_ROLE)
        filed, (warning,) = exported(aws, aws.assume(VENDING_ROLE))
    assert filed.account_factory is not None
    assert filed.account_factory.product_id == catalog.product_id
    assert filed.account_factory.launch_path_id is None
    assert warning.summary == "the file does not contain the launch path of Account Factory"


def test_there_and_back_is_the_same(original: tuple[OrganizationFile, list[str]]) -> None:
    """Exported, started from, exported again: not a byte differs."""
    filed, _ = original
    assert len({account.state for account in filed.accounts}) == 2
    assert {product.status for product in filed.provisioned_products} == {"AVAILABLE", "ERROR"}
    assert any(account.enrolled_in not in {None, account.parent_id} for account in filed.accounts)
    assert any("AWS-GR_REGION_DENY" in unit.controls for unit in filed.organizational_units)
    assert any(account.tags for account in filed.accounts)
    with started_from(filed) as aws:
        again, warnings = exported(aws)
    assert warnings == ()
    assert written(again) == written(filed)


def test_a_thousand_accounts_come_in_pages() -> None:
    """Of every list there is more than one page; all of it is there and back."""
    units = tuple(
        FiledUnit(id=f"ou-ab12-{number:08d}", name=f"Unit {number}", parent_id="r-ab12", registered=True)
        for number in range(30)
    )
    accounts = tuple(
        FiledAccount(
            id=f"{number + 200_000_000_000}",
            name=f"Account {number}",
            email=f"aws+{number}@example.com",
            state="ACTIVE",
            parent_id=units[number % 2].id,
            enrolled_in=units[number % 2].id,
            tags={"Number": str(number)},
        )
        for number in range(250)
    )
    filed = OrganizationFile(
        organization_id="o-exampleorgid",
        root_id="r-ab12",
        management_account_id="111111111111",
        home_region="eu-west-1",
        landing_zone=FiledLandingZone(
            version="3.2",
            governed_regions=("eu-west-1",),
            log_archive_account=accounts[0].id,
            audit_account=accounts[1].id,
        ),
        organizational_units=tuple(sorted(units, key=lambda unit: unit.name)),
        accounts=(
            FiledAccount(id="111111111111", name="Root", email="root@example.com", state="ACTIVE", parent_id="r-ab12"),
            *accounts,
        ),
        provisioned_products=tuple(
            FiledProduct(
                id=f"pp-{account.id}",
                name=f"account-{account.id}",
                status="AVAILABLE",
                provisioning_artifact_id="pa-example",
                account_id=account.id,
                sso_user=SsoUser(email=f"user{number % 7}@example.com", first_name="Grace", last_name="Hopper"),
            )
            for number, account in enumerate(accounts)
        ),
    )
    with started_from(filed) as aws:
        again, warnings = exported(aws)
    assert warnings == ()
    assert again.accounts == filed.accounts
    assert again.provisioned_products == filed.provisioned_products
    assert [unit.id for unit in again.organizational_units] == [unit.id for unit in filed.organizational_units]


def test_accounts_are_as_control_tower_left_them(original: tuple[OrganizationFile, list[str]]) -> None:
    """Enrolled ones can be entered, others cannot; drift shows; new ones are vended into the units of the file."""
    filed, _ = original
    by_name = {account.name: account for account in filed.accounts}
    with started_from(filed) as aws:
        aws.execution(by_name["payments"].id)
        from botocore.exceptions import ClientError

        with pytest.raises(ClientError):
            aws.execution(by_name["Loose"].id)
        listed = aws.client("controltower").list_enabled_baselines(includeChildren=True)["enabledBaselines"]
        drifted = {
            one["targetIdentifier"].rpartition("/")[2]
            for one in listed
            if one.get("driftStatusSummary", {}).get("types", {}).get("inheritance", {}).get("status") == "DRIFTED"
        }
        assert by_name["moved"].id in drifted
        products = aws.client("servicecatalog").search_provisioned_products()["ProvisionedProducts"]
        assert {one["Name"]: one["Id"] for one in products} == {one.name: one.id for one in filed.provisioned_products}
        account = aws.vended("new", aws.unit("Workloads/Prod"))
        assert account not in {one.id for one in filed.accounts}
        aws.client("servicecatalog").terminate_provisioned_product(
            ProvisionedProductName="payments", TerminateToken="end"
        )
        aws.clock.advance(SECONDS)
        assert "payments" not in {one["name"] for one in aws.sandbox.status()["provisioned_products"]}


def test_what_was_under_way_is_over(original: tuple[OrganizationFile, list[str]]) -> None:
    """Nobody would ever finish an operation of the other organization."""
    filed, _ = original
    under_way = tuple(replace(product, status="UNDER_CHANGE") for product in filed.provisioned_products)
    with started_from(replace(filed, provisioned_products=under_way)) as aws:
        found = {one["name"]: one["status"] for one in aws.sandbox.status()["provisioned_products"]}
    assert found["payments"] == "AVAILABLE"
    assert found["broken"] == "ERROR"


def test_a_state_goes_on_with_the_organization_that_it_began_with(
    original: tuple[OrganizationFile, list[str]], tmp_path: Any
) -> None:
    """The same command line again: the file is taken once. Another organization's file is refused."""
    from vend.errors import SandboxError
    from vend.sandbox import Sandbox

    filed, _ = original
    config, _ = start_from(filed, SandboxConfig(management_account_id=filed.management_account_id), "org.json")
    state = tmp_path / "org.state"
    with Sandbox(config, state=state) as first:
        first._front.zone.organization.create_account(name="Since", email="since@example.com")
    with Sandbox(config, state=state) as second:
        assert "Since" in {account["name"] for account in second.status()["accounts"]}
    other = replace(config, organization=replace(filed, organization_id="o-anotherorgid"))
    with pytest.raises(SandboxError) as caught, Sandbox(other, state=state):
        pass
    assert caught.value.diagnostics[0].code == "sandbox-state-mismatch"


def _told(diagnostics: Any) -> list[tuple[str, str]]:
    return [(one.code, one.summary) for one in diagnostics if isinstance(one, Diagnostic)]


def test_a_file_of_another_landing_zone_is_refused(original: tuple[OrganizationFile, list[str]]) -> None:
    """Both differences at once; and one without a landing zone cannot be started from."""
    from vend.errors import InvalidInputError

    filed, _ = original
    config = SandboxConfig(management_account_id="999999999999", home_region="us-east-1")
    with pytest.raises(InvalidInputError) as caught:
        start_from(replace(filed, landing_zone=None), config, "org.json")
    assert [code for code, _ in _told(caught.value.diagnostics)] == [
        "organization-file-mismatch",
        "organization-file-mismatch",
        "organization-file-invalid",
    ]


def test_what_will_be_otherwise_is_said(original: tuple[OrganizationFile, list[str]]) -> None:
    """A version that the sandbox does not know, and what was not exported."""
    filed, _ = original
    assert filed.landing_zone is not None
    config = SandboxConfig(management_account_id=filed.management_account_id)
    differing = replace(
        filed,
        landing_zone=replace(filed.landing_zone, version="3.4"),
        not_exported=("the tags of accounts",),
    )
    found, warnings = start_from(differing, config, "org.json")
    assert found.landing_zone_version == "3.3"
    assert _told(warnings) == [
        ("organization-file-incomplete", "the file does not contain the tags of accounts"),
        ("organization-file-incomplete", "landing zone 3.4 is emulated as 3.3"),
    ]
    oldest = replace(filed, landing_zone=replace(filed.landing_zone, version="2.1"))
    assert start_from(oldest, config, "org.json")[0].landing_zone_version == "2.7"

"""Control Tower's own API, the Account service, and what else an organization under Control Tower shows."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from support.emulated import SECONDS, Emulated, emulated
from vend.sandbox import Sandbox, SandboxConfig

pytestmark = pytest.mark.sandbox


@pytest.fixture
def aws() -> Iterator[Emulated]:
    with emulated() as world:
        yield world


def refused(call: Any, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def governed(aws: Emulated, *, children: bool = False) -> dict[str, dict[str, Any]]:
    """What AWSControlTowerBaseline is enabled on, by id."""
    tower = aws.client("controltower")
    arn = next(b["arn"] for b in tower.list_baselines()["baselines"] if b["name"] == "AWSControlTowerBaseline")
    found = tower.list_enabled_baselines(filter={"baselineIdentifiers": [arn]}, includeChildren=children)
    return {one["targetIdentifier"].rpartition("/")[2]: one for one in found["enabledBaselines"]}


def unit_id(aws: Emulated, path: str) -> str:
    return aws.unit(path).rpartition("(")[2].rstrip(")")


def test_configured_units_and_their_parents_are_registered(aws: Emulated) -> None:
    """Sandbox too; Security is not a place for accounts."""
    paths = ("Sandbox", "Workloads", "Workloads/Prod", "Workloads/Test")
    assert governed(aws).keys() == {unit_id(aws, path) for path in paths}
    assert unit_id(aws, "Security") not in governed(aws)


def test_units_are_made_with_the_ids_that_they_are_named_by() -> None:
    """Two of one name too; a name alone means one of them, and an account can be put into each."""
    named = ("Prod", "Prod (ou-ab12-cdefghij)", "Prod (ou-ab12-klmnopqr)", "Workloads/Test")
    with emulated(organizational_units=named) as aws:
        ids = {"ou-ab12-cdefghij", "ou-ab12-klmnopqr"}
        assert ids < governed(aws).keys()
        assert unit_id(aws, "Prod") == "ou-ab12-cdefghij"
        for name in ids:
            account = aws.vended(f"in-{name}", f"Prod ({name})")
            assert aws.client("organizations").list_parents(ChildId=account)["Parents"][0]["Id"] == name


def test_the_landing_zone_is_in_sync(aws: Emulated) -> None:
    """Its manifest names the shared accounts, which are in Security."""
    tower, organizations = aws.client("controltower"), aws.client("organizations")
    arn = tower.list_landing_zones()["landingZones"][0]["arn"]
    zone = tower.get_landing_zone(landingZoneIdentifier=arn)["landingZone"]
    assert (zone["status"], zone["driftStatus"]["status"], zone["version"]) == ("ACTIVE", "IN_SYNC", "3.3")
    shared = organizations.list_accounts_for_parent(ParentId=unit_id(aws, "Security"))["Accounts"]
    assert {account["Name"]: account["Id"] for account in shared} == {
        "Log Archive": zone["manifest"]["centralizedLogging"]["accountId"],
        "Audit": zone["manifest"]["securityRoles"]["accountId"],
    }


def test_an_account_under_way_counts_as_changing(aws: Emulated) -> None:
    """AFT counts the slots that are taken by the status of this baseline."""
    account_id = aws.vended("payments", aws.unit("Workloads/Prod"))
    child = governed(aws, children=True)[account_id]
    assert child["statusSummary"]["status"] == "SUCCEEDED"
    assert child["parentIdentifier"] == governed(aws)[unit_id(aws, "Workloads/Prod")]["arn"]
    assert account_id not in governed(aws)
    aws.client("servicecatalog").update_provisioned_product(
        **aws.product(), ProvisionedProductName="payments", UpdateToken="u"
    )
    assert governed(aws, children=True)[account_id]["statusSummary"]["status"] == "UNDER_CHANGE"


def test_an_account_moved_by_hand_makes_its_unit_drift(aws: Emulated) -> None:
    """Sending the product's parameters again puts it back."""
    prod, test = unit_id(aws, "Workloads/Prod"), unit_id(aws, "Workloads/Test")
    account_id = aws.vended("payments", aws.unit("Workloads/Prod"))

    def drift() -> str:
        return str(governed(aws)[prod]["driftStatusSummary"]["types"]["inheritance"]["status"])

    assert drift() == "IN_SYNC"
    organizations = aws.client("organizations")
    organizations.move_account(AccountId=account_id, SourceParentId=prod, DestinationParentId=test)
    assert drift() == "DRIFTED"
    aws.client("servicecatalog").update_provisioned_product(
        **aws.product(), ProvisionedProductName="payments", UpdateToken="again"
    )
    aws.clock.advance(SECONDS)
    assert drift() == "IN_SYNC"
    assert organizations.list_parents(ChildId=account_id)["Parents"][0]["Id"] == prod


def test_registering_a_unit_opens_it_to_account_factory(aws: Emulated) -> None:
    """EnableBaseline registers; the accounts in the unit are enrolled; two such operations do not run at once."""
    tower, organizations = aws.client("controltower"), aws.client("organizations")
    root = organizations.list_roots()["Roots"][0]["Id"]
    late = organizations.create_organizational_unit(ParentId=root, Name="Late")["OrganizationalUnit"]
    account_id = aws.created("old", role="OrganizationAccountAccessRole")
    organizations.move_account(AccountId=account_id, SourceParentId=root, DestinationParentId=late["Id"])
    enable = aws.registration(late["Arn"])
    made = tower.enable_baseline(**enable)
    assert refused(tower.enable_baseline, **enable)[0] == "ConflictException"
    reset = governed(aws)[unit_id(aws, "Workloads")]["arn"]
    assert refused(tower.reset_enabled_baseline, enabledBaselineIdentifier=reset)[0] == "ConflictException"
    aws.clock.advance(SECONDS)
    operation = tower.get_baseline_operation(operationIdentifier=made["operationIdentifier"])["baselineOperation"]
    assert (operation["operationType"], operation["status"]) == ("ENABLE_BASELINE", "SUCCEEDED")
    assert account_id in governed(aws, children=True)
    assert aws.client("sts", aws.execution(account_id)).get_caller_identity()["Account"] == account_id
    with pytest.raises(ClientError, match="Package is in state CREATING, but must be in state AVAILABLE"):
        aws.provision("early", unit="Late")
    aws.clock.advance(SECONDS)
    aws.vended("fresh", "Late")


def test_controls_stand_on_registered_units_alone(aws: Emulated) -> None:
    """An unregistered unit is not found, with AWS's text."""
    tower = aws.client("controltower")
    prod = governed(aws)[unit_id(aws, "Workloads/Prod")]["targetIdentifier"]
    assert tower.list_enabled_controls(targetIdentifier=prod)["enabledControls"]
    organizations = aws.client("organizations")
    root = organizations.list_roots()["Roots"][0]["Id"]
    late = organizations.create_organizational_unit(ParentId=root, Name="Late")["OrganizationalUnit"]
    assert refused(tower.list_enabled_controls, targetIdentifier=late["Arn"]) == (
        "ResourceNotFoundException",
        f"Organizational unit {late['Id']} is not registered with AWS Control Tower.",
    )


def test_elsewhere_there_is_no_landing_zone(aws: Emulated) -> None:
    """Another Region has none, and says what to do."""
    tower = aws.client("controltower", region="us-east-1")
    assert tower.list_landing_zones()["landingZones"] == []
    assert "you must create a landing zone first" in refused(tower.list_baselines)[1]


def test_every_start_is_another_organization() -> None:
    """Nothing of one organization is left in the next."""
    ids = []
    for _ in range(2):
        with Sandbox(SandboxConfig(management_account_id="222222222222")) as sandbox:
            ids.append(sandbox.organization_id)
            status = sandbox.status()
            assert status["management_account_id"] == "222222222222"
            assert [account["name"] for account in status["accounts"]] == ["Management", "Log Archive", "Audit"]
            assert status["provisioned_products"] == []
    assert len(set(ids)) == 2


def test_the_vending_roles_account_is_the_management_account() -> None:
    """Its ARN says which account that is."""
    with emulated(vending_role="arn:aws:iam::333333333333:role/teams/vend") as aws:
        assert aws.client("organizations").describe_organization()["Organization"]["MasterAccountId"] == "333333333333"
        session = aws.assume("arn:aws:iam::333333333333:role/teams/vend")
        assert aws.client("servicecatalog", session).search_products()["ProductViewSummaries"]


def test_the_planning_role_is_there_unless_it_is_of_another_account() -> None:
    """It may use Account Factory, as the vending role may."""
    role = "arn:aws:iam::111111111111:role/vend-plan"
    with emulated(planning_role=role) as aws:
        assert aws.client("servicecatalog", aws.assume(role)).search_products()["ProductViewSummaries"]
    assert SandboxConfig(vending_role=role, planning_role=role.replace("1" * 12, "2" * 12)).roles == (role,)


def test_what_control_tower_does_not_have_is_not_found(aws: Emulated) -> None:
    """Each identifier of somebody else."""
    tower = aws.client("controltower")
    prefix = "arn:aws:controltower:eu-west-1:111111111111"
    baseline = next(iter(governed(aws).values()))
    unit = baseline["targetIdentifier"]
    security = unit.replace(unit.rpartition("/")[2], unit_id(aws, "Security"))
    enable = {"baselineIdentifier": baseline["baselineIdentifier"], "baselineVersion": "4.0"}
    for call, arguments, code in (
        (tower.get_landing_zone, {"landingZoneIdentifier": f"{prefix}:landingzone/X"}, "ResourceNotFoundException"),
        (tower.get_baseline, {"baselineIdentifier": f"{prefix}:baseline/{'X' * 16}"}, "ResourceNotFoundException"),
        (
            tower.get_enabled_baseline,
            {"enabledBaselineIdentifier": f"{prefix}:enabledbaseline/X"},
            "ResourceNotFoundException",
        ),
        (
            tower.get_enabled_control,
            {"enabledControlIdentifier": f"{prefix}:enabledcontrol/X"},
            "ResourceNotFoundException",
        ),
        (tower.get_baseline_operation, {"operationIdentifier": str(uuid.UUID(int=0))}, "ResourceNotFoundException"),
        (tower.enable_baseline, {**enable, "targetIdentifier": f"{unit}x"}, "ResourceNotFoundException"),
        (tower.enable_baseline, {**enable, "targetIdentifier": security}, "ValidationException"),
        (tower.enable_baseline, {**enable, "targetIdentifier": unit}, "ConflictException"),
    ):
        assert refused(call, **arguments)[0] == code, arguments


def test_a_parent_keeps_its_registration_while_children_have_theirs(aws: Emulated) -> None:
    """Afterwards Account Factory refuses the unit, and its accounts are not enrolled any more."""
    tower = aws.client("controltower")
    account_id = aws.vended("payments", aws.unit("Workloads/Prod"))
    arns = {path: governed(aws)[unit_id(aws, path)]["arn"] for path in ("Workloads", "Workloads/Prod")}
    parent = {"enabledBaselineIdentifier": arns["Workloads"]}
    assert "governed child OUs" in refused(tower.disable_baseline, **parent)[1]
    tower.disable_baseline(enabledBaselineIdentifier=arns["Workloads/Prod"])
    aws.clock.advance(SECONDS)
    assert unit_id(aws, "Workloads/Prod") not in governed(aws)
    assert account_id not in governed(aws, children=True)
    aws.provision("late", unit=aws.unit("Workloads/Prod"))
    aws.clock.advance(SECONDS)
    assert "is not enrolled in AWS Control Tower" in aws.described("late")["StatusMessage"]


def test_resetting_a_drifted_unit_lets_the_account_go(aws: Emulated) -> None:
    """An account that was moved away belongs to it no more."""
    prod, root = unit_id(aws, "Workloads/Prod"), aws.client("organizations").list_roots()["Roots"][0]["Id"]
    account_id = aws.vended("payments", aws.unit("Workloads/Prod"))
    aws.client("organizations").move_account(AccountId=account_id, SourceParentId=prod, DestinationParentId=root)
    tower = aws.client("controltower")
    drifted = tower.list_enabled_baselines(filter={"inheritanceDriftStatuses": ["DRIFTED"]})["enabledBaselines"]
    assert [one["targetIdentifier"].rpartition("/")[2] for one in drifted] == [prod]
    tower.reset_enabled_baseline(enabledBaselineIdentifier=drifted[0]["arn"])
    busy = tower.list_enabled_baselines(filter={"statuses": ["UNDER_CHANGE"]})["enabledBaselines"]
    assert [one["arn"] for one in busy] == [drifted[0]["arn"]]
    aws.clock.advance(SECONDS)
    assert governed(aws)[prod]["driftStatusSummary"]["types"]["inheritance"]["status"] == "IN_SYNC"
    assert account_id not in governed(aws, children=True)

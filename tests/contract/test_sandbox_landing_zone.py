"""The landing zone: its version and manifest, its drift, its operations, and accounts that are moved into it."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from support.emulated import SECONDS, Emulated, emulated

pytestmark = pytest.mark.sandbox


def refused(call: Any, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def zone(aws: Emulated) -> dict[str, Any]:
    tower = aws.client("controltower")
    arn = tower.list_landing_zones()["landingZones"][0]["arn"]
    return dict(tower.get_landing_zone(landingZoneIdentifier=arn)["landingZone"])


def drift(aws: Emulated) -> str:
    return str(zone(aws)["driftStatus"]["status"])


def unit_id(aws: Emulated, path: str) -> str:
    return aws.unit(path).rpartition("(")[2].rstrip(")")


def enrolled(aws: Emulated) -> set[str]:
    """Ids of the accounts that inherit AWSControlTowerBaseline."""
    found = aws.client("controltower").list_enabled_baselines(includeChildren=True)["enabledBaselines"]
    return {one["targetIdentifier"].rpartition("/")[2] for one in found if one.get("parentIdentifier")}


def test_an_update_renews_the_products_version() -> None:
    """PROCESSING meanwhile; then the active artifact is another of the same name, and baselines have new versions."""
    with emulated(landing_zone_version="3.1") as aws:
        tower, catalog = aws.client("controltower"), aws.client("servicecatalog")
        before = aws.product()
        aws.vended("old", aws.unit("Workloads/Prod"))
        assert (zone(aws)["version"], zone(aws)["latestAvailableVersion"]) == ("3.1", "4.0")
        arn, manifest = {"landingZoneIdentifier": zone(aws)["arn"]}, zone(aws)["manifest"]
        assert refused(tower.update_landing_zone, **arn, version="3.0", manifest=manifest)[0] == "ValidationException"
        assert refused(tower.update_landing_zone, **arn, version="9.9", manifest=manifest)[0] == "ValidationException"
        assert refused(tower.update_landing_zone, **arn, version="3.3", manifest={})[0] == "ValidationException"
        begun = tower.update_landing_zone(**arn, version="3.3", manifest=manifest)["operationIdentifier"]
        assert zone(aws)["status"] == "PROCESSING"
        assert refused(tower.update_landing_zone, **arn, version="3.3", manifest=manifest) == (
            "ConflictException",
            "AWS Control Tower cannot begin landing zone setup while another execution is in progress.",
        )
        prod = aws.unit("Workloads/Prod")
        controls = {
            "controlIdentifier": "arn:aws:controltower:eu-west-1::control/AWS-GR_RESTRICT_ROOT_USER",
            "targetIdentifier": f"arn:aws:organizations::111111111111:ou/o/{prod.rpartition('(')[2][:-1]}",
        }
        assert refused(tower.enable_control, **controls)[0] == "ConflictException"
        aws.clock.advance(SECONDS)
        done = tower.get_landing_zone_operation(operationIdentifier=begun)["operationDetails"]
        assert (done["operationType"], done["status"]) == ("UPDATE", "SUCCEEDED")
        assert (zone(aws)["status"], zone(aws)["version"]) == ("ACTIVE", "3.3")
        artifacts = catalog.list_provisioning_artifacts(ProductId=before["ProductId"])["ProvisioningArtifactDetails"]
        assert [one["Active"] for one in artifacts] == [False, True]
        assert (artifacts[0]["Id"], artifacts[0]["Name"]) == (before["ProvisioningArtifactId"], artifacts[1]["Name"])
        assert aws.described("old")["ProvisioningArtifactId"] == before["ProvisioningArtifactId"]
        update = {**before, "ProvisioningArtifactId": artifacts[1]["Id"], "ProvisionedProductName": "old"}
        catalog.update_provisioned_product(**update, UpdateToken="upgrade")
        aws.clock.advance(SECONDS)
        assert aws.described("old")["ProvisioningArtifactId"] == artifacts[1]["Id"]
        baseline = next(
            one
            for one in tower.list_enabled_baselines()["enabledBaselines"]
            if one["targetIdentifier"].endswith(unit_id(aws, "Workloads/Prod"))
        )
        assert baseline["baselineVersion"] == "3.0"
        newer = aws.registration(baseline["targetIdentifier"], "4.0")
        tower.update_enabled_baseline(
            enabledBaselineIdentifier=baseline["arn"], baselineVersion="4.0", parameters=newer["parameters"]
        )
        aws.clock.advance(SECONDS)
        found = tower.get_enabled_baseline(enabledBaselineIdentifier=baseline["arn"])["enabledBaselineDetails"]
        assert (found["baselineVersion"], found["statusSummary"]["status"]) == ("4.0", "SUCCEEDED")


@pytest.mark.parametrize(("version", "baseline"), [("2.7", "1.0"), ("2.9", "2.0"), ("3.1", "3.0"), ("4.0", "5.0")])
def test_each_version_has_its_baselines(version: str, baseline: str) -> None:
    """Another version of AWSControlTowerBaseline is refused; the manifest of 4.0 has no organization structure."""
    with emulated(landing_zone_version=version) as aws:
        tower, organizations = aws.client("controltower"), aws.client("organizations")
        root = organizations.list_roots()["Roots"][0]["Id"]
        late = organizations.create_organizational_unit(ParentId=root, Name="Late")["OrganizationalUnit"]
        assert refused(tower.enable_baseline, **aws.registration(late["Arn"], "9.0"))[0] == "ValidationException"
        tower.enable_baseline(**aws.registration(late["Arn"], baseline))
        names = {one["name"] for one in tower.list_baselines()["baselines"]}
        assert ("ConfigBaseline" in names, "organizationStructure" in zone(aws)["manifest"]) == (
            version == "4.0",
            version != "4.0",
        )


def test_since_4_0_a_control_makes_a_unit_governed() -> None:
    """Account Factory still wants AWSControlTowerBaseline; ConfigBaseline and that exclude each other."""
    control = "arn:aws:controltower:eu-west-1::control/AWS-GR_RESTRICT_ROOT_USER"
    with emulated(landing_zone_version="4.0") as aws:
        tower, organizations = aws.client("controltower"), aws.client("organizations")
        root = organizations.list_roots()["Roots"][0]["Id"]
        late = organizations.create_organizational_unit(ParentId=root, Name="Late")["OrganizationalUnit"]
        tower.enable_control(controlIdentifier=control, targetIdentifier=late["Arn"])
        aws.clock.advance(SECONDS)
        found = tower.list_enabled_controls(targetIdentifier=late["Arn"])["enabledControls"]
        assert [one["controlIdentifier"] for one in found] == [control]
        aws.provision("early", unit="Late")
        aws.clock.advance(SECONDS)
        assert "is not enrolled in AWS Control Tower" in aws.described("early")["StatusMessage"]
        config = next(one["arn"] for one in tower.list_baselines()["baselines"] if one["name"] == "ConfigBaseline")
        enable = {"baselineIdentifier": config, "baselineVersion": "1.0", "targetIdentifier": late["Arn"]}
        made = tower.enable_baseline(**enable)
        aws.clock.advance(SECONDS)
        whole = aws.registration(late["Arn"], "5.0")
        assert refused(tower.enable_baseline, **whole)[0] == "ConflictException"
        tower.disable_baseline(enabledBaselineIdentifier=made["arn"])
        aws.clock.advance(SECONDS)
        tower.enable_baseline(**whole)
        aws.clock.advance(2 * SECONDS)
        aws.vended("late", "Late")


def test_what_becomes_of_the_organization_is_drift() -> None:
    """Trusted access, Control Tower's role, the shared accounts' unit; a reset puts each right."""
    with emulated(landing_zone_version="4.0") as aws:
        tower, organizations, iam = aws.client("controltower"), aws.client("organizations"), aws.client("iam")
        arn = {"landingZoneIdentifier": zone(aws)["arn"]}
        audit = next(one["Id"] for one in organizations.list_accounts()["Accounts"] if one["Name"] == "Audit")
        root, security = organizations.list_roots()["Roots"][0]["Id"], unit_id(aws, "Security")

        def reset() -> None:
            tower.reset_landing_zone(**arn)
            aws.clock.advance(SECONDS)
            assert drift(aws) == "IN_SYNC"

        assert drift(aws) == "IN_SYNC"
        organizations.disable_aws_service_access(ServicePrincipal="controltower.amazonaws.com")
        assert drift(aws) == "DRIFTED"
        reset()
        organizations.move_account(AccountId=audit, SourceParentId=security, DestinationParentId=root)
        assert drift(aws) == "DRIFTED"
        reset()
        assert organizations.list_parents(ChildId=audit)["Parents"][0]["Id"] == security
        iam.delete_role(RoleName="AWSControlTowerAdmin")
        assert drift(aws) == "DRIFTED"
        late = organizations.create_organizational_unit(ParentId=root, Name="Late")["OrganizationalUnit"]
        code, text = refused(tower.enable_baseline, **aws.registration(late["Arn"], "5.0"))
        assert (code, "could not assume the 'AWSControlTowerAdmin' role" in text) == ("ValidationException", True)
        reset()
        tower.enable_baseline(**aws.registration(late["Arn"], "5.0"))


def test_the_switch_for_drift() -> None:
    """Launch paths may go with it, or stay; an older landing zone is updated, not reset."""
    with emulated(landing_zone_drift="drifted") as aws:
        assert drift(aws) == "DRIFTED"
        aws.vended("fine", aws.unit("Sandbox"))
    with emulated(landing_zone_drift="no-launch-paths") as aws:
        tower, catalog = aws.client("controltower"), aws.client("servicecatalog")
        product_id = catalog.search_products()["ProductViewSummaries"][0]["ProductId"]
        assert refused(catalog.list_launch_paths, ProductId=product_id) == (
            "ResourceNotFoundException",
            f"No launch paths found for resource: {product_id}",
        )
        arn, manifest = {"landingZoneIdentifier": zone(aws)["arn"]}, zone(aws)["manifest"]
        assert refused(tower.reset_landing_zone, **arn)[0] == "ValidationException"
        tower.update_landing_zone(**arn, version="4.0", manifest=manifest)
        aws.clock.advance(SECONDS)
        assert drift(aws) == "IN_SYNC"
        aws.vended("fine", aws.unit("Sandbox"))


def test_without_a_landing_zone_there_is_no_control_tower() -> None:
    """Decommissioned, it leaves units and accounts; a new one governs again what is registered with it."""
    with emulated() as aws:
        tower, organizations = aws.client("controltower"), aws.client("organizations")
        account_id = aws.vended("left", aws.unit("Workloads/Prod"))
        arn, manifest = {"landingZoneIdentifier": zone(aws)["arn"]}, zone(aws)["manifest"]
        tower.delete_landing_zone(**arn)
        aws.clock.advance(SECONDS)
        assert tower.list_landing_zones()["landingZones"] == []
        assert "you must create a landing zone first" in refused(tower.list_enabled_baselines)[1]
        assert organizations.list_parents(ChildId=account_id)["Parents"][0]["Id"] == unit_id(aws, "Workloads/Prod")
        policies = organizations.list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"]
        assert [one["Name"] for one in policies if one["Name"].startswith("aws-guardrails-")] == []
        product_id = aws.client("servicecatalog").search_products()["ProductViewSummaries"][0]["ProductId"]
        code, _ = refused(aws.client("servicecatalog").list_launch_paths, ProductId=product_id)
        assert code == "ResourceNotFoundException"
        made = tower.create_landing_zone(version="4.0", manifest=manifest)
        aws.clock.advance(SECONDS)
        done = tower.get_landing_zone_operation(operationIdentifier=made["operationIdentifier"])["operationDetails"]
        assert (done["operationType"], done["status"], zone(aws)["arn"]) == ("CREATE", "SUCCEEDED", made["arn"])
        unit = next(
            one
            for one in organizations.list_organizational_units_for_parent(
                ParentId=organizations.list_roots()["Roots"][0]["Id"]
            )["OrganizationalUnits"]
            if one["Name"] == "Workloads"
        )
        tower.enable_baseline(**aws.registration(unit["Arn"], "5.0"))
        aws.clock.advance(SECONDS)
        kinds = [one["operationType"] for one in tower.list_landing_zone_operations()["landingZoneOperations"]]
        assert kinds == ["CREATE", "DELETE"]


def test_an_account_moved_into_a_registered_unit_is_enrolled() -> None:
    """With the switch on, in a while; moved out, it is let go, and its product stays an orphan."""
    with emulated(auto_enrollment=True) as aws:
        organizations = aws.client("organizations")
        root, prod = organizations.list_roots()["Roots"][0]["Id"], unit_id(aws, "Workloads/Prod")
        assert zone(aws)["remediationTypes"] == ["INHERITANCE_DRIFT"]
        account_id = aws.created("moved", role="OrganizationAccountAccessRole")
        move = {"AccountId": account_id, "SourceParentId": root, "DestinationParentId": prod}
        organizations.move_account(**move)
        assert account_id not in enrolled(aws)
        aws.clock.advance(SECONDS)
        assert account_id in enrolled(aws)
        assert aws.client("sts", aws.execution(account_id)).get_caller_identity()["Account"] == account_id
        catalog = aws.client("servicecatalog")
        assert catalog.search_provisioned_products()["ProvisionedProducts"] == []
        vended = aws.vended("vended", aws.unit("Workloads/Test"))
        back = {"SourceParentId": unit_id(aws, "Workloads/Test"), "DestinationParentId": root}
        organizations.move_account(AccountId=vended, **back)
        aws.clock.advance(SECONDS)
        assert (vended in enrolled(aws), aws.described("vended")["Status"]) == (False, "AVAILABLE")


def test_without_the_switch_a_move_is_drift() -> None:
    """And with it, for an account that has Config of its own; nobody hears of auto-enrolment before version 3.1."""
    with emulated(auto_enrollment=True, landing_zone_version="3.0") as aws:
        assert "remediationTypes" not in zone(aws)
        moved(aws, aws.created("moved"))
    with emulated(auto_enrollment=True) as aws:
        account_id = aws.created("recorded")
        recorder = {"name": "own", "roleARN": f"arn:aws:iam::{account_id}:role/config"}
        aws.client("config", aws.execution(account_id)).put_configuration_recorder(ConfigurationRecorder=recorder)
        moved(aws, account_id)


def moved(aws: Emulated, account_id: str) -> None:
    """Moves an account into Workloads/Prod, which must drift by it."""
    organizations, prod = aws.client("organizations"), unit_id(aws, "Workloads/Prod")
    root = organizations.list_roots()["Roots"][0]["Id"]
    organizations.move_account(AccountId=account_id, SourceParentId=root, DestinationParentId=prod)
    aws.clock.advance(SECONDS)
    assert account_id not in enrolled(aws)
    drifted = {"inheritanceDriftStatuses": ["DRIFTED"]}
    found = aws.client("controltower").list_enabled_baselines(filter=drifted)["enabledBaselines"]
    assert [one["targetIdentifier"].rpartition("/")[2] for one in found] == [prod]

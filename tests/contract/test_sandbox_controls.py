"""Controls on units, the policies that stand for them, and baselines with the accounts below."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from support.emulated import SECONDS, Emulated, emulated

pytestmark = pytest.mark.sandbox
ROOT_USER = "arn:aws:controltower:eu-west-1::control/AWS-GR_RESTRICT_ROOT_USER"
ENCRYPTED = "arn:aws:controltower:eu-west-1::control/AWS-GR_ENCRYPTED_VOLUMES"


@pytest.fixture
def aws() -> Iterator[Emulated]:
    with emulated() as world:
        yield world


def refused(call: Any, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def unit_id(aws: Emulated, path: str) -> str:
    return aws.unit(path).rpartition("(")[2].rstrip(")")


def arn_of(aws: Emulated, path: str) -> str:
    organizations = aws.client("organizations")
    found = organizations.describe_organizational_unit(OrganizationalUnitId=unit_id(aws, path))
    return str(found["OrganizationalUnit"]["Arn"])


def policy(aws: Emulated, path: str) -> dict[str, Any] | None:
    """The policy of Control Tower's on a unit."""
    found = aws.client("organizations").list_policies_for_target(
        TargetId=unit_id(aws, path), Filter="SERVICE_CONTROL_POLICY"
    )["Policies"]
    own = [one for one in found if one["Name"].startswith("aws-guardrails-")]
    assert len(own) <= 1
    return own[0] if own else None


def sids(aws: Emulated, policy_id: str) -> set[str]:
    content = aws.client("organizations").describe_policy(PolicyId=policy_id)["Policy"]["Content"]
    return {statement["Sid"] for statement in json.loads(content)["Statement"]}


def test_governed_units_carry_control_towers_policy(aws: Emulated) -> None:
    """Security too; a unit that nobody registered has none; the policy goes with the registration."""
    for path in ("Security", "Sandbox", "Workloads", "Workloads/Prod"):
        found = policy(aws, path)
        assert found is not None, path
        assert {"GRCLOUDTRAILENABLED", "GRCONFIGENABLED", "GRIAMROLEPOLICY"} <= sids(aws, found["Id"])
    organizations, tower = aws.client("organizations"), aws.client("controltower")
    root = organizations.list_roots()["Roots"][0]["Id"]
    late = organizations.create_organizational_unit(ParentId=root, Name="Late")["OrganizationalUnit"]
    assert policy(aws, "Late") is None
    made = tower.enable_baseline(**aws.registration(late["Arn"]))
    aws.clock.advance(SECONDS)
    found = policy(aws, "Late")
    assert found is not None
    tower.disable_baseline(enabledBaselineIdentifier=made["arn"])
    aws.clock.advance(SECONDS)
    assert policy(aws, "Late") is None
    assert refused(organizations.describe_policy, PolicyId=found["Id"])[0] == "PolicyNotFoundException"


def test_a_preventive_control_is_a_statement(aws: Emulated) -> None:
    """UNDER_CHANGE until it is there; twice is a conflict; disabled, the statement goes."""
    tower, prod = aws.client("controltower"), arn_of(aws, "Workloads/Prod")
    target = {"controlIdentifier": ROOT_USER, "targetIdentifier": prod}
    made = tower.enable_control(**target, parameters=[{"key": "Exempted", "value": ["x"]}])

    def status() -> str:
        found = tower.get_enabled_control(enabledControlIdentifier=made["arn"])["enabledControlDetails"]
        return str(found["statusSummary"]["status"])

    assert status() == "UNDER_CHANGE"
    aws.clock.advance(SECONDS)
    assert status() == "SUCCEEDED"
    operation = tower.get_control_operation(operationIdentifier=made["operationIdentifier"])["controlOperation"]
    assert (operation["operationType"], operation["status"]) == ("ENABLE_CONTROL", "SUCCEEDED")
    assert (operation["controlIdentifier"], operation["targetIdentifier"]) == (ROOT_USER, prod)
    found = policy(aws, "Workloads/Prod")
    assert found is not None
    assert "GRRESTRICTROOTUSER" in sids(aws, found["Id"])
    assert refused(tower.enable_control, **target)[0] == "ConflictException"
    details = tower.get_enabled_control(enabledControlIdentifier=made["arn"])["enabledControlDetails"]
    assert details["parameters"] == [{"key": "Exempted", "value": ["x"]}]
    assert [region["name"] for region in details["targetRegions"]] == ["eu-west-1"]
    tower.disable_control(**target)
    aws.clock.advance(SECONDS)
    assert "GRRESTRICTROOTUSER" not in sids(aws, found["Id"])
    assert refused(tower.get_enabled_control, enabledControlIdentifier=made["arn"])[0] == "ResourceNotFoundException"


@pytest.mark.parametrize("harm", ["edited", "detached"])
def test_a_policy_that_was_changed_is_drift(aws: Emulated, harm: str) -> None:
    """Of preventive controls; the others are not checked. Resetting a control, or the unit, puts it right."""
    tower, organizations = aws.client("controltower"), aws.client("organizations")
    prod = arn_of(aws, "Workloads/Prod")
    tower.enable_control(controlIdentifier=ENCRYPTED, targetIdentifier=prod)
    aws.clock.advance(SECONDS)

    def drift() -> dict[str, str]:
        found = tower.list_enabled_controls(targetIdentifier=prod, maxResults=100)["enabledControls"]
        return {one["controlIdentifier"].rpartition("/")[2]: one["driftStatusSummary"]["driftStatus"] for one in found}

    assert (drift()["AWS-GR_LAMBDA_CHANGE_PROHIBITED"], drift()["AWS-GR_ENCRYPTED_VOLUMES"]) == (
        "IN_SYNC",
        "NOT_CHECKING",
    )
    found = policy(aws, "Workloads/Prod")
    assert found is not None
    if harm == "edited":
        organizations.update_policy(PolicyId=found["Id"], Content='{"Version": "2012-10-17", "Statement": []}')
    else:
        organizations.detach_policy(PolicyId=found["Id"], TargetId=unit_id(aws, "Workloads/Prod"))
    assert drift()["AWS-GR_LAMBDA_CHANGE_PROHIBITED"] == "DRIFTED"
    drifted = tower.list_enabled_controls(filter={"driftStatuses": ["DRIFTED"]}, maxResults=100)["enabledControls"]
    assert {one["targetIdentifier"] for one in drifted} == {prod}
    tower.reset_enabled_control(enabledControlIdentifier=drifted[0]["arn"])
    aws.clock.advance(SECONDS)
    assert "DRIFTED" not in drift().values()


def test_what_cannot_be_enabled_or_disabled(aws: Emulated) -> None:
    """Unknown controls, mandatory ones, what is not there; a call must say what it means."""
    tower, prod = aws.client("controltower"), arn_of(aws, "Workloads/Prod")
    unknown = "arn:aws:controltower:eu-west-1::control/AWS-GR_NO_SUCH_THING"
    target = {"targetIdentifier": prod}
    assert refused(tower.enable_control, controlIdentifier=unknown, **target)[0] == "ResourceNotFoundException"
    assert refused(tower.disable_control, controlIdentifier=ROOT_USER, **target)[0] == "ResourceNotFoundException"
    assert refused(tower.disable_control, **target)[0] == "ValidationException"
    mandatory = "arn:aws:controltower:eu-west-1::control/AWS-GR_SNS_CHANGE_PROHIBITED"
    code, text = refused(tower.disable_control, controlIdentifier=mandatory, **target)
    assert (code, "is mandatory" in text) == ("ValidationException", True)
    catalogued = "arn:aws:controlcatalog:::control/497wrm2xnk1wxlf4obrdo7mej"
    assert tower.enable_control(controlIdentifier=catalogued, **target)["arn"]


def test_accounts_inherit_the_controls_of_their_unit(aws: Emulated) -> None:
    """Listed with includeChildren, with the unit's as parent."""
    account_id = aws.vended("payments", aws.unit("Workloads/Prod"))
    tower, prod = aws.client("controltower"), arn_of(aws, "Workloads/Prod")
    own = tower.list_enabled_controls(targetIdentifier=prod, maxResults=100)["enabledControls"]
    both = tower.list_enabled_controls(targetIdentifier=prod, maxResults=200, includeChildren=True)["enabledControls"]
    children = [one for one in both if one["targetIdentifier"].endswith(account_id)]
    assert {one["parentIdentifier"] for one in children} == {one["arn"] for one in own}
    assert len(both) == len(own) + len(children)
    only = tower.list_enabled_controls(
        filter={"parentIdentifiers": [own[0]["arn"]]}, includeChildren=True, targetIdentifier=prod
    )["enabledControls"]
    assert [one["targetIdentifier"] for one in only] == [children[0]["targetIdentifier"]]


def test_control_operations_by_filter(aws: Emulated) -> None:
    """Newest first; by control, target, status and kind."""
    tower, prod = aws.client("controltower"), arn_of(aws, "Workloads/Prod")
    first = tower.enable_control(controlIdentifier=ENCRYPTED, targetIdentifier=prod)
    aws.clock.advance(SECONDS)
    second = tower.enable_control(controlIdentifier=ROOT_USER, targetIdentifier=arn_of(aws, "Sandbox"))
    newest = tower.list_control_operations()["controlOperations"]
    assert [one["operationIdentifier"] for one in newest] == [
        second["operationIdentifier"],
        first["operationIdentifier"],
    ]
    for wanted in (
        {"controlIdentifiers": [ENCRYPTED]},
        {"targetIdentifiers": [prod]},
        {"statuses": ["SUCCEEDED"]},
        {"enabledControlIdentifiers": [first["arn"]]},
    ):
        found = tower.list_control_operations(filter=wanted)["controlOperations"]
        assert [one["operationIdentifier"] for one in found] == [first["operationIdentifier"]], wanted
    assert (
        tower.list_control_operations(filter={"controlOperationTypes": ["DISABLE_CONTROL"]})["controlOperations"] == []
    )


def test_baselines_by_filter_and_page(aws: Emulated) -> None:
    """Fewer than five a page are refused, and more than five values of a filter."""
    tower = aws.client("controltower")
    account_id = aws.vended("payments", aws.unit("Workloads/Prod"))
    everything = tower.list_enabled_baselines(includeChildren=True)["enabledBaselines"]
    paged = tower.get_paginator("list_enabled_baselines").paginate(includeChildren=True, maxResults=5)
    assert [one["arn"] for page in paged for one in page["enabledBaselines"]] == [one["arn"] for one in everything]
    code, text = refused(tower.list_enabled_baselines, maxResults=101)
    assert code == "ValidationException"
    assert text == (
        "1 validation error detected: Value '101' at 'maxResults' failed to satisfy constraint: "
        "Member must have value less than or equal to 100"
    )
    targets = {"targetIdentifiers": [arn_of(aws, "Sandbox")] * 6}
    assert refused(tower.list_enabled_baselines, filter=targets)[0] == "ValidationException"
    parent = next(one for one in everything if one["targetIdentifier"] == arn_of(aws, "Workloads/Prod"))
    children = tower.list_enabled_baselines(includeChildren=True, filter={"parentIdentifiers": [parent["arn"]]})[
        "enabledBaselines"
    ]
    assert [one["targetIdentifier"].rpartition("/")[2] for one in children] == [account_id]
    child = {"enabledBaselineIdentifier": children[0]["arn"]}
    assert tower.get_enabled_baseline(**child)["enabledBaselineDetails"]["parentIdentifier"] == parent["arn"]
    for call in (tower.reset_enabled_baseline, tower.disable_baseline):
        assert refused(call, **child)[0] == "ValidationException"


def test_what_a_unit_needs_to_be_registered(aws: Emulated) -> None:
    """A registered parent, the Identity Center parameter, no other operation, policies that let Control Tower work."""
    tower, organizations = aws.client("controltower"), aws.client("organizations")
    root = organizations.list_roots()["Roots"][0]["Id"]
    outer = organizations.create_organizational_unit(ParentId=root, Name="Outer")["OrganizationalUnit"]
    inner = organizations.create_organizational_unit(ParentId=outer["Id"], Name="Inner")["OrganizationalUnit"]
    assert "is not registered" in refused(tower.enable_baseline, **aws.registration(inner["Arn"]))[1]
    bare = {**aws.registration(outer["Arn"]), "parameters": []}
    assert "IdentityCenterEnabledBaselineArn" in refused(tower.enable_baseline, **bare)[1]
    baselines = {one["name"]: one["arn"] for one in tower.list_baselines()["baselines"]}
    backup = {**bare, "baselineIdentifier": baselines["BackupBaseline"]}
    assert refused(tower.enable_baseline, **backup)[0] == "ValidationException"
    statement = {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}
    content = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    created = organizations.create_policy(Name="no-iam", Description="", Type="SERVICE_CONTROL_POLICY", Content=content)
    denial = created["Policy"]["PolicySummary"]["Id"]
    organizations.attach_policy(PolicyId=denial, TargetId=outer["Id"])
    made = tower.enable_baseline(**aws.registration(outer["Arn"]))
    assert refused(organizations.create_organizational_unit, ParentId=outer["Id"], Name="More")[0] == (
        "ConcurrentModificationException"
    )
    aws.clock.advance(SECONDS)
    operation = tower.get_baseline_operation(operationIdentifier=made["operationIdentifier"])["baselineOperation"]
    assert (operation["status"], "SCP_CONFLICT" in operation["statusMessage"]) == ("FAILED", True)
    organizations.detach_policy(PolicyId=denial, TargetId=outer["Id"])
    tower.reset_enabled_baseline(enabledBaselineIdentifier=made["arn"])
    aws.clock.advance(SECONDS)
    tower.enable_baseline(**aws.registration(inner["Arn"]))
    aws.clock.advance(2 * SECONDS)
    aws.vended("deep", aws.unit("Outer/Inner"))


def test_a_suspended_account_keeps_its_unit_from_being_registered_again(aws: Emulated) -> None:
    """Closed while managed: it stays enrolled and blocks; moved away, it does not."""
    tower, organizations = aws.client("controltower"), aws.client("organizations")
    account_id = aws.vended("payments", aws.unit("Workloads/Prod"))
    organizations.close_account(AccountId=account_id)
    aws.clock.advance(SECONDS)
    found = tower.list_enabled_baselines(includeChildren=True)["enabledBaselines"]
    assert account_id in {one["targetIdentifier"].rpartition("/")[2] for one in found}
    arn = next(one["arn"] for one in found if one["targetIdentifier"] == arn_of(aws, "Workloads/Prod"))

    def reset() -> str:
        begun = tower.reset_enabled_baseline(enabledBaselineIdentifier=arn)["operationIdentifier"]
        aws.clock.advance(SECONDS)
        return str(tower.get_baseline_operation(operationIdentifier=begun)["baselineOperation"]["status"])

    assert reset() == "FAILED"
    root = organizations.list_roots()["Roots"][0]["Id"]
    source = unit_id(aws, "Workloads/Prod")
    organizations.move_account(AccountId=account_id, SourceParentId=source, DestinationParentId=root)
    assert reset() == "SUCCEEDED"


def test_only_whom_the_portfolio_admits_registers_a_unit_with_accounts(aws: Emulated) -> None:
    """The pre-check names the management account; an empty unit needs no product."""
    tower, organizations, iam = aws.client("controltower"), aws.client("organizations"), aws.client("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:root"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(
        RoleName="stranger", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]["Arn"]
    stranger = aws.client("controltower", aws.assume(role))
    root = organizations.list_roots()["Roots"][0]["Id"]
    full, empty = (
        organizations.create_organizational_unit(ParentId=root, Name=name)["OrganizationalUnit"]
        for name in ("Full", "Empty")
    )
    account_id = aws.created("inside")
    organizations.move_account(AccountId=account_id, SourceParentId=root, DestinationParentId=full["Id"])
    statuses = []
    for unit in (full, empty):
        begun = stranger.enable_baseline(**aws.registration(unit["Arn"]))["operationIdentifier"]
        aws.clock.advance(SECONDS)
        statuses.append(tower.get_baseline_operation(operationIdentifier=begun)["baselineOperation"])
    assert [one["status"] for one in statuses] == ["FAILED", "SUCCEEDED"]
    assert "MISSING_PERMISSIONS_AF_PRODUCT" in statuses[0]["statusMessage"]

"""Calls of every operation that the sandbox answers itself, in the states that change what it says."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from support.emulated import SECONDS, Emulated
from vend.sandbox.organizations._account_service import OTP

NOBODY = "arn:aws:controltower:eu-west-1:111111111111"
UUID = "11111111-2222-3333-4444-555555555555"
EVERYONE = {"Key": "Account", "Value": "self"}


def refused(call: Any, **arguments: Any) -> str:
    """The code of an error that must come."""
    try:
        call(**arguments)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    raise AssertionError(f"{call} was not refused")


def call_everything(aws: Emulated) -> None:
    """Every operation, with its refusals, once."""
    account_id = service_catalog(aws)
    portfolio(aws)
    control_tower(aws, account_id)
    account(aws, account_id)
    organizations(aws)
    neighbours(aws)
    landing_zone(aws)


def service_catalog(aws: Emulated) -> str:
    """Products, records and searches; the id of the account that is made."""
    catalog, product = aws.client("servicecatalog"), aws.product()
    product_id, artifact_id = product["ProductId"], product["ProvisioningArtifactId"]
    catalog.search_products_as_admin()
    view = catalog.describe_product(Id=product_id)["ProductViewSummary"]["Id"]
    catalog.describe_product_view(Id=view)
    catalog.describe_product_as_admin(Name="AWS Control Tower Account Factory")
    catalog.describe_provisioning_artifact(
        ProductId=product_id, ProvisioningArtifactId=artifact_id, IncludeProvisioningArtifactParameters=True
    )
    catalog.describe_provisioning_parameters(ProductId=product_id, ProvisioningArtifactId=artifact_id)

    def look() -> None:
        catalog.search_provisioned_products(AccessLevelFilter=EVERYONE)
        for record in catalog.list_record_history(AccessLevelFilter=EVERYONE)["RecordDetails"]:
            catalog.describe_record(Id=record["RecordId"])
        for found in catalog.scan_provisioned_products(AccessLevelFilter=EVERYONE)["ProvisionedProducts"]:
            catalog.describe_provisioned_product(Id=found["Id"])

    aws.provision("broken", unit="Nowhere")
    look()
    account_id = aws.vended("payments", aws.unit("Workloads/Prod"))
    look()
    update = {**product, "ProvisionedProductName": "payments"}
    catalog.update_provisioned_product(**update, UpdateToken="u")
    refused(catalog.terminate_provisioned_product, ProvisionedProductName="payments", TerminateToken="early")
    look()
    aws.clock.advance(SECONDS)
    catalog.terminate_provisioned_product(ProvisionedProductName="broken", TerminateToken="t")
    look()
    aws.clock.advance(SECONDS)
    refused(catalog.describe_record, Id="rec-x")
    refused(catalog.list_record_history, SearchFilter={"Key": "other", "Value": "x"})
    refused(catalog.describe_provisioned_product, Name="nobody")
    refused(catalog.get_provisioned_product_outputs, ProvisionedProductName="nobody")
    refused(catalog.terminate_provisioned_product, ProvisionedProductName="broken", TerminateToken="t")
    refused(catalog.update_provisioned_product, **{**update, "ProvisionedProductName": "nobody"}, UpdateToken="v")
    refused(catalog.search_provisioned_products, SortBy="status")
    refused(catalog.scan_provisioned_products, PageToken="made-up")
    refused(aws.provision, name="payments", unit="Sandbox", token="other")
    for call in (catalog.describe_product, catalog.describe_product_as_admin):
        refused(call, Id="prod-x")
    refused(catalog.describe_product_view, Id="prodview-x")
    refused(catalog.list_provisioning_artifacts, ProductId="prod-x")
    for call in (catalog.describe_provisioning_artifact, catalog.describe_provisioning_parameters):
        refused(call, ProductId=product_id, ProvisioningArtifactId="pa-x")
    return account_id


def portfolio(aws: Emulated) -> None:
    """The portfolio, its principals, and one of the caller's own beside it."""
    catalog, product_id = aws.client("servicecatalog"), aws.product()["ProductId"]
    portfolio_id = catalog.list_portfolios()["PortfolioDetails"][0]["Id"]
    catalog.describe_portfolio(Id=portfolio_id)
    catalog.list_portfolios_for_product(ProductId=product_id)
    pattern = "arn:aws:iam:::role/aws-reserved/*"
    principal = {"PortfolioId": portfolio_id, "PrincipalARN": pattern}
    catalog.associate_principal_with_portfolio(**principal, PrincipalType="IAM_PATTERN")
    catalog.list_principals_for_portfolio(PortfolioId=portfolio_id)
    catalog.disassociate_principal_from_portfolio(**principal, PrincipalType="IAM_PATTERN")
    refused(catalog.associate_principal_with_portfolio, **principal, PrincipalType="IAM")
    refused(catalog.describe_portfolio, Id="port-x")
    refused(catalog.list_principals_for_portfolio, PortfolioId="port-x")
    refused(catalog.disassociate_principal_from_portfolio, PortfolioId="port-x", PrincipalARN=pattern)
    refused(catalog.list_portfolios_for_product, ProductId="prod-x")
    refused(catalog.search_products_as_admin, PortfolioId="port-x")
    refused(catalog.list_portfolios, PageToken="made-up")
    refused(catalog.search_products, PageToken="made-up")
    refused(catalog.list_launch_paths, ProductId="prod-x")


def control_tower(aws: Emulated, account_id: str) -> None:
    """Baselines and controls of a unit that is registered and let go again."""
    tower, organizations = aws.client("controltower"), aws.client("organizations")
    baselines = {one["name"]: one["arn"] for one in tower.list_baselines()["baselines"]}
    tower.get_baseline(baselineIdentifier=baselines["AWSControlTowerBaseline"])
    root = organizations.list_roots()["Roots"][0]["Id"]
    unit = organizations.create_organizational_unit(ParentId=root, Name="Late")["OrganizationalUnit"]
    given = aws.registration(unit["Arn"])
    made = tower.enable_baseline(**given, tags={"Team": "platform"})
    refused(tower.enable_baseline, **given)
    arn = {"enabledBaselineIdentifier": made["arn"]}
    version = {"baselineVersion": given["baselineVersion"], "parameters": given["parameters"]}
    for change, more in (
        (None, {}),
        (tower.reset_enabled_baseline, {}),
        (tower.update_enabled_baseline, version),
    ):
        operation = made["operationIdentifier"] if change is None else change(**arn, **more)["operationIdentifier"]
        tower.get_baseline_operation(operationIdentifier=operation)
        tower.get_enabled_baseline(**arn)
        tower.list_enabled_baselines(includeChildren=True)
        aws.clock.advance(SECONDS)
        tower.get_baseline_operation(operationIdentifier=operation)
    tags = {"resourceArn": made["arn"]}
    tower.tag_resource(**tags, tags={"CostCenter": "4711"})
    tower.untag_resource(**tags, tagKeys=["Team"])
    assert tower.list_tags_for_resource(**tags)["tags"] == {"CostCenter": "4711"}
    controls(aws, unit["Arn"])
    tower.disable_baseline(**arn)
    aws.clock.advance(SECONDS)
    gone = {"enabledBaselineIdentifier": f"{NOBODY}:enabledbaseline/X"}
    refused(tower.get_baseline, baselineIdentifier=f"{NOBODY}:baseline/{'X' * 16}")
    refused(tower.list_baselines, nextToken="made-up")
    refused(tower.list_enabled_baselines, nextToken="made-up")
    refused(tower.get_baseline_operation, operationIdentifier=UUID)
    for call, more in (
        (tower.get_enabled_baseline, {}),
        (tower.reset_enabled_baseline, {}),
        (tower.disable_baseline, {}),
        (tower.update_enabled_baseline, version),
    ):
        refused(call, **gone, **more)
    for call, more in (
        (tower.list_tags_for_resource, {}),
        (tower.tag_resource, {"tags": {"A": "b"}}),
        (tower.untag_resource, {"tagKeys": ["A"]}),
    ):
        refused(call, resourceArn=gone["enabledBaselineIdentifier"], **more)
    assert account_id


def controls(aws: Emulated, unit_arn: str) -> None:
    """A control that comes, changes and goes."""
    tower = aws.client("controltower")
    control = "arn:aws:controltower:eu-west-1::control/AWS-GR_RESTRICT_ROOT_USER"
    target = {"controlIdentifier": control, "targetIdentifier": unit_arn}
    parameters = [{"key": "ExemptedPrincipalArns", "value": ["arn:aws:iam::*:role/x"]}]
    made = tower.enable_control(**target, parameters=parameters)
    arn = {"enabledControlIdentifier": made["arn"]}
    tower.get_control_operation(operationIdentifier=made["operationIdentifier"])
    tower.get_enabled_control(**arn)
    aws.clock.advance(SECONDS)
    refused(tower.enable_control, **target)
    for call, more in ((tower.update_enabled_control, {"parameters": parameters}), (tower.reset_enabled_control, {})):
        call(**arn, **more)
        aws.clock.advance(SECONDS)
    tower.list_enabled_controls(targetIdentifier=unit_arn, includeChildren=True)
    tower.disable_control(**arn)
    tower.list_control_operations()
    aws.clock.advance(SECONDS)
    tower.list_control_operations(filter={"statuses": ["SUCCEEDED"]})
    mandatory = tower.list_enabled_controls(targetIdentifier=unit_arn)["enabledControls"][0]["arn"]
    refused(tower.disable_control, enabledControlIdentifier=mandatory)
    gone = {"enabledControlIdentifier": f"{NOBODY}:enabledcontrol/X"}
    for call, more in (
        (tower.get_enabled_control, {}),
        (tower.reset_enabled_control, {}),
        (tower.disable_control, {}),
        (tower.update_enabled_control, {"parameters": parameters}),
    ):
        refused(call, **gone, **more)
    refused(tower.get_control_operation, operationIdentifier=UUID)
    refused(tower.list_control_operations, nextToken="made-up")
    refused(tower.list_enabled_controls, targetIdentifier=f"{unit_arn}x")


def landing_zone(aws: Emulated) -> None:
    """Updated, reset, deleted and made again; nothing works while there is none."""
    tower = aws.client("controltower")
    arn = {"landingZoneIdentifier": tower.list_landing_zones()["landingZones"][0]["arn"]}
    manifest = tower.get_landing_zone(**arn)["landingZone"]["manifest"]
    refused(tower.reset_landing_zone, **arn)
    updated = tower.update_landing_zone(**arn, version="4.0", manifest=manifest)["operationIdentifier"]
    refused(tower.update_landing_zone, **arn, version="4.0", manifest=manifest)
    tower.get_landing_zone(**arn)
    tower.get_landing_zone_operation(operationIdentifier=updated)
    aws.clock.advance(SECONDS)
    tower.reset_landing_zone(**arn)
    aws.clock.advance(SECONDS)
    refused(tower.create_landing_zone, version="4.0", manifest=manifest)
    tower.delete_landing_zone(**arn)
    aws.clock.advance(SECONDS)
    tower.list_landing_zone_operations(filter={"types": ["DELETE"]})
    for call, more in ((tower.get_landing_zone, {}), (tower.delete_landing_zone, {}), (tower.reset_landing_zone, {})):
        refused(call, **arn, **more)
    refused(tower.list_enabled_baselines)
    refused(tower.get_landing_zone_operation, operationIdentifier=UUID)
    refused(tower.list_landing_zone_operations, nextToken="made-up")
    tower.create_landing_zone(version="4.0", manifest=manifest, remediationTypes=["INHERITANCE_DRIFT"])
    aws.clock.advance(SECONDS)


def account(aws: Emulated, account_id: str) -> None:
    """Regions, name, contact and root email of a member."""
    client = aws.client("account")
    member, stranger = {"AccountId": account_id}, {"AccountId": "999999999999"}
    client.list_regions(**member)
    client.enable_region(RegionName="eu-south-1", **member)
    client.get_region_opt_status(RegionName="eu-south-1", **member)
    refused(client.disable_region, RegionName="eu-south-1", **member)
    aws.clock.advance(SECONDS)
    client.disable_region(RegionName="eu-south-1", **member)
    client.put_account_name(AccountName="Payments two", **member)
    client.get_account_information(**member)
    contact = client.get_contact_information()["ContactInformation"]
    client.put_contact_information(ContactInformation=contact, **member)
    client.get_primary_email(**member)
    refused(client.get_primary_email_update_status, **member)
    client.start_primary_email_update(PrimaryEmail="new@example.com", **member)
    client.get_primary_email_update_status(**member)
    accept = {"PrimaryEmail": "new@example.com", **member}
    refused(client.accept_primary_email_update, Otp="wrong1", **accept)
    client.accept_primary_email_update(Otp=OTP, **accept)
    client.get_primary_email_update_status(**member)
    refused(client.start_primary_email_update, PrimaryEmail="new@example.com", **member)
    refused(client.enable_region, RegionName="mars-1", **member)
    for call, more in (
        (client.list_regions, {}),
        (client.get_region_opt_status, {"RegionName": "eu-south-1"}),
        (client.get_account_information, {}),
        (client.get_contact_information, {}),
        (client.put_contact_information, {"ContactInformation": contact}),
        (client.get_primary_email, {}),
        (client.put_account_name, {"AccountName": "x"}),
    ):
        refused(call, **stranger, **more)


def organizations(aws: Emulated) -> None:
    """Accounts and units that come and go."""
    client = aws.client("organizations")
    root = client.list_roots()["Roots"][0]["Id"]
    begun = client.create_account(AccountName="gone", Email="gone@example.com", Tags=[{"Key": "A", "Value": "b"}])
    request = {"CreateAccountRequestId": begun["CreateAccountStatus"]["Id"]}
    client.describe_create_account_status(**request)
    client.list_create_account_status(States=["IN_PROGRESS"])
    aws.clock.advance(SECONDS)
    account_id = client.describe_create_account_status(**request)["CreateAccountStatus"]["AccountId"]
    unit = client.create_organizational_unit(ParentId=root, Name="Passing")["OrganizationalUnit"]
    client.update_organizational_unit(OrganizationalUnitId=unit["Id"], Name="Passed")
    client.move_account(AccountId=account_id, SourceParentId=root, DestinationParentId=unit["Id"])
    refused(client.move_account, AccountId=account_id, SourceParentId=root, DestinationParentId=unit["Id"])
    refused(client.delete_organizational_unit, OrganizationalUnitId=unit["Id"])
    refused(client.create_organizational_unit, ParentId=root, Name="Passed")
    refused(client.update_organizational_unit, OrganizationalUnitId="ou-abcd-12345678", Name="x")
    client.move_account(AccountId=account_id, SourceParentId=unit["Id"], DestinationParentId=root)
    client.delete_organizational_unit(OrganizationalUnitId=unit["Id"])
    client.describe_account(AccountId=account_id)
    client.list_accounts(MaxResults=2)
    client.list_accounts_for_parent(ParentId=root)
    refused(client.describe_account, AccountId="999999999999")
    refused(client.list_accounts, NextToken="made-up")
    refused(client.list_accounts_for_parent, ParentId="ou-abcd-12345678")
    client.close_account(AccountId=account_id)
    refused(client.close_account, AccountId="111111111111")
    refused(client.remove_account_from_organization, AccountId="111111111111")
    client.remove_account_from_organization(AccountId=aws.created("leaving"))
    refused(client.create_account, AccountName="x" * 51, Email="x@example.com")
    unknown = {"CreateAccountRequestId": f"car-{'0' * 32}"}
    refused(client.describe_create_account_status, **unknown)
    refused(client.list_create_account_status, NextToken="made-up")
    effective = {"PolicyType": "TAG_POLICY", "TargetId": "111111111111"}
    refused(client.describe_effective_policy, **effective)
    client.enable_policy_type(RootId=root, PolicyType="TAG_POLICY")
    policy = client.create_policy(
        Content='{"tags":{"CostCenter":{"tag_key":{"@@assign":"CostCenter"}}}}',
        Description="",
        Name="tags",
        Type="TAG_POLICY",
    )["Policy"]["PolicySummary"]["Id"]
    client.attach_policy(PolicyId=policy, TargetId=root)
    client.describe_effective_policy(**effective)


def neighbours(aws: Emulated) -> None:
    """Single operations of Identity Center, its store, budgets and Service Quotas."""
    sso, store, budgets = aws.client("sso-admin"), aws.client("identitystore"), aws.client("budgets")
    quota = aws.client("service-quotas", region="us-east-1").get_service_quota
    quota(ServiceCode="organizations", QuotaCode="L-E619E033")
    quota(ServiceCode="vpc", QuotaCode="L-7E9ECCDB")
    refused(quota, ServiceCode="organizations", QuotaCode="L-00000000")
    instance = sso.list_instances()["Instances"][0]
    arn = instance["InstanceArn"]
    resource = {"InstanceArn": arn, "ResourceArn": sso.list_permission_sets(InstanceArn=arn)["PermissionSets"][0]}
    sso.tag_resource(**resource, Tags=[{"Key": "Team", "Value": "platform"}])
    sso.list_tags_for_resource(**resource)
    sso.untag_resource(**resource, TagKeys=["Team"])
    missing = f"{resource['ResourceArn'][:-1]}x"
    refused(sso.list_tags_for_resource, InstanceArn=arn, ResourceArn=missing)
    sso.describe_permission_set_provisioning_status(InstanceArn=arn, ProvisionPermissionSetRequestId=UUID)
    store_id = instance["IdentityStoreId"]
    user = store.create_user(
        IdentityStoreId=store_id,
        UserName="ada@example.com",
        DisplayName="Ada",
        Name={"GivenName": "Ada", "FamilyName": "L"},
    )["UserId"]
    rename = [{"AttributePath": "name.familyName", "AttributeValue": "Lovelace"}]
    store.update_user(IdentityStoreId=store_id, UserId=user, Operations=rename)
    refused(store.update_user, IdentityStoreId=store_id, UserId=UUID, Operations=rename)
    group = store.list_groups(IdentityStoreId=store_id)["Groups"][0]["GroupId"]
    described = [{"AttributePath": "description", "AttributeValue": "Builders"}]
    store.update_group(IdentityStoreId=store_id, GroupId=group, Operations=described)
    refused(store.update_group, IdentityStoreId=store_id, GroupId=UUID, Operations=described)
    budget = {
        "BudgetName": "monthly",
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": "1", "Unit": "USD"},
    }
    tags = [{"Key": "Team", "Value": "platform"}]
    budgets.create_budget(AccountId="111111111111", Budget=budget, ResourceTags=tags)
    named = {"ResourceARN": "arn:aws:budgets::111111111111:budget/monthly"}
    assert budgets.list_tags_for_resource(**named)["ResourceTags"] == tags
    budgets.tag_resource(**named, ResourceTags=[{"Key": "Stage", "Value": "prod"}])
    budgets.untag_resource(**named, ResourceTagKeys=["Team"])
    assert budgets.list_tags_for_resource(**named)["ResourceTags"] == [{"Key": "Stage", "Value": "prod"}]
    refused(budgets.list_tags_for_resource, ResourceARN="arn:aws:budgets::111111111111:budget/none")

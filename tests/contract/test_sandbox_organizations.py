"""Organizations, the Account service and the identity store, in the times and within the quotas of AWS."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Literal

import pytest
from botocore.exceptions import ClientError

from support.emulated import SECONDS, Emulated, emulated
from vend.errors import InvalidInputError
from vend.sandbox.organizations._account_service import OTP

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


def test_opt_in_regions_take_their_time(aws: Emulated) -> None:
    """DISABLED, ENABLING, ENABLED; in a member account, from management."""
    account_id = aws.vended("payments", aws.unit("Workloads/Prod"))
    account = aws.client("account")

    def status(region: str) -> str:
        return str(account.get_region_opt_status(AccountId=account_id, RegionName=region)["RegionOptStatus"])

    assert (status("eu-west-1"), status("eu-south-1")) == ("ENABLED_BY_DEFAULT", "DISABLED")
    account.enable_region(AccountId=account_id, RegionName="eu-south-1")
    assert status("eu-south-1") == "ENABLING"
    disable = {"AccountId": account_id, "RegionName": "eu-south-1"}
    assert refused(account.disable_region, **disable)[0] == "ConflictException"
    aws.clock.advance(SECONDS)
    assert status("eu-south-1") == "ENABLED"
    assert refused(account.enable_region, RegionName="mars-1")[0] == "ValidationException"
    member = aws.client("account", aws.execution(account_id))
    assert refused(member.get_account_information, AccountId="111111111111")[0] == "AccessDeniedException"


def test_a_rename_shows_in_organizations(aws: Emulated) -> None:
    """PutAccountName; angle brackets are refused."""
    account_id = aws.vended("payments", aws.unit("Workloads/Prod"))
    account = aws.client("account")
    account.put_account_name(AccountId=account_id, AccountName="Payments (two)")
    described = aws.client("organizations").describe_account(AccountId=account_id)["Account"]
    assert described["Name"] == "Payments (two)"
    bad = {"AccountId": account_id, "AccountName": "a<b"}
    assert refused(account.put_account_name, **bad)[0] == "ValidationException"


def test_a_root_email_changes_with_the_password(aws: Emulated) -> None:
    """Start, one-time password, accept; a wrong password or an address in use is refused."""
    first = aws.vended("payments", aws.unit("Workloads/Prod"))
    aws.vended("search", aws.unit("Workloads/Prod"))
    account, member = aws.client("account"), {"AccountId": first}
    start, accept = account.start_primary_email_update, account.accept_primary_email_update
    assert refused(start, PrimaryEmail="aws+search@example.com", **member)[0] == "ConflictException"
    assert start(PrimaryEmail="new@example.com", **member)["Status"] == "PENDING"
    wrong = {"PrimaryEmail": "new@example.com", "Otp": "wrong1", **member}
    assert refused(accept, **wrong)[0] == "ValidationException"
    accept(PrimaryEmail="new@example.com", Otp="vend42", **member)
    assert account.get_primary_email(**member)["PrimaryEmail"] == "new@example.com"


def test_closing_takes_its_time(aws: Emulated) -> None:
    """ACTIVE, PENDING_CLOSURE, CLOSED; a second time is refused, and so is the management account."""
    account_id = aws.vended("payments", aws.unit("Workloads/Prod"))
    organizations = aws.client("organizations")

    def state() -> str:
        return str(organizations.describe_account(AccountId=account_id)["Account"]["State"])

    organizations.close_account(AccountId=account_id)
    assert state() == "PENDING_CLOSURE"
    assert refused(organizations.close_account, AccountId=account_id)[0] == "AccountAlreadyClosedException"
    aws.clock.advance(SECONDS)
    assert state() == "CLOSED"
    assert refused(organizations.close_account, AccountId=account_id)[0] == "AccountAlreadyClosedException"
    assert refused(organizations.close_account, AccountId="111111111111")[0] == "ConstraintViolationException"
    assert refused(organizations.close_account, AccountId="999999999999")[0] == "AccountNotFoundException"


def test_members_do_not_see_the_organization(aws: Emulated) -> None:
    """A vended account may ask whose it is, and no more."""
    inside = aws.client("organizations", aws.execution(aws.vended("payments", aws.unit("Workloads/Prod"))))
    assert inside.describe_organization()["Organization"]["Id"] == aws.sandbox.organization_id
    assert refused(inside.list_accounts)[0] == "AccessDeniedException"


def test_an_account_is_made_in_the_background(aws: Emulated) -> None:
    """IN_PROGRESS without an id, then SUCCEEDED with it; the role that was asked for lets management in."""
    organizations = aws.client("organizations")
    tags = [{"Key": "Team", "Value": "platform"}]
    begun = organizations.create_account(AccountName="Plain", Email="plain@example.com", RoleName="Door", Tags=tags)
    status = begun["CreateAccountStatus"]
    assert (status["State"], "AccountId" in status) == ("IN_PROGRESS", False)
    request = {"CreateAccountRequestId": status["Id"]}
    assert organizations.describe_create_account_status(**request)["CreateAccountStatus"]["State"] == "IN_PROGRESS"
    aws.clock.advance(SECONDS)
    done = organizations.describe_create_account_status(**request)["CreateAccountStatus"]
    assert (done["State"], done["AccountName"]) == ("SUCCEEDED", "Plain")
    account_id = done["AccountId"]
    account = organizations.describe_account(AccountId=account_id)["Account"]
    assert (account["Email"], account["State"]) == ("plain@example.com", "ACTIVE")
    assert organizations.list_tags_for_resource(ResourceId=account_id)["Tags"] == tags
    assert organizations.list_parents(ChildId=account_id)["Parents"][0]["Type"] == "ROOT"
    inside = aws.assume(f"arn:aws:iam::{account_id}:role/Door")
    assert aws.client("sts", inside).get_caller_identity()["Account"] == account_id


def test_an_address_in_use_fails_in_the_background(aws: Emulated) -> None:
    """EMAIL_ALREADY_EXISTS, whatever the case; two at once: CONCURRENT_ACCOUNT_MODIFICATION; six at once: refused."""
    organizations = aws.client("organizations")
    aws.created("taken")

    def begin(email: str) -> str:
        begun = organizations.create_account(AccountName="x", Email=email)
        return str(begun["CreateAccountStatus"]["Id"])

    requests = [begin(email) for email in ("Taken@Example.com", "twice@example.com", "twice@example.com")]
    requests += [begin(f"more-{number}@example.com") for number in range(2)]
    assert refused(organizations.create_account, AccountName="x", Email="six@example.com")[0] == (
        "ConstraintViolationException"
    )
    aws.clock.advance(SECONDS)
    found = [
        organizations.describe_create_account_status(CreateAccountRequestId=one)["CreateAccountStatus"]
        for one in requests
    ]
    assert [one.get("FailureReason") for one in found] == [
        "EMAIL_ALREADY_EXISTS",
        None,
        "CONCURRENT_ACCOUNT_MODIFICATION",
        None,
        None,
    ]
    failed = organizations.list_create_account_status(States=["FAILED"])["CreateAccountStatuses"]
    assert {one["Id"] for one in failed} == {requests[0], requests[2]}
    everything = organizations.list_create_account_status(MaxResults=20)["CreateAccountStatuses"]
    assert len({one["Id"] for one in everything}) == len(everything) == 8


def test_a_move_must_say_where_from(aws: Emulated) -> None:
    """The parent it has, a destination that exists and is another one."""
    organizations = aws.client("organizations")
    root, account_id = organizations.list_roots()["Roots"][0]["Id"], aws.created("moving")
    prod, test = (aws.unit(path).rpartition("(")[2][:-1] for path in ("Workloads/Prod", "Workloads/Test"))

    def move(source: str, destination: str, account: str = account_id) -> str:
        arguments = {"AccountId": account, "SourceParentId": source, "DestinationParentId": destination}
        return refused(organizations.move_account, **arguments)[0]

    assert move(prod, test) == "SourceParentNotFoundException"
    assert move(root, "ou-abcd-12345678") == "DestinationParentNotFoundException"
    assert move(root, root) == "DuplicateAccountException"
    assert move(root, prod, "999999999999") == "AccountNotFoundException"
    assert move(root, "nonsense") == "InvalidInputException"
    organizations.move_account(AccountId=account_id, SourceParentId=root, DestinationParentId=prod)
    assert organizations.list_parents(ChildId=account_id)["Parents"][0]["Id"] == prod


def test_units_have_names_and_limits(aws: Emulated) -> None:
    """No name twice below one parent; five levels; not deleted while something is in it."""
    organizations = aws.client("organizations")
    create, parent = organizations.create_organizational_unit, organizations.list_roots()["Roots"][0]["Id"]
    assert refused(create, ParentId=parent, Name="Workloads")[0] == "DuplicateOrganizationalUnitException"
    chain = [parent]
    for level in range(5):
        chain.append(create(ParentId=chain[-1], Name=f"level-{level}")["OrganizationalUnit"]["Id"])
    code, text = refused(create, ParentId=chain[-1], Name="too deep")
    assert (code, "exceed the max depth" in text) == ("ConstraintViolationException", True)
    assert refused(create, ParentId="ou-abcd-12345678", Name="x")[0] == "ParentNotFoundException"
    update, delete = organizations.update_organizational_unit, organizations.delete_organizational_unit
    assert update(OrganizationalUnitId=chain[5], Name="Prod")["OrganizationalUnit"]["Name"] == "Prod"
    assert refused(update, OrganizationalUnitId=chain[1], Name="Workloads")[0] == "DuplicateOrganizationalUnitException"
    assert refused(delete, OrganizationalUnitId=chain[4])[0] == "OrganizationalUnitNotEmptyException"
    delete(OrganizationalUnitId=chain[5])
    account_id = aws.created("inside")
    organizations.move_account(AccountId=account_id, SourceParentId=chain[0], DestinationParentId=chain[4])
    assert refused(delete, OrganizationalUnitId=chain[4])[0] == "OrganizationalUnitNotEmptyException"


def test_closing_has_quotas(aws: Emulated) -> None:
    """Three at once, with their Reason; CLOSED for ninety days, then no longer listed."""
    organizations = aws.client("organizations")
    accounts = [aws.created(f"closing-{number}") for number in range(4)]
    for account_id in accounts[:3]:
        organizations.close_account(AccountId=account_id)
    with pytest.raises(ClientError) as caught:
        organizations.close_account(AccountId=accounts[3])
    assert caught.value.response["Error"]["Code"] == "ConstraintViolationException"
    assert caught.value.response["Reason"] == "CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED"
    aws.clock.advance(SECONDS)
    organizations.close_account(AccountId=accounts[3])

    listed = {one["Id"]: one["State"] for one in listing(organizations)}
    assert [listed[one] for one in accounts] == ["CLOSED"] * 3 + ["PENDING_CLOSURE"]
    aws.clock.advance(89 * 24 * 3600)
    assert {one["State"] for one in listing(organizations) if one["Id"] in accounts} == {"CLOSED"}
    aws.clock.advance(2 * 24 * 3600)
    assert {one["Id"] for one in listing(organizations)} & set(accounts) == set()
    assert refused(organizations.describe_account, AccountId=accounts[0])[0] == "AccountNotFoundException"


def listing(organizations: Any) -> list[dict[str, Any]]:
    return [one for page in organizations.get_paginator("list_accounts").paginate() for one in page["Accounts"]]


def test_aws_suspends_and_reinstates_accounts(aws: Emulated) -> None:
    """SUSPENDED is what AWS restricts: nobody gets in, and it can be closed; AWS Support makes it ACTIVE again."""
    account_id = aws.vended("payments", aws.unit("Workloads/Prod"))
    organizations = aws.client("organizations")

    def state() -> str:
        return str(organizations.describe_account(AccountId=account_id)["Account"]["State"])

    changed = aws.sandbox.change_account("payments", "suspend")
    assert (changed["account_id"], changed["state_before"], changed["state"]) == (account_id, "ACTIVE", "SUSPENDED")
    assert state() == "SUSPENDED"
    assert refused(lambda: aws.execution(account_id))[0] == "AccessDenied"
    assert aws.client("account").get_account_information(AccountId=account_id)["AccountState"] == "SUSPENDED"
    assert aws.sandbox.change_account(account_id, "reinstate")["state"] == "ACTIVE"
    assert aws.execution(account_id)
    organizations.close_account(AccountId=account_id)
    with pytest.raises(InvalidInputError, match="PENDING_CLOSURE; `reinstate` needs an account that is CLOSED or"):
        aws.sandbox.change_account("payments", "reinstate")
    aws.clock.advance(SECONDS)
    assert aws.client("account").get_account_information(AccountId=account_id)["AccountState"] == "CLOSED"
    assert aws.sandbox.change_account("aws+payments@example.com", "reinstate")["state"] == "ACTIVE"
    aws.clock.advance(91 * 24 * 3600)
    assert state() == "ACTIVE"


def test_the_ninety_days_of_a_closed_account_end_on_demand(aws: Emulated) -> None:
    """It leaves the organization, and its product is TAINTED."""
    account_id = aws.vended("payments", aws.unit("Workloads/Prod"))
    aws.client("organizations").close_account(AccountId=account_id)
    aws.clock.advance(SECONDS)
    assert aws.sandbox.change_account("payments", "expire")["state"] is None
    assert account_id not in {one["Id"] for one in listing(aws.client("organizations"))}
    assert aws.described("payments")["Status"] == "TAINTED"


@pytest.mark.parametrize(
    ("name", "change", "code"),
    [
        ("nobody", "suspend", "unknown-sandbox-account"),
        ("twins", "suspend", "unknown-sandbox-account"),
        ("111111111111", "suspend", "sandbox-account-state"),
        ("one@example.com", "expire", "sandbox-account-state"),
        ("one@example.com", "reinstate", "sandbox-account-state"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(
    aws: Emulated, name: str, change: Literal["suspend", "reinstate", "expire"], code: str
) -> None:
    """No such account, two of that name, the management account, a state that does not allow it."""
    for email in ("one@example.com", "two@example.com"):
        aws.client("organizations").create_account(AccountName="twins", Email=email)
        aws.clock.advance(SECONDS)
    with pytest.raises(InvalidInputError) as caught:
        aws.sandbox.change_account(name, change)
    assert [one.code for one in caught.value.diagnostics] == [code]


def test_older_clients_get_the_retired_status() -> None:
    """`Status` says SUSPENDED of closed accounts too; by default there is `State` alone."""
    with emulated(retired_account_status=True) as aws:
        organizations = aws.client("organizations")
        accounts = [aws.created(f"account-{number}") for number in range(4)]
        for account_id in accounts[:2]:
            organizations.close_account(AccountId=account_id)
            aws.clock.advance(SECONDS if account_id == accounts[0] else 0)
        aws.sandbox.change_account(accounts[2], "suspend")
        assert [
            (one["State"], one["Status"]) for one in listing(organizations) if one["Id"] in accounts
        ] == [
            ("CLOSED", "SUSPENDED"),
            ("PENDING_CLOSURE", "PENDING_CLOSURE"),
            ("SUSPENDED", "SUSPENDED"),
            ("ACTIVE", "ACTIVE"),
        ]  # fmt: skip
    with emulated() as aws:
        organizations = aws.client("organizations")
        root = organizations.list_roots()["Roots"][0]["Id"]
        for found in (
            organizations.describe_account(AccountId="111111111111")["Account"],
            organizations.list_accounts()["Accounts"][0],
            organizations.list_accounts_for_parent(ParentId=root)["Accounts"][0],
        ):
            assert (found["Id"], found["State"], "Status" in found) == ("111111111111", "ACTIVE", False)


def test_accounts_have_their_path(aws: Emulated) -> None:
    """Organization, root and units above it; lists come in pages."""
    organizations = aws.client("organizations")
    account_id = aws.vended("payments", aws.unit("Workloads/Prod"))
    (path,) = organizations.describe_account(AccountId=account_id)["Account"]["Paths"]
    root = organizations.list_roots()["Roots"][0]["Id"]
    assert re.fullmatch(rf"{aws.sandbox.organization_id}/{root}/ou-[\w-]+/ou-[\w-]+/{account_id}/", path)
    parent = path.split("/")[-3]
    listed = organizations.list_accounts_for_parent(ParentId=parent)["Accounts"]
    assert [one["Id"] for one in listed] == [account_id]
    first = organizations.list_accounts(MaxResults=2)
    second = organizations.list_accounts(MaxResults=2, NextToken=first["NextToken"])
    assert len({one["Id"] for one in (*first["Accounts"], *second["Accounts"])}) == 4
    assert refused(organizations.list_accounts_for_parent, ParentId="r-none")[0] == "ParentNotFoundException"


def test_thirty_days_have_a_quota(aws: Emulated) -> None:
    """250 closures, or a fifth of the members; the oldest is forgotten after thirty days."""
    organizations, front = aws.client("organizations"), aws.sandbox._front
    assert front is not None
    accounts = [aws.created(f"closing-{number}") for number in range(2)]
    front.zone.accounts_api.closures[:] = [aws.clock()] * 250
    with pytest.raises(ClientError, match="You have exceeded close account quota for the past 30 days") as caught:
        organizations.close_account(AccountId=accounts[0])
    assert caught.value.response["Reason"] == "CLOSE_ACCOUNT_QUOTA_EXCEEDED"
    aws.clock.advance(31 * 24 * 3600)
    organizations.close_account(AccountId=accounts[0])


def test_an_account_that_leaves_taints_its_product(aws: Emulated) -> None:
    """Only terminating is left; afterwards nothing of it is in the organization."""
    account_id = aws.vended("leaving", aws.unit("Workloads/Prod"))
    organizations, catalog = aws.client("organizations"), aws.client("servicecatalog")
    organizations.remove_account_from_organization(AccountId=account_id)
    assert refused(organizations.describe_account, AccountId=account_id)[0] == "AccountNotFoundException"
    assert aws.described("leaving")["Status"] == "TAINTED"
    assert "has been removed from the organization" in aws.described("leaving")["StatusMessage"]
    catalog.terminate_provisioned_product(ProvisionedProductName="leaving", TerminateToken="t")
    aws.clock.advance(SECONDS)
    assert refused(catalog.describe_provisioned_product, Name="leaving")[0] == "ResourceNotFoundException"
    management = {"AccountId": "111111111111"}
    assert refused(organizations.remove_account_from_organization, **management)[0] == (
        "MasterCannotLeaveOrganizationException"
    )


def test_opt_in_regions_have_quotas(aws: Emulated) -> None:
    """Six come and go at once in an account."""
    account, member = aws.client("account"), {"AccountId": aws.created("regions")}
    regions = [one["RegionName"] for one in account.list_regions(**member)["Regions"]]
    off = [
        region
        for region in regions
        if account.get_region_opt_status(RegionName=region, **member)["RegionOptStatus"] == "DISABLED"
    ]
    for region in off[:6]:
        account.enable_region(RegionName=region, **member)
    assert refused(account.enable_region, RegionName=off[6], **member)[0] == "TooManyRequestsException"
    aws.clock.advance(SECONDS)
    account.enable_region(RegionName=off[6], **member)
    paged = account.get_paginator("list_regions").paginate(**member, MaxResults=7)
    assert [one["RegionName"] for page in paged for one in page["Regions"]] == sorted(regions)
    enabling = account.list_regions(**member, RegionOptStatusContains=["ENABLING"])["Regions"]
    assert [one["RegionName"] for one in enabling] == [off[6]]


def test_a_root_email_changes_three_times_in_thirty_seconds(aws: Emulated) -> None:
    """The fourth start is too many; the product still goes by the address that it was made with."""
    account_id = aws.vended("payments", aws.unit("Workloads/Prod"))
    account, member = aws.client("account"), {"AccountId": account_id}
    for number in range(3):
        account.start_primary_email_update(PrimaryEmail=f"new-{number}@example.com", **member)
    again = {"PrimaryEmail": "late@example.com", **member}
    assert refused(account.start_primary_email_update, **again)[0] == "TooManyRequestsException"
    stale = {"PrimaryEmail": "new-0@example.com", "Otp": OTP, **member}
    assert refused(account.accept_primary_email_update, **stale)[0] == "ResourceNotFoundException"
    assert account.get_primary_email_update_status(**member)["Status"] == "PENDING"
    accepted = account.accept_primary_email_update(PrimaryEmail="new-2@example.com", Otp=OTP, **member)
    assert accepted["Status"] == "ACCEPTED"
    assert account.get_primary_email_update_status(**member)["Status"] == "COMPLETED"
    aws.clock.advance(SECONDS)
    account.start_primary_email_update(**again)
    catalog = aws.client("servicecatalog")
    parameters = [{"Key": "AccountEmail", "Value": "aws+payments@example.com"}]
    catalog.update_provisioned_product(
        **aws.product(), ProvisionedProductName="payments", UpdateToken="u", ProvisioningParameters=parameters
    )
    aws.clock.advance(SECONDS)
    assert aws.described("payments")["Status"] == "AVAILABLE"


def test_policies_of_all_levels_come_to_one(aws: Emulated) -> None:
    """Assigned at the root, appended below, unless the level above forbids it; a member may ask for its own."""
    organizations = aws.client("organizations")
    root, prod = organizations.list_roots()["Roots"][0]["Id"], aws.unit("Workloads/Prod").rpartition("(")[2][:-1]
    account_id = aws.vended("payments", aws.unit("Workloads/Prod"))
    organizations.enable_policy_type(RootId=root, PolicyType="TAG_POLICY")
    effective = {"PolicyType": "TAG_POLICY", "TargetId": account_id}
    assert refused(organizations.describe_effective_policy, **effective)[0] == "EffectivePolicyNotFoundException"

    def attach(target: str, **tags: Any) -> None:
        made = organizations.create_policy(
            Content=json.dumps({"tags": tags}), Description="", Name=f"tags-{target}", Type="TAG_POLICY"
        )
        organizations.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=target)

    attach(
        root,
        CostCenter={
            "tag_key": {"@@assign": "CostCenter", "@@operators_allowed_for_child_policies": ["@@none"]},
            "tag_value": {"@@assign": ["100", "200"]},
        },
    )
    attach(
        prod,
        costcenter={"tag_key": {"@@assign": "COSTCENTER"}, "tag_value": {"@@append": ["300"], "@@remove": ["100"]}},
        Stage={"tag_key": {"@@assign": "Stage"}},
    )
    attach(account_id, Stage={"tag_value": {"@@append": ["prod"]}})
    content = {
        "tags": {
            "CostCenter": {"tag_key": "CostCenter", "tag_value": ["200", "300"]},
            "Stage": {"tag_key": "Stage", "tag_value": ["prod"]},
        }
    }
    found = organizations.describe_effective_policy(**effective)["EffectivePolicy"]
    assert (json.loads(found["PolicyContent"]), found["TargetId"]) == (content, account_id)
    inside = aws.client("organizations", aws.execution(account_id))
    own = inside.describe_effective_policy(PolicyType="TAG_POLICY")["EffectivePolicy"]
    assert json.loads(own["PolicyContent"]) == content


def test_users_and_groups_of_the_identity_store_change(aws: Emulated) -> None:
    """By attribute path; names are used once; memberships are found."""
    store = aws.client("identitystore")
    instance = aws.client("sso-admin").list_instances()["Instances"][0]
    here = {"IdentityStoreId": instance["IdentityStoreId"]}
    ada, bob = (
        store.create_user(**here, UserName=name, DisplayName=name, Name={"GivenName": name, "FamilyName": "X"})
        for name in ("ada", "bob")
    )
    ada, bob = ada["UserId"], bob["UserId"]
    operations = [
        {"AttributePath": "displayName", "AttributeValue": "Ada Lovelace"},
        {"AttributePath": "name.familyName", "AttributeValue": "Lovelace"},
        {"AttributePath": "emails", "AttributeValue": [{"value": "ada@example.com", "primary": True}]},
    ]
    changed = store.update_user(**here, UserId=ada, Operations=operations)
    assert changed["Revision"] == "1"
    user = store.describe_user(**here, UserId=ada)
    assert (user["DisplayName"], user["Name"]["GivenName"], user["Name"]["FamilyName"]) == (
        "Ada Lovelace",
        "ada",
        "Lovelace",
    )
    assert user["Emails"] == [{"Value": "ada@example.com", "Primary": True}]
    taken = [{"AttributePath": "userName", "AttributeValue": "ada"}]
    assert refused(store.update_user, **here, UserId=bob, Operations=taken)[0] == "ConflictException"
    unknown = [{"AttributePath": "shoeSize", "AttributeValue": "42"}]
    assert refused(store.update_user, **here, UserId=bob, Operations=unknown)[0] == "ValidationException"
    group = store.create_group(**here, DisplayName="Builders")["GroupId"]
    names = [{"AttributePath": "displayName", "AttributeValue": "Makers"}]
    store.update_group(**here, GroupId=group, Operations=names)
    assert store.describe_group(**here, GroupId=group)["DisplayName"] == "Makers"
    assert refused(store.update_group, **here, GroupId=group, Operations=unknown)[0] == "ValidationException"
    membership = store.create_group_membership(**here, GroupId=group, MemberId={"UserId": ada})["MembershipId"]
    found = store.get_group_membership_id(**here, GroupId=group, MemberId={"UserId": ada})
    assert found["MembershipId"] == membership

"""What vend finds out about accounts that exist, in the emulated organization; read-only calls alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.emulated import VENDING_ROLE, Emulated, emulated
from vend.aws import Aws
from vend.models import AlternateContact, SsoUser
from vend.settings import ControlTowerSettings, Settings

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def world() -> Iterator[Emulated]:
    with emulated() as world:
        yield world


def connected(world: Emulated) -> Aws:
    settings = Settings(
        name="example", home_region="eu-west-1", control_tower=ControlTowerSettings(vending_role=VENDING_ROLE)
    )
    return Aws.connect(settings, world.variables)


def test_an_account_with_a_product(world: Emulated) -> None:
    """Tags, contacts, and the user that Account Factory was told of, with the name that Identity Center has."""
    account_id = world.vended("made", world.unit("Workloads/Prod"))
    world.client("organizations").tag_resource(ResourceId=account_id, Tags=[{"Key": "CostCenter", "Value": "1"}])
    world.client("account").put_alternate_contact(
        AccountId=account_id,
        AlternateContactType="SECURITY",
        Name="Desk",
        Title="CSIRT",
        EmailAddress="s@example.com",
        PhoneNumber="+1 555 0100",
    )
    aws = connected(world)
    (found,) = aws.inventory([aws.organization().accounts[account_id]])
    assert (found.account.id, found.product and found.product.name) == (account_id, "made")
    assert found.tags == {"CostCenter": "1"}
    assert found.alternate_contacts == (
        AlternateContact(kind="security", name="Desk", title="CSIRT", email="s@example.com", phone="+1 555 0100"),
    )
    assert found.sso_user == SsoUser(email="grace@example.com", first_name="Grace", last_name="Hopper")


def test_an_account_without_a_product(world: Emulated) -> None:
    """The one person who administers it; nobody where there are none, or several."""
    aws = connected(world)
    center = aws.identity_center()
    assert center is not None
    store, sso = world.client("identitystore"), world.client("sso-admin")
    people = [
        store.create_user(
            IdentityStoreId=center.identity_store_id,
            UserName=name,
            DisplayName=name,
            Name={"GivenName": name.title(), "FamilyName": "Lovelace"},
            Emails=[{"Value": f"{name}@example.com", "Primary": True}],
        )["UserId"]
        for name in ("ada", "byron")
    ]
    accounts = {name: world.created(name) for name in ("nobody", "one", "two")}
    for name, count in (("one", 1), ("two", 2)):
        for person in people[:count]:
            sso.create_account_assignment(
                InstanceArn=center.instance_arn,
                TargetId=accounts[name],
                TargetType="AWS_ACCOUNT",
                PermissionSetArn=center.permission_sets["AWSAdministratorAccess"],
                PrincipalType="USER",
                PrincipalId=person,
            )
    organization = aws.organization(refresh=True)
    found = {one.account.name: one for one in aws.inventory([organization.accounts[i] for i in accounts.values()])}
    assert found["one"].sso_user == SsoUser(email="ada@example.com", first_name="Ada", last_name="Lovelace")
    assert (found["nobody"].sso_user, found["two"].sso_user) == (None, None)
    assert {one.product for one in found.values()} == {None}
    assert found["one"].alternate_contacts == ()

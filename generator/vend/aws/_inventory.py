"""What accounts have that Organizations' tree does not show: tags, contacts, and whom Account Factory gave access."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

from vend.aws._connection import Connection
from vend.aws._failures import aws_code, translated
from vend.aws._organizations import at_once, pages, read_tags
from vend.models import (
    AccountInventory,
    AlternateContact,
    ContactKind,
    IdentityCenter,
    OrganizationAccount,
    ProvisionedProduct,
    SsoUser,
)

ADMINISTRATOR = "AWSAdministratorAccess"
"""The permission set that Account Factory gives its user (Control Tower user guide, sso)."""


def read_inventory(
    connection: Connection,
    accounts: Sequence[OrganizationAccount],
    products: Mapping[str, ProvisionedProduct],
    identity_center: IdentityCenter | None,
) -> tuple[AccountInventory, ...]:
    """Everything about these accounts, with a handful of read-only calls for each.

    Args:
        connection: of the management account.
        accounts: those to look at.
        products: by account id.
        identity_center: None where there is none.

    Raises:
        AwsError: a call was refused.
    """
    users = _Users(connection, identity_center) if identity_center is not None else None

    def person(account: OrganizationAccount, product: ProvisionedProduct | None) -> SsoUser | None:
        if users is None:
            return None
        return users.of_product(product) if product is not None else users.of_account(account.id)

    def one(account: OrganizationAccount) -> AccountInventory:
        product = products.get(account.id)
        return AccountInventory(
            account=account,
            product=product,
            tags=read_tags(connection, account.id),
            alternate_contacts=read_contacts(connection, account.id),
            sso_user=person(account, product),
        )

    return tuple(at_once(one, accounts))


def read_people(
    connection: Connection, products: Sequence[ProvisionedProduct], identity_center: IdentityCenter
) -> dict[str, SsoUser]:
    """Whom Account Factory gave access to the account of each product, by the product's id, as far as that is known.

    Raises:
        AwsError: a call was refused.
    """
    users = _Users(connection, identity_center)
    people = at_once(users.of_product, products)
    return {product.id: person for product, person in zip(products, people, strict=True) if person is not None}


def read_contacts(
    connection: Connection, account_id: str, kinds: Iterable[ContactKind] = get_args(ContactKind)
) -> tuple[AlternateContact, ...]:
    """The account's alternate contacts of these kinds, as far as it has them.

    Raises:
        AwsError: a call was refused, such as for want of trusted access for Account Management.
    """
    found = (_contact(connection, account_id, kind) for kind in sorted(kinds))
    return tuple(contact for contact in found if contact is not None)


def _contact(connection: Connection, account_id: str, kind: ContactKind) -> AlternateContact | None:
    from botocore.exceptions import ClientError

    client = connection.client("account")
    with translated(f"reading the {kind} contact of account {account_id}"):
        try:
            found = client.get_alternate_contact(AccountId=account_id, AlternateContactType=kind.upper())
        except ClientError as error:
            if aws_code(error) != "ResourceNotFoundException":
                raise
            return None
    contact = found["AlternateContact"]
    return AlternateContact(
        kind=kind,
        name=contact["Name"],
        title=contact["Title"],
        email=contact["EmailAddress"],
        phone=contact["PhoneNumber"],
    )


class _Users:
    """People of Identity Center, looked up where an account names them."""

    def __init__(self, connection: Connection, identity_center: IdentityCenter) -> None:
        self._connection = connection
        self._center = identity_center

    def of_product(self, product: ProvisionedProduct) -> SsoUser | None:
        """Whom Account Factory was told of last: its output has the address, Identity Center the name."""
        if not product.succeeded:
            return None
        client = self._connection.client("servicecatalog")
        with translated(f"reading the outputs of provisioned product {product.id}"):
            outputs = client.get_provisioned_product_outputs(ProvisionedProductId=product.id)["Outputs"]
        email = next((o["OutputValue"] for o in outputs if o["OutputKey"] == "SSOUserEmail"), None)
        if email is None:
            return None
        with translated(f"looking for {email} in Identity Center"):
            # Account Factory makes a user whose name is the address (user guide, sso).
            users = self._connection.client("identitystore").list_users(
                IdentityStoreId=self._center.identity_store_id,
                Filters=[{"AttributePath": "UserName", "AttributeValue": email}],
            )["Users"]
        return _person(users[0], email) if users else None

    def of_account(self, account_id: str) -> SsoUser | None:
        """The one person who administers an account; None where there is none, or several."""
        permission_set = self._center.permission_sets.get(ADMINISTRATOR)
        if permission_set is None:
            return None
        client = self._connection.client("sso-admin")
        with translated(f"listing who administers account {account_id}"):
            assigned = pages(
                client,
                "list_account_assignments",
                "AccountAssignments",
                InstanceArn=self._center.instance_arn,
                AccountId=account_id,
                PermissionSetArn=permission_set,
            )
        people = [assignment["PrincipalId"] for assignment in assigned if assignment["PrincipalType"] == "USER"]
        if len(people) != 1:
            return None
        with translated(f"looking for user {people[0]} of Identity Center"):
            user = self._connection.client("identitystore").describe_user(
                IdentityStoreId=self._center.identity_store_id, UserId=people[0]
            )
        emails = [email["Value"] for email in user.get("Emails", ()) if email.get("Primary")]
        return _person(user, emails[0] if emails else user.get("UserName", ""))


def _person(user: Mapping[str, Any], email: str) -> SsoUser | None:
    """None where the user has no first or last name, which Account Factory wants."""
    name = user.get("Name", {})
    first, last = name.get("GivenName", ""), name.get("FamilyName", "")
    return SsoUser(email=email, first_name=first, last_name=last) if email and first and last else None

"""Values that are looked up right before Terraform runs, and the files for them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from vend.errors import InvalidInputError
from vend.models import AccessAssignment, AccountRequest, ContactKind, IdentityCenter, RootModule
from vend.render._access import access_problems
from vend.render._text import REQUEST_VALUES, RUNTIME_VALUES, to_tfvars

PLACEHOLDER_ACCOUNT_ID = "000000000000"
"""Stands for the id of an account that does not exist yet, in plans for review."""

IMPORT_TARGET = "module.account.aws_servicecatalog_provisioned_product.this"
"""Address of the product in the `account` root."""
ADOPTED_PRODUCT = "adopted_product_id"
"""Variable with the id of a product that is imported."""

_IMPORTS = f"""# Written by vend: takes over a product that exists.
variable "{ADOPTED_PRODUCT}" {{
  type     = string
  nullable = false
}}

import {{
  to = {IMPORT_TARGET}
  id = var.{ADOPTED_PRODUCT}
}}
""".encode()
CONTACT_TARGET = "module.settings.aws_account_alternate_contact.this"
"""The contacts that are imported, each with its kind for a key."""
EXISTING_CONTACTS = "existing_contacts"
_CONTACT_IMPORTS = f"""# Written by vend: takes over contacts that the account has.
variable "{EXISTING_CONTACTS}" {{
  type     = map(string)
  nullable = false
}}

import {{
  for_each = var.{EXISTING_CONTACTS}
  to       = {CONTACT_TARGET}[each.key]
  id       = each.value
}}
""".encode()
_ADOPTED = b"""\
# Written by vend: an import would otherwise send all parameters, an update of the account that changes nothing and
# takes one of the few account operations at once. Stays until the first real change.
resource "aws_servicecatalog_provisioned_product" "this" {
  lifecycle {
    ignore_changes = [
      accept_language,
      ignore_errors,
      path_id,
      path_name,
      provisioning_artifact_id,
      provisioning_artifact_name,
      provisioning_parameters,
      retain_physical_resources,
      tags,
      tags_all,
      timeouts, # not in an imported state: alone enough for UpdateProvisionedProduct
    ]
  }
}
"""
IMPORTS_FILE = "imports.tf"
_ADOPTED_FILE = "modules/account/adopted_override.tf"
RUNTIME_FILES = frozenset({RUNTIME_VALUES, IMPORTS_FILE, _ADOPTED_FILE})
"""Files of a root module that are not in its digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRuntime:
    """For the `account` root.

    Attributes:
        organizational_unit: in Control Tower's form, `Name (ou-id)`.
        adopt: id of a provisioned product to import.
        keep_adopted: the product stays as it was imported; its parameters are not sent.
    """

    product_id: str
    provisioning_artifact_id: str
    path_id: str
    organizational_unit: str
    adopt: str | None = None
    keep_adopted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsRuntime:
    """For the `settings` root.

    Attributes:
        identity_center: needed only where the request gives access to groups.
        request: says where the request names a group that does not exist.
        existing_contacts: alternate contacts to import.
    """

    account_id: str
    identity_center: IdentityCenter | None = None
    request: AccountRequest | None = None
    existing_contacts: tuple[ContactKind, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomizationsRuntime:
    """For the `customizations` root."""

    account_id: str


Runtime: TypeAlias = AccountRuntime | SettingsRuntime | CustomizationsRuntime


def runtime_files(root: RootModule, runtime: Runtime) -> dict[str, bytes]:
    """The runtime files of a root module, by path.

    Raises:
        InvalidInputError: `unknown-group`, `unknown-permission-set` or `no-identity-center`.
    """
    if isinstance(runtime, AccountRuntime):
        return _account_files(runtime)
    values: dict[str, Any] = {"account_id": runtime.account_id}
    files: dict[str, bytes] = {}
    if isinstance(runtime, SettingsRuntime):
        values["identity_center"] = _identity_center(root, runtime)
        if runtime.existing_contacts:
            ids = {kind: f"{runtime.account_id}/{kind.upper()}" for kind in sorted(runtime.existing_contacts)}
            values[EXISTING_CONTACTS] = ids
            files[IMPORTS_FILE] = _CONTACT_IMPORTS
    return {RUNTIME_VALUES: to_tfvars(values), **files}


def _account_files(runtime: AccountRuntime) -> dict[str, bytes]:
    values = {
        "organizational_unit": runtime.organizational_unit,
        "path_id": runtime.path_id,
        "product_id": runtime.product_id,
        "provisioning_artifact_id": runtime.provisioning_artifact_id,
    }
    files: dict[str, bytes] = {}
    if runtime.adopt is not None:
        values[ADOPTED_PRODUCT] = runtime.adopt
        files[IMPORTS_FILE] = _IMPORTS
    if runtime.keep_adopted:
        files[_ADOPTED_FILE] = _ADOPTED
    return {RUNTIME_VALUES: to_tfvars(values), **files}


def _identity_center(root: RootModule, runtime: SettingsRuntime) -> dict[str, Any] | None:
    wanted: Mapping[str, Mapping[str, str]] = json.loads(root.files[REQUEST_VALUES])["access"]
    if not wanted:
        return None
    found = runtime.identity_center
    assignments = [AccessAssignment(**assignment) for assignment in wanted.values()]
    problems = tuple(access_problems(root.account, assignments, found, runtime.request))
    if found is None or problems:
        raise InvalidInputError(problems)
    groups = {assignment.group for assignment in assignments}
    sets = {assignment.permission_set for assignment in assignments}
    return {
        "instance_arn": found.instance_arn,
        "groups": {name: found.groups[name] for name in groups},
        "permission_sets": {name: found.permission_sets[name] for name in sets},
    }

"""Validated account requests with all defaults resolved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from vend.codec import JsonDocument, hidden, spread
from vend.models._approvals import Approval
from vend.models._position import Position
from vend.settings import Settings

OnRemoval = Literal["retain", "unmanage", "close"]
ContactKind = Literal["billing", "operations", "security"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SsoUser:
    """The Identity Center user that Account Factory gives administrator access."""

    email: str
    first_name: str
    last_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlternateContact:
    """One of the three alternate contacts of an AWS account."""

    kind: ContactKind
    name: str
    title: str
    email: str
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessAssignment:
    """A group of Identity Center that gets a permission set in the account."""

    group: str
    permission_set: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Who asked for the account and why, or one of the two; stored, never interpreted."""

    requested_by: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRequest(JsonDocument):
    """One account that the fleet wants.

    Attributes:
        account: the slug; immutable; also the provisioned product's name.
        name: the AWS account name.
        email: the root user's address.
        organizational_unit: as written: a path below the root, `Name (ou-id)`, or `ou-id`.
        opt_in_regions: Regions that are off by default and wanted on.
        customizations: names in order, without `global`.
        positions: where each value stands, by field path such as `email`, `tags.CostCenter`,
            `customizations[0]`, `sso_user.email`, `alternate_contact.security.phone`,
            `access.Developers.permission_set[AWSReadOnlyAccess]`; `""` is the block.
        origins: by the same paths, of values that do not stand in the request itself. A value that has a position
            and no origin does, one that has neither is built in. What a template gave stands at `email_template`
            or `name_template`.
    """

    account: str
    name: str
    email: str
    organizational_unit: str
    sso_user: SsoUser
    tags: Mapping[str, str] = field(default_factory=dict)
    custom_fields: Mapping[str, str] = field(default_factory=dict)
    customizations: tuple[str, ...] = ()
    alternate_contacts: tuple[AlternateContact, ...] = ()
    access: tuple[AccessAssignment, ...] = ()
    opt_in_regions: tuple[str, ...] = ()
    change: Change | None = field(default=None, metadata=spread("change", names="requested_by reason"))
    on_removal: OnRemoval = "retain"
    positions: Mapping[str, Position] = field(default_factory=dict, compare=False, metadata=hidden())
    origins: Mapping[str, Literal["defaults", "template"]] = field(
        default_factory=dict, compare=False, metadata=hidden()
    )

    def position(self, path: str = "") -> Position | None:
        """Where the value at this field path stands, or the nearest thing around it that has a place."""
        while path and path not in self.positions:
            cut = max(path.rfind("."), path.rfind("["))
            path = path[:cut] if cut > 0 else ""
        return self.positions.get(path)

    def values(self) -> dict[str, str]:
        """Every value by its field path, in the order in which a request is written."""
        found = {"name": self.name, "email": self.email, "organizational_unit": self.organizational_unit}
        user = self.sso_user
        found |= {f"sso_user.{name}": getattr(user, name) for name in ("email", "first_name", "last_name")}
        found |= {f"tags.{key}": value for key, value in self.tags.items()}
        found |= {f"custom_fields.{key}": value for key, value in self.custom_fields.items()}
        found |= {f"customizations[{index}]": name for index, name in enumerate(self.customizations)}
        for contact in self.alternate_contacts:
            given = {"name": contact.name, "title": contact.title, "email": contact.email, "phone": contact.phone}
            found |= {f"alternate_contact.{contact.kind}.{name}": value for name, value in given.items()}
        for given_access in self.access:
            path = f"access.{given_access.group}.permission_set"
            found[path] = ", ".join(filter(None, (found.get(path), given_access.permission_set)))
        found |= {f"opt_in_regions[{index}]": name for index, name in enumerate(self.opt_in_regions)}
        if self.change is not None:
            asked = {"change.requested_by": self.change.requested_by, "change.reason": self.change.reason}
            found |= {path: value for path, value in asked.items() if value}
        return {**found, "on_removal": self.on_removal}

    def _computed(self) -> Mapping[str, Mapping[str, Any]]:
        source = self.position()
        return {"on_removal": {"source": {"file": source and source.file, "line": source and source.line}}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """A fleet repository, read and validated.

    Attributes:
        approvals: who approved which violations of policies.
        policy_directory: where the policies come from, where that is not the fleet itself.
        terraform_runs: Terraform processes started to read it.
    """

    directory: Path
    settings: Settings
    requests: tuple[AccountRequest, ...]
    approvals: tuple[Approval, ...] = ()
    policy_directory: Path | None = None
    terraform_runs: int = 0

    @property
    def overrides(self) -> Path:
        """Where the fleet's `modules/`, `templates/` and `policies/` are; nowhere, if its folders are not vend's."""
        return self.directory / ".vend" / "none" if self.settings.foreign else self.directory

"""Combining a block's values with its defaults into an account request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal, TypeVar, cast

from vend.errors import Related
from vend.models import (
    AccessAssignment,
    AccountRequest,
    AlternateContact,
    Change,
    ContactKind,
    OnRemoval,
    Position,
    SsoUser,
)
from vend.requests.language._constraints import ACCOUNT_NAME, EMAIL
from vend.requests.language._language import Rule
from vend.requests.language._name_templates import filled, values_of
from vend.requests.language._problems import Problems
from vend.requests.language._request_fields import ACCOUNT
from vend.requests.reading._block_values import BlockValues, NestedValues
from vend.requests.reading._blocks import KINDS
from vend.requests.reading._literals import Text

_T = TypeVar("_T")
_MOST = {field.name: field.most for field in ACCOUNT.fields if field.most is not None}


def resolve(
    account: str, block_values: BlockValues, defaults: Sequence[BlockValues], problems: Problems
) -> AccountRequest:
    """The request with every default resolved; a required field that is missing is diagnosed and empty.

    Args:
        account: the block's label.
        block_values: the block itself.
        defaults: those that hold, from the outermost folder to the nearest.
        problems: takes what is missing.

    Maps, contacts and access merge key by key, the nearest wins; everything else is replaced.
    """
    return _Resolver(account, (*defaults, block_values), problems).request()


class _Resolver:
    def __init__(self, account: str, block_values: tuple[BlockValues, ...], problems: Problems) -> None:
        self._account = account
        self._levels = block_values
        self._own = block_values[-1]
        self._problems = problems
        self._positions: dict[str, Position] = {"": self._own.position}
        self._origins: dict[str, Literal["defaults", "template"]] = {}
        self._groups = (self._own.sso_user, self._own.change, *self._own.contacts.values())

    def request(self) -> AccountRequest:
        unit = self._required("organizational_unit", 'organizational_unit = "Workloads/Prod"')
        email = self._templated("email", EMAIL, unit)
        if email is None:
            email = self._required("email", 'email = "aws+name@example.com"')
        tags = self._map("tags")
        if len(tags) > _MOST["tags"]:
            self._problems.add(
                "invalid-tag",
                self._positions.get("tags", self._own.position),
                f"the account has {len(tags)} tags including defaults; AWS allows at most {_MOST['tags']}",
            )
        return AccountRequest(
            account=self._account,
            name=self._name(unit),
            email=email,
            organizational_unit=unit,
            sso_user=self._sso_user(email),
            tags=tags,
            custom_fields=self._map("custom_fields"),
            customizations=self._list("customizations"),
            alternate_contacts=self._contacts(),
            access=self._access(),
            opt_in_regions=self._list("opt_in_regions"),
            change=self._change(),
            on_removal=cast("OnRemoval", self._scalar("on_removal") or "retain"),
            positions=self._positions,
            origins=self._origins,
        )

    def _nearest(self, look: Callable[[BlockValues], _T | None]) -> _T | None:
        return next(
            (found for block_values in reversed(self._levels) if (found := look(block_values)) is not None), None
        )

    def _scalar(self, name: str) -> str | None:
        found = self._nearest(lambda block_values: block_values.scalars.get(name))
        return self._take(name, found, own=name in self._own.scalars) if found is not None else None

    def _required(self, name: str, form: str) -> str:
        found = self._scalar(name)
        if found is None and not any(name in block_values.wrong for block_values in self._levels):
            self._problems.add(
                "missing-field", self._own.position, f'account "{self._account}" has no "{name}"', hint=form
            )
        return found or ""

    def _templated(self, name: str, rule: Rule, unit: str) -> str | None:
        """The value that the nearest template makes, where the request says none; None where there is no template."""
        template = self._nearest(lambda block_values: block_values.scalars.get(f"{name}_template"))
        wrong = any(f"{name}_template" in block_values.wrong for block_values in self._levels)
        if name in self._own.scalars or name in self._own.wrong or template is None:
            return None
        if wrong:
            return ""
        value = filled(template.value, values_of(self._account, unit))
        self._positions[name] = self._own.position
        self._positions[f"{name}_template"] = template.position
        self._origins[name] = "template"
        violation = rule(value)
        if violation is not None:
            self._problems.twice(
                violation.code,
                self._own.position,
                f"{violation.summary}: it comes from a template",
                first=Related.at(f'this template gives "{value}"', template.position),
                hint=f'set {name} = "…" in the account block, or correct the template',
            )
        return value

    def _name(self, unit: str) -> str:
        found = self._scalar("name")
        if found is None:
            found = self._templated("name", ACCOUNT_NAME, unit)
        if found is not None:
            return found or self._account
        if "name" not in self._own.wrong and (violation := ACCOUNT_NAME(self._account)) is not None:
            self._problems.add(
                violation.code,
                self._own.position,
                f"{violation.summary}: an account without a name uses its label",
                hint='name = "…"',
            )
        return self._account

    def _take(self, path: str, found: Text, *, own: bool) -> str:
        self._positions[path] = found.position
        if own:
            self._origins.pop(path, None)
        else:
            self._origins[path] = "defaults"
        return found.value

    def _map(self, name: str) -> dict[str, str]:
        items: dict[str, str] = {}
        for block_values in self._levels:
            pairs = block_values.maps.get(name)
            if pairs is None:
                continue
            self._positions[name] = pairs.position
            for key, found in pairs.items.items():
                items[key] = self._take(f"{name}.{key}", found, own=block_values is self._own)
        return dict(sorted(items.items()))

    def _list(self, name: str) -> tuple[str, ...]:
        found = self._nearest(lambda block_values: block_values.lists.get(name)) or ()
        own = name in self._own.lists
        return tuple(self._take(f"{name}[{index}]", item, own=own) for index, item in enumerate(found))

    def _values(self, path: str, group: NestedValues, names: Iterable[str]) -> dict[str, str] | None:
        self._positions[path] = group.position
        own = any(group is mine for mine in self._groups)
        taken = {name: self._take(f"{path}.{name}", found, own=own) for name, found in group.values.items()}
        return taken if all(name in taken for name in names) else None

    def _sso_user(self, email: str) -> SsoUser:
        """Account Factory requires a user; without one in the request it is the root user's address."""
        group = self._nearest(lambda block_values: block_values.sso_user)
        values = self._values("sso_user", group, ("email", "first_name", "last_name")) if group else None
        if values is None:
            return SsoUser(email=email, first_name="Account", last_name="Owner")
        return SsoUser(email=values["email"], first_name=values["first_name"], last_name=values["last_name"])

    def _change(self) -> Change | None:
        group = self._nearest(lambda block_values: block_values.change)
        values = self._values("change", group, ()) if group else None
        return Change(requested_by=values.get("requested_by"), reason=values.get("reason")) if values else None

    def _contacts(self) -> tuple[AlternateContact, ...]:
        groups = _merged(block_values.contacts for block_values in self._levels)
        contacts = []
        for kind in sorted(KINDS):
            values = self._contact(kind, groups[kind]) if kind in groups else None
            contacts += [values] if values else []
        return tuple(contacts)

    def _contact(self, kind: ContactKind, group: NestedValues) -> AlternateContact | None:
        values = self._values(f"alternate_contact.{kind}", group, ("name", "title", "email", "phone"))
        if values is None:
            return None
        return AlternateContact(
            kind=kind, name=values["name"], title=values["title"], email=values["email"], phone=values["phone"]
        )

    def _access(self) -> tuple[AccessAssignment, ...]:
        groups = _merged(block_values.access for block_values in self._levels)
        assignments = []
        for name, given in sorted(groups.items()):
            for group in given:
                own = name in self._own.access
                found = group.values["permission_set"]
                permission_set = self._take(f"access.{name}.permission_set", found, own=own)
                self._positions[f"access.{name}.permission_set[{permission_set}]"] = found.position
                self._positions[f"access.{name}"] = group.position
                assignments.append(AccessAssignment(group=name, permission_set=permission_set))
        return tuple(assignments)


def _merged(maps: Iterable[Mapping[str, _T]]) -> dict[str, _T]:
    merged: dict[str, _T] = {}
    for found in maps:
        merged.update(found)
    return merged

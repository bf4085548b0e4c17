"""What a change set does to an account, in the words of its request.

What changed in the request since it was last applied; where that is not known, what the plan itself shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vend.models import AccountRequest, Position
from vend.plan import CHANGING, AccountPlan, AttributeKind, Controls, ResourceChange, SemanticChange, Subject, Topic
from vend.review._masking import CHANGED, Masking
from vend.review._secrets import SENSITIVE

_ROOT = "the root"
_NAMED = 5
"""How many controls a sentence names; `items` holds them all."""
_CONTACT = "aws_account_alternate_contact"
_ASSIGNMENT = "aws_ssoadmin_account_assignment"
_REGION = "aws_account_region"
_ASSIGNMENT_KEY = re.compile(r'\["(?P<group>[^"]*)/(?P<permission_set>[^"/]*)"\]$')
_KIND: Mapping[str, AttributeKind] = {"create": "add", "import": "add", "destroy": "remove", "forget": "remove"}
_VERB: Mapping[AttributeKind, str] = {"add": "added", "change": "changed", "remove": "removed"}


def semantic_changes(plan: AccountPlan, masking: Masking) -> tuple[SemanticChange, ...]:
    """The changes of one account as sentences; none where nothing is known of it, or nothing happens."""
    subject = plan.subject
    if subject is None or plan.action == "none":
        return ()
    return tuple(_Sentences(plan, subject, masking).all())


class _Sentences:
    def __init__(self, plan: AccountPlan, subject: Subject, masking: Masking) -> None:
        self._plan = plan
        self._subject = subject
        self._request = subject.request
        self._masking = masking

    def all(self) -> Iterator[SemanticChange]:
        yield from self._account()
        if self._request is None:
            return
        if self._plan.action != "create":
            yield from self._identity(self._request)
            yield from self._unit()
        yield from self._controls()
        yield from self._tags()
        last = self._subject.last
        if last is None and self._plan.action != "create":
            yield from self._planned()
            return
        yield from self._settings(last or {}, self._request)
        yield from self._customizations(last or {}, self._request)
        if last is not None:
            yield from self._plain("on_removal", "on_removal", last.get("on_removal"), self._request.on_removal)

    def _account(self) -> Iterator[SemanticChange]:
        unit = self._subject.unit_after or _ROOT
        name = self._request.name if self._request else self._subject.name
        told: dict[str, tuple[AttributeKind, str]] = {
            "create": ("add", f'new account "{name}" in {unit}'),
            "adopt": ("change", f"adopted as it is: {self._why_adopted()}"),
            "enrol": ("add", f"enrolled in Control Tower, in {unit}"),
            "unmanage": ("remove", "leaves Control Tower; the account itself stays"),
            "remove": ("remove", "its product is terminated, which failed before there was an account"),
            "close": ("remove", "leaves Control Tower and is closed: AWS deletes it permanently after 90 days"),
        }
        if self._plan.action in told:
            kind, summary = told[self._plan.action]
            yield self._change("account", kind, summary)

    def _why_adopted(self) -> str:
        """Terraform does not know the product; whether vend does, the ledger tells."""
        if self._subject.last is None:
            return "its product was created outside vend"
        return "vend made its product, and the Terraform state no longer has it"

    def _identity(self, request: AccountRequest) -> Iterator[SemanticChange]:
        last = self._subject.last or {}
        yield from self._plain("name", "name", self._subject.name or last.get("name"), request.name)
        yield from self._plain("email", "email", self._subject.email or last.get("email"), request.email, fold=True)
        before = last.get("sso_user") or {}
        user = request.sso_user
        after = {"email": user.email, "first_name": user.first_name, "last_name": user.last_name}
        if before and before != after:
            was, now = (f"{u.get('first_name')} {u.get('last_name')} <{u.get('email')}>" for u in (before, after))
            kept = str(before.get("email"))
            # Account Factory adds the new user and takes nothing from the old one (user guide, update accounts).
            left = f"; {kept} keeps administrator access" if kept.casefold() != user.email.casefold() else ""
            yield self._change(
                "sso_user",
                "change",
                f"Identity Center user {was} → {now}{left}",
                field="sso_user",
                before=was,
                after=now,
            )

    def _unit(self) -> Iterator[SemanticChange]:
        before, after = self._subject.unit_before, self._subject.unit_after
        if before is None or after is None or before == after:
            return
        yield self._change(
            "organizational_unit",
            "change",
            f"moves {before or _ROOT} → {after or _ROOT}",
            field="organizational_unit",
            before=before or _ROOT,
            after=after or _ROOT,
        )

    def _controls(self) -> Iterator[SemanticChange]:
        controls = self._subject.controls or Controls()
        if controls.problem is not None:
            yield self._change(
                "controls",
                "change",
                f"the controls it gains or loses are not known: {controls.problem}",
                field="organizational_unit",
            )
        told: tuple[tuple[AttributeKind, str, tuple[str, ...]], ...] = (
            ("add", "gains", controls.gained),
            ("remove", "loses", controls.lost),
        )
        for kind, verb, names in told:
            if names:
                number = f"{len(names)} {'control' if len(names) == 1 else 'controls'}"
                more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
                yield self._change(
                    "controls",
                    kind,
                    f"{verb} {number}: {', '.join(names[:_NAMED])}{more}",
                    field="organizational_unit",
                    items=names,
                )

    def _tags(self) -> Iterator[SemanticChange]:
        for operation in self._plan.operations:
            if operation.operation == "tag":
                before, after = operation.before or {}, operation.after or {}
                yield from self._mapping("tag", "tags", before, after)

    def _settings(self, last: Mapping[str, Any], request: AccountRequest) -> Iterator[SemanticChange]:
        yield from self._contacts(last.get("alternate_contacts") or (), request)
        before = {(str(a["group"]), str(a["permission_set"])) for a in last.get("access") or ()}
        after = {(a.group, a.permission_set) for a in request.access}
        for group, permission_set in sorted(before ^ after):
            kind: AttributeKind = "add" if (group, permission_set) in after else "remove"
            yield self._access(group, permission_set, kind)
        for region in sorted(set(last.get("opt_in_regions") or ()) ^ set(request.opt_in_regions)):
            yield self._region(region, "add" if region in request.opt_in_regions else "remove")

    def _contacts(self, last: Sequence[Mapping[str, str]], request: AccountRequest) -> Iterator[SemanticChange]:
        before = {contact["kind"]: contact for contact in last}
        after: dict[str, Mapping[str, str]] = {
            c.kind: {"kind": c.kind, "name": c.name, "title": c.title, "email": c.email, "phone": c.phone}
            for c in request.alternate_contacts
        }
        for kind in sorted({*before, *after}):
            old, new = before.get(kind), after.get(kind)
            if old is None or new is None:
                yield self._contact(kind, "add" if old is None else "remove")
            elif old != new:
                fields = [name for name in ("name", "title", "email", "phone") if old.get(name) != new.get(name)]
                yield self._contact(kind, "change", f" ({', '.join(fields)})")

    def _customizations(self, last: Mapping[str, Any], request: AccountRequest) -> Iterator[SemanticChange]:
        before, after = list(last.get("customizations") or ()), list(request.customizations)
        for name in sorted({*before} ^ {*after}):
            kind: AttributeKind = "add" if name in after else "remove"
            field = f"customizations[{after.index(name)}]" if name in after else "customizations"
            yield self._change(
                "customization",
                kind,
                f"customization {name} {_VERB[kind]}",
                field=field,
                **{"after" if name in after else "before": name},
            )
        kept = [name for name in after if name in before]
        if kept != [name for name in before if name in after]:
            yield self._change(
                "customization",
                "change",
                f"order of customizations: {', '.join(after)}",
                field="customizations",
                before=", ".join(before),
                after=", ".join(after),
            )
        yield from self._mapping(
            "custom_field", "custom_fields", last.get("custom_fields") or {}, dict(request.custom_fields)
        )

    def _planned(self) -> Iterator[SemanticChange]:
        """What the plan of `settings` shows, where nobody knows what was applied last.

        What is imported as it is changes nothing.
        """
        for stage in self._plan.stages:
            for change in stage.changes if stage.stage == "settings" else ():
                if change.action in CHANGING and change.action != "import":
                    yield from self._from_resource(change, _KIND.get(change.action, "change"))

    def _from_resource(self, change: ResourceChange, kind: AttributeKind) -> Iterator[SemanticChange]:
        values = change.after or change.before or {}
        if change.type == _CONTACT:
            yield self._contact(str(values.get("alternate_contact_type", "")).lower(), kind)
        elif change.type == _REGION:
            yield self._region(str(values.get("region_name", "")), kind)
        elif change.type == _ASSIGNMENT and (key := _ASSIGNMENT_KEY.search(change.address)):
            yield self._access(key["group"], key["permission_set"], kind)

    def _contact(self, which: str, kind: AttributeKind, more: str = "") -> SemanticChange:
        return self._change("contact", kind, f"{which} contact {_VERB[kind]}{more}", field=f"alternate_contact.{which}")

    def _access(self, group: str, permission_set: str, kind: AttributeKind) -> SemanticChange:
        return self._change(
            "access",
            kind,
            f"access {group}: {permission_set} {_VERB[kind]}",
            field=f"access.{group}",
            **{"before" if kind == "remove" else "after": permission_set},
        )

    def _region(self, region: str, kind: AttributeKind) -> SemanticChange:
        return self._change(
            "region",
            kind,
            f"opt-in Region {region} {_VERB[kind]}",
            field="opt_in_regions",
            **{"before" if kind == "remove" else "after": region},
        )

    def _mapping(
        self, topic: Topic, field: str, before: Mapping[str, Any], after: Mapping[str, Any]
    ) -> Iterator[SemanticChange]:
        for key in sorted({*before, *after}):
            old, new = before.get(key), after.get(key)
            if old == new:
                continue
            kind: AttributeKind = "add" if old is None else "remove" if new is None else "change"
            hidden = any(self._masking.conceals(key, value) for value in (old, new))
            told = f"{topic.replace('_', ' ')} {key} "
            if hidden:
                told += CHANGED if kind == "change" else f"{SENSITIVE} {_VERB[kind]}"
            elif kind == "change":
                told += f"{_value(old)} → {_value(new)}"
            else:
                told += f"{_value(new if old is None else old)} {_VERB[kind]}"
            yield self._change(
                topic,
                kind,
                told,
                field=f"{field}.{key}",
                before=_text(old, hidden=hidden),
                after=_text(new, hidden=hidden),
                sensitive=hidden,
            )

    def _plain(
        self, topic: Topic, field: str, before: Any, after: str, *, fold: bool = False
    ) -> Iterator[SemanticChange]:
        """A field of one value that differs; nothing where it was not known before."""
        if before is None or before == after or (fold and str(before).casefold() == after.casefold()):
            return
        yield self._change(topic, "change", f"{topic} {before} → {after}", field=field, before=str(before), after=after)

    def _change(self, topic: Topic, kind: AttributeKind, summary: str, **fields: Any) -> SemanticChange:
        position = self._position(fields.get("field", ""))
        fields = {
            name: self._masking.scrubbed(value) if isinstance(value, str) else value for name, value in fields.items()
        }
        return SemanticChange(
            topic=topic, kind=kind, summary=self._masking.scrubbed(summary), position=position, **fields
        )

    def _position(self, field: str) -> Position | None:
        return self._request.position(field) if self._request else None


def _text(value: Any, *, hidden: bool) -> str | None:
    return None if value is None else SENSITIVE if hidden else str(value)


def _value(value: Any) -> str:
    """A value in a sentence: an empty one would not be seen."""
    return str(value) or '""'

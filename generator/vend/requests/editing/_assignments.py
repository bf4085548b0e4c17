"""Parsing the assignments of `vend set NAME`: `field=value`, `field+=value`, `field-=value`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from vend.errors import Diagnostic, InvalidInputError, did_you_mean
from vend.requests.language._request_fields import ACCOUNT

Sign = Literal["=", "+=", "-=", "unset"]
Kind = Literal["string", "list", "entry", "inner", "access", "whole"]

_WRITTEN = re.compile(r'(?P<field>(?:"(?:[^"\\]|\\.)*"|[^"=+-]|[+-](?!=))*)(?P<sign>\+=|-=|=)(?P<value>.*)', re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_LABEL = frozenset({"account", "label", "slug"})
_HINT = "write it as FIELD=VALUE, such as organizational_unit=Workloads/Prod or tags.CostCenter=4711"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One assignment.

    Attributes:
        kind: `string` and `list`: the field has such a value; `entry`: it is of a map; `inner`: it stands in a block;
            `access`: a permission set of a group; `whole`: a map or a block, which can only be unset.
        field: the field's or the block's name, such as `tags`.
        label: the block's, where it has one.
        name: key of the map, or name within the block.
        value: empty where it is unset.
    """

    kind: Kind
    field: str
    sign: Sign = "="
    value: str = ""
    label: str | None = None
    name: str | None = None

    @property
    def path(self) -> str:
        """As in `AccountRequest.positions`, and for people."""
        return ".".join(part for part in (self.field, self.label, self.name) if part is not None)


def assignments(written: Sequence[str], unset: Sequence[str] = ()) -> tuple[Assignment, ...]:
    """What was asked for, in the order in which it was written.

    Args:
        written: each as `field=value`.
        unset: names of fields that are not to be said any more.

    Raises:
        InvalidInputError: everything that is no assignment, or names no field.
    """
    found = [*map(_assignment, written), *(named(text, "unset") for text in unset)]
    problems = [one for one in found if isinstance(one, Diagnostic)]
    twice = [*_twice(found)] if not problems else []
    if problems or twice:
        raise InvalidInputError((*problems, *twice))
    return tuple(one for one in found if isinstance(one, Assignment))


def _assignment(written: str) -> Assignment | Diagnostic:
    match = _WRITTEN.fullmatch(written)
    if match is None or not match["field"]:
        return Diagnostic(code="invalid-assignment", summary=f'"{written}" is not an assignment', hint=_HINT)
    try:
        match["value"].encode()
    except UnicodeEncodeError:
        return Diagnostic(code="invalid-assignment", summary=f"the value of {match['field']} is not UTF-8")
    signs: dict[str, Sign] = {"=": "=", "+=": "+=", "-=": "-="}
    found = named(match["field"], signs[match["sign"]])
    if isinstance(found, Diagnostic):
        return found
    if found.sign != "=" and found.kind not in {"list", "access"}:
        return Diagnostic(
            code="invalid-assignment",
            summary=f"{found.path} is not a list: += and -= do not apply to it",
            hint=f"{found.path}=…",
        )
    return replace(found, value=match["value"])


def named(written: str, sign: Sign) -> Assignment | Diagnostic:
    """The field that is named, such as `tags.CostCenter` or `sso_user.email`, without a value."""
    first, dot, rest = written.strip().partition(".")
    found = _field(first, rest, sign) if dot else _alone(first, sign)
    if found is not None:
        return found
    if first in _LABEL:
        return Diagnostic(
            code="invalid-assignment",
            summary="the label of an account cannot change: it is the name of its provisioned product",
            hint="`vend set NAME name=…` sets the account's name in AWS, until it is first applied",
        )
    return Diagnostic(
        code="unknown-field",
        summary=f'an account has no field "{written}"',
        hint=did_you_mean(written, _forms()) or "the fields are " + ", ".join(_forms()),
    )


def _alone(name: str, sign: Sign) -> Assignment | Diagnostic | None:
    field = ACCOUNT.field(name)
    if field is not None and field.kind in {"string", "list"}:
        return Assignment(kind="list" if field.kind == "list" else "string", field=name, sign=sign)
    if field is None and ACCOUNT.block(name) is None:
        return None
    return _whole(Assignment(kind="whole", field=name, sign=sign))


def _whole(assignment: Assignment) -> Assignment | Diagnostic:
    if assignment.sign == "unset":
        return assignment
    return Diagnostic(
        code="invalid-assignment",
        summary=f"{assignment.path} has several values: assign them one by one",
        hint="such as " + next(form for form in _forms() if form.startswith(f"{assignment.field}.")) + "=…",
    )


def _field(first: str, rest: str, sign: Sign) -> Assignment | Diagnostic | None:
    field, block = ACCOUNT.field(first), ACCOUNT.block(first)
    if field is not None and field.kind == "map":
        return Assignment(kind="entry", field=first, sign=sign, name=_unquoted(rest))
    if block is None:
        return None
    if block.name == "access":
        return Assignment(kind="access", field=first, sign=sign, label=_unquoted(rest))
    label = None
    if block.label is not None:
        label, dot, rest = rest.partition(".")
        if not dot:
            return _whole(Assignment(kind="whole", field=first, sign=sign, label=label))
    if rest not in block.field_names or (block.label is not None and label not in block.label.choices):
        return None
    return Assignment(kind="inner", field=first, sign=sign, label=label, name=rest)


def _unquoted(text: str) -> str:
    match = _QUOTED.fullmatch(text)
    return re.sub(r"\\(.)", r"\1", match[1]) if match else text


def _forms() -> tuple[str, ...]:
    """How every field is named."""
    forms = [f"{field.name}.KEY" if field.kind == "map" else field.name for field in ACCOUNT.fields]
    for block in ACCOUNT.blocks:
        if block.name == "access":
            forms.append("access.GROUP")
        elif block.label is None:
            forms += [f"{block.name}.{name}" for name in block.field_names]
        else:
            forms += [f"{block.name}.{label}.{name}" for label in block.label.choices for name in block.field_names]
    return tuple(forms)


def _twice(found: Sequence[Assignment | Diagnostic]) -> Iterator[Diagnostic]:
    """Fields that are given two values; a list may be added to and taken from several times."""
    seen: dict[str, Assignment] = {}
    for one in found:
        if not isinstance(one, Assignment):
            continue
        before = seen.setdefault(one.path, one)
        if before is not one and not (before.sign in {"+=", "-="} and one.sign in {"+=", "-="}):
            yield Diagnostic(
                code="invalid-assignment", summary=f"{one.path} is assigned twice", hint="keep one of them"
            )

"""From what people want of an account to the edits of its block that bring it about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from vend.errors import Diagnostic, InvalidInputError
from vend.models import AccountRequest
from vend.requests.editing._assignments import Assignment
from vend.requests.language._request_fields import ACCOUNT
from vend.requests.text._block_edits import DropAttribute, DropBlock, Edit, Path, PutAttribute, PutBlock, PutIn
from vend.requests.text._plain_block import PlainBlock


def edits_for(wishes: Sequence[Assignment], block: PlainBlock, request: AccountRequest) -> tuple[Edit, ...]:
    """The edits, each for the block as those before it leave it.

    What an account has from `defaults` is written into its own block, as far as it is replaced as a whole there.

    Args:
        wishes: what is wanted.
        block: the account's own, as it is.
        request: with its defaults.

    Raises:
        InvalidInputError: something is to be unset, or taken out of a list, that the block does not say.
    """
    edits: list[Edit] = []
    problems: list[Diagnostic] = []
    for wish in wishes:
        found = _edits(wish, block, request)
        if isinstance(found, Diagnostic):
            problems.append(found)
            continue
        for edit in found:
            block = edit.values(block)
            _append(edits, edit)
    if problems:
        raise InvalidInputError(problems)
    return tuple(edits)


def _append(edits: list[Edit], edit: Edit) -> None:
    """Makes one edit of two that write the same thing: what is written at once is laid out as a whole."""
    for index, before in enumerate(edits):
        if isinstance(edit, PutAttribute) and isinstance(before, PutAttribute):
            if (before.path, before.name) == (edit.path, edit.name):
                edits[index] = edit
                return
        elif isinstance(edit, PutAttribute) and isinstance(before, PutBlock):
            inner = before.block
            if edit.path == (inner.type, *inner.labels):
                edits[index] = PutBlock(block=replace(inner, attributes={**inner.attributes, edit.name: edit.value}))
                return
    edits.append(edit)


def _edits(wish: Assignment, block: PlainBlock, request: AccountRequest) -> Sequence[Edit] | Diagnostic:
    if wish.sign == "unset":
        return _unset(wish, block, request)
    held = block.attributes.get(wish.field)
    wrong = (wish.kind == "entry" and not isinstance(held, Mapping)) or (
        wish.kind == "list" and not isinstance(held, list)
    )
    if held is not None and wrong and not (wish.kind == "list" and wish.sign == "="):
        return _not_there(
            f"the current value of {wish.field} cannot be read", request, wish.field, "correct it by hand first"
        )
    return _EDITS[wish.kind](wish, block, request)


def _string(wish: Assignment, block: PlainBlock, request: AccountRequest) -> Sequence[Edit]:
    del block, request
    return [PutAttribute(name=wish.field, value=wish.value)]


def _entry(wish: Assignment, block: PlainBlock, request: AccountRequest) -> Sequence[Edit]:
    del request
    held = block.attributes.get(wish.field) or {}
    return [PutAttribute(name=wish.field, value={**held, str(wish.name): wish.value})]


def _list(wish: Assignment, block: PlainBlock, request: AccountRequest) -> Sequence[Edit] | Diagnostic:
    named = [item for part in wish.value.split(",") if (item := part.strip())]
    if wish.sign == "=":
        return [PutAttribute(name=wish.field, value=named)]
    own = block.attributes.get(wish.field)
    held = list(own) if isinstance(own, list) else list(getattr(request, wish.field))
    if wish.sign == "+=":
        added = [item for item in dict.fromkeys(named) if item not in held]
        return [PutAttribute(name=wish.field, value=[*held, *added])] if added else []
    missing = [item for item in named if item not in held]
    if missing:
        return _not_there(
            f'{wish.field} has no "{missing[0]}"', request, wish.field, "it has " + ", ".join(held) if held else None
        )
    return [PutAttribute(name=wish.field, value=[item for item in held if item not in named])]


def _inner(wish: Assignment, block: PlainBlock, request: AccountRequest) -> Sequence[Edit]:
    """A value in a block of its own, which is written whole where the account had it from defaults."""
    path: Path = (wish.field,) if wish.label is None else (wish.field, wish.label)
    if any((inner.type, *inner.labels) == path for inner in block.blocks):
        return [PutAttribute(path=path, name=str(wish.name), value=wish.value)]
    held = {**_by_default(wish, request), str(wish.name): wish.value}
    found = ACCOUNT.block(wish.field)
    names = found.field_names if found is not None else ()
    attributes = {name: held[name] for name in names if name in held}
    return [PutBlock(block=PlainBlock(type=path[0], labels=path[1:], attributes=attributes))]


def _by_default(wish: Assignment, request: AccountRequest) -> Mapping[str, str]:
    """What the request has from defaults, by name."""
    if ".".join(part for part in (wish.field, wish.label) if part is not None) not in request.positions:
        return {}
    said = request.to_json()[_JSON.get(wish.field, wish.field)]
    if wish.label is not None:
        said = next((one for one in said if one["kind"] == wish.label), {})
    return {name: value for name, value in (said or {}).items() if name != "kind" and value is not None}


_JSON = {"alternate_contact": "alternate_contacts"}
"""Names of blocks that the JSON document spells otherwise."""


def _access(wish: Assignment, block: PlainBlock, request: AccountRequest) -> Sequence[Edit] | Diagnostic:
    group = str(wish.label)
    own = [inner for inner in block.blocks if (inner.type, *inner.labels) == ("access", group)]
    held = [str(inner.attributes.get("permission_set")) for inner in own]
    inherited = [a.permission_set for a in request.access if a.group == group] if not own else []
    before = held or inherited
    if wish.sign == "=":
        wanted = [wish.value]
    elif wish.sign == "+=":
        wanted = before if wish.value in before else [*before, wish.value]
    elif wish.value not in before:
        return _not_there(
            f'"{group}" does not have the permission set "{wish.value}"', request, f"access.{group}", None
        )
    else:
        wanted = [name for name in before if name != wish.value]
        if not wanted and inherited:
            return _inherited(f"access.{group}", request)
    return [] if wanted == before else [*_regrouped(group, own, held, wanted)]


def _regrouped(group: str, own: Sequence[PlainBlock], held: Sequence[str], wanted: Sequence[str]) -> Iterator[Edit]:
    gone = [inner for inner, name in zip(own, held, strict=True) if name not in wanted]
    new = [name for name in wanted if name not in held]
    while gone and new:
        yield PutIn(block=gone.pop(0), name="permission_set", value=new.pop(0))
    yield from (DropBlock(block=inner) for inner in gone)
    for name in new:
        yield PutBlock(block=PlainBlock(type="access", labels=(group,), attributes={"permission_set": name}))


_EDITS = {"string": _string, "entry": _entry, "list": _list, "inner": _inner, "access": _access}


def _unset(wish: Assignment, block: PlainBlock, request: AccountRequest) -> Sequence[Edit] | Diagnostic:
    blocks = [
        inner
        for inner in block.blocks
        if inner.type == wish.field and (wish.label is None or inner.labels == (wish.label,))
    ]
    if wish.kind in {"whole", "access"} and blocks:
        return [DropBlock(block=inner) for inner in blocks]
    if wish.kind == "inner" and blocks:
        return Diagnostic(
            code="invalid-assignment",
            summary=f"{wish.path} cannot be removed alone: {wish.field} needs all of its values",
            hint=f"--unset {wish.path.rpartition('.')[0]}",
            account=request.account,
        )
    held = block.attributes.get(wish.field)
    if wish.kind == "entry" and isinstance(held, Mapping) and wish.name in held:
        left = {name: value for name, value in held.items() if name != wish.name}
        return [PutAttribute(name=wish.field, value=left)] if left else [DropAttribute(name=wish.field)]
    if wish.kind in {"string", "list", "whole"} and wish.field in block.attributes:
        return [DropAttribute(name=wish.field)]
    if wish.path in request.positions:
        return _inherited(wish.path, request)
    return _not_there(f'account "{request.account}" does not set {wish.path}', request, wish.path, None)


def _inherited(path: str, request: AccountRequest) -> Diagnostic:
    return Diagnostic(
        code="value-inherited",
        summary=f"{path} is not set in the account itself: it comes from defaults",
        hint="set another value here, or change the defaults for every account below their folder",
    ).at(request.position(path), request.account)


def _not_there(summary: str, request: AccountRequest, path: str, hint: str | None) -> Diagnostic:
    problem = Diagnostic(code="value-not-there", summary=summary, hint=hint)
    return problem.at(request.position(path), request.account)

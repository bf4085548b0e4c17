"""From assignments such as `tags.CostCenter=4711` to edits of an account's block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from vend.errors import Diagnostic, InvalidInputError
from vend.models import AccountRequest
from vend.requests.editing._assignments import Assignment
from vend.requests.language._request_fields import ACCOUNT
from vend.requests.text._block_edits import BlockEdit, DropAttribute, DropBlock, Path, PutAttribute, PutBlock, PutIn
from vend.requests.text._plain_block import PlainBlock


def edits_for(assignments: Sequence[Assignment], block: PlainBlock, request: AccountRequest) -> tuple[BlockEdit, ...]:
    """The edits, each for the block as those before it leave it.

    What an account has from `defaults` is written into its own block, as far as it is replaced as a whole there.

    Args:
        assignments: what is wanted.
        block: the account's own, as it is.
        request: with its defaults.

    Raises:
        InvalidInputError: something is to be unset, or taken out of a list, that the block does not say.
    """
    edits: list[BlockEdit] = []
    problems: list[Diagnostic] = []
    for assignment in assignments:
        found = _edits(assignment, block, request)
        if isinstance(found, Diagnostic):
            problems.append(found)
            continue
        for edit in found:
            block = edit.values(block)
            _append(edits, edit)
    if problems:
        raise InvalidInputError(problems)
    return tuple(edits)


def _append(edits: list[BlockEdit], edit: BlockEdit) -> None:
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


def _edits(assignment: Assignment, block: PlainBlock, request: AccountRequest) -> Sequence[BlockEdit] | Diagnostic:
    if assignment.sign == "unset":
        return _unset(assignment, block, request)
    current = block.attributes.get(assignment.field)
    wrong = (assignment.kind == "entry" and not isinstance(current, Mapping)) or (
        assignment.kind == "list" and not isinstance(current, list)
    )
    if current is not None and wrong and not (assignment.kind == "list" and assignment.sign == "="):
        return _not_there(
            f"the current value of {assignment.field} cannot be read",
            request,
            assignment.field,
            "correct it by hand first",
        )
    return _EDITS[assignment.kind](assignment, block, request)


def _string(assignment: Assignment, block: PlainBlock, request: AccountRequest) -> Sequence[BlockEdit]:
    del block, request
    return [PutAttribute(name=assignment.field, value=assignment.value)]


def _entry(assignment: Assignment, block: PlainBlock, request: AccountRequest) -> Sequence[BlockEdit]:
    del request
    current = block.attributes.get(assignment.field) or {}
    return [PutAttribute(name=assignment.field, value={**current, str(assignment.name): assignment.value})]


def _list(assignment: Assignment, block: PlainBlock, request: AccountRequest) -> Sequence[BlockEdit] | Diagnostic:
    named = [item for part in assignment.value.split(",") if (item := part.strip())]
    if assignment.sign == "=":
        return [PutAttribute(name=assignment.field, value=named)]
    own = block.attributes.get(assignment.field)
    current = list(own) if isinstance(own, list) else list(getattr(request, assignment.field))
    if assignment.sign == "+=":
        added = [item for item in dict.fromkeys(named) if item not in current]
        return [PutAttribute(name=assignment.field, value=[*current, *added])] if added else []
    missing = [item for item in named if item not in current]
    if missing:
        return _not_there(
            f'{assignment.field} has no "{missing[0]}"',
            request,
            assignment.field,
            "it has " + ", ".join(current) if current else None,
        )
    return [PutAttribute(name=assignment.field, value=[item for item in current if item not in named])]


def _inner(assignment: Assignment, block: PlainBlock, request: AccountRequest) -> Sequence[BlockEdit]:
    """A value in a block of its own, which is written whole where the account had it from defaults."""
    path: Path = (assignment.field,) if assignment.label is None else (assignment.field, assignment.label)
    if any((inner.type, *inner.labels) == path for inner in block.blocks):
        return [PutAttribute(path=path, name=str(assignment.name), value=assignment.value)]
    current = {**_by_default(assignment, request), str(assignment.name): assignment.value}
    found = ACCOUNT.block(assignment.field)
    names = found.field_names if found is not None else ()
    attributes = {name: current[name] for name in names if name in current}
    return [PutBlock(block=PlainBlock(type=path[0], labels=path[1:], attributes=attributes))]


def _by_default(assignment: Assignment, request: AccountRequest) -> Mapping[str, str]:
    """What the request has from defaults, by name."""
    if ".".join(part for part in (assignment.field, assignment.label) if part is not None) not in request.positions:
        return {}
    default = request.to_json()[_JSON.get(assignment.field, assignment.field)]
    if assignment.label is not None:
        default = next((one for one in default if one["kind"] == assignment.label), {})
    return {name: value for name, value in (default or {}).items() if name != "kind" and value is not None}


_JSON = {"alternate_contact": "alternate_contacts"}
"""Names of blocks that the JSON document spells otherwise."""


def _access(assignment: Assignment, block: PlainBlock, request: AccountRequest) -> Sequence[BlockEdit] | Diagnostic:
    group = str(assignment.label)
    own = [inner for inner in block.blocks if (inner.type, *inner.labels) == ("access", group)]
    current = [str(inner.attributes.get("permission_set")) for inner in own]
    inherited = [a.permission_set for a in request.access if a.group == group] if not own else []
    before = current or inherited
    if assignment.sign == "=":
        wanted = [assignment.value]
    elif assignment.sign == "+=":
        wanted = before if assignment.value in before else [*before, assignment.value]
    elif assignment.value not in before:
        return _not_there(
            f'"{group}" does not have the permission set "{assignment.value}"', request, f"access.{group}", None
        )
    else:
        wanted = [name for name in before if name != assignment.value]
        if not wanted and inherited:
            return _inherited(f"access.{group}", request)
    return [] if wanted == before else [*_regrouped(group, own, current, wanted)]


def _regrouped(
    group: str, own: Sequence[PlainBlock], current: Sequence[str], wanted: Sequence[str]
) -> Iterator[BlockEdit]:
    gone = [inner for inner, name in zip(own, current, strict=True) if name not in wanted]
    new = [name for name in wanted if name not in current]
    while gone and new:
        yield PutIn(block=gone.pop(0), name="permission_set", value=new.pop(0))
    yield from (DropBlock(block=inner) for inner in gone)
    for name in new:
        yield PutBlock(block=PlainBlock(type="access", labels=(group,), attributes={"permission_set": name}))


_EDITS = {"string": _string, "entry": _entry, "list": _list, "inner": _inner, "access": _access}


def _unset(assignment: Assignment, block: PlainBlock, request: AccountRequest) -> Sequence[BlockEdit] | Diagnostic:
    blocks = [
        inner
        for inner in block.blocks
        if inner.type == assignment.field and (assignment.label is None or inner.labels == (assignment.label,))
    ]
    if assignment.kind in {"whole", "access"} and blocks:
        return [DropBlock(block=inner) for inner in blocks]
    if assignment.kind == "inner" and blocks:
        return Diagnostic(
            code="invalid-assignment",
            summary=f"{assignment.path} cannot be removed alone: {assignment.field} needs all of its values",
            hint=f"--unset {assignment.path.rpartition('.')[0]}",
            account=request.account,
        )
    current = block.attributes.get(assignment.field)
    if assignment.kind == "entry" and isinstance(current, Mapping) and assignment.name in current:
        left = {name: value for name, value in current.items() if name != assignment.name}
        return [PutAttribute(name=assignment.field, value=left)] if left else [DropAttribute(name=assignment.field)]
    if assignment.kind in {"string", "list", "whole"} and assignment.field in block.attributes:
        return [DropAttribute(name=assignment.field)]
    if assignment.path in request.positions:
        return _inherited(assignment.path, request)
    return _not_there(f'account "{request.account}" does not set {assignment.path}', request, assignment.path, None)


def _inherited(path: str, request: AccountRequest) -> Diagnostic:
    return Diagnostic(
        code="value-inherited",
        summary=f"{path} is not set in the account itself: it comes from defaults",
        hint="set another value here, or change the defaults for every account below their folder",
    ).at(request.position(path), request.account)


def _not_there(summary: str, request: AccountRequest, path: str, hint: str | None) -> Diagnostic:
    problem = Diagnostic(code="value-not-there", summary=summary, hint=hint)
    return problem.at(request.position(path), request.account)

"""Rewriting one AFT request as an account block, with the comments of its module block."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from vend.models import AccountRequest, SsoUser
from vend.requests.aft._call_inputs import Path
from vend.requests.aft._comments import END, BlockComments, Lines
from vend.requests.aft._module import CHANGE, CUSTOMIZATIONS, FIELDS, PARAMETERS, TAGS
from vend.requests.text._plain_block import INDENT, PlainBlock, rank, written
from vend.requests.text._source import Source

_FIELDS: Mapping[str, str] = {
    "AccountEmail": "email",
    "AccountName": "name",
    "ManagedOrganizationalUnit": "organizational_unit",
    "SSOUserEmail": "sso_user.email",
    "SSOUserFirstName": "sso_user.first_name",
    "SSOUserLastName": "sso_user.last_name",
}
_VARIABLES: Mapping[str, str] = {
    TAGS: "tags",
    FIELDS: "custom_fields",
    CUSTOMIZATIONS: "customizations",
    CHANGE: "change",
}
_CHANGE: Mapping[str, str] = {"change_requested_by": "change.requested_by", "change_reason": "change.reason"}
_ASSIGNMENT = re.compile(r'(?P<indent> *)(?P<key>"(?:[^"\\]|\\.)*"|[\w.-]+) += (?P<value>.*)')


def native(request: AccountRequest) -> PlainBlock:
    """The block that says what the request says; what holds anyway is left out."""
    attributes: dict[str, object] = {
        "name": request.name,
        "email": request.email,
        "organizational_unit": request.organizational_unit,
        "tags": dict(request.tags),
        "custom_fields": dict(request.custom_fields),
        "customizations": list(request.customizations),
    }
    blocks = []
    if request.sso_user != SsoUser(email=request.email, first_name="Account", last_name="Owner"):
        user = request.sso_user
        values = {"email": user.email, "first_name": user.first_name, "last_name": user.last_name}
        blocks.append(PlainBlock(type="sso_user", attributes=values))
    if request.change is not None:
        given = {"requested_by": request.change.requested_by, "reason": request.change.reason}
        present = {name: value for name, value in given.items() if value is not None}
        blocks.append(PlainBlock(type="change", attributes=present))
    return PlainBlock(
        type="account",
        labels=(request.account,),
        attributes={name: value for name, value in attributes.items() if value},
        blocks=tuple(blocks),
    )


def account_lines(request: AccountRequest, comments: BlockComments | None) -> list[str]:
    """The block as lines of HCL in Terraform's format, its comments beside what they were beside."""
    lines = written(native(request))
    if comments is None or not (comments.above or comments.beside):
        return lines
    places = _Places.of("\n".join(lines))
    above: dict[int, list[str]] = {}
    beside: dict[int, str] = {}
    for path, paragraph in comments.above.items():
        above.setdefault(places.line(path), []).extend(paragraph)
    for path, comment in comments.beside.items():
        line = places.first.get(_target(path))
        if line is not None and line not in beside and not lines[line].endswith("{"):
            beside[line] = comment
        else:
            above.setdefault(places.line(path), []).append(comment)
    return list(_aligned(_merged(lines, above, beside)))


def _target(path: Path) -> str:
    """The field of an account block that an argument of the module becomes, such as `tags.Owner`."""
    if not path:
        return ""
    first, *rest = path
    if first == PARAMETERS:
        return _FIELDS.get(rest[0], "") if rest else ""
    if first == CHANGE and rest:
        return _CHANGE.get(rest[0], "")
    name = _VARIABLES.get(first, "")
    return ".".join((name, rest[0])) if name in {"tags", "custom_fields"} and rest else name


@dataclass(frozen=True, slots=True, kw_only=True)
class _Places:
    """Where the fields of an account block stand, by path such as `tags.Owner`: lines, counted from 0."""

    first: Mapping[str, int]
    last: Mapping[str, int]

    @classmethod
    def of(cls, text: str) -> _Places:
        (block,) = Source.read(f"{text}\n".encode(), "").body.blocks
        first: dict[str, int] = {}
        last: dict[str, int] = {"": block.end.line - 1}
        for name, attribute in block.body.attributes.items():
            first[name], last[name] = attribute.position.line - 1, attribute.expression.end.line - 1
            keys = attribute.expression.key_positions
            first.update({f"{name}.{key}": place.line - 1 for key, place in keys.items()})
        for inner in block.body.blocks:
            first[inner.type], last[inner.type] = inner.position.line - 1, inner.end.line - 1
            values = inner.body.attributes.values()
            first.update({f"{inner.type}.{value.name}": value.position.line - 1 for value in values})
        return cls(first=first, last=last)

    def line(self, path: Path) -> int:
        """The line that a comment of its own stands above, of whatever a path becomes."""
        if not path:
            return self.last[""]
        *around, end = path
        target = _target(tuple(around) if end == END else path)
        if tuple(around) == (PARAMETERS,) and end == END:
            return self._behind(rank("account", "sso_user"))
        if not target:
            return 1
        name = target.partition(".")[0]
        if end != END and target in self.first:
            return self.first[target]
        if name in self.first:
            return max(self.first[name], self.last[name])
        return self._behind(rank("account", name))

    def _behind(self, place: int) -> int:
        """The line behind the fields that are written up to a place in vend's order."""
        before = (self.last[name] for name in self.last if name and rank("account", name) <= place)
        return max(before, default=0) + 1


_Line = tuple[str, str]
"""A line, and the comment behind it."""


def _merged(lines: Sequence[str], above: Mapping[int, Sequence[str]], beside: Mapping[int, str]) -> list[_Line]:
    merged: list[_Line] = []
    for number, line in enumerate(lines):
        indent = line[: len(line) - len(line.lstrip())] if line else INDENT
        if line.strip() == "}":
            indent += INDENT
        merged += [(f"{indent}{comment}", "") for comment in above.get(number, ())]
        merged.append((line, beside.get(number, "")))
    return merged


def _aligned(lines: Sequence[_Line]) -> Iterator[str]:
    """As Terraform formats them: neighbours have their signs below each other, and so do comments behind them."""
    signs = [_ASSIGNMENT.fullmatch(line) for line, _ in lines]
    short = [found is not None and not line.endswith("{") for found, (line, _) in zip(signs, lines, strict=True)]
    texts = [line for line, _ in lines]
    for run in _runs(short):
        keys = [found["key"] for index in run if (found := signs[index]) is not None]
        for index in run:
            found = signs[index]
            if found is not None:
                texts[index] = f"{found['indent']}{found['key'].ljust(max(map(len, keys)))} = {found['value']}"
    for run in _runs([bool(comment) for _, comment in lines]):
        longest = max(len(texts[index]) for index in run)
        for index in run:
            texts[index] = f"{texts[index].ljust(longest)} {lines[index][1]}"
    yield from texts


def _runs(request_inputs: Sequence[bool]) -> Iterator[range]:
    """The stretches in which each is wanted."""
    start = None
    for index, each in enumerate((*request_inputs, False)):
        if each and start is None:
            start = index
        elif not each and start is not None:
            yield range(start, index)
            start = None


def paragraphs(parts: Sequence[Lines]) -> list[str]:
    """Paragraphs of comments as lines, a blank one between them."""
    return [line for index, part in enumerate(parts) for line in (("",) if index else ()) + part]

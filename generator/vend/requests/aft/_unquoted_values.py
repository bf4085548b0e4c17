"""Warning of unquoted values that Terraform reads differently: `0042`, `1.10`, a date, `yes` in YAML."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from vend.hcl import Block, Body, Expression, Value, parse
from vend.models import Position
from vend.requests.aft._call_inputs import RequestInputs
from vend.requests.aft._configuration import Configuration, inputs
from vend.requests.aft._module import FIELDS, TAGS
from vend.requests.aft._repository import Repository
from vend.requests.aft._terraform_strings import as_text, number
from vend.requests.language._problems import Problems

_CODE = "aft-number-reads-otherwise"
_YAML, _JSON, _TFVARS = (".yaml", ".yml"), (".json",), (".tfvars",)
_LARGEST = 1_000_000
_READ_OTHERWISE = re.compile(r"-?\d+(\.\d+)?|true|false|\d{4}-\d\d-\d\dT00:00:00Z")
"""What comes of such values."""
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_NUMBER = re.compile(r"[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?")
_BASED = re.compile(r"0x[0-9a-fA-F]+|0o[0-7]+")
_YAML_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_YAML_BOOLEANS: Mapping[str, str] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), "true"),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), "false"),
}
"""As Terraform's `yamldecode` reads them."""
_ENTRY = re.compile(
    r"""(?:^|[{,]|-[ \t])[ \t]*(?P<quote>["']?)(?P<key>[^\s"'{}\[\],#][^"'{}\[\],#]*?)(?P=quote)[ \t]*:[ \t]+"""
    r"""(?P<value>[^\s"'{}\[\],#&*!|>%@`][^{}\[\],#]*?)[ \t]*(?=$|[},]|[ \t]\#)"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """A key with a value without quotes, what it says, and what that reads as."""

    written: str
    read: str
    position: Position


def warn_of_unquoted_values(block: Block, problems: Problems) -> None:
    """Warns of what is no text to Terraform in a module block, and was hardly meant otherwise."""
    for attribute in inputs(block):
        for value in _below(attribute.expression):
            read = _hcl(value)
            if read is not None and read != "".join(value.text.split()):
                _warn(_Entry(written=value.text, read=read, position=value.position), problems)


def warn_of_unquoted_data(
    request_inputs: Iterable[RequestInputs], repository: Repository, configuration: Configuration, problems: Problems
) -> None:
    """Warns of the same in data that tags and custom fields come from.

    It is told where the tag's key has, in data or in locals, a value that reads as the tag's and is written otherwise,
    and nowhere one that is written as it reads: which of them it came from could not be told.
    """
    candidates = {
        (key, text)
        for each in request_inputs
        for name in (TAGS, FIELDS)
        if isinstance(given := each.values.get(name), Mapping)
        for key, value in given.items()
        if (text := as_text(value)) is not None and _READ_OTHERWISE.fullmatch(text)
    }
    if not candidates:
        return
    known = {(found.file, found.line, found.column) for found in problems.found if found.code == _CODE}
    entries: dict[tuple[str, str], list[_Entry]] = defaultdict(list)
    for key, entry in _entries(repository, configuration):
        if (key, entry.read) in candidates:
            entries[key, entry.read].append(entry)
    for found in entries.values():
        if all(entry.written != entry.read for entry in found):
            for entry in found:
                place = entry.position
                if (place.file, place.line, place.column) not in known:
                    _warn(entry, problems)


def _warn(entry: _Entry, problems: Problems) -> None:
    problems.warn(
        _CODE,
        entry.position,
        f"without quotes, Terraform reads {entry.written} as {entry.read}",
        hint=f'write "{entry.written}" in quotes if it is meant as text',
    )


def _entries(repository: Repository, configuration: Configuration) -> Iterator[tuple[str, _Entry]]:
    """Every key with a value without quotes, in files of data and in locals."""
    for files in configuration.modules.values():
        for file in files:
            for block in file.body.blocks_of("locals") if file.body is not None else ():
                yield from _in_body(block.body)
    for path in repository.paths:
        if not path.endswith((*_YAML, *_JSON, *_TFVARS)) or path.endswith(".tf.json"):
            continue
        try:
            content = repository.read(path)
        except OSError:
            continue
        if len(content) > _LARGEST:
            continue
        place = repository.position(path)
        if path.endswith(_TFVARS):
            yield from _in_body(parse(content, place.file).body or Body())
        else:
            yield from _in_lines(content.decode("utf-8-sig", "replace"), place.file, yaml=path.endswith(_YAML))


def _in_body(body: Body) -> Iterator[tuple[str, _Entry]]:
    for attribute in body.attributes.values():
        for value in _below(attribute.expression):
            for key, element in value.elements.items():
                read = _hcl(element)
                if read is not None:
                    written = "".join(element.text.split())
                    yield str(key), _Entry(written=written, read=read, position=element.position)


def _in_lines(text: str, file: str, *, yaml: bool) -> Iterator[tuple[str, _Entry]]:
    for line, content in enumerate(text.split("\n"), start=1):
        for match in _ENTRY.finditer(content.rstrip("\r")):
            written = match["value"]
            read = _yaml(written) if yaml else _json(written)
            if read is not None:
                start, end = match.start("value") + 1, match.end("value") + 1
                place = Position(file=file, line=line, column=start, end_line=line, end_column=end)
                yield match["key"], _Entry(written=written, read=read, position=place)


def _below(value: Value) -> Iterator[Value]:
    yield value
    for element in value.elements.values():
        yield from _below(element)


def _hcl(value: Value) -> str | None:
    """What a number, or a date without quotes, is to HCL; None for anything else."""
    if isinstance(value.value, int | float) and not isinstance(value.value, bool):
        return number(value.text).text
    if isinstance(value.value, Expression) and (date := _DATE.fullmatch(value.text)) is not None:
        return str(int(date[1]) - int(date[2]) - int(date[3]))
    return None


def _json(written: str) -> str | None:
    return number(written).text if _NUMBER.fullmatch(written) else None


def _yaml(written: str) -> str | None:
    """What a plain scalar is to `yamldecode`, where that is a number, a boolean or a date."""
    if _BASED.fullmatch(written):
        return str(int(written, 0))
    if _YAML_DATE.fullmatch(written):
        return f"{written}T00:00:00Z"
    return _YAML_BOOLEANS.get(written) or _json(written)

"""A copy of a repository's configuration that Terraform can evaluate without providers, state or other files."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vend.hcl import Block
from vend.models import Position
from vend.requests.aft import _path_checks as guard
from vend.requests.aft._configuration import Configuration, ConfigurationFile, is_local
from vend.requests.aft._module import FIELDS, ITEM, REQUEST_VARIABLES, TAGS, RequestModule
from vend.requests.aft._repository import MODULE, ROOT, Repository
from vend.requests.aft._split_calls import SplitCall, part_files, remaining
from vend.requests.aft._text_edits import Lines, Shift, TextEdit, applied, blanked
from vend.requests.language._problems import Problems

BUILTIN = "terraform_data"
VARIABLES = "vend-variables"
"""The resource that holds what a request's module was called with."""
_KEPT = frozenset({"variable", "locals", "module", "output"})
_TOLD = frozenset({"resource", "data", "ephemeral"})
_LOCK_FILE = ".terraform.lock.hcl"
_STATE = re.compile(rf"{ROOT}/(?:terraform\.tfstate(?:\.backup)?$|terraform\.tfstate\.d/)")


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedCopy:
    """The files to evaluate.

    Attributes:
        files: content by path; `_path_checks.INSIDE` in it stands for where they will lie.
        renamed: paths in the repository by path here, where they differ.
        shifts: how columns differ, by path here.
        dropped: addresses of what was taken out, such as `data.aws_ssm_parameter.owner`, and where it stands.
        refused: something is in it that must not be evaluated.
        parts: the label of a whole call, by the label of its part.
    """

    files: Mapping[str, bytes]
    renamed: Mapping[str, str] = field(default_factory=dict)
    shifts: Mapping[str, tuple[Shift, ...]] = field(default_factory=dict)
    dropped: Mapping[str, Position] = field(default_factory=dict)
    refused: bool = False
    parts: Mapping[str, str] = field(default_factory=dict)


def prepare(
    repository: Repository, configuration: Configuration, problems: Problems, split_calls: Sequence[SplitCall] = ()
) -> PreparedCopy:
    """Takes out of a copy what needs a provider, a state or the machine, and keeps every line where it is.

    The resource in which AFT's module leaves a request becomes one of Terraform's own that holds the same.

    Args:
        repository: what is copied.
        configuration: of it.
        problems: takes what is left out, and what must not be evaluated.
        split_calls: calls that are made in parts, or asked for their keys.
    """
    return _Preparation(repository, configuration, problems).prepared(split_calls)


class _Preparation:
    def __init__(self, repository: Repository, configuration: Configuration, problems: Problems) -> None:
        self._repository = repository
        self._configuration = configuration
        self._problems = problems
        self._files = {
            path: content
            for path, content in repository.contents(problems).items()
            if not path.endswith(".jinja") and posixpath.basename(path) != _LOCK_FILE and not _STATE.match(path)
        }
        self._renamed: dict[str, str] = {}
        self._shifts: dict[str, tuple[Shift, ...]] = {}
        self._dropped: dict[str, Position] = {}
        self._refused = False

    def prepared(self, split_calls: Sequence[SplitCall]) -> PreparedCopy:
        templates = False
        for folder, files in self._configuration.modules.items():
            for path in [path for path in self._files if _is_configuration(path, folder)]:
                del self._files[path]  # hidden ones stay away
            gone = self._gone(files)
            for file in files:
                templates = templates or guard.uses_templates(file.text)
                self._write(folder, file, gone, [call for call in split_calls if call.path == file.path])
        for folder, module in self._configuration.request_modules.items():
            self._files[f"{folder}/{VARIABLES}.tf"] = _echo(module)
        if templates:
            self._check_templates()
        return PreparedCopy(
            files=self._files,
            renamed=self._renamed,
            shifts=self._shifts,
            dropped=self._dropped,
            refused=self._refused,
            parts={part.label: call.label for call in split_calls for part in call.parts},
        )

    def _gone(self, files: tuple[ConfigurationFile, ...]) -> frozenset[str]:
        """Addresses of what this module loses, as expressions name them."""
        found = set()
        for file in files:
            for block in file.body.blocks if file.body is not None else ():
                if not _is_kept(block) and block.type in _TOLD and len(block.labels) > 1:
                    address = _address(block)
                    found.add(address)
                    self._dropped.setdefault(address, block.position)
                    if block.labels[0] != ITEM:
                        self._problems.warn(
                            "aft-not-evaluated",
                            block.position,
                            f"{address} is not evaluated: vend runs only Terraform's built-in provider",
                        )
        return frozenset(found)

    def _write(
        self, folder: str, file: ConfigurationFile, gone: frozenset[str], split_calls: Sequence[SplitCall]
    ) -> None:
        target = file.path.replace(".tofu", ".tf") if file.path.endswith((".tofu", ".tofu.json")) else file.path
        if target != file.path:
            self._renamed[target] = file.path
        text = file.text
        if file.path.endswith(".json"):
            text = self._json(folder, file)
        else:
            edits = [*self._edits(folder, file, gone)] if file.body is not None else []
            taken = [(edit.start, edit.end) for edit in edits]
            guards, refusals = guard.guard(text, taken)
            for offset, reason in refusals:
                self._refuse(guard.place(self._repository.at + file.path, text, offset), reason)
            edits += guards
            for part in part_files(text, edits, split_calls):
                path = posixpath.join(folder, part.name)
                self._files[path], self._shifts[path] = part.text.encode(), part.shifts
                self._renamed[path] = file.path
            text, self._shifts[target] = applied(text, remaining(text, edits, split_calls))
        self._files[target] = text.encode()

    def _refuse(self, place: Position, reason: str) -> None:
        self._refused = True
        self._problems.add(
            "aft-function-refused",
            place,
            reason,
            detail="vend does not evaluate this repository: a function could read any file on this machine.",
            hint='read a file of the repository with file("${path.module}/…"), outside heredocs',
        )

    def _edits(self, folder: str, file: ConfigurationFile, gone: frozenset[str]) -> Iterator[TextEdit]:
        lines = Lines(file.text)

        def without(start: Position, end: Position) -> TextEdit:
            return blanked(file.text, lines.offset(start), lines.offset(end))

        for block in file.body.blocks if file.body is not None else ():
            source = file.text[lines.offset(block.position) : lines.offset(block.end)]
            attributes = block.body.attributes
            in_request_module = posixpath.basename(folder) == MODULE
            if in_request_module and block.type == "resource" and block.labels[:1] == (ITEM,):
                yield from self._item(block, lines, without)
            elif not _is_kept(block) or _is_idle(block, source, folder, gone):
                yield without(block.position, block.end)
            elif block.type == "module" and not _is_here(block):
                self._elsewhere(block)
                yield without(block.position, block.end)
            elif block.type == "module" and "providers" in attributes:
                yield without(attributes["providers"].position, attributes["providers"].expression.end)
            elif in_request_module and block.type == "variable" and block.labels[:1] in {(TAGS,), (FIELDS,)}:
                kind = attributes.get("type")
                if kind is not None and "".join(kind.expression.text.split()) == "map(any)":
                    # Terraform makes all values of such a map alike, or fails: each is converted by itself here.
                    start, end = lines.offset(kind.value_position), lines.offset(kind.expression.end)
                    yield TextEdit(start=start, end=end, text="any" + blanked(file.text, start + 3, end).text)

    def _item(self, block: Block, lines: Lines, without: Any) -> Iterator[TextEdit]:
        """The resource that AFT reads, as one that needs no provider and holds the same."""
        label = block.label_positions[0]
        start = lines.offset(label)
        yield TextEdit(start=start, end=start + len(f'"{ITEM}"'), text=f'"{BUILTIN}"')
        for name, attribute in block.body.attributes.items():
            if name == "item":
                start = lines.offset(attribute.position)
                yield TextEdit(start=start, end=start + len(name), text="input")
            elif name not in {"for_each", "count"}:
                yield without(attribute.position, attribute.expression.end)
        for inner in block.body.blocks:
            yield without(inner.position, inner.end)

    def _elsewhere(self, block: Block) -> None:
        self._dropped.setdefault(f"module.{(block.labels or ('',))[0]}", block.position)
        self._problems.warn(
            "aft-not-evaluated",
            block.position,
            f'module "{(block.labels or ("",))[0]}" is not evaluated: it is not in the repository, and vend does not '
            "download modules",
        )

    def _json(self, folder: str, file: ConfigurationFile) -> str:
        document = json.loads(file.text)
        if not isinstance(document, dict):
            return file.text
        kept: dict[str, Any] = {name: part for name, part in document.items() if name in _KEPT}
        if folder == ROOT:
            kept.pop("output", None)
        calls = kept.get("module")
        if isinstance(calls, dict):
            kept["module"] = {
                label: {name: value for name, value in call.items() if name != "providers"}
                for label, call in calls.items()
                if isinstance(call, dict) and is_local(str(call.get("source")))
            }
        text = json.dumps(kept, ensure_ascii=False)
        if guard.calls_anything(text):
            self._refuse(self._repository.position(file.path), "a function that reads files is used in JSON")
        return text

    def _check_templates(self) -> None:
        for path, content in self._files.items():
            line = guard.template_problem(content) if guard.may_be_template(path) else None
            if line is not None:
                self._refuse(self._repository.position(path, line), "a template calls a function that reads files")


def _is_configuration(path: str, folder: str) -> bool:
    return posixpath.dirname(path) == folder and path.endswith((".tf", ".tofu", ".tf.json", ".tofu.json"))


def _is_kept(block: Block) -> bool:
    return block.type in _KEPT or (block.type == "resource" and block.labels[:1] == (BUILTIN,))


def _is_idle(block: Block, source: str, folder: str, gone: frozenset[str]) -> bool:
    """An output that nobody asks for, or that cannot be had."""
    return block.type == "output" and (folder == ROOT or any(address in source for address in gone))


def _is_here(block: Block) -> bool:
    """Whether a module is a folder of the repository; an override file need not say it again."""
    source = block.body.attributes.get("source")
    return source is None or (isinstance(source.value, str) and is_local(source.value))


def _address(block: Block) -> str:
    return ".".join((*(() if block.type == "resource" else (block.type,)), *block.labels[:2]))


def _echo(module: RequestModule) -> bytes:
    names = [name for name in REQUEST_VARIABLES if name in module.variables]
    values = "".join(f"    {name} = var.{name}\n" for name in names)
    return (
        f"locals {{\n  {VARIABLES} = {{\n{values}  }}\n}}\n\n"
        f'resource "{BUILTIN}" "{VARIABLES}" {{\n  input = {{\n'
        f"    values = local.{VARIABLES}\n    json   = jsonencode(local.{VARIABLES})\n  }}\n}}\n"
    ).encode()

"""Combining root modules of many accounts into one, so that Terraform plans them all in one run.

Roots of the same structure become a module that is called with `for_each`; what tells them apart, their values, goes
into the variable that it goes over. A resource of an account's root then has its own address, behind that of the
module instance: `module.account_1a2b3c4d["payments-prod"].module.account.aws_servicecatalog_provisioned_product.this`.

A root shares a run only if nothing in it could tell the difference; see `_structure`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from vend.errors import VendError
from vend.hcl import Body, parse
from vend.models import RootModule
from vend.render._runtime import (
    ADOPTED_PRODUCT,
    CONTACT_TARGET,
    EXISTING_CONTACTS,
    IMPORT_TARGET,
    IMPORTS_FILE,
    Runtime,
    runtime_files,
)
from vend.render._text import HEADER, REQUEST_VALUES, RUNTIME_VALUES, to_tfvars
from vend.working import Cache

_BACKEND, _PROVIDERS, _VERSIONS, _LOCK = "backend.tf", "providers.tf", "versions.tf", ".terraform.lock.hcl"
_OTHER_SYNTAX = (".tf.json", ".tofu", ".tofu.json")
_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_PLACE_DEPENDENT = re.compile(
    rb"\b(?:path\s*\.\s*(?:module|root|cwd)|(?:terraform|tofu)\s*\.\s*(?:workspace|env|applying))\b"
)
"""Expressions whose value depends on where a module stands, or in which run."""
_REFERENCE = re.compile(rb"\b(?:var|local|data|module|each|path|terraform|resource)\s*\.")


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchMember:
    """A root module with what was looked up for it."""

    root: RootModule
    runtime: Runtime


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A root module that calls those of many accounts.

    Attributes:
        name: the same for batches whose members are of the same stages, providers and versions.
        files: content by path; it has no backend.
        members: by the address of the module instance that stands for each.
    """

    name: str
    files: Mapping[str, bytes]
    members: Mapping[str, BatchMember]


def render_batches(members: Iterable[BatchMember], cache: Cache | None = None) -> tuple[Batch, ...]:
    """Puts root modules together that can share a Terraform run; one that can share none is in no batch.

    Args:
        members: the root modules.
        cache: remembers what was parsed before.
    """
    structures = _Structures(cache)
    runs: dict[str, _Run] = {}
    for member in members:
        part = structures.part(member)
        if part is None:
            continue
        name = _digest(part.shared)
        run = runs.setdefault(name, _Run(shared=part.shared))
        run.groups.setdefault(part.group, []).append(part)
    return tuple(run.batch(name) for name, run in sorted(runs.items()))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Structure:
    """What a root module declares."""

    variables: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A root module, taken apart.

    Attributes:
        group: names all roots of this structure.
        files: of the module that the structure becomes.
        shared: what all members of a run have in common: providers, versions, lock file.
        values: of its variables, by name.
        adopted: id of the product that is imported.
        contacts: ids of the alternate contacts that are imported, by kind.
    """

    member: BatchMember
    group: str
    files: Mapping[str, bytes]
    shared: Mapping[str, bytes]
    structure: _Structure
    values: Mapping[str, Any]
    adopted: str | None
    contacts: Mapping[str, str]


class _Structures:
    """Takes root modules apart; looks at each structure once."""

    def __init__(self, cache: Cache | None) -> None:
        self._cache = cache
        self._known: dict[str, _Structure | None] = {}
        self._plain: dict[bytes, bool] = {}

    def part(self, member: BatchMember) -> _Part | None:
        """The root module as a part of a batch; None where it must be planned alone."""
        root = member.root
        try:
            files = {**root.files, **runtime_files(root, member.runtime)}
        except VendError:
            return None  # planned alone, it says what is wrong with it
        values = {**json.loads(files.pop(REQUEST_VALUES)), **json.loads(files.pop(RUNTIME_VALUES))}
        imports = files.pop(IMPORTS_FILE, None) is not None
        lock = {_LOCK: files.pop(_LOCK)} if _LOCK in files else {}
        files = {path: _without_header(content) for path, content in files.items()}
        backend, providers = files.pop(_BACKEND, b""), files.pop(_PROVIDERS, b"")
        if not (_ACCOUNT.fullmatch(root.account) and self._is_backend(backend, root.account)):
            return None
        if not self._are_providers(providers):
            return None
        digest = _digest(files)
        if digest not in self._known:
            self._known[digest] = _structure(files, self._cache)
        structure = self._known[digest]
        if structure is None:
            return None
        given = {name: values[name] for name in structure.variables if name in values}
        return _Part(
            member=member,
            group=f"{root.stage}_{_digest({**files, 'given': ' '.join(given).encode()})[:8]}",
            files=files,
            shared={_PROVIDERS: _without_comments(providers), _VERSIONS: files.get(_VERSIONS, b""), **lock},
            structure=structure,
            values=given,
            adopted=values.get(ADOPTED_PRODUCT) if imports else None,
            contacts=values.get(EXISTING_CONTACTS, {}) if imports else {},
        )

    def _is_backend(self, content: bytes, account: str) -> bool:
        """Whether a file says where the state lies, and nothing else."""
        known = content.replace(account.encode(), b"\0")
        if known not in self._plain:
            body = parse(content, _BACKEND, self._cache).body
            self._plain[known] = body is not None and _only(body, "terraform") and _only(body.blocks[0].body, "backend")
        return self._plain[known]

    def _are_providers(self, content: bytes) -> bool:
        """Whether a file configures providers with literals, each once, and does nothing else."""
        if content not in self._plain:
            body = parse(content, _PROVIDERS, self._cache).body
            self._plain[content] = (
                body is not None
                and not body.attributes
                and all(block.type == "provider" and "alias" not in block.body.attributes for block in body.blocks)
                and not _REFERENCE.search(_without_comments(content))
            )
        return self._plain[content]


@dataclass(slots=True, kw_only=True)
class _Run:
    """What goes into one batch."""

    shared: Mapping[str, bytes]
    groups: dict[str, list[_Part]] = field(default_factory=dict)

    def batch(self, name: str) -> Batch:
        files = dict(self.shared)
        values: dict[str, Any] = {}
        calls, imports = [], []
        members: dict[str, BatchMember] = {}
        for group, parts in sorted(self.groups.items()):
            files |= {f"{group}/{path}": content for path, content in parts[0].files.items()}
            values[group] = {part.member.root.account: part.values for part in parts}
            calls.append(_call(group, parts[0]))
            adopted = {part.member.root.account: part.adopted for part in parts if part.adopted is not None}
            if adopted:
                values[f"{group}_adopted"] = adopted
                imports.append(_import(group))
            contacts = {
                f"{part.member.root.account}/{kind}": {"account": part.member.root.account, "kind": kind, "id": contact}
                for part in parts
                for kind, contact in part.contacts.items()
            }
            if contacts:
                values[f"{group}_contacts"] = contacts
                imports.append(_import_contacts(group))
            members |= {f'module.{group}["{part.member.root.account}"]': part.member for part in parts}
        files["main.tf"] = "\n".join(calls).encode()
        files[REQUEST_VALUES] = to_tfvars(values)
        if imports:
            files[IMPORTS_FILE] = "\n".join(imports).encode()
        return Batch(name=name[:8], files=dict(sorted(files.items())), members=members)


def _structure(files: Mapping[str, bytes], cache: Cache | None) -> _Structure | None:
    """What a root declares; None where it cannot be called as a module, or would not be the same as one.

    Backends, providers and imports belong to root modules alone. A path or the name of a workspace can end up in a
    resource, and would be another.
    """
    variables: list[str] = []
    outputs: list[str] = []
    for path, content in files.items():
        if path.endswith(_OTHER_SYNTAX):
            return None
        if not path.endswith(".tf"):
            continue
        body = parse(content, path, cache).body
        if body is None or _PLACE_DEPENDENT.search(content) or not _is_callable(path, body):
            return None
        if "/" in path:
            continue
        variables += (block.labels[0] for block in body.blocks_of("variable"))
        # Terraform checks that a root's output is marked where its value is sensitive: a module's it does not.
        outputs += (block.labels[0] for block in body.blocks_of("output") if "sensitive" not in block.body.attributes)
    return _Structure(variables=tuple(sorted(variables)), outputs=tuple(sorted(outputs)))


def _is_callable(path: str, body: Body) -> bool:
    """Whether a file of a root may be one of a module that is called with `for_each`."""
    if path == _VERSIONS and not _only(body, "terraform"):
        return False
    if any(block.type in {"provider", "import"} for block in body.blocks):
        return False
    settings = (inner.type for block in body.blocks_of("terraform") for inner in block.body.blocks)
    return not {"backend", "cloud"}.intersection(settings)


def _only(body: Body, kind: str) -> bool:
    """Whether there is one block of this type and nothing else."""
    return not body.attributes and [block.type for block in body.blocks] == [kind]


def _call(group: str, part: _Part) -> str:
    arguments = "".join(f"  {name} = each.value.{name}\n" for name in part.values)
    outputs = "".join(
        f'\noutput "{group}_{name}" {{\n'
        f"  value = {{ for account, root in module.{group} : account => root.{name} }}\n}}\n"
        for name in part.structure.outputs
    )
    return (
        f'variable "{group}" {{\n  type     = any\n  nullable = false\n}}\n\n'
        f'module "{group}" {{\n  source   = "./{group}"\n  for_each = var.{group}\n\n{arguments}}}\n{outputs}'
    )


def _import(group: str) -> str:
    return (
        f'variable "{group}_adopted" {{\n  type     = map(string)\n  nullable = false\n}}\n\n'
        f"import {{\n  for_each = var.{group}_adopted\n"
        f"  to       = module.{group}[each.key].{IMPORT_TARGET}\n  id       = each.value\n}}\n"
    )


def _import_contacts(group: str) -> str:
    return (
        f'variable "{group}_contacts" {{\n'
        "  type     = map(object({ account = string, kind = string, id = string }))\n  nullable = false\n}\n\n"
        f"import {{\n  for_each = var.{group}_contacts\n"
        f"  to       = module.{group}[each.value.account].{CONTACT_TARGET}[each.value.kind]\n"
        "  id       = each.value.id\n}\n"
    )


def _without_header(content: bytes) -> bytes:
    """A rendered file without the line that names its request."""
    return content.partition(b"\n\n")[2] if content.startswith(HEADER.encode()) else content


def _without_comments(content: bytes) -> bytes:
    """Without the lines that are comments, where none could be the text of a heredoc."""
    if b"<<" in content or b"/*" in content:
        return content
    return b"".join(line for line in content.splitlines(keepends=True) if not line.lstrip().startswith((b"#", b"//")))


def _digest(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for path, content in sorted(files.items()):
        digest.update(f"{path}\0".encode() + _content_digest(content))
    return digest.hexdigest()


@lru_cache(maxsize=1024)
def _content_digest(content: bytes) -> bytes:
    """Of one file; account after account has the same."""
    return hashlib.sha256(content).digest()

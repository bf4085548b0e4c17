"""Reading a Terraform module with every local module that it calls, as files to be copied."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vend.customizations._scan import ModuleReference, Variable, scan
from vend.customizations._shipped import shipped_modules
from vend.errors import Diagnostic, VendError
from vend.working import Cache

_MODULES = "modules/"
_SKIPPED_FOLDERS = frozenset({"tests", "examples", "hooks"})
"""At the top level of a module: not part of what Terraform runs."""
_SKIPPED_FILES = frozenset({"README.md", "CHANGELOG.md"})
"""Text for people: a changed sentence must not plan a fleet anew."""
_JSON_SYNTAX = (".tf.json", ".tofu", ".tofu.json")
_STATE_FILE = re.compile(r"\.tfstate(\.|$)")

_REVISION = re.compile(r"[?&](?:ref|rev|checksum)=[^&]")
"""In the address of a repository or an archive. Source: Terraform's documentation, "Module sources"."""
_EXACT_VERSION = re.compile(r"\s*=?\s*v?\d+\.\d+\.\d+(?:[-+][\w.+-]+)?\s*")


@dataclass(slots=True, kw_only=True)
class ModuleTree:
    """A module and the local modules that it calls, directly or not.

    Attributes:
        is_module: whether its folder has Terraform files.
        files: content by path relative to the fleet's directory, where a shipped module counts as if it stood
            in the fleet's `modules/`; sorted.
        variables: of the module itself, by name.
    """

    is_module: bool = False
    files: Mapping[str, bytes] = field(default_factory=dict)
    variables: Mapping[str, Variable] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()


def read_module(fleet_directory: Path, path: str, cache: Cache | None = None) -> ModuleTree:
    """Reads the module in a folder of the fleet.

    Args:
        fleet_directory: the fleet's; nothing outside of it is read but vend's own modules.
        path: of the module's folder, relative to the fleet.
        cache: remembers what was read before.

    Returns:
        What is there; what is wrong with it is in `diagnostics`, never an exception.
    """
    reader = _Reader(fleet_directory.absolute(), cache)
    is_module, variables = reader.module(path, None)
    return ModuleTree(
        is_module=is_module,
        files=dict(sorted(reader.files.items())),
        variables=variables,
        diagnostics=tuple(reader.diagnostics),
    )


def _not_pinned(call: ModuleReference) -> Diagnostic:
    return Diagnostic(
        severity="warning",
        code="module-not-pinned",
        summary=f'module "{_shown(call.source)}" may change between review and apply',
        detail="Terraform downloads it; a review shows the planned resources, not the module's code.",
        hint="pin a repository to a commit (`?ref=…`), or a registry module to an exact `version`",
    ).at(call.position)


def _json_syntax(name: str) -> Diagnostic:
    return Diagnostic(
        code="customization-syntax",
        summary=f'"{name}" has a syntax that vend does not check',
        detail="vend reads variables, module sources, providers and backends from `.tf` files only.",
        hint="write it as a .tf file",
        file=name,
    )


def module_directory(fleet_directory: Path, path: str) -> Path:
    """Where the module of this path lies: in the fleet, else among those that ship with vend.

    Raises:
        InvalidInputError: the installation of vend has no modules.
    """
    own = fleet_directory / path
    if own.is_dir() or not path.startswith(_MODULES):
        return own
    shipped = shipped_modules() / path.removeprefix(_MODULES)
    return shipped if shipped.is_dir() else own


class _Reader:
    """Collects modules, each once."""

    def __init__(self, fleet_directory: Path, cache: Cache | None) -> None:
        self._fleet = fleet_directory
        self._cache = cache
        self._seen: set[str] = set()
        self.files: dict[str, bytes] = {}
        self.diagnostics: list[Diagnostic] = []

    def module(self, path: str, called: Diagnostic | None) -> tuple[bool, dict[str, Variable]]:
        """Reads one module; `called` says what to report where there is none."""
        self._seen.add(path)
        try:
            directory = module_directory(self._fleet, path)
        except VendError as error:
            self.diagnostics += error.diagnostics
            return False, {}
        files = dict(self._collect(directory, path)) if directory.is_dir() else {}
        for name in files:
            if posixpath.dirname(name) == path and name.endswith(_JSON_SYNTAX):
                self.diagnostics.append(_json_syntax(name))
        sources = {name: content for name, content in files.items() if _is_source(name, path)}
        if not sources and called is not None:
            self.diagnostics.append(called)
        self.files |= files
        variables: dict[str, Variable] = {}
        for name, content in sorted(sources.items()):
            found = scan(content, name, self._cache)
            self.diagnostics += found.diagnostics
            variables |= {variable.name: variable for variable in found.variables}
            for call in found.calls:
                self._follow(call, path)
        return bool(sources), variables

    def _follow(self, call: ModuleReference, path: str) -> None:
        if not call.source.startswith(("./", "../")):
            # From a registry or a repository: Terraform fetches it.
            if not (_REVISION.search(call.source) or _EXACT_VERSION.fullmatch(call.version or "")):
                self.diagnostics.append(_not_pinned(call))
            return
        target = posixpath.normpath(posixpath.join(path, call.source))
        if target in {".", ".."} or target.startswith("../") or "\\" in target:
            self.diagnostics.append(
                Diagnostic(
                    code="module-source-outside",
                    summary=f'"{_shown(call.source)}" leads outside the fleet\'s folders',
                    detail="vend copies only folders of the fleet next to a root module.",
                    hint="put the module into the fleet's modules/, or use a registry or git address",
                ).at(call.position)
            )
        elif target not in self._seen:
            self.module(target, _missing_module(call, target))

    def _collect(self, directory: Path, path: str) -> Iterator[tuple[str, bytes]]:
        """The files of a module's folder, by path as if in the fleet."""
        for entry in self._entries(directory, path):
            if entry.is_dir() and entry.name in _SKIPPED_FOLDERS:
                continue
            yield from self._files(entry, f"{path}/{entry.name}")

    def _files(self, entry: Path, path: str) -> Iterator[tuple[str, bytes]]:
        if entry.is_symlink() and not self._stays_inside(entry):
            self.diagnostics.append(
                Diagnostic(
                    code="module-link-outside",
                    summary=f'"{path}" is a link to a folder, or leads outside the fleet',
                    hint="replace it with the file itself, or call the module by its relative source",
                    file=path,
                )
            )
        elif entry.is_dir():
            for inner in self._entries(entry, path):
                yield from self._files(inner, f"{path}/{inner.name}")
        elif entry.is_file() and not (entry.name in _SKIPPED_FILES or _STATE_FILE.search(entry.name)):
            try:
                yield path, entry.read_bytes()
            except OSError as error:
                self.diagnostics.append(_unreadable(path, error))

    def _entries(self, directory: Path, path: str) -> list[Path]:
        try:
            return sorted(e for e in directory.iterdir() if not e.name.startswith(".") and e.name != "__pycache__")
        except OSError as error:
            self.diagnostics.append(_unreadable(path, error))
            return []

    def _stays_inside(self, link: Path) -> bool:
        # A link to a folder could lead in a circle; a link to a file cannot.
        target = link.resolve()
        return target.is_file() and target.is_relative_to(self._fleet.resolve())


def _is_source(name: str, path: str) -> bool:
    return posixpath.dirname(name) == path and name.endswith(".tf")


def _missing_module(call: ModuleReference, target: str) -> Diagnostic:
    detail, hint = f'The fleet has no Terraform files in "{_shown(target)}"', None
    if target.startswith(_MODULES):
        detail += ", and vend has no such module"
        hint = _what_ships()
    return Diagnostic(
        code="module-not-found",
        summary=f'no module "{_shown(call.source)}"',
        detail=f"{detail}.",
        hint=hint,
    ).at(call.position)


def _what_ships() -> str | None:
    try:
        names = sorted(entry.name for entry in shipped_modules().iterdir() if entry.is_dir())
    except (VendError, OSError):
        return None
    return f"vend's own modules are {', '.join(names)}" if names else None


def _unreadable(path: str, error: OSError) -> Diagnostic:
    return Diagnostic(
        code="customization-unreadable", summary=f'"{path}" cannot be read', detail=error.strerror, file=path
    )


def _shown(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode("ascii")

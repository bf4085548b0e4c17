"""The policy files of a fleet: `policies/**/*.rego`, without those that test them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from vend.errors import Diagnostic

FOLDER = "policies"
_LARGEST = 1 << 20
_PACKAGE = re.compile(r"^[ \t]*package[ \t]+([A-Za-z_][\w.]*)", re.MULTILINE)
_RULE = re.compile(r"^(?:deny|violation|warn)(?:_\w+)?(?=[ \t]|$|\[|:|=|\{)", re.MULTILINE)
_ROOTS = ("vend", "main")


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFile:
    """One file of policies.

    Attributes:
        name: relative to the fleet, with forward slashes.
        package: the Rego package it belongs to; empty where it names none.
        rules: names of the rules that refuse or warn, with the line (from 1) of each; empty for a library.
    """

    name: str
    text: str
    package: str
    rules: tuple[tuple[str, int], ...]

    def line_of(self, offset: int) -> tuple[int, int]:
        """Line and column (from 1) of a byte offset."""
        before = self.text.encode()[:offset].decode("utf-8", "replace")
        return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def read_policies(directory: Path) -> tuple[tuple[PolicyFile, ...], tuple[Diagnostic, ...]]:
    """Reads `policies/` below this directory; a folder that is not there holds no policies.

    A file named `…_test.rego` tests others, by the convention of `opa test`, and is left out.

    Returns:
        The files by name, and what is wrong with those that cannot be used.
    """
    folder = directory / FOLDER
    files: list[PolicyFile] = []
    problems: list[Diagnostic] = []
    for path in sorted(folder.rglob("*.rego")) if folder.is_dir() else ():
        name = path.relative_to(directory).as_posix()
        if path.name.endswith("_test.rego"):
            continue
        try:
            content = path.read_bytes()
            text = content.decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            problems.append(_unreadable(name, str(error.strerror) if isinstance(error, OSError) else "it is not UTF-8"))
            continue
        if len(content) > _LARGEST:
            problems.append(_unreadable(name, f"it is larger than {_LARGEST >> 20} MiB"))
            continue
        files.append(_parsed(name, text))
    if files and not problems and not any(file.rules for file in files):
        problems.append(_without_effect(files))
    return tuple(files), tuple(problems)


def _parsed(name: str, text: str) -> PolicyFile:
    found = _PACKAGE.search(text)
    package = found[1] if found else ""
    rules: dict[str, int] = {}
    if package.split(".", 1)[0] in _ROOTS:
        for rule in _RULE.finditer(text):
            rules.setdefault(rule[0], text.count("\n", 0, rule.start()) + 1)
    return PolicyFile(name=name, text=text, package=package, rules=tuple(rules.items()))


def _unreadable(name: str, reason: str) -> Diagnostic:
    return Diagnostic(
        code="policy-unreadable", summary=f"the policy cannot be read: {reason}", hint="fix or remove it", file=name
    )


def _without_effect(files: Iterable[PolicyFile]) -> Diagnostic:
    first = next(iter(files))
    return Diagnostic(
        code="policy-without-effect",
        severity="warning",
        summary=f"no file in {FOLDER}/ has a rule that can deny or warn",
        detail="Only rules named deny, violation or warn count, in the packages vend and main and their subpackages.",
        hint="package vend … deny contains message if { … }",
        file=first.name,
        line=1,
        column=1,
    )

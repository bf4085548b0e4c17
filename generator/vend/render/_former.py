"""Digests of root modules as older releases made them, so that a release alone re-plans nothing.

What was applied is remembered by a digest of what was rendered. A release that renders something else, and means the
same, would plan every account again and run its hooks. So a digest of an older release is recognized: it is computed
as that release did, from what is rendered today. `tests/e2e/test_upgrade.py` fails where that is missing.

To change what is rendered (a template, a module that ships with vend, `terraform.tfvars.json`) without planning every
account again, add to `CHANGED` the file, what it says now, and what it said in the releases before. To change how the
digest is made, add a function beside `digest_0_1_0` and its result to `former_digests`. Either stays as long as a fleet
may come from that release.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from vend.models import Hook, RootModule
from vend.render._templates import shipped
from vend.render._text import HEADER, header, printable


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What a file of root modules says differently from the releases before, and means the same.

    Attributes:
        file: its path in the root module, such as `main.tf` or `modules/account/variables.tf`.
        now: text of the file as it is rendered today.
        before: what stood in its place.
    """

    file: str
    now: bytes
    before: bytes


CHANGED: tuple[Changed, ...] = ()
"""Since vend 0.1.0."""


def former_digests(root: RootModule, hooks: Iterable[Hook], file: str | None) -> tuple[str, ...]:
    """The digests that older releases gave to a root module that says the same.

    Args:
        root: as it is rendered today.
        hooks: those that its digest is made with.
        file: the file in which the request stood when it was applied; None where it was in none.
    """
    return (digest_0_1_0(root, hooks, file),)


def digest_0_1_0(
    root: RootModule, hooks: Iterable[Hook], file: str | None, changed: Sequence[Changed] = CHANGED
) -> str:
    """The digest as vend 0.1.0 made it: over whole files, of which each rendered one named the file of its request."""
    place = f" in {printable(file)}" if file else ""
    top = f'{HEADER} for account "{printable(root.account)}"{place}. Change that, not this.\n\n'.encode()
    return digest(dict(_files_before(root, top, changed)), hooks)


def _files_before(root: RootModule, top: bytes, changed: Sequence[Changed]) -> Iterator[tuple[str, bytes]]:
    today = header(root.account).encode()
    rendered = {name.removesuffix(".j2") for name in shipped(root.stage)}
    for path, content in root.files.items():
        before = content
        for change in changed:
            before = before.replace(change.now, change.before) if change.file == path else before
        yield path, top + before.removeprefix(today) if path in rendered else before


def digest(files: Mapping[str, bytes], hooks: Iterable[Hook]) -> str:
    """SHA-256 (hex) over paths and contents in the order of the paths, and over hooks in theirs."""
    found = hashlib.sha256()
    for path, content in sorted(files.items()):
        found.update(f"{path}\0{len(content)}\0".encode())
        found.update(content)
    for hook in hooks:
        found.update(f"hook\0{hook.label}\0{hook.digest}\0".encode())
    return found.hexdigest()

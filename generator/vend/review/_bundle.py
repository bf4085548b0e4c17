"""A plan bundle: packed and unpacked, and held against what it says of itself. Bytes in, bytes out.

=====================  ==============================================================================
file                   what it is
=====================  ==============================================================================
manifest.json          `Manifest`: the digests of everything else
manifest.sha256        SHA-256 of the manifest and its signature, as `sha256sum` writes it
manifest.hmac          the manifest's signature, HMAC-SHA-256, where there is a key
review.json            the `Review`, masked: what `vend show` shows
plans/NAME/STAGE.tfplan  Terraform's saved plans, where they were kept; `.sealed` where they are encrypted
=====================  ==============================================================================

As one file, it is an uncompressed tar archive of these, in this order and with nothing else in it that could differ:
the same files are the same bytes, and a byte that was altered shows.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from vend.codec import read_exactly
from vend.errors import Diagnostic, RefusedError
from vend.plan import Review
from vend.review._manifest import FORMAT, BundledFile, Manifest
from vend.review._seal import Key

MANIFEST, CHECKSUM, SIGNATURE, REVIEW = "manifest.json", "manifest.sha256", "manifest.hmac", "review.json"
SEALED = ".sealed"
MAX_BYTES = 1 << 30
"""More than the bundle of ten thousand accounts; what is larger is not read."""
MAX_FILES = 100_000
NAME = re.compile(
    r"manifest\.(?:json|sha256|hmac)|review\.json"
    r"|plans/[A-Za-z0-9][A-Za-z0-9_.-]{0,127}/(?:account|settings|customizations)\.tfplan(?:\.sealed)?"
)
"""The names that files of a bundle have; none leads out of it."""
_T = TypeVar("_T", Manifest, Review)
_FIRST = (MANIFEST, CHECKSUM, SIGNATURE, REVIEW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A plan bundle in memory.

    Attributes:
        manifest: what it says of itself.
        review: what may be shown of it.
        files: every file by name; saved plans may be missing, since they are wiped after use.
    """

    manifest: Manifest
    review: Review
    files: Mapping[str, bytes] = field(repr=False)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the manifest, and so of all that is in the bundle."""
        return hashlib.sha256(self.files[MANIFEST]).hexdigest()

    @property
    def plans(self) -> tuple[str, ...]:
        """The names of the saved plans that are there."""
        return tuple(name for name in sorted(self.files) if name.startswith("plans/"))

    def plan(self, name: str, key: Key | None) -> bytes | None:
        """A saved plan; None where it is not there any more.

        Raises:
            RefusedError: it is encrypted, and the key is missing or wrong.
        """
        content = self.files.get(name)
        if content is None or not name.endswith(SEALED):
            return content
        if key is None:
            raise RefusedError(
                Diagnostic(
                    code="bundle-key-missing",
                    summary="the bundle's saved plans are encrypted, but there is no key",
                    hint="set VEND_BUNDLE_KEY or VEND_BUNDLE_KEY_FILE to the key that `vend plan` used",
                )
            )
        return key.decrypt(name, content)

    def without_plans(self) -> Bundle:
        """The bundle once its saved plans have been used, or have expired."""
        return replace(self, files={name: content for name, content in self.files.items() if name not in self.plans})


def pack(manifest: Manifest, review: Review, plans: Mapping[str, bytes], key: Key | None = None) -> Bundle:
    """Makes a bundle.

    Args:
        manifest: without `files`.
        review: of the same plan.
        plans: saved plans by their names in the bundle, encrypted already where they are to be.
        key: signs the manifest.
    """
    content = {REVIEW: _json(review.to_json()), **plans}
    listed = {
        name: BundledFile(sha256=hashlib.sha256(data).hexdigest(), size=len(data)) for name, data in content.items()
    }
    manifest = replace(manifest, files=listed)
    written = _json(manifest.to_json())
    signed = {SIGNATURE: key.signature(written)} if key else {}
    checked = {MANIFEST: written, **signed}
    return Bundle(
        manifest=manifest,
        review=review,
        files={**checked, CHECKSUM: _checksums(checked), **content},
    )


def unpack(files: Mapping[str, bytes], key: Key | None = None) -> Bundle:
    """Holds the files of a bundle against its manifest.

    Raises:
        RefusedError: something is missing, altered, or does not belong there; the key is wrong; another format.
    """
    for name in (MANIFEST, CHECKSUM, REVIEW):
        if name not in files:
            raise _altered(name, "it is missing")
    content = files[MANIFEST]
    checked = {name: files[name] for name in (MANIFEST, SIGNATURE) if name in files}
    if files[CHECKSUM] != _checksums(checked):
        raise _altered(" or ".join((*checked, CHECKSUM)), f"{CHECKSUM} does not match")
    if key is not None:
        if SIGNATURE not in files:
            raise _altered(SIGNATURE, "a bundle key is set, but this bundle is not signed with it")
        key.check(content, files[SIGNATURE])
    manifest = _read(MANIFEST, content, Manifest)
    _check_listed(files, manifest)
    review = _read(REVIEW, files[REVIEW], Review)
    if review.digest != manifest.digest:
        raise _altered(REVIEW, "it belongs to another change set than the manifest")
    return Bundle(manifest=manifest, review=review, files=files)


def to_archive(bundle: Bundle) -> bytes:
    """The bundle as one file."""
    return _archived(bundle.files)


def from_archive(content: bytes) -> dict[str, bytes]:
    """The files in a bundle of one file; nothing of it is written anywhere.

    Raises:
        RefusedError: it is no bundle, or a byte of it was not written by vend.
    """
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
            for member in archive:
                if not member.isreg() or not NAME.fullmatch(member.name) or member.name in files:
                    raise _altered(member.name, "a bundle contains no such file")
                if len(files) >= MAX_FILES:
                    raise _altered("the archive", "it contains more files than a bundle can")
                stream = archive.extractfile(member)
                files[member.name] = stream.read() if stream is not None else b""
    except (tarfile.TarError, EOFError, ValueError, OverflowError) as error:
        raise _unreadable(f"reading it as a tar archive: {error}") from error
    again = _archived(files)
    if again != content:
        at = next((at for at, (one, two) in enumerate(zip(again, content, strict=False)) if one != two), len(again))
        raise _altered("the archive", f"byte {at} was not written by vend")
    return files


def _archived(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    ordered = sorted(files, key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), name))
    with tarfile.open(fileobj=out, mode="w:", format=tarfile.USTAR_FORMAT) as archive:
        for name in ordered:
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(files[name]), 0o600
            archive.addfile(member, io.BytesIO(files[name]))
    return out.getvalue()


def _check_listed(files: Mapping[str, bytes], manifest: Manifest) -> None:
    for name, content in files.items():
        if name in {MANIFEST, CHECKSUM, SIGNATURE}:
            continue
        listed = manifest.files.get(name)
        if listed is None:
            raise _altered(name, "the manifest does not list it")
        if (hashlib.sha256(content).hexdigest(), len(content)) != (listed.sha256, listed.size):
            raise _altered(name, "its SHA-256 is not the one in the manifest")


def _read(name: str, content: bytes, kind: type[_T]) -> _T:
    try:
        document = json.loads(content)
        if isinstance(document, dict) and document.get("format", FORMAT) != FORMAT:
            made_by = f"vend {document['vend']}" if isinstance(document.get("vend"), str) else "another version of vend"
            raise _unreadable(f"its format is {document['format']}, of {made_by}; this version reads format {FORMAT}")
        return read_exactly(kind, document)
    except (ValueError, RecursionError) as error:
        raise _unreadable(f"reading {name}: {error}") from error


def _checksums(files: Mapping[str, bytes]) -> bytes:
    return "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items()).encode()


def _json(document: Mapping[str, Any]) -> bytes:
    return (json.dumps(document, indent=1, ensure_ascii=True) + "\n").encode()


def _altered(name: str, how: str) -> RefusedError:
    return RefusedError(
        Diagnostic(
            code="bundle-altered",
            summary=f"the plan bundle was altered: {name}",
            detail=how,
            hint="get the bundle again from its source, or run `vend plan` and review the new plan",
        )
    )


def _unreadable(detail: str) -> RefusedError:
    return RefusedError(
        Diagnostic(
            code="bundle-unreadable",
            summary="the plan bundle cannot be read",
            detail=detail,
            hint="run `vend plan` again and review what it makes",
        )
    )

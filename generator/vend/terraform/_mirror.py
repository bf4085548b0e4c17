"""Where providers come from."""

from __future__ import annotations

import os
import platform
import re
import stat
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from vend.errors import Diagnostic, ToolMissingError
from vend.settings import TerraformSettings

_ADD_ON_SOFTWARE = Path("/opt")
_REGISTRY = "registry.terraform.io"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderMirror:
    """A filesystem mirror of providers, or the registry.

    Attributes:
        path: the mirror; None means the registry.
        source: where it was found, in words.
        providers: what it serves on this platform, as full addresses; anything else comes from the registry.
        alone: nothing comes from the registry: what the mirror does not have, there is not.
    """

    path: Path | None
    source: str
    providers: tuple[str, ...] = ()
    alone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorSearch:
    """Where to look; a test looks elsewhere.

    Attributes:
        add_on_software: whose direct subfolders may be mirrors.
        owner: the user id that must own such a subfolder.
        system: `sys.platform`.
        target: Terraform's name of the platform.
    """

    add_on_software: Path = _ADD_ON_SOFTWARE
    owner: int = 0
    system: str = sys.platform
    target: str = ""


def find_mirror(
    settings: TerraformSettings, environ: Mapping[str, str], search: MirrorSearch | None = None
) -> ProviderMirror:
    """The first of: `terraform.provider_mirror`, `$VEND_PROVIDER_MIRROR`, Terraform's implied mirrors, /opt, registry.

    A mirror nobody named is taken only if it has a provider of this platform; one that has all required versions is
    preferred. A provider whose required version the mirror lacks comes from the registry.

    Raises:
        ToolMissingError: `provider-mirror-missing`: a named mirror is no folder.
    """
    search = search or MirrorSearch()
    target = search.target or platform_target()
    named = [
        (settings.provider_mirror, "terraform.provider_mirror in vend.hcl"),
        (environ.get("VEND_PROVIDER_MIRROR"), "$VEND_PROVIDER_MIRROR"),
    ]
    for text, source in named:
        if text:
            path = Path(text).expanduser().absolute()
            if not path.is_dir():
                raise ToolMissingError(
                    Diagnostic(
                        code="provider-mirror-missing",
                        summary="the provider mirror is no folder",
                        detail=f"{source} names {path}",
                        hint="make one with `terraform providers mirror DIR`, or remove the setting",
                    )
                )
            return ProviderMirror(path=path, source=source, providers=_usable(path, settings, target))
    partial: ProviderMirror | None = None
    for path, source in _unnamed(environ, search):
        providers = _usable(path, settings, target)
        mirror = ProviderMirror(path=path, source=source, providers=providers)
        if all(_has(providers, name) for name in settings.required_providers):
            return mirror
        if providers and partial is None:
            partial = mirror
    return partial or ProviderMirror(path=None, source="the registry")


def platform_target() -> str:
    """Terraform's name of this platform, such as `linux_amd64`."""
    machine = platform.machine().lower()
    names = {"x86_64": "amd64", "aarch64": "arm64", "i686": "386", "i386": "386", "armv7l": "arm", "armv6l": "arm"}
    return f"{platform.system().lower()}_{names.get(machine, machine)}"


def _has(providers: tuple[str, ...], name: str) -> bool:
    return any(provider == name or provider.endswith(f"/{_source(name)}") for provider in providers)


def _source(name: str) -> str:
    return name if "/" in name else f"hashicorp/{name}"


def _unnamed(environ: Mapping[str, str], search: MirrorSearch) -> Iterator[tuple[Path, str]]:
    for folder in _implied(environ, search.system):
        if folder.is_dir():
            yield folder, "Terraform's implied local mirror"
    try:
        folders = sorted(search.add_on_software.iterdir())
    except OSError:
        return
    for folder in folders:
        if _trusted(folder, search.owner) and _trusted(folder / _REGISTRY, search.owner):
            yield folder, f"a provider mirror in {search.add_on_software}"


def _implied(environ: Mapping[str, str], system: str) -> Iterator[Path]:
    """The folders that Terraform itself looks in ("Implied Local Mirror Directories" in its CLI configuration page)."""
    home = environ.get("HOME")
    if home:
        yield Path(home, ".terraform.d", "plugins")
    if system == "darwin":
        roots = [Path(home, "Library")] if home else []
        for root in [*roots, Path("/Library")]:
            yield root / "Application Support" / "io.terraform" / "plugins"
        return
    xdg_home = environ.get("XDG_DATA_HOME") or (os.path.join(home, ".local", "share") if home else "")  # noqa: PTH118 - may be empty
    xdg_dirs = environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    for data in [xdg_home, *xdg_dirs.split(":")]:
        if data:
            yield Path(data, "terraform", "plugins")


def _trusted(folder: Path, owner: int) -> bool:
    """A real folder of this owner that nobody else may write to: what lies there is run with credentials."""
    try:
        status = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == owner and not status.st_mode & 0o022


def _usable(path: Path, settings: TerraformSettings, target: str) -> tuple[str, ...]:
    wanted = {_source(name): version for name, version in settings.required_providers.items()}
    found: list[str] = []
    for folder in sorted(path.glob("*/*/*")):
        address = folder.relative_to(path).as_posix()
        versions = _versions(folder, target)
        version = wanted.get(address.partition("/")[2])
        if versions and (version is None or not _exact(version) or version.lstrip("= v") in versions):
            found.append(address)
    return tuple(found)


def _exact(version: str) -> bool:
    return re.fullmatch(r"[= v]*\d+\.\d+\.\d+(-\S+)?", version) is not None


def _versions(folder: Path, target: str) -> set[str]:
    """Versions of one provider for this platform, in the unpacked and the packed layout."""
    packed = re.compile(rf"terraform-provider-[^_]+_(.+)_{re.escape(target)}\.zip")
    versions = {entry.parent.name for entry in folder.glob(f"*/{target}") if entry.is_dir()}
    for entry in folder.glob("*.zip"):
        match = packed.fullmatch(entry.name)
        if match:
            versions.add(match.group(1))
    return versions

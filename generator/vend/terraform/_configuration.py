"""The CLI configuration file of vend's Terraform runs."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

from vend.terraform._mirror import ProviderMirror


def cli_configuration(mirror: ProviderMirror, plugin_cache: Path | None) -> str:
    """What Terraform reads instead of the user's own file.

    Providers that the mirror has come from it alone, everything else from the registry; the plugin cache is used only
    without a mirror, since a mirror needs no downloads.
    """
    if mirror.alone:
        return f"provider_installation {{\n  filesystem_mirror {{\n    path = {_quoted(str(mirror.path))}\n  }}\n}}\n"
    if mirror.path is None:
        if plugin_cache is None:
            return "# every provider comes from its registry\n"
        return f"plugin_cache_dir = {_quoted(str(plugin_cache))}\n"
    included = "[" + ", ".join(_quoted(provider) for provider in mirror.providers) + "]"
    if not mirror.providers:
        return "# the mirror has nothing for this platform: every provider comes from its registry\n"
    return (
        "provider_installation {\n"
        "  filesystem_mirror {\n"
        f"    path    = {_quoted(str(mirror.path))}\n"
        f"    include = {included}\n"
        "  }\n"
        "  direct {\n"
        f"    exclude = {included}\n"
        "  }\n"
        "}\n"
    )


def write_private(path: Path, content: str) -> None:
    """Writes a file (0600) at once or not at all; an equal file is left untouched."""
    try:
        if path.read_text(encoding="utf-8") == content:
            return
    except OSError:
        pass
    private_directory(path.parent)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
    temporary.replace(path)


def new_plan_file(path: Path) -> Path:
    """An empty file (0600) for a saved plan, in a directory of its own user (0700); one that lies there is removed."""
    private_directory(path.parent)
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    return path


def private_directory(path: Path) -> Path:
    """Makes a directory (0700) with its parents, and closes it to others if it was open."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.stat().st_mode & 0o077:
        path.chmod(0o700)
    return path


def lock_configuration(providers: Iterable[tuple[str, str]]) -> str:
    """A root module that only requires providers.

    Args:
        providers: local name and version; a name with a slash is a full source, any other is HashiCorp's.
    """
    lines = ["terraform {", "  required_providers {"]
    for name, version in sorted(providers):
        source = name if "/" in name else f"hashicorp/{name}"
        local = source.rpartition("/")[2]
        lines.append(f"    {local} = {{ source = {_quoted(source)}, version = {_quoted(version)} }}")
    return "\n".join([*lines, "  }", "}", ""])


def _quoted(text: str) -> str:
    """An HCL string: JSON's escapes are HCL's, but for the template markers."""
    return json.dumps(text, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")

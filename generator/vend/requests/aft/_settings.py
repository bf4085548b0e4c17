"""The settings of an AFT checkout without a vend.hcl."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from vend.requests.aft._repository import ROOT
from vend.requests.language._problems import Problems
from vend.requests.language._regions import REGION
from vend.settings import Settings

_VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION")
_DEFAULT_REGION = "us-east-1"
_NAMED = re.compile(r'\bregion\s*=\s*"([a-z0-9-]+)"')
_PROVIDER = re.compile(r'^[ \t]*provider[ \t]+"aws"[ \t]*\{([^{}]*)', re.MULTILINE)
_ALIAS = re.compile(r"\balias\s*=")


def checkout_settings(directory: Path, environ: Mapping[str, str], problems: Problems) -> Settings:
    """What holds for a checkout: state and ledger in `.vend`, the home Region from where it can be known.

    That is the one Region that its provider or backend names (AFT's state and table lie in Control Tower's home
    Region), else the environment's, else us-east-1 with a warning.
    """
    named = {found for found in _regions(directory) if REGION(found) is None}
    given = next((environ[name] for name in _VARIABLES if environ.get(name)), None)
    home = next(iter(named)) if len(named) == 1 else given
    if home is None or REGION(home) is not None:
        problems.warn(
            "aft-region-assumed",
            None,
            f"assuming {_DEFAULT_REGION} as Control Tower's home Region",
            hint="set AWS_REGION, or write a vend.hcl",
        )
        home = _DEFAULT_REGION
    return Settings(name=directory.absolute().name or "aft", home_region=home, request_paths=(), aft=".", foreign=True)


def _regions(directory: Path) -> Iterator[str]:
    """The Regions that stand in the root module as they are; AFT's own templates have a placeholder there."""
    try:
        files = sorted((directory / ROOT).iterdir())
    except OSError:
        return
    for file in files:
        if file.suffix not in {".jinja", ".tf", ".tofu"} or not file.is_file():
            continue
        try:
            text = file.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if file.suffix == ".jinja":
            yield from _NAMED.findall(text)
            continue
        for block in _PROVIDER.findall(text):
            if not _ALIAS.search(block):
                yield from _NAMED.findall(block)

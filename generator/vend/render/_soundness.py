"""Checking that a fleet's templates and modules can be rendered, by rendering them."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from vend.customizations import Catalogue, read_module
from vend.errors import Diagnostic, InvalidInputError
from vend.models import AccountRequest, Fleet
from vend.render._roots import LOCK, MODULES, Renderer
from vend.working import Cache

_OWN = "templates"


def unrenderable(fleet: Fleet, catalogue: Catalogue, cache: Cache | None = None) -> tuple[Diagnostic, ...]:
    """What keeps the root modules of a fleet from being rendered; empty where nothing does.

    vend's own templates print nothing but what was validated, so that one account stands for all that have the same
    roots and customizations. A fleet's own may do anything, and are rendered for every account.

    Args:
        fleet: the fleet.
        catalogue: of the fleet, without errors.
        cache: remembers what came of the same templates, modules and requests before.
    """
    requests = fleet.requests
    if not (fleet.overrides / _OWN).is_dir():
        requests = tuple({_roots(request): request for request in reversed(requests)}.values())

    def tried() -> list[dict[str, Any]]:
        return [problem.to_json() for problem in _tried(fleet, catalogue, requests)]

    if cache is None:
        found = tried()
    else:
        found = cache.remembered("render", "", _inputs(fleet, catalogue, requests, cache), tried)
    return tuple(Diagnostic.from_json(problem) for problem in found)


def _roots(request: AccountRequest) -> tuple[bool, bool, tuple[str, ...]]:
    """What of a request decides which root modules it has."""
    settings = bool(request.alternate_contacts or request.access or request.opt_in_regions)
    return settings, bool(request.custom_fields), request.customizations


def _tried(fleet: Fleet, catalogue: Catalogue, requests: Iterable[AccountRequest]) -> tuple[Diagnostic, ...]:
    try:
        renderer = Renderer(settings=fleet.settings, catalogue=catalogue, fleet_directory=fleet.overrides)
        for request in requests:
            renderer.account(request)
    except InvalidInputError as error:
        return error.diagnostics
    return ()


def _inputs(fleet: Fleet, catalogue: Catalogue, requests: Iterable[AccountRequest], cache: Cache) -> bytes:
    """Everything that rendering these requests depends on."""
    document = {
        "requests": sorted((request.account, *_roots(request)) for request in requests),
        "settings": repr(fleet.settings),
        "customizations": {
            name: [
                _digests(customization.files),
                sorted(customization.variables),
                [hook.label for hook in customization.hooks],
            ]
            for name, customization in sorted(catalogue.customizations.items())
        },
        "modules": {
            path: [_digests(tree.files), [problem.to_json() for problem in tree.diagnostics]]
            for path in MODULES
            for tree in (read_module(fleet.overrides, path, cache),)
        },
        "templates": dict(_templates(fleet.overrides)),
        "lock": os.access(fleet.directory / LOCK, os.R_OK) or not (fleet.directory / LOCK).exists(),
    }
    return json.dumps(document, sort_keys=True).encode()


def _digests(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def _templates(directory: Path) -> Iterator[tuple[str, str]]:
    for file in sorted((directory / _OWN).rglob("*")):
        name = file.relative_to(directory).as_posix()
        try:
            yield name, "" if file.is_dir() else hashlib.sha256(file.read_bytes()).hexdigest()
        except OSError as error:
            yield name, f"unreadable: {error.strerror}"

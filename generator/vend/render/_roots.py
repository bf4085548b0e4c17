"""The root modules of one account request."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from vend.customizations import INPUT_VARIABLES, Catalogue, Customization, has_customizations, hooks_of, read_module
from vend.errors import Diagnostic, InvalidInputError, has_errors
from vend.models import ROOTS, AccountRequest, Hook, RootModule, Stage
from vend.render._former import digest, former_digests
from vend.render._templates import Templates
from vend.render._text import REQUEST_VALUES, header, to_tfvars
from vend.settings import S3State, Settings
from vend.working import Cache

LOCK = "terraform.lock.hcl"
MODULE: Mapping[Stage, str] = {"account": "modules/account", "settings": "modules/account-settings"}
MODULES = tuple(MODULE.values())
_STATE_PROFILE = "vend-state"
"""Profile with which the backend of `customizations` reaches the state; `vend.aws` writes it."""


def render_account(
    request: AccountRequest,
    *,
    settings: Settings,
    catalogue: Catalogue,
    fleet_directory: Path,
    always: frozenset[Stage] = frozenset(),
) -> tuple[RootModule, ...]:
    """The root modules of one account that have something in them, in the order of their stages.

    Args:
        request: validated, defaults resolved.
        settings: of the fleet.
        catalogue: of the fleet, without errors.
        fleet_directory: where `templates/`, `modules/` and `terraform.lock.hcl` may lie.
        always: roots to render although they have nothing in them, so that what they had is destroyed.

    Raises:
        InvalidInputError: a template or a module cannot be used.
    """
    renderer = Renderer(settings=settings, catalogue=catalogue, fleet_directory=fleet_directory)
    return renderer.account(request, always=always)


class Renderer:
    """Renders accounts of one fleet, in any number of threads; reads templates, modules and the lock file once.

    Args:
        cache: remembers what was parsed before.

    Raises:
        InvalidInputError: a template or a module of the fleet cannot be used.
    """

    def __init__(
        self, *, settings: Settings, catalogue: Catalogue, fleet_directory: Path, cache: Cache | None = None
    ) -> None:
        self._settings = settings
        self._catalogue = catalogue
        self._directory = fleet_directory
        self._templates = Templates(fleet_directory)
        self._cache = cache
        self._modules: dict[str, Mapping[str, bytes]] = {}
        self._reading = threading.Lock()
        self._lock = _read_lock(fleet_directory)

    def account(self, request: AccountRequest, *, always: frozenset[Stage] = frozenset()) -> tuple[RootModule, ...]:
        """As `render_account`."""
        applied = [customization for customization in self._catalogue.of(request) if customization.has_module]
        hooks = self._hooks(request)
        filled = {
            "account": True,
            "settings": bool(request.alternate_contacts or request.access or request.opt_in_regions),
            "customizations": has_customizations(request, self._catalogue),
        }
        stages = [stage for stage in ROOTS if filled[stage] or stage in always]
        return tuple(self._root(request, stage, applied, hooks) for stage in stages)

    def former_digests(self, request: AccountRequest, root: RootModule, file: str | None) -> tuple[str, ...]:
        """The digests that older releases gave to this root module of a request that stood in this file."""
        return former_digests(root, self._hooks(request) if root.stage == "customizations" else (), file)

    def _hooks(self, request: AccountRequest) -> tuple[Hook, ...]:
        """The hooks that count as part of the `customizations` root."""
        return (
            *hooks_of(request, self._catalogue, "pre_customizations"),
            *hooks_of(request, self._catalogue, "post_customizations"),
        )

    def _root(
        self, request: AccountRequest, stage: Stage, applied: Sequence[Customization], hooks: Iterable[Hook]
    ) -> RootModule:
        files: dict[str, bytes] = {}
        if stage == "customizations":
            for customization in applied:
                files |= customization.files
        else:
            files |= self._module(MODULE[stage])
        given = tuple(
            name for name in INPUT_VARIABLES if any(name in customization.input_variables for customization in applied)
        )
        rendered = self._templates.render(stage, self._context(request.account, stage, applied))
        files |= {name: text.encode() for name, text in rendered.items()}
        files[REQUEST_VALUES] = to_tfvars(_values(request, stage, self._settings, given))
        if self._lock is not None:
            files[".terraform.lock.hcl"] = self._lock
        top = header(request.account).encode()
        return RootModule(
            account=request.account,
            stage=stage,
            files={path: top + files[path] if path in rendered else files[path] for path in sorted(files)},
            digest=digest(files, hooks if stage == "customizations" else ()),
        )

    def _module(self, path: str) -> Mapping[str, bytes]:
        with self._reading:  # else each of the threads that render at once reads it
            if path not in self._modules:
                tree = read_module(self._directory, path, self._cache)
                if has_errors(tree.diagnostics):
                    raise InvalidInputError(tree.diagnostics)
                if not tree.is_module:
                    raise InvalidInputError(
                        Diagnostic(code="module-not-found", summary=f'"{path}" contains no Terraform files', file=path)
                    )
                self._modules[path] = tree.files
            return self._modules[path]

    def _context(self, account: str, stage: Stage, applied: Sequence[Customization]) -> dict[str, Any]:
        """What templates see: structure, and no value that a request may choose freely."""
        settings = self._settings
        return {
            "account": account,
            "stage": stage,
            "region": settings.home_region,
            "management_account_id": settings.management_account_id,
            "terraform_version": settings.terraform.version,
            "required_providers": [
                {"name": name, "source": f"hashicorp/{name}", "version": version}
                for name, version in sorted(settings.terraform.required_providers.items())
            ],
            "backend": _backend(settings, account, stage),
            "customizations": [
                {"name": customization.name, "given": list(customization.input_variables)} for customization in applied
            ],
            "given": sorted({name for customization in applied for name in customization.input_variables}),
        }


def _backend(settings: Settings, account: str, stage: Stage) -> dict[str, str | None]:
    state = settings.state
    name = f"{account}/{stage}.tfstate"
    if not isinstance(state, S3State):
        return {"type": "local", "path": f"../../../state/{name}"}
    return {
        "type": "s3",
        "bucket": state.bucket,
        "key": f"{state.prefix}/{name}" if state.prefix else name,
        "region": state.region,
        "kms_key_id": state.kms_key_id,
        "profile": _STATE_PROFILE if stage == "customizations" else None,
    }


def _values(request: AccountRequest, stage: Stage, settings: Settings, given: Iterable[str]) -> dict[str, Any]:
    if stage == "account":
        return {
            "account": request.account,
            "name": request.name,
            "email": request.email,
            "sso_user": {
                "email": request.sso_user.email,
                "first_name": request.sso_user.first_name,
                "last_name": request.sso_user.last_name,
            },
            "on_removal": request.on_removal,
        }
    if stage == "settings":
        return {
            "alternate_contacts": {
                contact.kind: {
                    "name": contact.name,
                    "title": contact.title,
                    "email": contact.email,
                    "phone": contact.phone,
                }
                for contact in request.alternate_contacts
            },
            "access": {
                f"{assignment.group}/{assignment.permission_set}": {
                    "group": assignment.group,
                    "permission_set": assignment.permission_set,
                }
                for assignment in request.access
            },
            "opt_in_regions": sorted(set(request.opt_in_regions)),
        }
    values: dict[str, Any] = {
        "account": {
            "account": request.account,
            "name": request.name,
            "email": request.email,
            "organizational_unit": request.organizational_unit,
            "tags": dict(request.tags),
            "customizations": list(request.customizations),
        },
        "region": settings.home_region,
    }
    # What no customization asks for is left out, so that a changed tag plans nothing that cannot change.
    return {"custom_fields": dict(request.custom_fields), **{name: values[name] for name in given if name in values}}


def _read_lock(fleet_directory: Path) -> bytes | None:
    try:
        return (fleet_directory / LOCK).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InvalidInputError(
            Diagnostic(code="lock-unreadable", summary=f'"{LOCK}" cannot be read', detail=error.strerror, file=LOCK)
        ) from error

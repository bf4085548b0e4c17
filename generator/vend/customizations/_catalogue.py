"""The customizations and hooks of a fleet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vend.customizations._hooks import find_hooks
from vend.customizations._modules import ModuleTree, read_module
from vend.customizations._scan import Variable
from vend.errors import Diagnostic, did_you_mean, sort_diagnostics
from vend.models import AccountRequest, Hook, StageName
from vend.working import Cache

GLOBAL = "global"
"""The customization that every account gets, before those that its request names."""
INPUT_VARIABLES = ("account", "custom_fields", "region")
"""What a customization may declare as a variable and is then given."""
_FOLDER = "customizations"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Customization:
    """A folder below `customizations/`: a Terraform module, hooks, or both.

    Attributes:
        name: the folder's name, which is also the label of its `module` block.
        directory: absolute.
        has_module: whether there is Terraform in it.
        variables: what the module declares, by name.
        files: the module and every local module that it calls, by path relative to the fleet; sorted.
        hooks: in filename order.
    """

    name: str
    directory: Path
    has_module: bool
    variables: Mapping[str, Variable] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    hooks: tuple[Hook, ...] = ()

    @property
    def input_variables(self) -> tuple[str, ...]:
        """The variables of the module that vend gives a value, sorted."""
        return tuple(name for name in INPUT_VARIABLES if name in self.variables)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Everything under `customizations/`, and the fleet's own `hooks/`.

    Attributes:
        customizations: by name.
        hooks: of the fleet, for every account, in filename order.
    """

    customizations: Mapping[str, Customization] = field(default_factory=dict)
    hooks: tuple[Hook, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    def of(self, request: AccountRequest) -> tuple[Customization, ...]:
        """What applies to this account: `global`, then what it names, in order, each once.

        A name that the fleet does not have is left out; reading the requests diagnoses it.
        """
        names = dict.fromkeys((GLOBAL, *request.customizations))
        return tuple(self.customizations[name] for name in names if name in self.customizations)


def hooks_of(request: AccountRequest, catalogue: Catalogue, stage: StageName) -> tuple[Hook, ...]:
    """The hooks of one stage for this account: the fleet's, those of `global`, then of what it names, in order."""
    hooks = (*catalogue.hooks, *(hook for customization in catalogue.of(request) for hook in customization.hooks))
    return tuple(hook for hook in hooks if hook.stage == stage)


def has_customizations(request: AccountRequest, catalogue: Catalogue) -> bool:
    """Whether the stage `customizations` has anything to do for this account: a module, a hook, or custom fields."""
    modules = any(customization.has_module for customization in catalogue.of(request))
    hooks = (hooks_of(request, catalogue, stage) for stage in ("pre_customizations", "post_customizations"))
    return modules or any(hooks) or bool(request.custom_fields)


def load_customizations(directory: Path, cache: Cache | None = None) -> Catalogue:
    """Reads every customization of a fleet, whether an account names it or not.

    Args:
        directory: the fleet's.
        cache: remembers what was read before.

    Returns:
        What is there; what is wrong with it is in `diagnostics`, never an exception.
    """
    directory = directory.absolute()
    fleet_hooks, problems = find_hooks(directory / "hooks", "fleet", directory)
    diagnostics = list(problems)
    customizations: dict[str, Customization] = {}
    folder = directory / _FOLDER
    try:
        entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    except FileNotFoundError:
        entries = []
    except OSError as error:
        entries = []
        diagnostics.append(_unreadable(_FOLDER, error))
    for entry in entries:
        if not entry.is_dir():
            continue  # a README beside the customizations
        if not _NAME.fullmatch(entry.name):
            diagnostics.append(_bad_name(entry.name))
            continue
        customization, found = _load(directory, entry, cache)
        customizations[entry.name] = customization
        diagnostics += found
    return Catalogue(
        customizations=customizations,
        hooks=fleet_hooks,
        diagnostics=sort_diagnostics(diagnostics),
    )


def _load(directory: Path, entry: Path, cache: Cache | None) -> tuple[Customization, list[Diagnostic]]:
    name = entry.name
    tree = read_module(directory, f"{_FOLDER}/{name}", cache)
    # A module's files are part of its root module; without one they are there for the hooks, which run beside them.
    hooks, hook_problems = find_hooks(entry / "hooks", name, directory, {} if tree.is_module else tree.files)
    diagnostics = [*hook_problems, *tree.diagnostics, *_unknown_variables(tree)]
    if not tree.is_module and not hooks and not diagnostics:
        diagnostics.append(
            Diagnostic(
                severity="warning",
                code="customization-empty",
                summary=f'customization "{name}" has neither Terraform nor hooks',
                file=f"{_FOLDER}/{name}",
                hint=f"add {_FOLDER}/{name}/main.tf or {_FOLDER}/{name}/hooks/post_customizations.sh",
            )
        )
    customization = Customization(
        name=name,
        directory=entry,
        has_module=tree.is_module,
        variables=tree.variables,
        files=tree.files if tree.is_module else {},
        hooks=hooks,
    )
    return customization, diagnostics


def _unknown_variables(tree: ModuleTree) -> Iterator[Diagnostic]:
    for variable in tree.variables.values():
        if not variable.required or variable.name in INPUT_VARIABLES:
            continue
        yield Diagnostic(
            code="customization-variable-unknown",
            summary=f'no value for variable "{variable.name}"',
            detail=f"vend sets only {', '.join(INPUT_VARIABLES)}, if the customization declares them.",
            hint=did_you_mean(variable.name, INPUT_VARIABLES, cutoff=0.75)
            or f'give it a default, or read the value from var.custom_fields["{variable.name}"]',
        ).at(variable.position)


def _bad_name(name: str) -> Diagnostic:
    shown = name.encode("ascii", "backslashreplace").decode("ascii")
    return Diagnostic(
        code="customization-name",
        summary=f'"{shown}" is not a valid name for a customization',
        detail="The name becomes the label of a Terraform module block.",
        hint="use 1-64 letters, digits, _ and -, starting with a letter",
        file=_FOLDER,
    )


def _unreadable(file: str, error: OSError) -> Diagnostic:
    return Diagnostic(
        code="customization-unreadable",
        summary=f'"{file}" cannot be read',
        detail=error.strerror,
        file=file,
    )

"""Which customizations and hooks apply to an account, and running hooks.

A customization is a folder below `customizations/`: Terraform at its top level, or `hooks/`, or both. `global` applies
to every account. vend sets its variables `account`, `custom_fields` and `region`, if it declares them.

The modules of an account are applied in one Terraform run and side by side: their order is that of the text, not of
time. One that needs what another makes calls it, or looks it up in a later run; `depends_on` between them would make
every data source unknown until apply.
"""

from vend.customizations._catalogue import (
    GLOBAL,
    INPUT_VARIABLES,
    Catalogue,
    Customization,
    has_customizations,
    hooks_of,
    load_customizations,
)
from vend.customizations._hooks import HOOK_STAGES
from vend.customizations._modules import ModuleTree, read_module
from vend.customizations._run import HookContext, HookOutcome, run_hook
from vend.customizations._scan import Variable
from vend.customizations._shipped import shipped_example, shipped_modules

__all__ = [
    "GLOBAL",
    "HOOK_STAGES",
    "INPUT_VARIABLES",
    "Catalogue",
    "Customization",
    "HookContext",
    "HookOutcome",
    "ModuleTree",
    "Variable",
    "has_customizations",
    "hooks_of",
    "load_customizations",
    "read_module",
    "run_hook",
    "shipped_example",
    "shipped_modules",
]

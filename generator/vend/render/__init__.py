"""An account request in, root modules out.

Templates write structure: names, ids, Regions, addresses of state, each validated before. Values of a request reach
Terraform only through `terraform.tfvars.json`, what was looked up only through `runtime.tfvars.json`. The same request
gives the same bytes.
"""

from vend.customizations import shipped_example, shipped_modules
from vend.render._access import access_problems
from vend.render._batch import Batch, BatchMember, render_batches
from vend.render._generate import check, generate
from vend.render._roots import Renderer, render_account
from vend.render._runtime import (
    PLACEHOLDER_ACCOUNT_ID,
    AccountRuntime,
    CustomizationsRuntime,
    Runtime,
    SettingsRuntime,
)
from vend.render._soundness import unrenderable
from vend.render._templates import templates_digest
from vend.render._write import write_files, write_root

__all__ = [
    "PLACEHOLDER_ACCOUNT_ID",
    "AccountRuntime",
    "Batch",
    "BatchMember",
    "CustomizationsRuntime",
    "Renderer",
    "Runtime",
    "SettingsRuntime",
    "access_problems",
    "check",
    "generate",
    "render_account",
    "render_batches",
    "shipped_example",
    "shipped_modules",
    "templates_digest",
    "unrenderable",
    "write_files",
    "write_root",
]

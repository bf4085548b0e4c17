"""The files of a new fleet: values in, texts out."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

Ci = Literal["github", "none"]
SavedPlansInCi = Literal["omit", "encrypt"]

REPOSITORY_OF_VEND = "https://github.com/vend-accounts/vend"
SETTLED_UNIT = "Sandbox"
"""The unit that every landing zone has, if nobody removed it."""
_TEMPLATES = Path(__file__).with_name("scaffold")
_SUFFIX = ".j2"
_FOR_GITHUB = (".github/", "foundation/", "requirements.txt")
_PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFleet:
    """What a new fleet is to be.

    Attributes:
        email: the mailbox that root users' mail arrives in; accounts get addresses with a suffix.
        unit: path of the example account's organizational unit.
        ci: which CI gets workflows. What follows counts with `github` alone.
        repository: `owner/name`.
        branch: what is applied when something is merged into it.
        state_bucket: name of the bucket for Terraform's state.
        saved_plans: what becomes of Terraform's saved plans between plan and apply.
        plan_in_accounts: whether planning enters vended accounts, behind an environment of its own.
    """

    name: str
    home_region: str
    email: str
    unit: str = SETTLED_UNIT
    ci: Ci = "none"
    repository: str = ""
    branch: str = "main"
    management_account: str = ""
    state_bucket: str = ""
    saved_plans: SavedPlansInCi = "omit"
    plan_in_accounts: bool = False


def scaffold(fleet: NewFleet) -> Mapping[str, str]:
    """The text of every file by its name, relative to the fleet; sorted."""
    environment = _environment()
    context = _context(fleet)
    found = {}
    for template in sorted(path for path in _TEMPLATES.rglob(f"*{_SUFFIX}") if path.is_file()):
        source = template.relative_to(_TEMPLATES).as_posix()
        name = source.removesuffix(_SUFFIX)
        if fleet.ci == "github" or not name.startswith(_FOR_GITHUB):
            found[name] = environment.get_template(source).render(context)
    return found


def _context(fleet: NewFleet) -> Mapping[str, Any]:
    from vend._version import __version__
    from vend.forge import ARTIFACT_PREFIX
    from vend.settings import TerraformSettings

    partition = next((p for prefix, p in _PARTITIONS.items() if fleet.home_region.startswith(prefix)), "aws")
    role = f"arn:{partition}:iam::{fleet.management_account}:role"
    subject = f"repo:{fleet.repository}"
    local, _, domain = fleet.email.rpartition("@")
    return {
        **asdict(fleet),
        "title": " ".join(fleet.name.split()),
        "github": fleet.ci == "github",
        "apply_role": f"{role}/vend-apply",
        "plan_role": f"{role}/vend-plan",
        "plan_subject": f"{subject}:{'environment:vend-plan' if fleet.plan_in_accounts else 'pull_request'}",
        "apply_subject": f"{subject}:environment:vend-apply",
        "email_template": f"{local}{'-' if '+' in local else '+'}{{account}}@{domain}",
        "emulated_units": [] if fleet.unit == SETTLED_UNIT else [fleet.unit],
        "provider_version": TerraformSettings().required_providers["aws"],
        "repository_of_vend": REPOSITORY_OF_VEND,
        "vend_ref": f"v{__version__}",
        "artifact_prefix": ARTIFACT_PREFIX,
    }


def _environment() -> Any:
    """Jinja with delimiters that neither GitHub's expressions nor HCL's templates have."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from vend.hcl import literal

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        undefined=StrictUndefined,
        variable_start_string="[[",
        variable_end_string="]]",
        block_start_string="[%",
        block_end_string="%]",
        comment_start_string="[#",
        comment_end_string="#]",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - no HTML: each value is quoted for the language it stands in
    )
    environment.filters |= {"hcl": literal, "yaml": json.dumps, "shell": shlex.quote}
    return environment

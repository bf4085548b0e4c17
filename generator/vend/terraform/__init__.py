"""A driver for Terraform: finds the binary and the providers, then init, plan, show, apply, untaint, lock.

Only what Terraform says in JSON is read. A failure is an `Outcome` with diagnostics, not an exception.
"""

from vend.terraform._batch import MergedState, SplitPlan, merge_states, split_address, split_plan, split_planned
from vend.terraform._binary import MINIMUM_VERSION, Flavour, TerraformBinary, find_binary
from vend.terraform._configuration import new_plan_file
from vend.terraform._constraint import satisfies
from vend.terraform._driver import Terraform
from vend.terraform._environment import terraform_environment
from vend.terraform._formatting import format_texts
from vend.terraform._messages import OnProgress, Outcome, PlannedChange
from vend.terraform._mirror import ProviderMirror, find_mirror
from vend.terraform._plan_json import PlanDocument, read_plan
from vend.terraform._slots import machine_slots, terraform_slots
from vend.terraform._state import State, StateResource, read_state
from vend.terraform._state_lock import S3_SUFFIX, clear_local_lock, local_lock, read_lock

__all__ = [
    "MINIMUM_VERSION",
    "S3_SUFFIX",
    "Flavour",
    "MergedState",
    "OnProgress",
    "Outcome",
    "PlanDocument",
    "PlannedChange",
    "ProviderMirror",
    "SplitPlan",
    "State",
    "StateResource",
    "Terraform",
    "TerraformBinary",
    "clear_local_lock",
    "find_binary",
    "find_mirror",
    "format_texts",
    "local_lock",
    "machine_slots",
    "merge_states",
    "new_plan_file",
    "read_lock",
    "read_plan",
    "read_state",
    "satisfies",
    "split_address",
    "split_plan",
    "split_planned",
    "terraform_environment",
    "terraform_slots",
]

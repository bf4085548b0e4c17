"""What can go wrong, as values and as one tree of exceptions.

::

    VendError
    ├── InvalidInputError      requests or settings that cannot be used
    ├── RefusedError           vend could, but must not: policy, wrong organization, frozen
    ├── ToolMissingError       Terraform or a provider is not there
    ├── ProcessError           a program could not be started, or ran out of time
    ├── TerraformError         Terraform answered in a way that cannot be read
    ├── AwsError               AWS refused a call, or could not be reached
    ├── ForgeError             a forge refused a call, or could not be reached
    ├── WorkingDirectoryError  nothing can be written in the fleet
    ├── LedgerError            the ledger cannot be read or written
    ├── SandboxError           the emulated AWS did not start or is gone
    └── InterruptedRunError    the user asked to stop

A failure of one account is a result (`vend.models.AccountResult`), not an exception.
"""

from vend.errors._diagnostic import Diagnostic, Place, Related, Severity, has_errors, sort_diagnostics
from vend.errors._suggestion import did_you_mean, suggestion
from vend.errors._tree import (
    AwsError,
    ForgeError,
    InterruptedRunError,
    InvalidInputError,
    LedgerError,
    ProcessError,
    RefusedError,
    SandboxError,
    TerraformError,
    ToolMissingError,
    VendError,
    WorkingDirectoryError,
)
from vend.errors.codes import CODES, page_of

__all__ = [
    "CODES",
    "AwsError",
    "Diagnostic",
    "ForgeError",
    "InterruptedRunError",
    "InvalidInputError",
    "LedgerError",
    "Place",
    "ProcessError",
    "RefusedError",
    "Related",
    "SandboxError",
    "Severity",
    "TerraformError",
    "ToolMissingError",
    "VendError",
    "WorkingDirectoryError",
    "did_you_mean",
    "has_errors",
    "page_of",
    "sort_diagnostics",
    "suggestion",
]

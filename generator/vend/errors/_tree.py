"""The exceptions; `vend.errors` draws their tree."""

from __future__ import annotations

from collections.abc import Iterable

from vend.errors._diagnostic import Diagnostic


class VendError(Exception):
    """Something that nothing below the command line can go on from.

    Attributes:
        diagnostics: what to tell the user; never empty.
    """

    def __init__(self, diagnostics: Diagnostic | Iterable[Diagnostic]) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = (
            (diagnostics,) if isinstance(diagnostics, Diagnostic) else tuple(diagnostics)
        )
        super().__init__("; ".join(diagnostic.summary for diagnostic in self.diagnostics))


class InvalidInputError(VendError):
    """Requests or settings that cannot be used (exit code 4)."""


class RefusedError(VendError):
    """vend could go on but must not (exit code 3)."""


class ToolMissingError(VendError):
    """Terraform or a provider is not there (exit code 1)."""


class ProcessError(VendError):
    """A program could not be started or ran out of time (exit code 1)."""


class TerraformError(VendError):
    """Terraform failed, or answered in a way that cannot be read (exit code 1)."""


class AwsError(VendError):
    """AWS refused a call or could not be reached (exit code 1)."""


class ForgeError(VendError):
    """A forge refused a call or could not be reached (exit code 1)."""


class WorkingDirectoryError(VendError):
    """Nothing can be written in the fleet (exit code 1)."""


class LedgerError(VendError):
    """The ledger cannot be read or written (exit code 1)."""


class SandboxError(VendError):
    """The emulated AWS did not start or is gone (exit code 125)."""


class InterruptedRunError(VendError):
    """The user asked to stop (exit code 130)."""

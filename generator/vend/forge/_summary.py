"""The step summary of GitHub Actions: a file that the runner reads when the step ends."""

from __future__ import annotations

from pathlib import Path

from vend.errors import Diagnostic
from vend.models import Published


def summary_size(path: Path) -> int:
    """How many bytes the step has in its summary already."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def append_summary(path: Path | None, text: str) -> Published:
    """Writes a text to the end of a step's summary.

    Args:
        path: what GITHUB_STEP_SUMMARY names; None outside of GitHub Actions.
        text: Markdown; empty where there is no room left for any.
    """
    if path is None:
        return Published(part="summary", status="skipped", note="GITHUB_STEP_SUMMARY is not set")
    if not text:
        return Published(part="summary", status="skipped", note="the step summary is full")
    try:
        with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError as error:
        problem = Diagnostic(
            code="step-summary-not-written",
            summary=f"the step summary cannot be written to {path}",
            detail=str(error),
            hint="GitHub Actions sets GITHUB_STEP_SUMMARY to a file for each step; unset it elsewhere",
        )
        return Published(part="summary", status="failed", diagnostics=(problem,))
    return Published(part="summary", status="created")

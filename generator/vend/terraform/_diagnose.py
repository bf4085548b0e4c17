"""Terraform's diagnostics as ours, with a code and what to do next where that is known."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vend.errors import Diagnostic


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """A failure that is recognized by what Terraform or the provider says; the words come from their source."""

    code: str
    words: tuple[str, ...]
    hint: str


# Terraform's diagnostics carry no codes, so words are all there is; an unknown wording is a plain `terraform-error`.
_KNOWN = (
    _Known(
        code="state-locked",
        words=("Error acquiring the state lock",),
        hint="wait for the other run to end; if nobody works on the account any more: vend unlock NAME",
    ),
    _Known(
        code="plan-stale",
        words=("Saved plan is stale", "Saved plan does not match the given state"),
        hint="run `vend plan` again: the state has changed since",
    ),
    _Known(
        code="lock-outdated",
        words=(
            "Provider dependency changes detected",
            "Inconsistent dependency lock file",
            "Dependency lock file is inconsistent",
            "checksums recorded in the dependency lock file",
            "does not match configured version constraint",
        ),
        hint="update terraform.lock.hcl: vend lock",
    ),
    _Known(
        code="provider-unavailable",
        words=(
            "Failed to query available provider packages",
            "Failed to install provider",
            "Failed to install providers",
            "Required plugins are not installed",
            "Failed to resolve provider packages",
        ),
        hint="name a provider mirror that has this version for this platform (terraform.provider_mirror or "
        "$VEND_PROVIDER_MIRROR), or make the registry reachable",
    ),
    _Known(
        code="terraform-not-initialized",
        words=("Backend initialization required", "Module not installed", "Initialization required"),
        hint="remove the data directory of this root and run again",
    ),
    _Known(
        code="account-not-ready",
        words=("OptInRequired", "SubscriptionRequiredException"),
        hint="a new account takes AWS some minutes, at times hours: run `vend apply` again later",
    ),
    _Known(
        code="no-credentials",
        words=(
            "No valid credential sources found",
            "no valid credential sources",
            "failed to refresh cached credentials",
            "ExpiredToken",
            "InvalidClientTokenId",
            "The security token included in the request is",
        ),
        hint="check the AWS credentials vend was started with, and the role it assumes: vend doctor",
    ),
)


def diagnose(said: Mapping[str, Any], *, command: str, root: str) -> Diagnostic:
    """One of Terraform's diagnostics, its file relative to the fleet.

    Args:
        said: the `diagnostic` object of Terraform's JSON.
        command: what ran, for the message.
        root: the root's directory relative to the fleet, with forward slashes.
    """
    summary = " ".join(str(said.get("summary") or "Terraform failed").split())
    detail = str(said.get("detail") or "").strip()
    address = said.get("address")
    about = f"terraform {command} in {root or '.'}" + (f", {address}" if address else "")
    place = said.get("range") or {}
    start = place.get("start") or {}
    warning = said.get("severity") == "warning"
    known = None if warning else _recognize(summary, detail)
    filename = str(place.get("filename") or "").replace("\\", "/")
    return Diagnostic(
        severity="warning" if warning else "error",
        code="terraform-warning" if warning else known.code if known else "terraform-error",
        summary=summary,
        detail=f"{about}: {detail}" if detail else about,
        hint=known.hint if known else None,
        file=posixpath.normpath(posixpath.join(root, filename)) if filename else None,
        line=start.get("line"),
        column=start.get("column"),
    )


def _recognize(summary: str, detail: str) -> _Known | None:
    text = f"{summary}\n{detail}"
    return next((known for known in _KNOWN if any(words in text for words in known.words)), None)

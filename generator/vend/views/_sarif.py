"""Diagnostics as a SARIF log, for code scanning.

Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0, and what GitHub's code scanning wants
of it: a rule for every result, places relative to the repository, fingerprints.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from vend.errors import CODES, Diagnostic, Related, page_of, sort_diagnostics

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_WITHOUT_PLACE = "vend.hcl"
"""Code scanning shows no result that stands nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SarifTool:
    """Who writes the log.

    Attributes:
        version: of vend.
        prefix: of the fleet's files in their repository: empty, or with a slash at its end.
        explain: what to do about a code, as Markdown.
    """

    version: str
    prefix: str
    explain: Callable[[str], str]


def sarif_log(diagnostics: Iterable[Diagnostic], tool: SarifTool) -> dict[str, Any]:
    """The log; the same problems give the same bytes."""
    found = sort_diagnostics(diagnostics)
    codes = sorted({problem.code for problem in found})
    prints = _fingerprints(found)
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "vend",
                        "semanticVersion": tool.version,
                        "informationUri": page_of(None),
                        "rules": [_rule(code, tool) for code in codes],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "invocations": [{"executionSuccessful": True}],
                "results": [
                    _result(problem, codes.index(problem.code), fingerprint, tool)
                    for problem, fingerprint in zip(found, prints, strict=True)
                ],
            }
        ],
    }


def _rule(code: str, tool: SarifTool) -> dict[str, Any]:
    told = tool.explain(code)
    return {
        "id": code,
        "name": "".join(part.capitalize() for part in code.split("-")),
        "shortDescription": {"text": CODES.get(code, code)},
        "fullDescription": {"text": CODES.get(code, code)},
        "help": {"text": told, "markdown": told},
        "helpUri": page_of(code),
        "defaultConfiguration": {"level": "error"},
    }


def _result(problem: Diagnostic, rule: int, fingerprint: str, tool: SarifTool) -> dict[str, Any]:
    told = [problem.summary, problem.detail or "", f"Hint: {problem.hint}" if problem.hint else ""]
    result: dict[str, Any] = {
        "ruleId": problem.code,
        "ruleIndex": rule,
        "level": problem.severity,
        "message": {"text": "\n".join(part for part in told if part)},
        "locations": [{"physicalLocation": _physical(problem, tool)}],
        "partialFingerprints": {"vendDiagnostic/v1": fingerprint},
    }
    if problem.account is not None:
        result["locations"][0]["logicalLocations"] = [
            {"name": problem.account, "fullyQualifiedName": f"account.{problem.account}", "kind": "resource"}
        ]
    if problem.related:
        result["relatedLocations"] = [
            {"id": at, "physicalLocation": _physical(place, tool), "message": {"text": place.message}}
            for at, place in enumerate(problem.related, start=1)
        ]
    return result


def _physical(place: Diagnostic | Related, tool: SarifTool) -> dict[str, Any]:
    region = {"startLine": place.line or 1}
    if place.column is not None:
        region["startColumn"] = place.column
    if place.end_line is not None and place.end_column is not None:
        region |= {"endLine": place.end_line, "endColumn": place.end_column}
    return {
        "artifactLocation": {"uri": quote(tool.prefix + (place.file or _WITHOUT_PLACE)), "uriBaseId": "%SRCROOT%"},
        "region": region,
    }


def _fingerprints(found: Sequence[Diagnostic]) -> list[str]:
    """What a problem keeps when the lines above it change; those of one text are counted."""
    seen: Counter[str] = Counter()
    prints = []
    for problem in found:
        told = "\0".join((problem.code, problem.file or "", problem.account or "", problem.summary))
        prints.append(hashlib.sha256(f"{told}\0{seen[told]}".encode()).hexdigest()[:32])
        seen[told] += 1
    return prints

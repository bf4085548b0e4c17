"""Evaluating policies with the engine, and reading its results."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from vend.errors import Diagnostic
from vend.process import Command, Completed, run
from vend.rego._files import PolicyFile

SECONDS = 60.0
"""How long all policies together may take."""
_MISSING = 3
_ENGINE = Path(__file__).with_name("_engine.py")
_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a rule says.

    Attributes:
        code: the object's `code`, else the rule's name without `deny_` or `warn_`, in kebab-case.
        account: the object's `account`; None where it says nothing of one account.
        file: where the rule stands, with `line` from 1.
    """

    severity: Literal["deny", "warn"]
    code: str
    summary: str
    account: str | None
    file: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyEvaluation:
    """What came of all policies: a diagnostic means that some could not be judged, so that nothing passed."""

    findings: tuple[Finding, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = field(default=())


def evaluate(files: Sequence[PolicyFile], document: Mapping[str, Any], *, seconds: float = SECONDS) -> PolicyEvaluation:
    """Evaluates every rule that refuses or warns, in a process with nothing in its environment.

    Args:
        files: from `read_policies`.
        document: what the rules see as `input`.
        seconds: wall time for all of them.
    """
    rules = _rules(files)
    if not rules:
        return PolicyEvaluation()
    request = {
        "modules": [{"name": file.name, "text": file.text} for file in files],
        "queries": [{"package": package, "rule": rule} for package, rule in rules],
        "input": document,
    }
    completed = run(
        Command(
            argv=[sys.executable, "-I", str(_ENGINE)],
            env={"LANG": "C.UTF-8"},
            stdin=json.dumps(request).encode(),
            timeout_seconds=seconds,
            grace_seconds=0,
        )
    )
    failed = _failed(completed, seconds)
    if failed is not None:
        return PolicyEvaluation(diagnostics=(failed,))
    answer = json.loads(completed.stdout)
    if answer["modules"]:
        by_name = {file.name: file for file in files}
        return PolicyEvaluation(diagnostics=tuple(_invalid(by_name[one["name"]], one) for one in answer["modules"]))
    findings: list[Finding] = []
    problems: list[Diagnostic] = []
    for result in answer["queries"]:
        place = rules[result["package"], result["rule"]]
        _read(result, place, findings, problems)
    ordered = sorted(findings, key=lambda one: (one.severity, one.account or "", one.code, one.summary))
    return PolicyEvaluation(findings=tuple(ordered), diagnostics=tuple(problems))


def _rules(files: Iterable[PolicyFile]) -> dict[tuple[str, str], tuple[str, int]]:
    """Package and name of every rule, and where it stands first."""
    found: dict[tuple[str, str], tuple[str, int]] = {}
    for file in files:
        for rule, line in file.rules:
            found.setdefault((file.package, rule), (file.name, line))
    return found


def _failed(completed: Completed, seconds: float) -> Diagnostic | None:
    if completed.returncode == 0:
        return None
    if completed.timed_out:
        return Diagnostic(
            code="policy-timeout",
            summary=f"evaluating the policies took longer than {seconds:g} {'second' if seconds == 1 else 'seconds'}",
            hint="look for a regular expression with nested repetition, or a rule that compares everything with "
            "everything",
        )
    if completed.returncode == _MISSING:
        return Diagnostic(
            code="policy-engine-missing",
            summary="there are Rego policies, but the library that evaluates them is not installed",
            hint="install it with `pip install 'vend[policy]'`",
        )
    return Diagnostic(
        code="policy-error",
        summary=f"evaluating the policies exited with code {completed.returncode}",
        detail=completed.stderr.strip()[-2000:] or None,
    )


def _invalid(file: PolicyFile, problem: Mapping[str, Any]) -> Diagnostic:
    line, column = file.line_of(problem["offset"])
    return Diagnostic(
        code="policy-invalid",
        summary=f"not valid Rego: {problem['message']}",
        file=file.name,
        line=line,
        column=column,
    )


def _read(
    result: Mapping[str, Any], place: tuple[str, int], findings: list[Finding], problems: list[Diagnostic]
) -> None:
    rule, (name, line) = result["rule"], place
    if "error" in result:
        reason = f": {result['error']}" if result["error"] else ""
        problems.append(
            Diagnostic(
                code="policy-error",
                summary=f'the rule "{rule}" cannot be evaluated{reason}',
                detail="A function that it calls failed or is not known to the engine, or two of its values conflict.",
                hint="docs/reference/policy.md lists what the engine does not support; `opa eval` may say more",
                file=name,
                line=line,
                column=1,
            )
        )
        return
    value = result["value"]
    if value is None:
        return
    entries = [_finding(rule, entry, place) for entry in value] if isinstance(value, list) else [None]
    if None in entries:
        problems.append(
            Diagnostic(
                code="policy-invalid",
                summary=f'the rule "{rule}" returns something other than messages',
                detail="It must be a set of strings, or of objects with a `msg`.",
                hint=f'{rule} contains message if {{ … message := "…" }}',
                file=name,
                line=line,
                column=1,
            )
        )
        return
    findings.extend(entry for entry in entries if entry is not None)


def _finding(rule: str, entry: object, place: tuple[str, int]) -> Finding | None:
    given: Mapping[str, Any] = entry if isinstance(entry, dict) else {"msg": entry}
    summary = given.get("msg", given.get("message"))
    code = given.get("code", rule.partition("_")[2].replace("_", "-").lower() or "policy")
    account = given.get("account")
    if not isinstance(summary, str) or not isinstance(code, str) or not isinstance(account, str | None):
        return None
    if not summary.strip() or not _CODE.fullmatch(code):
        return None
    return Finding(
        severity="warn" if rule.startswith("warn") else "deny",
        code=code,
        summary=summary,
        account=account,
        file=place[0],
        line=place[1],
    )

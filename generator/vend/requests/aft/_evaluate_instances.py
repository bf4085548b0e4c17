"""Evaluating the instances of a module call in groups, if one of them fails."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import prod
from operator import itemgetter
from typing import Any

from vend.errors import Diagnostic, has_errors
from vend.hcl import literal
from vend.requests.aft._configuration import Configuration, is_local
from vend.requests.aft._evaluate import RepositoryEvaluation, Tools, evaluate
from vend.requests.aft._prepare import BUILTIN, prepare
from vend.requests.aft._repository import Repository
from vend.requests.aft._split_calls import CallPart, SplitCall
from vend.requests.language._problems import Problems

_PROBE = "vend-keys"
_AT_ONCE = 16
_MOST_CALLS = 2_000
_MOST_NAMED = 5


def evaluate_instances(
    repository: Repository, configuration: Configuration, tools: Tools, first: RepositoryEvaluation
) -> RepositoryEvaluation:
    """What is known where calls are made in ever smaller parts, until what fails stands alone.

    Terraform evaluates a variable of all instances of a call or of none. This costs two evaluations more and, for
    each factor of sixteen instances, another one.

    Args:
        repository: as for `prepare`.
        configuration: as for `prepare`.
        tools: as for `evaluate`.
        first: what came of evaluating it as it is.

    Returns:
        The first one where nothing more came of it. A problem of some instances names them.

    Raises:
        VendError: as for `evaluate`.
    """
    calls = list(_repeated(configuration)) if has_errors(first.diagnostics) else []
    if not calls:
        return first
    runs = first.runs

    def evaluated(split_calls: Sequence[SplitCall]) -> RepositoryEvaluation:
        nonlocal runs
        found = evaluate(prepare(repository, configuration, Problems(), split_calls), tools)
        runs += found.runs
        return found

    keys = _keys(evaluated(calls))
    split_calls = [
        replace(call, parts=_parts(call.probe, _first_split(keys[call.probe])))
        for call in calls
        if len(keys.get(call.probe, ())) > 1
    ]
    found = first
    while split_calls:
        found = evaluated(split_calls)
        smaller = [_smaller(each, found) for each in split_calls]
        if all(len(groups) == len(each.parts) for groups, each in zip(smaller, split_calls, strict=True)):
            break
        if prod(map(len, smaller)) > _MOST_CALLS:
            break
        split_calls = [
            replace(each, parts=_parts(each.probe, groups)) for each, groups in zip(split_calls, smaller, strict=True)
        ]
    if len(found.instances) <= len(first.instances):
        return replace(first, runs=runs)
    return replace(found, diagnostics=tuple(_merged(found, split_calls)), parts=(), runs=runs)


def _repeated(configuration: Configuration) -> Iterator[SplitCall]:
    """Calls that lead to requests, and of which nothing else in their module speaks."""
    request_inputs = {label for call in configuration.calls if not call.literal for label in call.address}
    number = 0
    for folder, files in configuration.modules.items():
        if folder in configuration.request_modules:
            continue
        for file in files:
            for block in file.body.blocks_of("module") if file.body is not None else ():
                source = block.body.attributes.get("source")
                label = (block.labels or ("",))[0]
                named = re.compile(rf"\bmodule\s*\.\s*{re.escape(label)}\b")
                if (
                    "for_each" in block.body.attributes
                    and label in request_inputs
                    and source is not None
                    and is_local(str(source.value))
                    and not any(named.search(each.text) for each in files)
                ):
                    yield SplitCall(path=file.path, block=block, probe=f"{_PROBE}-{number}")
                    number += 1


def _keys(found: RepositoryEvaluation) -> Mapping[str, tuple[str, ...]]:
    """The keys of each call, by the label of what asked for them; in no module twice."""
    keys: dict[str, dict[str, None]] = {}
    for instance in found.instances:
        label = instance.resource.partition("[")[0].removeprefix(f"{BUILTIN}.")
        if label.startswith(f"{_PROBE}-") and isinstance(instance.value, str):
            keys.setdefault(label, {})[instance.value] = None
    return {label: tuple(each) for label, each in keys.items()}


def _smaller(call: SplitCall, found: RepositoryEvaluation) -> list[tuple[str, ...]]:
    """The groups of keys, those that failed apart; as they are where each failed that has one key alone."""
    known = {label for instance in found.instances for label in instance.parts}
    if not any(part.label in known for part in call.parts if len(part.keys) == 1):
        return [part.keys for part in call.parts]
    groups = [(part.keys,) if part.label in known else _split(part.keys) for part in call.parts]
    return [keys for group in groups for keys in group]


def _first_split(keys: Sequence[str]) -> list[tuple[str, ...]]:
    """Groups, and one key of each apart: if all of these fail, it is no matter of single instances."""
    return [part for group in _split(keys) for part in (group[:1], group[1:]) if part]


def _parts(probe: str, groups: Sequence[tuple[str, ...]]) -> tuple[CallPart, ...]:
    return tuple(CallPart(label=f"{probe}-{index}", keys=keys) for index, keys in enumerate(groups))


def _split(keys: Sequence[str]) -> list[tuple[str, ...]]:
    size = -(-len(keys) // _AT_ONCE)
    return [tuple(keys[start : start + size]) for start in range(0, len(keys), size)]


def _merged(found: RepositoryEvaluation, split_calls: Sequence[SplitCall]) -> Iterator[Diagnostic]:
    """Each problem once, with the instances that have it."""
    calls = {
        part.label: [f"module.{call.label}[{literal(key)}]" for key in part.keys]
        for call in split_calls
        for part in call.parts
    }
    labelled = zip(found.diagnostics, (calls[label] if label is not None else [] for label in found.parts), strict=True)
    first: dict[Any, Diagnostic] = {}
    instances: dict[Any, list[str]] = defaultdict(list)
    for problem, named in sorted(labelled, key=itemgetter(1)):  # Terraform tells them in any order
        key = (problem.code, problem.file, problem.line, problem.column, problem.summary)
        first.setdefault(key, problem)
        instances[key] += named
    for key, problem in first.items():
        names = instances[key]
        shown = ", ".join(names[:_MOST_NAMED]) + (
            f" and {len(names) - _MOST_NAMED} more" if names[_MOST_NAMED:] else ""
        )
        yield replace(problem, detail=f"{shown}: {problem.detail}") if shown else problem

"""Reading `terraform show -json` of a saved plan (format version 1.x, Terraform's "JSON output format" page)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vend.errors import Diagnostic, TerraformError
from vend.plan import ChangeAction, ResourceChange
from vend.terraform._drift import relevant_attributes, relevant_drift

_ACTIONS: dict[tuple[str, ...], ChangeAction] = {
    ("no-op",): "no-op",
    ("create",): "create",
    ("read",): "read",
    ("update",): "update",
    ("delete",): "destroy",
    ("forget",): "forget",
    ("delete", "create"): "replace",
    ("create", "delete"): "replace",
    # The old object is left alone, but a new one takes its place all the same.
    ("create", "forget"): "replace",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDocument:
    """A saved plan.

    Attributes:
        changes: what it will do; resources that stay as they are are left out.
        drift: what changed outside Terraform since the last apply, as far as it matters to the plan.
        outputs: action by name of the outputs that change.
        mentioned: addresses of all managed resources that it knows of, former ones of those that were renamed too.
    """

    changes: tuple[ResourceChange, ...]
    drift: tuple[ResourceChange, ...]
    outputs: Mapping[str, ChangeAction]
    terraform_version: str
    mentioned: frozenset[str] = frozenset()


def read_plan(content: str) -> PlanDocument:
    """Reads the document.

    Raises:
        TerraformError: `plan-unreadable`.
    """
    try:
        document = json.loads(content)
        if not str(document["format_version"]).startswith("1."):
            raise _unreadable(f"its format version is {document['format_version']}; vend reads version 1")
        outputs = {
            name: _action(change["actions"], importing=False)
            for name, change in (document.get("output_changes") or {}).items()
        }
        changes = _changes(document.get("resource_changes"))
        relevant = relevant_attributes(document.get("relevant_attributes"))
        return PlanDocument(
            changes=changes,
            drift=relevant_drift(_changes(document.get("resource_drift")), changes, relevant),
            outputs={name: action for name, action in outputs.items() if action != "no-op"},
            terraform_version=str(document.get("terraform_version", "")),
            mentioned=frozenset(_mentioned(document)),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise _unreadable(f"reading what Terraform said of it: {error!r}") from error


def _changes(entries: Iterable[Mapping[str, Any]] | None) -> tuple[ResourceChange, ...]:
    changes = (_change(entry) for entry in entries or ())
    return tuple(change for change in changes if change.action != "no-op")


def _mentioned(document: Mapping[str, Any]) -> Iterator[str]:
    # What is gone from AWS and from the configuration alike is told of as drift alone.
    for entry in (*(document.get("resource_changes") or ()), *(document.get("resource_drift") or ())):
        if entry.get("mode") == "managed":
            yield entry["address"]
            if "previous_address" in entry:
                yield entry["previous_address"]


def _change(entry: Mapping[str, Any]) -> ResourceChange:
    change = entry["change"]
    importing = change.get("importing")
    return ResourceChange(
        address=entry["address"],
        type=entry["type"],
        name=entry["name"],
        provider=entry.get("provider_name", ""),
        action=_action(change["actions"], importing=importing is not None),
        before=change.get("before"),
        after=change.get("after"),
        after_unknown=change.get("after_unknown"),
        before_sensitive=change.get("before_sensitive"),
        after_sensitive=change.get("after_sensitive"),
        replace_paths=tuple(tuple(path) for path in change.get("replace_paths") or ()),
        importing=str(importing.get("id", "")) if importing is not None else None,
    )


def _action(actions: Iterable[str], *, importing: bool) -> ChangeAction:
    action = _ACTIONS.get(tuple(actions))
    if action is None:
        raise ValueError(f"unknown actions {list(actions)}")
    return "import" if importing and action == "no-op" else action


def _unreadable(detail: str) -> TerraformError:
    return TerraformError(
        Diagnostic(
            code="plan-unreadable",
            summary="a Terraform plan cannot be read",
            detail=detail,
            hint="plan again; if it was written by a newer Terraform, update vend",
        )
    )

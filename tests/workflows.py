"""Workflows of GitHub Actions, read as their runner reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job of a workflow."""

    workflow: str
    name: str
    body: dict[str, Any]

    @property
    def steps(self) -> list[dict[str, Any]]:
        return list(self.body["steps"])

    @property
    def permissions(self) -> dict[str, str]:
        return dict(self.body["permissions"])

    @property
    def writes(self) -> set[str]:
        return {name for name, access in self.permissions.items() if access != "read"}

    @property
    def scripts(self) -> list[str]:
        return [step["run"] for step in self.steps if "run" in step]

    def uses(self, action: str) -> list[dict[str, Any]]:
        return [step for step in self.steps if step.get("uses", "").partition("@")[0] == action]


def workflow(path: Path) -> dict[str, Any]:
    """A workflow, in YAML 1.2: `on` is a name there."""
    found = YAML(typ="safe").load(path)
    assert isinstance(found, dict)
    return found


def jobs(fleet: Path) -> Iterator[Job]:
    """Every job of every workflow of a fleet."""
    for path in sorted((fleet / ".github" / "workflows").iterdir()):
        for name, body in workflow(path)["jobs"].items():
            yield Job(workflow=path.stem, name=name, body=body)


def job(fleet: Path, of: str, name: str) -> Job:
    """One job."""
    (found,) = (each for each in jobs(fleet) if (each.workflow, each.name) == (of, name))
    return found

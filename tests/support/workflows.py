"""Workflows of GitHub Actions, read as their runner reads them."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from vend.process import Command, run


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a job.

    Attributes:
        result: as `needs` has it: `success`, `failure` or `skipped`.
        log: what its scripts wrote, standard error included.
    """

    result: str
    outputs: dict[str, str] = field(default_factory=dict)
    log: str = ""


@dataclass(slots=True, kw_only=True)
class Event:
    """What starts a workflow.

    Attributes:
        name: `pull_request`, `push` or `workflow_dispatch`.
        sha: the commit that is checked out.
    """

    name: str
    sha: str
    payload: dict[str, Any]
    inputs: dict[str, str] = field(default_factory=dict)


_TOKENS = re.compile(
    r"\s*(?:(?P<text>'[^']*')|hashFiles\((?P<files>'[^']*')\)|(?P<status>!cancelled\(\))|(?P<op>==|!=|&&|\|\|)"
    r"|(?P<name>[a-z_][\w.-]*))"
)
_OPERATORS = {"==": "==", "!=": "!=", "&&": "and", "||": "or"}
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_INSTALLS = "python -m pip install --requirement requirements.txt"
_NOTHING_TO_DO = frozenset({"actions/setup-python", "hashicorp/setup-terraform"})


@dataclass
class Runner:
    """Runs jobs as GitHub's runners do: scripts in bash, each job in a checkout of its own.

    In place of the network there are `trees` to check out, `assume` to get a role's session, and a store of artifacts.
    An action or an expression that it does not know is an error.

    Attributes:
        trees: folders by commit and by branch.
        environ: of every script.
        aws: what leads to AWS, for jobs that assume a role.
        assume: from a role's ARN to the variables of its session.
        github: the context of this name.
    """

    trees: dict[str, Path]
    scratch: Path
    environ: Mapping[str, str]
    aws: Mapping[str, str]
    assume: Callable[[str], Mapping[str, str]]
    github: Mapping[str, Any]
    secrets: Mapping[str, str] = field(default_factory=dict)
    artifacts: dict[str, dict[str, bytes]] = field(default_factory=dict)
    runs: int = 0

    def workflow(self, name: str, event: Event) -> dict[str, Outcome]:
        """What comes of each job, in the order of the file, which is that of their needs."""
        found: dict[str, Outcome] = {}
        for each in (each for each in jobs(self.trees[event.sha]) if each.workflow == name):
            needs = [each.body["needs"]] if "needs" in each.body else []
            needed = {name: {"result": found[name].result, "outputs": found[name].outputs} for name in needs}
            self.runs += 1
            found[each.name] = _Run(self, each, event, needed).run()
        return found


class _Run:
    """One job under way."""

    def __init__(self, runner: Runner, job: Job, event: Event, needs: Mapping[str, Any]) -> None:
        self._runner = runner
        self._job = job
        self._event = event
        self._needs = needs
        self._steps: dict[str, Any] = {}
        self._log = ""
        self._failed = False
        self._workspace = runner.scratch / f"job-{runner.runs}"
        self._workspace.mkdir()
        self._environ = {**runner.environ, **self._variables()}

    def run(self) -> Outcome:
        condition = self._job.body.get("if", "")
        met = self._value(condition) if condition else True
        unmet = any(need["result"] != "success" for need in self._needs.values()) and "cancelled()" not in condition
        if unmet or not met:
            return Outcome(result="skipped")
        for step in self._job.steps:
            condition = step.get("if", "")
            if (self._failed and "cancelled()" not in condition) or (condition and not self._value(condition)):
                continue
            self._step(step)
        outputs = {name: self._text(value) for name, value in self._job.body.get("outputs", {}).items()}
        return Outcome(result="failure" if self._failed else "success", outputs=outputs, log=self._log)

    def _variables(self) -> dict[str, str]:
        """What GitHub tells every script."""
        payload = self._runner.scratch / f"event-{self._runner.runs}.json"
        payload.write_text(json.dumps(self._event.payload))
        return {
            "GITHUB_REPOSITORY": self._runner.github["repository"],
            "GITHUB_API_URL": self._runner.github["api_url"],
            "GITHUB_EVENT_PATH": str(payload),
            "GITHUB_SHA": self._event.sha,
            "GITHUB_STEP_SUMMARY": str(self._runner.scratch / f"summary-{self._runner.runs}.md"),
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_RUN_ID": str(self._runner.runs),
        }

    def _step(self, step: Mapping[str, Any]) -> None:
        if "run" in step:
            self._script(step)
            return
        action = step["uses"].partition("@")[0]
        given = {name: self._text(value) for name, value in step.get("with", {}).items()}
        if action == "actions/checkout":
            tree = self._runner.trees[given.get("ref") or self._event.sha]
            shutil.copytree(tree, self._workspace / given.get("path", "."), dirs_exist_ok=True)
        elif action == "aws-actions/configure-aws-credentials":
            assert self._job.permissions["id-token"] == "write"
            self._environ |= {**self._runner.aws, **self._runner.assume(given["role-to-assume"])}
        elif action == "actions/upload-artifact":
            self._upload(step, given)
        elif action == "actions/download-artifact":
            for name, content in self._runner.artifacts[given["name"]].items():
                (self._workspace / name).write_bytes(content)
        else:
            assert action in _NOTHING_TO_DO, action

    def _upload(self, step: Mapping[str, Any], given: Mapping[str, str]) -> None:
        paths = [self._workspace / name for name in given["path"].split()]
        content = {path.name: path.read_bytes() for path in paths if path.exists()}
        if not content:
            self._failed |= given.get("if-no-files-found") == "error"
            return
        assert given["name"] not in self._runner.artifacts or given["overwrite"] == "True"
        self._runner.artifacts[given["name"]] = content
        number = len(self._runner.artifacts)
        outputs = {"artifact-id": str(number), "artifact-url": f"https://github.com/artifacts/{number}"}
        self._steps[step["id"]] = {"outputs": outputs}

    def _script(self, step: Mapping[str, Any]) -> None:
        if step["run"] == _INSTALLS:
            assert (self._workspace / "requirements.txt").read_text().count("vend[") == 1
            return
        own = {name: self._text(value) for name, value in step.get("env", {}).items()}
        completed = run(
            Command(
                argv=["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
                env={**self._environ, **own},
                cwd=self._workspace,
                timeout_seconds=300,
            )
        )
        self._log += f"$ {step['run']}\n{completed.stdout}{completed.stderr}"
        self._failed |= completed.returncode != 0

    def _text(self, value: Any) -> str:
        """A value with its expressions evaluated; what is not there is empty, as on GitHub."""
        return _EXPRESSION.sub(lambda found: str(self._value(found[1]) or ""), str(value))

    def _value(self, expression: str) -> Any:
        inner = _EXPRESSION.fullmatch(expression)
        text = inner[1] if inner else expression
        names: dict[str, Any] = {}
        written: list[str] = []
        position = 0
        while position < len(text):
            token = _TOKENS.match(text, position)
            assert token is not None, f"an expression that the runner does not know: {text!r}"
            position = token.end()
            written.append(self._token(token, names))
        return eval(" ".join(written), {"__builtins__": {}}, names)  # noqa: S307 - of names, texts and four operators

    def _token(self, token: re.Match[str], names: dict[str, Any]) -> str:
        if token["op"]:
            return _OPERATORS[token["op"]]
        if token["status"]:
            return "True"
        if token["text"]:
            return repr(token["text"][1:-1])
        name = f"value_{len(names)}"
        if token["files"]:
            names[name] = "0123" if (self._workspace / token["files"][1:-1]).exists() else ""
        else:
            names[name] = self._looked_up(token["name"])
        return name

    def _looked_up(self, path: str) -> Any:
        found: Any = {
            "github": {
                **self._runner.github,
                "event_name": self._event.name,
                "event": self._event.payload,
                "sha": self._event.sha,
            },
            "inputs": self._event.inputs,
            "needs": self._needs,
            "secrets": self._runner.secrets,
            "steps": self._steps,
        }
        context, *rest = path.split(".")
        found = found[context]
        for key in rest:
            found = found.get(key, "") if isinstance(found, Mapping) else ""
        return found

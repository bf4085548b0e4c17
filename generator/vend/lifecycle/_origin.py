"""Who started a run, and on what: what the ledger remembers of it beside its report."""

from __future__ import annotations

from collections.abc import Mapping

from vend.errors import ProcessError
from vend.events import RunStarted
from vend.lifecycle._workspace import Workspace
from vend.models import RunOrigin
from vend.plan import Plan

_ACTORS = ("GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BITBUCKET_STEP_TRIGGERER_UUID", "BUILD_REQUESTEDFOR")
"""Who started a job of GitHub Actions, GitLab CI, Bitbucket Pipelines or Azure Pipelines (their lists of variables)."""


def run_started(workspace: Workspace, command: str, accounts: tuple[str, ...]) -> RunStarted:
    """The event that a command began work on these accounts."""
    return RunStarted(
        run=workspace.run,
        command=command,
        accounts=accounts,
        directory=workspace.directory,
        sensitive_patterns=workspace.fleet.settings.review.sensitive_patterns,
    )


def run_origin(workspace: Workspace, plan: Plan) -> RunOrigin:
    """Who applies a plan, from which commit, and what it is to do."""
    owner = workspace.leases.owner
    return RunOrigin(
        user=owner.user,
        host=owner.host,
        actor=_actor(workspace.environ),
        commit=fleet_commit(workspace),
        digest=plan.digest,
        actions={account.account: account.action for account in plan.accounts if account.action != "none"},
    )


def fleet_commit(workspace: Workspace) -> str | None:
    """The commit that is checked out; None where the fleet is no git repository, or there is no git."""
    from vend.process import Command, run

    command = Command(
        argv=["git", "rev-parse", "--verify", "HEAD"],
        env={"PATH": workspace.environ.get("PATH", ""), "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"},
        cwd=workspace.fleet.directory,
        timeout_seconds=10.0,
    )
    try:
        completed = run(command)
    except ProcessError:
        return None
    return completed.stdout.strip() if completed.returncode == 0 else None


def _actor(environ: Mapping[str, str]) -> str | None:
    return next((environ[name] for name in _ACTORS if environ.get(name)), None)

"""Hooks of one stage of one account, one after another."""

from __future__ import annotations

from vend.errors import AwsError, Diagnostic
from vend.events import HookOutput
from vend.lifecycle._workspace import Workspace
from vend.lifecycle.roots._roots import StageFailedError
from vend.models import AccountRequest, Hook, StageName, StageResult


class HookRun:
    """Runs the hooks of one stage.

    Args:
        workspace: from `open_workspace`.
        request: the account request.
        stage: whose hooks.
        account_id: None before the account exists; then hooks have no session.
        failed: the stage that failed, for `on_failure`.
    """

    def __init__(
        self,
        workspace: Workspace,
        request: AccountRequest,
        stage: StageName,
        account_id: str | None,
        failed: StageResult | None = None,
    ) -> None:
        from vend.customizations import hooks_of

        self._workspace = workspace
        self._request = request
        self._stage = stage
        self._account_id = account_id
        self._failed = failed
        self._hooks: tuple[Hook, ...] = hooks_of(request, workspace.catalogue, stage)

    @property
    def any(self) -> bool:
        """Whether there are hooks for this stage."""
        return bool(self._hooks)

    def run(self) -> None:
        """Runs them in order; the first that fails ends the stage.

        Raises:
            StageFailedError: a hook failed, ran out of time, or was stopped.
        """
        for hook in self._hooks:
            # A session of its own age for each: one may take longer than a session lasts.
            self._one(hook)

    def _one(self, hook: Hook) -> None:
        from vend.customizations import HookContext, run_hook

        workspace = self._workspace
        context = HookContext(
            request=self._request,
            account_id=self._account_id,
            stage=self._stage,
            region=workspace.fleet.settings.home_region,
            session=self._session(),
            environ=workspace.environ,
            failed=self._failed.to_json() if self._failed else None,
        )
        outcome = run_hook(
            hook,
            context,
            on_line=self._line(hook),
            stop=workspace.stop,
            timeout_seconds=workspace.fleet.settings.hook_timeout_minutes * 60.0,
        )
        if not outcome.ok:
            raise StageFailedError(
                outcome.diagnostics or (Diagnostic(code="hook-failed", summary=f"{hook.label} failed"),),
                aborted=workspace.stop.is_set(),
            )

    def _session(self) -> dict[str, str]:
        """The vended account's session; none before it exists, and none where that is why the stage failed."""
        if self._account_id is None or self._stage == "pre_account":
            return {}
        try:
            return self._workspace.aws.account_environment(self._account_id, self._request.account)
        except AwsError:
            if self._failed is None:
                raise
            return {}

    def _line(self, hook: Hook) -> _LineListener:
        return _LineListener(self._workspace, self._request.account, self._stage, hook.label)


class _LineListener:
    """Turns a hook's lines into events."""

    def __init__(self, workspace: Workspace, account: str, stage: StageName, hook: str) -> None:
        self._workspace = workspace
        self._account = account
        self._stage = stage
        self._hook = hook

    def __call__(self, line: str) -> None:
        self._workspace.on_event(HookOutput(account=self._account, stage=self._stage, hook=self._hook, line=line))

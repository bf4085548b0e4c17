"""Running a hook: its environment, its output and its time limit."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vend.errors import Diagnostic, ProcessError
from vend.models import AccountRequest, Hook, StageName
from vend.process import Command, Completed, run

_PASSED = frozenset(
    {
        "PATH",
        "LANG",
        "TMPDIR",
        *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"),
        *("http_proxy", "https_proxy", "no_proxy", "all_proxy"),
        *("AWS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"),
    }
)
"""What a hook gets from the caller's environment, besides `AWS_ENDPOINT_URL*`."""
_SECRET = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN")
_LAST_LINES = 20
_GRACE_SECONDS = 10.0
_KEPT_BYTES = 64 << 10
_PYTHON_HOOK = Path(__file__).with_name("_python_hook.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class HookContext:
    """What a hook is told.

    Attributes:
        account_id: None before the account exists.
        region: the home Region.
        session: AWS session variables of the vended account; empty where there is none.
        environ: the caller's environment; only a few variables of it are passed on.
        failed: for `on_failure`, the stage that failed, in the form of `StageResult.to_json`.
    """

    request: AccountRequest
    account_id: str | None
    stage: StageName
    region: str
    session: Mapping[str, str] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)
    failed: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """What the file that `VEND_CONTEXT` names holds, and a Python hook's `run` gets; keys are a contract."""
        return {
            "stage": self.stage,
            "region": self.region,
            "account": self.request.account,
            "account_id": self.account_id,
            "request": self.request.to_json(),
            "failed": dict(self.failed) if self.failed is not None else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class HookOutcome:
    """How a hook ended; `seconds` is wall time."""

    ok: bool
    diagnostics: tuple[Diagnostic, ...] = ()
    seconds: float = 0.0


def run_hook(
    hook: Hook,
    context: HookContext,
    *,
    on_line: Callable[[str], None],
    stop: threading.Event,
    timeout_seconds: float,
) -> HookOutcome:
    """Runs one hook to its end, in the folder of its customization, or the fleet's.

    Args:
        hook: from `hooks_of`.
        context: what it is told.
        on_line: gets each line that it writes, without its end; credentials of the session are masked.
        stop: once set, the hook is interrupted, and killed ten seconds later.
        timeout_seconds: after which the same happens.

    Returns:
        Whether it exited with 0; if not, why, as diagnostics `hook-failed`, `hook-timeout`, `hook-stopped` or
        `hook-not-startable`.
    """
    last: deque[str] = deque(maxlen=_LAST_LINES)
    secrets = [context.session[name] for name in _SECRET if context.session.get(name)]

    def line(text: str) -> None:
        for secret in secrets:
            text = text.replace(secret, "***")
        last.append(text)
        on_line(text)

    try:
        with _environment(context) as env:
            completed = run(
                Command(
                    argv=_argv(hook),
                    env=env,
                    cwd=hook.path.parent.parent,
                    timeout_seconds=timeout_seconds,
                    grace_seconds=_GRACE_SECONDS,
                    interrupt_group=True,
                    on_stdout=line,
                    on_stderr=line,
                    stop=stop,
                    keep_bytes=_KEPT_BYTES,
                )
            )
    except ProcessError as error:
        problems = (
            replace(
                _placed(hook, context, "hook-not-startable", problem.summary), detail=problem.detail, hint=problem.hint
            )
            for problem in error.diagnostics
        )
        return HookOutcome(ok=False, diagnostics=tuple(problems))
    except OSError as error:
        summary = f"the context for {hook.label} could not be written"
        problem = replace(_placed(hook, context, "hook-not-startable", summary), detail=str(error))
        return HookOutcome(ok=False, diagnostics=(problem,))
    problem_found = _problem(hook, context, completed, timeout_seconds)
    if problem_found is None:
        return HookOutcome(ok=True, seconds=completed.seconds)
    failure = replace(problem_found, detail="\n".join((problem_found.detail or "", *last)).strip() or None)
    return HookOutcome(ok=False, diagnostics=(failure,), seconds=completed.seconds)


def _argv(hook: Hook) -> list[str]:
    if hook.path.suffix == ".py":
        # What was compiled earlier is not looked for beside the sources: no digest holds it.
        return [
            *(sys.executable, "-I", "-B", "-u", "-X", f"pycache_prefix={os.devnull}"),
            *(str(_PYTHON_HOOK), str(hook.path)),
        ]
    return [str(hook.path)]


@contextmanager
def _environment(context: HookContext) -> Iterator[dict[str, str]]:
    """The whole environment of a hook; its home folder and context file are gone afterwards."""
    passed = {
        name: value
        for name, value in context.environ.items()
        if name in _PASSED or name == "AWS_ENDPOINT_URL" or name.startswith("AWS_ENDPOINT_URL_")
    }
    with tempfile.TemporaryDirectory(prefix="vend-hook-", ignore_cleanup_errors=True) as folder:
        home = Path(folder) / "home"
        home.mkdir(mode=0o700)
        file = Path(folder) / "context.json"
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(context.to_json(), stream, indent=2, sort_keys=True)
        yield {
            "PATH": os.defpath,
            "LANG": "C.UTF-8",
            **passed,
            **context.session,
            "HOME": str(home),
            "AWS_REGION": context.region,
            "AWS_DEFAULT_REGION": context.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "VEND_ACCOUNT": context.request.account,
            "VEND_ACCOUNT_ID": context.account_id or "",
            "VEND_STAGE": context.stage,
            "VEND_REGION": context.region,
            "VEND_CONTEXT": str(file),
        }


def _problem(hook: Hook, context: HookContext, completed: Completed, timeout_seconds: float) -> Diagnostic | None:
    label = hook.label
    if completed.stopped:
        return _placed(hook, context, "hook-stopped", f"{label} was stopped")
    if completed.timed_out:
        failure = _placed(hook, context, "hook-timeout", f"{label} did not finish within {_spoken(timeout_seconds)}")
        hint = "make it wait less, or raise hooks.timeout_minutes in vend.hcl"
        return replace(failure, hint=hint)
    if completed.returncode == 0:
        return None
    how = (
        f"was ended by signal {-completed.returncode}"
        if completed.returncode < 0
        else f"exited with {completed.returncode}"
    )
    failure = _placed(hook, context, "hook-failed", f"{label} {how}")
    return replace(failure, hint="a hook runs again until it succeeds, so it must cope with work that is already done")


def _placed(hook: Hook, context: HookContext, code: str, summary: str) -> Diagnostic:
    own = hook.path.parent.parent
    folder = f"customizations/{own.name}/hooks" if own.parent.name == "customizations" else "hooks"
    return Diagnostic(code=code, summary=summary, file=f"{folder}/{hook.path.name}", account=context.request.account)


def _spoken(seconds: float) -> str:
    number, unit = (seconds / 60, "minute") if seconds >= 60 else (seconds, "second")  # noqa: PLR2004
    return f"{number:g} {unit}" if number == 1 else f"{number:g} {unit}s"

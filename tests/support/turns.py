"""Several runs at once, each step of each in an order that a test chooses."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from support.fakes import FakeAws, FakeTerraform
from vend.errors import Diagnostic
from vend.ledger import SqliteFile
from vend.models import AccountRequest, Applied
from vend.terraform import Outcome

_SECONDS = 120.0
"""After which a test that hangs fails."""


class Turns:
    """Lets one run at a time go on, to its next step.

    Args:
        choose: which of the runs that can go on does.
    """

    def __init__(self, choose: Callable[[Sequence[str]], str]) -> None:
        self._choose = choose
        self._changed = threading.Condition()
        self._waiting: dict[str, Callable[[], bool]] = {}
        self._turn: str | None = None
        self.steps: list[str] = []

    def take(self, run: str, step: str, can: Callable[[], bool] = lambda: True) -> None:
        """Waits for this run's turn to take a step.

        Args:
            run: whose.
            step: what it is about to do.
            can: whether it could do it now.
        """
        with self._changed:
            self._waiting[run] = can
            self._changed.notify_all()
            if not self._changed.wait_for(lambda: self._turn == run, _SECONDS):
                raise TimeoutError(f"{run} never had its turn to {step}: {self.steps}")
            self._turn = None
            del self._waiting[run]
            self.steps.append(f"{run} {step}")

    def play(self, runs: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
        """Plays all runs to their ends; what came of each."""
        with ThreadPoolExecutor(max_workers=len(runs)) as pool:
            futures: dict[str, Future[Any]] = {name: pool.submit(self._begin, name, run) for name, run in runs.items()}
            while self._give(futures):
                pass
            return {name: future.result() for name, future in futures.items()}

    def _begin(self, name: str, run: Callable[[], Any]) -> Any:
        try:
            self.take(name, "begin")
            return run()
        finally:
            with self._changed:
                self._changed.notify_all()

    def _give(self, futures: Mapping[str, Future[Any]]) -> bool:
        """Gives the next turn; False once all runs have ended."""

        def settled() -> bool:
            return self._turn is None and all(name in self._waiting or f.done() for name, f in futures.items())

        with self._changed:
            until = 0.0
            while not settled():
                until += 0.05
                if until > _SECONDS:
                    raise TimeoutError(f"nobody goes on: {self.steps}")
                self._changed.wait(0.05)
            able = sorted(name for name, can in self._waiting.items() if can())
            if not able:
                assert not self._waiting, f"all wait for each other: {self.steps}"
                return False
            self._turn = self._choose(able)
            self._changed.notify_all()
        return True


def every_order(play: Callable[[Callable[[Sequence[str]], str]], None]) -> int:
    """Plays all orders that there are; gives their number.

    Args:
        play: plays one of them, asking who goes on.
    """
    number = 0
    prefix: list[int] = []
    while True:
        options: list[int] = []

        def choose(able: Sequence[str], options: list[int] = options) -> str:
            at = len(options)
            options.append(len(able))
            if at == len(prefix):
                prefix.append(0)
            return able[prefix[at]]

        play(choose)
        number += 1
        while prefix and prefix[-1] + 1 >= options[len(prefix) - 1]:
            prefix.pop()
        if not prefix:
            return number
        prefix[-1] += 1


class TurnLedger(SqliteFile):
    """One run's connection to a ledger; taking a lease, looking again and giving it back are steps."""

    def __init__(self, path: Path, turns: Turns, run: str) -> None:
        super().__init__(path)
        self._turns = turns
        self._run = run

    def acquire_lease(self, name: str, holder: str, ttl_seconds: float) -> bool:
        """Waits until it is free."""
        if name.startswith("account/"):
            self._turns.take(self._run, "lease", lambda: self.lease(name) is None)
        return super().acquire_lease(name, holder, ttl_seconds)

    def applied_to(self, account: str) -> Applied | None:
        """Under the lease, as the only one that asks for one account."""
        self._turns.take(self._run, "look again")
        return super().applied_to(account)

    def release_lease(self, name: str, holder: str) -> None:
        """After all that was recorded."""
        if name.startswith("account/"):
            self._turns.take(self._run, "release")
        super().release_lease(name, holder)


class HonestTerraform(FakeTerraform):
    """Keeps states as Terraform does: it plans what differs from them, and applies no plan of another state.

    Attributes:
        stale: how many saved plans it has refused.
    """

    def honestly(
        self, aws: FakeAws, requests: Mapping[str, AccountRequest], states: Path, turns: Turns, run: str
    ) -> None:
        """Says where it works."""
        self.aws, self.requests, self.states, self.turns, self.name = aws, requests, states, turns, run
        self.serials: dict[bytes, int] = {}
        self.stale = 0

    def plan(self, root: Path, **options: Any) -> Outcome:
        """What the rendered values and the state differ in."""
        account, stage = root.parts[-2:]
        state = self._state(account, stage)
        wanted = (root / "terraform.tfvars.json").read_text()
        self.changes.pop((account, stage), None)
        if state is None or state["wanted"] != wanted:
            self.changes[account, stage] = tuple(_changes(self.requests[account], stage, state is None))
        outcome = super().plan(root, **options)
        self.serials[options["out"].read_bytes()] = state["serial"] if state else 0
        return outcome

    def apply(self, root: Path, *, plan_file: Path, **options: Any) -> Outcome:
        """Makes the account, and writes the state."""
        account, stage = root.parts[-2:]
        self.turns.take(self.name, f"apply {stage}")
        state = self._state(account, stage)
        serial = state["serial"] if state else 0
        if self.serials[plan_file.read_bytes()] != serial:
            self.stale += 1
            return Outcome(ok=False, diagnostics=(Diagnostic(code="plan-stale", summary="Saved plan is stale"),))
        if stage == "account" and account not in self.aws.products:
            unit = next(u for u in self.aws.units.values() if u.path == self.requests[account].organizational_unit)
            self.aws.vend(self.requests[account], unit)
        outcome = super().apply(root, plan_file=plan_file, **options)
        path = self.states / account / f"{stage}.tfstate"
        path.parent.mkdir(parents=True, exist_ok=True)
        wanted = (root / "terraform.tfvars.json").read_text()
        path.write_text(json.dumps(_state(account, stage, serial + 1, wanted)))
        return outcome

    def _state(self, account: str, stage: str) -> dict[str, Any] | None:
        path = self.states / account / f"{stage}.tfstate"
        return json.loads(path.read_text()) if path.exists() else None


def _changes(request: AccountRequest, stage: str, new: bool) -> Iterator[Any]:  # noqa: FBT001 - reads as it is meant
    from support.factories import a_change, a_new_product, a_unit

    if stage == "account":
        made = a_new_product(request, a_unit())
        yield made if new else a_change(action="update", address=made.address, type=made.type)
    else:
        yield a_change(action="create" if new else "update", address="a.b", type="a")


def _state(account: str, stage: str, serial: int, wanted: str) -> dict[str, Any]:
    product = {
        "module": "module.account",
        "mode": "managed",
        "type": "aws_servicecatalog_provisioned_product",
        "name": "this",
        "instances": [{"attributes": {"id": f"pp-{account}", "provisioning_parameters": [{"key": "AccountName"}]}}],
    }
    return {
        "version": 4,
        "terraform_version": "1.11.4",
        "serial": serial,
        "lineage": "l",
        "outputs": {},
        "resources": [product] if stage == "account" else [],
        "wanted": wanted,
    }

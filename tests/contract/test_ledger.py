"""The same cases against both kinds of ledger; DynamoDB is moto's, in this process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from vend.ledger import DynamodbTable, Ledger, SqliteFile
from vend.models import AppliedStage, Held, ProcessIdentity, RunOrigin, RunOwner


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.seconds = 1_700_000_000.0

    def __call__(self) -> float:
        """Seconds since 1970."""
        return self.seconds


OpenLedger = Callable[[], Ledger]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "dynamodb"])
def open_another(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[OpenLedger]:
    """Opens the same ledger once more, as another process would."""
    opened: list[Ledger] = []
    client = request.getfixturevalue("table") if request.param == "dynamodb" else None

    def another() -> Ledger:
        ledger: Ledger = (
            SqliteFile(tmp_path / "ledger.sqlite3", now=clock)
            if client is None
            else DynamodbTable(client, "vend-ledger", fleet="example", now=clock, pause=lambda _: None)
        )
        opened.append(ledger)
        return ledger

    yield another
    for ledger in opened:
        ledger.close()


@pytest.fixture
def ledger(open_another: OpenLedger) -> Ledger:
    return open_another()


def a_stage(fingerprint: str = "f1", run: str = "r1", at: str = "2026-01-01T00:00:00Z") -> AppliedStage:
    return AppliedStage(fingerprint=fingerprint, status="succeeded", run=run, at=at)


def record_account(ledger: Ledger, account: str = "payments", **changes: Any) -> None:
    entry: dict[str, Any] = {
        "account": account,
        "account_id": "222222222222",
        "email": "a@example.com",
        "organizational_unit": "Workloads/Prod",
        "request": {"account": account, "tags": {"Größe": "groß ☃"}},
        "run": "r1",
    }
    ledger.record_account(**{**entry, **changes})


def test_a_new_ledger_remembers_nothing(ledger: Ledger) -> None:
    """Nothing was applied, nothing ran."""
    assert ledger.applied() == {}
    assert ledger.runs() == ()
    assert ledger.events("r1") == ()


def test_what_was_applied_is_read_back_elsewhere(ledger: Ledger, open_another: OpenLedger) -> None:
    """Account and stages survive, every character of the request too."""
    record_account(ledger)
    ledger.record_stage("payments", "account", a_stage())
    ledger.record_stage("payments", "settings", a_stage("f2"))
    (entry,) = open_another().applied().values()
    assert (entry.account_id, entry.email, entry.organizational_unit) == (
        "222222222222",
        "a@example.com",
        "Workloads/Prod",
    )
    assert entry.request == {"account": "payments", "tags": {"Größe": "groß ☃"}}
    assert entry.stages == {"account": a_stage(), "settings": a_stage("f2")}
    assert entry.last_run == "r1"


def test_the_newest_entry_of_a_stage_counts(ledger: Ledger) -> None:
    """A stage that is applied again replaces what was remembered of it."""
    ledger.record_stage("payments", "account", a_stage("old"))
    ledger.record_stage("payments", "account", a_stage("new", run="r2"))
    entry = ledger.applied()["payments"]
    assert entry.stages["account"].fingerprint == "new"
    assert entry.last_run == "r2"


def test_a_fingerprint_is_replaced_where_it_is_still_the_former(ledger: Ledger) -> None:
    """What another run has recorded meanwhile stays, and nothing is made up of what nobody recorded."""
    ledger.record_stage("payments", "account", a_stage("former"))
    ledger.replace_fingerprint("payments", "account", "former", "today's")
    assert ledger.applied()["payments"].stages == {"account": a_stage("today's")}
    ledger.replace_fingerprint("payments", "account", "former", "late")
    ledger.replace_fingerprint("payments", "settings", "former", "late")
    assert ledger.applied()["payments"].stages == {"account": a_stage("today's")}


def test_an_account_recorded_again_keeps_its_stages(ledger: Ledger) -> None:
    """What is known of the stages does not go when the account's request is recorded."""
    ledger.record_stage("payments", "account", a_stage())
    record_account(ledger, account_id=None)
    record_account(ledger, email="b@example.com")
    entry = ledger.applied()["payments"]
    assert entry.stages == {"account": a_stage()}
    assert (entry.email, entry.account_id) == ("b@example.com", "222222222222")


def test_a_forgotten_account_is_gone_and_its_neighbours_stay(ledger: Ledger) -> None:
    """A slug that begins like another is another account."""
    for account in ("pay", "payments"):
        record_account(ledger, account)
        ledger.record_stage(account, "account", a_stage())
    ledger.forget_account("pay")
    assert list(ledger.applied()) == ["payments"]
    assert ledger.applied()["payments"].stages


def test_many_accounts_are_all_listed(ledger: Ledger) -> None:
    """Reading goes on past the first page."""
    for number in range(60):
        record_account(ledger, f"account-{number:03d}", request={"filler": "x" * 40_000})
    assert len(ledger.applied()) == 60


def test_runs_come_newest_first_with_their_reports(ledger: Ledger) -> None:
    """A run that was never finished is still there, as running."""
    ledger.start_run("r1", "apply", "2026-01-01T00:00:00+00:00")
    ledger.start_run("r2", "plan", "2026-01-02T00:00:00+00:00")
    ledger.finish_run("r1", "failed", {"results": [1, 2]}, "2026-01-01T00:10:00+00:00")
    newest, oldest = ledger.runs()
    assert (newest.run, newest.command, newest.status, newest.finished) == ("r2", "plan", "running", None)
    assert (oldest.status, oldest.report) == ("failed", {"results": [1, 2]})
    assert oldest.finished == "2026-01-01T00:10:00+00:00"
    assert [run.run for run in ledger.runs(limit=1)] == ["r2"]


def test_a_run_remembers_who_started_it_and_on_what(ledger: Ledger, open_another: OpenLedger) -> None:
    """Also while it runs; a run of which that is not known has none."""
    origin = RunOrigin(
        user="ada", host="laptop", actor="ada-in-ci", commit="c" * 40, digest="d" * 64, actions={"payments": "create"}
    )
    ledger.start_run("r1", "apply", "2026-01-01T00:00:00+00:00", origin)
    ledger.start_run("r2", "apply", "2026-01-02T00:00:00+00:00")
    assert [run.origin for run in open_another().runs()] == [None, origin]
    ledger.finish_run("r1", "failed", {"results": []}, "2026-01-01T00:10:00+00:00")
    assert ledger.runs()[1].origin == origin


def test_one_run_is_found_by_its_id(ledger: Ledger) -> None:
    """With its report; None where there is no such run."""
    ledger.start_run("r1", "apply", "2026-01-01T00:00:00+00:00", RunOrigin(user="ada"))
    ledger.finish_run("r1", "failed", {"results": [1]}, "2026-01-01T00:10:00+00:00")
    found = ledger.recorded_run("r1")
    assert found == ledger.runs()[0]
    assert found is not None
    assert found.report == {"results": [1]}
    assert ledger.recorded_run("r2") is None


def test_what_a_run_of_a_huge_fleet_sets_out_to_do_is_kept(ledger: Ledger) -> None:
    """Ten thousand accounts, with the longest labels, are more than an item of DynamoDB holds as text."""
    origin = RunOrigin(actions={f"{'team-' * 8}{number:05d}": "create" for number in range(10_000)})
    ledger.start_run("r1", "apply", "2026-01-01T00:00:00+00:00", origin)
    assert ledger.runs()[0].origin == origin


def test_a_report_of_any_size_is_kept(ledger: Ledger) -> None:
    """The report of thousands of accounts is longer than one item of DynamoDB may be."""
    import os

    noise = os.urandom(1_500_000).hex()
    ledger.start_run("r1", "apply", "2026-01-01T00:00:00+00:00")
    ledger.finish_run("r1", "succeeded", {"noise": noise}, "2026-01-01T00:00:01+00:00")
    (run,) = ledger.runs()
    assert run.report == {"noise": noise}


def test_finishing_a_run_that_never_began_changes_nothing(ledger: Ledger) -> None:
    """A ledger deleted in the middle of a run does not make the run fail."""
    ledger.finish_run("r9", "succeeded", {}, "2026-01-01T00:00:00+00:00")
    assert ledger.runs() == ()


def test_events_of_a_run_keep_their_order(ledger: Ledger) -> None:
    """Many in one second come back as they were recorded; another run's stay out."""
    for number in range(30):
        ledger.record_event(
            run="r1", at="2026-01-01T00:00:00Z", account="a", stage="account", kind=f"{number}", payload={"n": number}
        )
    ledger.record_event(run="r10", at="2026-01-01T00:00:00Z", account="a", stage="account", kind="other", payload={})
    events = ledger.events("r1")
    assert [event.payload["n"] for event in events] == list(range(30))
    assert (events[0].account, events[0].stage, events[0].kind) == ("a", "account", "0")


def test_a_lease_has_one_holder(ledger: Ledger, open_another: OpenLedger) -> None:
    """The second asks in vain until the first gives it back; taking it again is allowed."""
    other = open_another()
    assert ledger.acquire_lease("payments", "one", 60)
    assert ledger.acquire_lease("payments", "one", 60)
    assert not other.acquire_lease("payments", "two", 60)
    assert other.acquire_lease("ledger", "two", 60)
    other.release_lease("payments", "two")
    assert not other.acquire_lease("payments", "two", 60)
    ledger.release_lease("payments", "one")
    ledger.release_lease("payments", "one")
    assert other.acquire_lease("payments", "two", 60)


def test_a_lease_ends_by_itself(ledger: Ledger, clock: Clock) -> None:
    """A killed run lets go: after the time to live another may have it, and the first cannot renew."""
    assert ledger.acquire_lease("payments", "one", 60)
    clock.seconds += 59
    assert not ledger.acquire_lease("payments", "two", 60)
    assert ledger.renew_lease("payments", "one", 60)
    clock.seconds += 59
    assert not ledger.acquire_lease("payments", "two", 60)
    clock.seconds += 1
    assert not ledger.renew_lease("payments", "one", 60)
    assert ledger.acquire_lease("payments", "two", 60)
    assert not ledger.renew_lease("payments", "one", 60)


def test_no_more_than_the_limit_hold_a_slot(ledger: Ledger, open_another: OpenLedger) -> None:
    """The limit is over all processes; who holds one may ask again; pools are apart."""
    other = open_another()
    assert ledger.acquire_slot("control-tower", "a", 2, 60)
    assert other.acquire_slot("control-tower", "b", 2, 60)
    assert not other.acquire_slot("control-tower", "c", 2, 60)
    assert ledger.acquire_slot("control-tower", "a", 2, 60)
    assert other.acquire_slot("unmanage", "c", 1, 60)
    ledger.release_slot("control-tower", "a")
    ledger.release_slot("control-tower", "never-had-one")
    assert other.acquire_slot("control-tower", "c", 2, 60)


def test_a_lowered_limit_counts_those_who_hold_one_already(ledger: Ledger) -> None:
    """A run with a lower limit waits for those that began under a higher one."""
    for holder in "abc":
        assert ledger.acquire_slot("control-tower", holder, 5, 60)
    assert not ledger.acquire_slot("control-tower", "d", 3, 60)
    assert ledger.acquire_slot("control-tower", "d", 4, 60)


def test_a_slot_ends_by_itself(ledger: Ledger, clock: Clock) -> None:
    """A killed run's slots are free again; a renewed one is not."""
    assert ledger.acquire_slot("control-tower", "a", 1, 60)
    clock.seconds += 40
    assert ledger.renew_slot("control-tower", "a", 60)
    clock.seconds += 40
    assert not ledger.acquire_slot("control-tower", "b", 1, 60)
    clock.seconds += 20
    assert not ledger.renew_slot("control-tower", "a", 60)
    assert ledger.acquire_slot("control-tower", "b", 1, 60)
    assert not ledger.renew_slot("control-tower", "a", 60)


def test_threads_never_get_more_slots_than_there_are(ledger: Ledger, open_another: OpenLedger) -> None:
    """Many threads over two connections: exactly the limit succeeds, and every release counts."""
    ledgers = (ledger, open_another())
    start = threading.Barrier(8)

    def take(number: int) -> bool:
        start.wait()
        return ledgers[number % 2].acquire_slot("control-tower", f"h{number}", 3, 60)

    with ThreadPoolExecutor(max_workers=8) as pool:
        taken = list(pool.map(take, range(8)))
        assert sum(taken) == 3
        list(pool.map(lambda n: ledgers[n % 2].release_slot("control-tower", f"h{n}"), range(8)))
    assert all(ledger.acquire_slot("control-tower", f"later{n}", 3, 60) for n in range(3))


def test_one_of_many_threads_gets_a_lease(ledger: Ledger, open_another: OpenLedger) -> None:
    """Two runs that start at the same moment never work on one account."""
    ledgers = (ledger, open_another())
    start = threading.Barrier(8)

    def take(number: int) -> bool:
        start.wait()
        return ledgers[number % 2].acquire_lease("payments", f"h{number}", 60)

    with ThreadPoolExecutor(max_workers=8) as pool:
        assert sum(pool.map(take, range(8))) == 1


def a_run(run: str = "r1") -> RunOwner:
    process = ProcessIdentity(boot="b", namespace="pid:[1]", pid=7, started=99)
    return RunOwner(run=run, user="größe", host="laptop", started="2026-01-01T00:00:00+00:00", process=process)


def test_a_run_is_known_by_its_process_and_its_last_heartbeat(
    ledger: Ledger, open_another: OpenLedger, clock: Clock
) -> None:
    """Whoever finds what it holds learns whose it is; a run that is not known beats in vain."""
    began = clock.seconds
    ledger.register_run(a_run())
    ledger.register_run(replace(a_run("r2"), process=None))
    ledger.beat("r9")
    clock.seconds += 10
    ledger.beat("r1")
    other = open_another()
    assert other.run_owner("r1") == replace(a_run(), heartbeat=began + 10)
    assert other.run_owner("r2") == replace(a_run("r2"), process=None, heartbeat=began)
    assert other.run_owner("r9") is None
    assert (a_run().who, other.runs()) == ("größe@laptop", ())


def test_a_lease_tells_who_has_it_and_since_when(ledger: Ledger, open_another: OpenLedger, clock: Clock) -> None:
    """Renewing it does not make it younger; one that has ended is nobody's."""
    assert ledger.lease("payments") is None
    ledger.acquire_lease("payments", "one", 60)
    began = clock.seconds
    clock.seconds += 50
    assert ledger.renew_lease("payments", "one", 60)
    held = open_another().lease("payments")
    assert held == Held(name="payments", holder="one", since=began, ends=began + 110)
    clock.seconds += 60
    assert ledger.lease("payments") is None
    ledger.acquire_lease("payments", "two", 60)
    held = ledger.lease("payments")
    assert held is not None
    assert (held.holder, held.since) == ("two", clock.seconds)


def test_slots_tell_who_has_them_in_the_order_of_taking(ledger: Ledger, clock: Clock) -> None:
    """Since when too, which a renewal leaves; one that has ended is nobody's."""
    assert ledger.slots("control-tower") == ()
    began = clock.seconds
    ledger.acquire_slot("control-tower", "r2/b", 2, 60)
    clock.seconds += 1
    ledger.acquire_slot("control-tower", "r1/a", 2, 60)
    ledger.renew_slot("control-tower", "r2/b", 90)
    assert ledger.slots("control-tower") == (
        Held(name="control-tower", holder="r2/b", since=began, ends=began + 91),
        Held(name="control-tower", holder="r1/a", since=began + 1, ends=began + 61),
    )
    clock.seconds += 70
    assert [held.holder for held in ledger.slots("control-tower")] == ["r2/b"]


def test_one_account_is_asked_for_by_itself(ledger: Ledger) -> None:
    """What is remembered of it, and of no account whose slug begins like its own."""
    for account in ("pay", "payments"):
        record_account(ledger, account)
        ledger.record_stage(account, "account", a_stage(account))
    assert ledger.applied_to("pay") == ledger.applied()["pay"]
    assert ledger.applied_to("payment") is None


def test_closing_twice_is_no_error_and_loses_nothing(ledger: Ledger, open_another: OpenLedger) -> None:
    """A run that ends in an error closes what is closed already; what it recorded stays."""
    record_account(ledger)
    ledger.close()
    ledger.close()
    assert set(open_another().applied()) == {"payments"}

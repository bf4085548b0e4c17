"""Faults as values: what may be asked for, how they are counted, and how a file says them."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from vend.errors import InvalidInputError
from vend.sandbox import Fault, Faults, load_faults

PROVISION = "servicecatalog:ProvisionProduct"


def refused(faults: Faults, fault: Fault) -> list[tuple[str, str, str | None]]:
    """Code, summary and hint of everything that keeps a fault from being added."""
    with pytest.raises(InvalidInputError) as caught:
        faults.add(fault)
    return [(d.code, d.summary, d.hint) for d in caught.value.diagnostics]


def anybody(_: str) -> bool:
    return True


def test_a_name_finds_its_service() -> None:
    """What vending asks for needs no service; account operations are struck in their work by default."""
    faults = Faults()
    assert faults.add(Fault(operation="ProvisionProduct", kind="error")).fault == Fault(
        operation=PROVISION, kind="error", at="start"
    )
    assert faults.add(Fault(operation="ec2:CreateVpc", kind="error")).fault.at == "call"
    assert faults.add(Fault(operation="ProvisionProduct", kind="throttle")).fault.at == "call"
    assert [state.id for state in faults.list()] == ["fault-1", "fault-2", "fault-3"]


@pytest.mark.parametrize(
    ("operation", "summary", "hint"),
    [
        ("provisionproduct", 'there is no operation "provisionproduct"', 'did you mean "ProvisionProduct"?'),
        (
            "organisations:ListAccounts",
            'there is no service "organisations"',
            'did you mean "organizations"?',
        ),
        (
            "organizations:ListAcounts",
            'organizations has no operation "ListAcounts"',
            'did you mean "organizations:ListAccounts"?',
        ),
        ("Zzz", 'there is no operation "Zzz"', "include the service, such as ec2:CreateVpc"),
        (
            "DescribeAccount",
            None,
            None,
        ),
    ],
)
def test_an_operation_that_does_not_exist_is_refused(operation: str, summary: str | None, hint: str | None) -> None:
    """By botocore's models, with what may have been meant."""
    fault = Fault(operation=operation, kind="throttle")
    if summary is None:
        assert Faults().add(fault).fault.operation == "organizations:DescribeAccount"
        return
    assert refused(Faults(), fault) == [("unknown-operation", summary, hint)]


def test_a_name_that_several_services_have_must_say_which() -> None:
    """All of them are named."""
    ((code, _, hint),) = refused(Faults(), Fault(operation="TagResource", kind="throttle"))
    assert code == "unknown-operation"
    assert hint is not None
    assert {"organizations:TagResource", "sso-admin:TagResource"} <= set(hint.removeprefix("one of ").split(", "))


def test_every_problem_is_told_at_once() -> None:
    """What does not fit the kind, or the operation, and values that mean nothing."""
    faults = Faults()
    fault = Fault(operation="organizations:TagResource", kind="tainted", times=-1, seconds=3, code=" ", message="a\nb")
    assert sorted(code for code, _, _ in refused(faults, fault)) == ["invalid-fault"] * 5
    assert refused(faults, Fault(operation="TerminateProvisionedProduct", kind="tainted"))[0][0] == "invalid-fault"
    ((_, summary, hint),) = refused(faults, Fault(operation="ProvisionProduct", kind="slow", at="end"))
    assert summary == '"slow" of ProvisionProduct cannot happen at "end"'
    assert hint == "one of start, call"
    assert refused(faults, Fault(operation="ProvisionProduct", kind="slow", message="x"))[0][0] == "invalid-fault"
    assert refused(faults, Fault(operation="ProvisionProduct", kind="wild"))[0][0] == "invalid-fault"  # type: ignore[arg-type]  # as a file may say it
    assert faults.list() == ()


def test_a_fault_counts_down_and_then_lets_calls_pass() -> None:
    """The one that was added first strikes first; 0 times means always."""
    faults = Faults(
        [
            Fault(operation="ProvisionProduct", kind="throttle", times=2),
            Fault(operation="ProvisionProduct", kind="slow", at="call", times=0),
        ]
    )

    def strike() -> str:
        struck = faults.strike(PROVISION, ("call",), anybody)
        return struck.id if struck else "nothing"

    assert [strike() for _ in range(4)] == ["fault-1", "fault-1", "fault-2", "fault-2"]
    assert [(state.used, state.remaining) for state in faults.list()] == [(2, 0), (2, None)]
    assert faults.strike("servicecatalog:DescribeRecord", ("call",), anybody) is None
    assert faults.strike(PROVISION, ("start", "end"), anybody) is None
    faults.clear("fault-2")
    assert strike() == "nothing"


def test_a_fault_of_another_account_is_not_used_up() -> None:
    """Whether a call concerns the account is asked with the fault's own name for it."""
    faults = Faults([Fault(operation="ProvisionProduct", kind="throttle", account="payments")])
    assert faults.strike(PROVISION, ("call",), lambda account: account == "search") is None
    assert faults.strike(PROVISION, ("call",), lambda account: account == "payments") is not None


def test_many_threads_strike_as_often_as_was_said() -> None:
    """No strike is lost or counted twice."""
    faults = Faults([Fault(operation="ProvisionProduct", kind="throttle", times=100)])
    struck = []

    def work() -> None:
        struck.extend(faults.strike(PROVISION, ("call",), anybody) for _ in range(50))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(one is not None for one in struck) == 100
    assert len(struck) == 400


def test_clearing_lets_go_of_whoever_waits() -> None:
    """A wait ends when its fault is cleared, and when the sandbox ends; an unknown id clears nothing."""
    faults = Faults([Fault(operation="ProvisionProduct", kind="timeout"), Fault(operation="ListAccounts", kind="slow")])
    cleared: list[int] = []
    faults.on_clear = lambda: cleared.append(len(faults.list()))
    with pytest.raises(InvalidInputError) as caught:
        faults.clear("fault-1", "fault-7", "fault-8")
    assert [d.code for d in caught.value.diagnostics] == ["unknown-fault"] * 2
    waiting = [threading.Thread(target=faults.wait, args=(name,)) for name in ("fault-1", "fault-2")]
    for thread in waiting:
        thread.start()
    assert [state.id for state in faults.clear("fault-1")] == ["fault-1"]
    waiting[0].join(10)
    assert not waiting[0].is_alive()
    assert (faults.holds("fault-1"), faults.holds("fault-2")) == (False, True)
    faults.close()
    waiting[1].join(10)
    assert not waiting[1].is_alive()
    assert not faults.holds("fault-2")
    assert cleared == [1]


def test_a_file_of_hcl_says_faults(tmp_path: Path) -> None:
    """One block each, with the operation as its label."""
    path = tmp_path / "faults.hcl"
    path.write_text(
        'fault "ProvisionProduct" {\n  kind = "in-use"\n  account = "payments"\n  times = 0\n}\n'
        'fault "ssm:PutParameter" {\n  kind = "slow"\n  seconds = 0.5\n}\n'
    )
    assert load_faults(path) == (
        Fault(operation="ProvisionProduct", kind="in-use", account="payments", times=0),
        Fault(operation="ssm:PutParameter", kind="slow", seconds=0.5),
    )


def test_a_listing_can_be_given_back(tmp_path: Path) -> None:
    """The JSON of `fault list` is a file of faults: how often they struck is passed over."""
    faults = Faults([Fault(operation="ProvisionProduct", kind="error", message="no", times=3)])
    faults.strike(PROVISION, ("start",), anybody)
    path = tmp_path / "faults.json"
    path.write_text(json.dumps({"faults": [state.to_json() for state in faults.list()], "diagnostics": []}))
    assert load_faults(path) == (Fault(operation=PROVISION, kind="error", at="start", message="no", times=3),)


def test_every_problem_of_a_file_has_its_place(tmp_path: Path) -> None:
    """Operation, attribute and value each where they stand."""
    path = tmp_path / "faults.hcl"
    path.write_text(
        'fault "ProvisonProduct" {\n  kind = "eror"\n  tims = 2\n}\n'
        'fault "organizations:TagResource" {\n  kind  = "throttle"\n  times = "often"\n  at    = var.when\n}\n'
        'fault "ListAccounts" {\n  retry { }\n}\n'
        'foe "x" { }\nloose = 1\n'
    )
    with pytest.raises(InvalidInputError) as caught:
        load_faults(path, "faults.hcl")
    assert [(d.code, d.file, d.line, d.column) for d in caught.value.diagnostics] == [
        ("unknown-operation", "faults.hcl", 1, 7),
        ("invalid-fault", "faults.hcl", 2, 10),
        ("unknown-fault", "faults.hcl", 3, 3),
        ("invalid-fault", "faults.hcl", 7, 11),
        ("not-literal", "faults.hcl", 8, 11),
        ("invalid-fault", "faults.hcl", 10, 1),
        ("unknown-fault", "faults.hcl", 11, 3),
        ("unknown-fault", "faults.hcl", 13, 1),
        ("unknown-fault", "faults.hcl", 14, 1),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{\n  nonsense", (2, 3, "the file is not JSON")),
        ("[]", (None, None, 'the file holds no list "faults"')),
        ('{"faults": ["x"]}', (None, None, "faults[0] is not an object")),
        ('{"faults": [{"kind": "slow"}]}', (None, None, 'faults[0]: "operation" is missing')),
        (
            '{"faults": [{"operation": "ListAccounts", "kind": "slow", "wait": 1}]}',
            (None, None, 'faults[0]: a fault has no attribute "wait"'),
        ),
        ('{"faults": [{"operation": 7, "kind": "slow"}]}', (None, None, 'faults[0]: "operation" is not text')),
    ],
)
def test_a_file_of_json_is_checked_too(tmp_path: Path, text: str, said: tuple[int | None, int | None, str]) -> None:
    """JSON has places for its syntax alone; the rest is named by its number."""
    path = tmp_path / "faults.json"
    path.write_text(text)
    with pytest.raises(InvalidInputError) as caught:
        load_faults(path)
    (problem,) = caught.value.diagnostics
    assert (problem.line, problem.column) == said[:2]
    assert problem.summary.startswith(said[2])


def test_a_file_that_is_not_there_or_not_utf8_is_said_so(tmp_path: Path) -> None:
    """Neither is a traceback."""
    for name, content in (("missing.hcl", None), ("latin.json", b'{"faults": "\xe4"}'), ("latin.hcl", b"\xe4")):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(InvalidInputError) as caught:
            load_faults(tmp_path / name)
        assert caught.value.diagnostics[0].code in {"faults-unreadable", "hcl-encoding"}

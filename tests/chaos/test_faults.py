"""Whatever AWS does wrong, the next run ends with what was asked for; `make chaos` plays many rounds more."""

from __future__ import annotations

import pytest

from chaos.three import applied, assert_as_asked
from support.sandboxed import Bench
from vend.sandbox import Fault, Sandbox

pytestmark = [pytest.mark.e2e, pytest.mark.terraform, pytest.mark.xdist_group("chaos")]


def test_the_next_run_mends_what_went_wrong(three: Bench, sandbox: Sandbox) -> None:
    """Throttled and lost answers pass unnoticed; an operation in the way and a tainted product are mended after."""
    for fault in (
        Fault(operation="ProvisionProduct", kind="crash-after", account="first"),
        Fault(operation="ProvisionProduct", kind="throttle", account="first"),
        Fault(operation="organizations:TagResource", kind="crash-after"),
        Fault(operation="DescribeProvisionedProduct", kind="throttle", times=2),
        Fault(operation="ProvisionProduct", kind="in-use", account="second"),
        Fault(operation="ProvisionProduct", kind="tainted", account="third"),
    ):
        sandbox.faults.add(fault)
    document = three.document("apply", "--auto-approve", code=1)
    assert {one["account"]: one["status"] for one in document["results"]} == {
        "first": "succeeded",
        "second": "failed",
        "third": "failed",
    }
    assert {state.remaining for state in sandbox.faults.list()} == {0}
    assert applied(three, sandbox) == "succeeded"
    assert_as_asked(three, sandbox)

"""The example fleet of this repository: what it promises to those who copy it."""

import os
import runpy
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from modules.readme_tables import REPOSITORY
from support.factories import an_account_request
from vend.customizations import HookContext, HookOutcome, hooks_of, load_customizations, run_hook
from vend.hcl import parse
from vend.models import Hook

SESSION = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "made-up", "AWS_SESSION_TOKEN": "made-up-too"}


def blocks(pattern: str, kind: str) -> list[Any]:
    """The top-level blocks of a type in the fleet's files."""
    found = []
    for file in sorted(REPOSITORY.glob(pattern)):
        parsed = parse(file.read_bytes(), file.name)
        assert parsed.body is not None, parsed.diagnostics
        found += [block for block in parsed.body.blocks if block.type == kind]
    return found


def test_the_example_has_enough_to_show() -> None:
    """At least five accounts, in units below units, two of which share a customization."""
    requests = [block.body.attributes for block in blocks("account-requests/**/*.hcl", "account")]
    named = [name for request in requests if "customizations" in request for name in request["customizations"].value]

    assert len(requests) >= 5
    assert sum("/" in request["organizational_unit"].value for request in requests) >= 3
    assert len(named) > len(set(named))


def test_the_sandbox_has_the_units_that_the_requests_name() -> None:
    """Every organizational unit of a request is in vend.hcl's sandbox, or one that every landing zone has."""
    (sandbox,) = blocks("vend.hcl", "sandbox")
    units = {*sandbox.body.attributes["organizational_units"].value, "Sandbox", "Security"}
    requests = blocks("account-requests/**/*.hcl", "account")

    assert {request.body.attributes["organizational_unit"].value for request in requests} <= units


def test_the_sandbox_has_the_groups_that_the_requests_name() -> None:
    """Every group that gets access is one that vend.hcl's sandbox makes."""
    (sandbox,) = blocks("vend.hcl", "sandbox")
    requests = [*blocks("account-requests/**/*.hcl", "account"), *blocks("account-requests/**/*.hcl", "defaults")]
    groups = {inner.labels[0] for block in requests for inner in block.body.blocks if inner.type == "access"}

    assert groups
    assert groups <= set(sandbox.body.attributes["groups"].value)


def test_the_customizations_can_be_used_as_they_are() -> None:
    """The three customizations are found, with modules, a hook before and a hook after, and nothing to complain of."""
    catalogue = load_customizations(REPOSITORY)

    assert catalogue.diagnostics == ()
    assert {name for name, found in catalogue.customizations.items() if found.has_module} == {
        "ci-deploy",
        "global",
        "spoke-network",
    }
    assert {hook.stage for hook in catalogue.customizations["global"].hooks} == {
        "pre_customizations",
        "post_customizations",
    }


def the_global_pre_hook() -> Hook:
    """`customizations/global/hooks/pre_customizations.sh`."""
    hooks = hooks_of(an_account_request(customizations=()), load_customizations(REPOSITORY), "pre_customizations")
    return next(hook for hook in hooks if hook.origin == "global")


def run_it(account_id: str, session: Mapping[str, str]) -> tuple[HookOutcome, list[str]]:
    """How the hook ended, and what it wrote."""
    lines: list[str] = []
    context = HookContext(
        request=an_account_request(customizations=()),
        account_id=account_id,
        stage="pre_customizations",
        region="eu-west-1",
        session=session,
        environ={"PATH": os.environ["PATH"]},
    )
    outcome = run_hook(
        the_global_pre_hook(), context, on_line=lines.append, stop=threading.Event(), timeout_seconds=30.0
    )
    return outcome, lines


def test_the_pre_hook_says_which_account_it_is_in() -> None:
    """With a session and an account id the hook succeeds."""
    outcome, lines = run_it("222222222222", SESSION)

    assert outcome.ok, outcome.diagnostics
    assert any("222222222222" in line and "eu-west-1" in line for line in lines)


@pytest.mark.parametrize(
    ("account_id", "session", "reason"),
    [
        ("222222222222", {}, "no session"),
        ("000000000000", SESSION, "is not the id of an account"),
        ("", SESSION, "VEND_ACCOUNT_ID is not set"),
    ],
)
def test_the_pre_hook_stops_an_account_without_a_session(
    account_id: str, session: Mapping[str, str], reason: str
) -> None:
    """Without a session, or with an id that is none, the hook fails and says why."""
    outcome, lines = run_it(account_id, session)

    assert not outcome.ok
    assert any(reason in line for line in lines)


def a_vpc(cidr: str, **overrides: Any) -> dict[str, Any]:
    """A VPC as DescribeVpcs answers."""
    return {"VpcId": "vpc-1", "CidrBlock": cidr, "IsDefault": False, "Tags": [], **overrides}


@pytest.mark.parametrize(
    ("vpc", "taken"),
    [
        (a_vpc("10.20.128.0/20"), ["10.20.128.0/20 of vpc-1"]),
        (a_vpc("10.21.0.0/16"), []),
        (a_vpc("10.20.0.0/16", IsDefault=True), []),
        (a_vpc("10.20.0.0/16", Tags=[{"Key": "Name", "Value": "payments-prod"}]), []),
        (
            a_vpc(
                "10.21.0.0/16",
                CidrBlockAssociationSet=[{"CidrBlock": "10.21.0.0/16"}, {"CidrBlock": "10.20.8.0/24"}],
            ),
            ["10.20.8.0/24 of vpc-1"],
        ),
    ],
)
def test_the_network_hook_sees_overlaps(vpc: dict[str, Any], taken: list[str]) -> None:
    """Another VPC's blocks count, secondary ones too; the default VPC and the account's own spoke do not."""
    hook = Path(REPOSITORY, "customizations", "spoke-network", "hooks", "pre_customizations.py")

    assert runpy.run_path(str(hook))["overlapping"]("10.20.0.0/16", [vpc], own="payments-prod") == taken

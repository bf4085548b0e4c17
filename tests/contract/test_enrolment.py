"""What vend asks AWS before it enrols an account, and AWS's answers in the emulation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest

from support.emulated import VENDING_ROLE, Emulated, emulated
from unit.aws.scripted import ScriptedClient
from vend.aws import Aws
from vend.aws._connection import Connection
from vend.aws._enrolment import read_landing_zone
from vend.errors import AwsError
from vend.settings import ControlTowerSettings, Settings

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def world() -> Iterator[Emulated]:
    with emulated() as world:
        yield world


def connected(world: Emulated) -> Aws:
    settings = Settings(
        name="example", home_region="eu-west-1", control_tower=ControlTowerSettings(vending_role=VENDING_ROLE)
    )
    return Aws.connect(settings, world.variables)


def an_account(world: Emulated, name: str, role: str = "AWSControlTowerExecution") -> str:
    """An account below the root that Control Tower does not know."""
    return world.created(name, role=role)


def test_an_account_is_enrolled_once_account_factory_has_made_it(world: Emulated) -> None:
    """And one that Organizations alone made is not."""
    made, other = world.vended("made", world.unit("Workloads/Prod")), an_account(world, "other")
    accounts = connected(world).organization().accounts
    assert (accounts[made].enrolled, accounts[other].enrolled) == (True, False)


def test_the_landing_zone_names_its_shared_accounts(world: Emulated) -> None:
    """Log archive and audit; the governed Regions too."""
    aws = connected(world)
    names = {aws.organization().accounts[found].name for found in aws.landing_zone().shared_accounts}
    assert names == {"Log Archive", "Audit"}
    assert aws.landing_zone().governed_regions == ("eu-west-1",)


def test_config_is_found_where_it_is(world: Emulated) -> None:
    """A recorder and a delivery channel in a governed Region; nothing where there is nothing."""
    account = an_account(world, "config")
    aws = connected(world)
    assert aws.config_traces(account) == ()
    client = world.client("config", world.execution(account))
    role = f"arn:aws:iam::{account}:role/config"
    client.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": role})
    client.put_delivery_channel(DeliveryChannel={"name": "daily", "s3BucketName": "example-config"})
    assert aws.config_traces(account) == ("recorder default in eu-west-1", "delivery channel daily in eu-west-1")


def test_an_account_without_control_towers_role_is_said_so(world: Emulated) -> None:
    """The hint says which role to make, and whom it trusts."""
    account = an_account(world, "closed-door", role="OrganizationAccountAccessRole")
    with pytest.raises(AwsError) as caught:
        connected(world).config_traces(account)
    (problem,) = caught.value.diagnostics
    assert problem.code == "role-not-assumed"
    assert problem.hint is not None
    assert "AWSControlTowerExecution" in problem.hint
    assert "111111111111" in problem.hint


def test_without_a_landing_zone_that_is_what_is_said() -> None:
    """In another Region than Control Tower's home there is none to read."""

    class Scripted:
        region = "eu-west-1"

        def client(self, _: str) -> Any:
            return ScriptedClient({"list_landing_zones": {"landingZones": []}})

    with pytest.raises(AwsError, match="no landing zone"):
        read_landing_zone(cast("Connection", Scripted()))

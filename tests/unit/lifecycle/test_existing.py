"""Settings that an account has before Terraform knows of them are imported."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from support.factories import an_account_request
from support.worlds import PROD, World
from vend.models import AlternateContact

SECURITY = AlternateContact(kind="security", name="Desk", title="CSIRT", email="s@example.com", phone="1")
BILLING = replace(SECURITY, kind="billing")
REQUEST = an_account_request(alternate_contacts=(BILLING, SECURITY))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """An account that was vended elsewhere, with a security contact."""
    world = World(tmp_path)
    world.requests.append(REQUEST)
    account = world.aws.vend(REQUEST, PROD)
    world.aws.contacts[account.id] = (SECURITY,)
    yield world
    world.ledger.close()


def asked(world: World) -> list[tuple[str, ...]]:
    return [call[2] for call in world.aws.calls if call[0] == "alternate_contacts"]


def imported(world: World) -> dict[str, str]:
    """What the rendered root imports."""
    root = world.directory / ".vend/o-fakefakefake/roots/payments-prod/settings"
    values = json.loads((root / "runtime.tfvars.json").read_text())
    assert (root / "imports.tf").exists() is ("existing_contacts" in values)
    return dict(values.get("existing_contacts", {}))


def test_a_contact_that_is_there_is_imported(world: World) -> None:
    """The one that is not is made."""
    world.plan()
    assert asked(world) == [("billing", "security")]
    assert imported(world) == {"security": "222222222222/SECURITY"}


def test_what_terraform_knows_is_not_asked_for(world: World) -> None:
    """Its state has both."""
    state = world.directory / ".vend/o-fakefakefake/state/payments-prod/settings.tfstate"
    state.parent.mkdir(parents=True)
    instances = [{"index_key": kind, "attributes": {"id": "x"}} for kind in ("billing", "security")]
    resource = {
        "module": "module.settings",
        "mode": "managed",
        "type": "aws_account_alternate_contact",
        "name": "this",
        "provider": 'provider["registry.terraform.io/hashicorp/aws"]',
        "instances": instances,
    }
    document = {"version": 4, "serial": 1, "lineage": "l", "outputs": {}, "resources": [resource]}
    state.write_text(json.dumps(document))
    world.plan()
    assert asked(world) == []
    assert imported(world) == {}


def test_a_request_without_contacts_asks_for_none(world: World) -> None:
    """Nor does one whose account does not exist yet."""
    world.requests[:] = [an_account_request()]
    world.plan()
    world.requests[:] = [replace(REQUEST, account="new", email="new@example.com")]
    world.plan()
    assert asked(world) == []

"""The Terraform in memory keeps states as the real one does, through the failures that vend has to mend."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.emulated_fleets import EmulatedFleet, emulated_fleet, products
from vend.sandbox import Fault

pytestmark = [pytest.mark.sandbox, pytest.mark.terraform]


def seen(fleet: EmulatedFleet) -> tuple[Any, ...]:
    """Status of the product, and what the state says of it."""
    (product,) = products(fleet.emulated.client("servicecatalog"))
    (path,) = fleet.directory.glob(".vend/o-*/state/pay/account.tfstate")
    found = [one for one in json.loads(path.read_text())["resources"] if one["mode"] == "managed"]
    if not found:
        return product["Status"], None
    instance = found[0]["instances"][0]
    attributes = instance["attributes"]
    parameters = {one["key"]: one["value"] for one in attributes["provisioning_parameters"] or ()}
    unit = parameters.get("ManagedOrganizationalUnit", "").split(" ")[0]
    return (
        product["Status"],
        attributes["id"] == product["Id"],
        instance.get("status"),
        parameters.get("AccountEmail"),
        unit,
    )


def story(fleet: EmulatedFleet) -> Iterator[tuple[Any, ...]]:
    """What a fleet goes through: after each step the plan before it, how it went, and what is there."""

    def step() -> tuple[Any, ...]:
        planned = fleet.planned("pay")
        report = fleet.apply()
        operations = tuple(operation.operation for operation in planned.operations)
        return planned.action, operations, report.status, *seen(fleet)

    faults = fleet.emulated.sandbox.faults
    faults.add(Fault(operation="servicecatalog:ProvisionProduct", kind="tainted", account="pay"))
    fleet.wants("pay", organizational_unit="Workloads/Test")
    yield step()
    yield step()
    faults.add(Fault(operation="servicecatalog:UpdateProvisionedProduct", kind="error", account="pay"))
    fleet.wants("pay", organizational_unit="Sandbox")
    yield step()
    yield step()
    again(fleet)
    fleet.wants("pay", organizational_unit="Workloads/Prod")
    yield step()
    yield (fleet.planned("pay").action, *seen(fleet))


def again(fleet: EmulatedFleet) -> None:
    """Terminates the product, and has it made anew, as a run does that is killed before it writes its state."""
    catalog = fleet.emulated.client("servicecatalog")
    (product,) = products(catalog)
    fleet.type(f"aws servicecatalog terminate-provisioned-product --provisioned-product-id {product['Id']}")
    fleet.emulated.provision("pay", unit=fleet.emulated.unit("Sandbox"), token="again")
    fleet.settle()


def test_it_goes_through_the_same_as_the_real_one(tmp_path: Path) -> None:
    """Plans, operations, results, product and state agree at every step, and in the end nothing is left to do."""
    found = []
    for real in (False, True):
        directory = tmp_path / str(real)
        directory.mkdir()
        with emulated_fleet(directory, real=real) as fleet:
            found.append(list(story(fleet)))
    in_memory, real_one = found
    assert in_memory == real_one
    assert [told[:3] for told in in_memory[:5]] == [
        ("create", (), "failed"),
        ("repair", ("untaint", "send_parameters"), "succeeded"),
        ("move", (), "failed"),
        ("move", ("send_parameters",), "succeeded"),
        ("repair", ("forget_product", "send_parameters"), "succeeded"),
    ]
    assert in_memory[5][:2] == ("none", "AVAILABLE")

"""Many states as one, and one plan as many."""

import json
from typing import Any

import pytest

from support.factories import a_change
from vend.terraform import PlanDocument, PlannedChange, merge_states, split_address, split_plan, split_planned

ONE = 'module.account_1a2b3c4d["payments-prod"]'
OTHER = 'module.account_1a2b3c4d["tool.v2"]'
AWS = 'provider["registry.terraform.io/hashicorp/aws"]'


def a_resource(**overrides: Any) -> dict[str, Any]:
    instance = {"schema_version": 0, "attributes": {"id": "pp-1"}, "sensitive_attributes": [], "private": "eA=="}
    fields = {
        "module": "module.account",
        "mode": "managed",
        "type": "aws_servicecatalog_provisioned_product",
        "name": "this",
        "provider": AWS,
        "instances": [instance],
    }
    return {**fields, **overrides}


def a_state(*resources: dict[str, Any], **overrides: Any) -> bytes:
    fields = {
        "version": 4,
        "terraform_version": "1.11.4",
        "serial": 3,
        "lineage": "l",
        "outputs": {"email": {"value": "x", "type": "string"}},
        "resources": list(resources),
        "check_results": None,
    }
    return json.dumps({**fields, **overrides}).encode()


def test_resources_are_put_below_their_module_instance() -> None:
    """Addresses and dependencies gain the module; everything else of an instance stays as it is."""
    needing = {"attributes": {"id": "x"}, "index_key": "a", "dependencies": ["module.account.x.y", "data.z.w"]}
    state = a_state(a_resource(), a_resource(module="", type="x", instances=[needing]))
    merged = merge_states({ONE: state, OTHER: None}, "1.11.4")
    first, second = json.loads(merged.content)["resources"]
    assert first["module"] == f"{ONE}.module.account"
    assert first["instances"] == a_resource()["instances"]
    assert second["module"] == ONE
    assert second["instances"][0]["dependencies"] == [
        "module.account_1a2b3c4d.module.account.x.y",
        "module.account_1a2b3c4d.data.z.w",
    ]
    product = "module.account.aws_servicecatalog_provisioned_product.this"
    assert merged.held == {ONE: {product, 'x.this["a"]'}, OTHER: frozenset()}
    assert not merged.refused


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (b"{", "structure"),
        (b"", "structure"),
        (b"[]", "structure"),
        (a_state(version=5), "format version is 5"),
        (a_state(terraform_version="1.11.5"), "written by version 1.11.5"),
        (a_state(terraform_version="2.0.0-rc1"), "written by version 2.0.0"),
        (a_state(terraform_version="tomorrow"), "is not a version"),
        (a_state(identities=[]), "identities"),
        (a_state(a_resource(provider=f"{AWS}.alias")), "belongs to"),
        (a_state(a_resource(provider=f"module.account.{AWS}")), "belongs to"),
        (a_state({"mode": "managed"}), "structure"),
        (a_state(a_resource(instances=None)), "structure"),
    ],
)
def test_a_state_in_doubt_is_refused_and_the_others_are_not(state: bytes, why: str) -> None:
    """Each is named with the reason; nothing of it is in the merged state."""
    merged = merge_states({ONE: state, OTHER: a_state(a_resource())}, "1.11.4")
    assert why in merged.refused[ONE]
    assert set(merged.held) == {OTHER}
    assert [entry["module"] for entry in json.loads(merged.content)["resources"]] == [f"{OTHER}.module.account"]


@pytest.mark.parametrize("version", ["1.11.4", "1.10.9", "0.14.0", "1.11.4-dev"])
def test_an_older_state_is_taken(version: str) -> None:
    """Terraform and the provider bring it up to date, as they would alone."""
    assert not merge_states({ONE: a_state(terraform_version=version)}, "1.11.4").refused


def test_addresses_are_split_behind_the_instance() -> None:
    """Whatever follows, keys with brackets and quotes too; what has no instance in front has none."""
    rest = 'module.gone["x y"].aws_vpc.this["a.b[\\"c\\"]"]'
    assert split_address(f"{ONE}.{rest}") == (ONE, rest)
    assert split_address("aws_vpc.this") == (None, "aws_vpc.this")
    assert split_address("module.account.aws_vpc.this") == (None, "module.account.aws_vpc.this")
    assert split_address("module.a[0].aws_vpc.this") == (None, "module.a[0].aws_vpc.this")


def test_a_plan_is_split_by_instance() -> None:
    """Each part has its own changes and drift; what belongs to nobody is named."""
    mine, stray = a_change(address=f"{ONE}.x.y"), a_change(address="x.stray")
    document = PlanDocument(
        changes=(mine, stray),
        drift=(a_change(address=f"{OTHER}.x.z"),),
        outputs={},
        terraform_version="1.11.4",
        mentioned=frozenset({f"{ONE}.x.y", f"{OTHER}.x.z", "x.stray"}),
    )
    planned, strays = split_planned(
        PlannedChange(address=change.address, type=change.type, action=change.action) for change in document.changes
    )
    assert strays == ("x.stray",)
    split = split_plan(document, planned, {ONE: {"x.y"}, OTHER: {"x.z"}})
    assert split.changes == {ONE: (a_change(address="x.y"),), OTHER: ()}
    assert split.drift == {ONE: (), OTHER: (a_change(address="x.z"),)}
    assert split.doubtful == set()
    assert set(split.strays) == {"x.stray"}


def test_parts_that_do_not_add_up_are_doubtful() -> None:
    """A change that Terraform did not tell of, or something of the state that the plan does not know."""
    document = PlanDocument(
        changes=(a_change(address=f"{ONE}.x.y"),),
        drift=(),
        outputs={},
        terraform_version="1.11.4",
        mentioned=frozenset({f"{ONE}.x.y"}),
    )
    assert split_plan(document, {}, {ONE: {"x.y"}, OTHER: {"x.z"}}).doubtful == {ONE, OTHER}

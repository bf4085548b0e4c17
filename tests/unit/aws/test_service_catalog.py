from __future__ import annotations

import threading
from typing import Any, cast

import pytest

from unit.aws.scripted import ScriptedClient, ScriptedConnection, refusal
from vend.aws._connection import Connection
from vend.aws._service_catalog import (
    PORTFOLIO,
    PRODUCT,
    Pace,
    describe_product,
    find_account_factory,
    search_products,
    send_parameters,
    terminate_product,
    wait_until_settled,
)
from vend.errors import CODES, AwsError
from vend.models import AccountFactory, ProvisionedProduct

FOUND = {
    "search_products": {"ProductViewSummaries": [{"Name": PRODUCT, "ProductId": "prod-1"}]},
    "list_provisioning_artifacts": {
        "ProvisioningArtifactDetails": [
            {"Id": "pa-old", "Name": "v1", "Active": False, "CreatedTime": "2025"},
            {"Id": "pa-new", "Name": "v1", "Active": True, "CreatedTime": "2026"},
        ]
    },
    "list_launch_paths": {
        "LaunchPathSummaries": [{"Id": "lpv2-other", "Name": "Another"}, {"Id": "lpv2-1", "Name": PORTFOLIO}]
    },
}


def a_connection(client: ScriptedClient) -> Connection:
    return cast("Connection", ScriptedConnection(servicecatalog=client))


def find(**changes: Any) -> AccountFactory:
    return find_account_factory(a_connection(ScriptedClient({**FOUND, **changes})))


def failure(**changes: Any) -> str:
    with pytest.raises(AwsError) as error:
        find(**changes)
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.code in CODES
    return diagnostic.code


def test_the_active_artifact_and_the_portfolios_own_path_are_chosen() -> None:
    """Artifacts may share a name, and a caller may have several launch paths."""
    assert find() == AccountFactory(product_id="prod-1", provisioning_artifact_id="pa-new", path_id="lpv2-1")


def test_artifacts_are_looked_at_one_by_one_where_listing_is_denied() -> None:
    """An end user of Service Catalog may describe them."""
    found = find(
        list_provisioning_artifacts=refusal("AccessDeniedException"),
        describe_product={"ProvisioningArtifacts": [{"Id": "pa-a"}, {"Id": "pa-b"}]},
        describe_provisioning_artifact=[
            {"ProvisioningArtifactDetail": {"Id": "pa-a", "Active": False}},
            {"ProvisioningArtifactDetail": {"Id": "pa-b", "Active": True}},
        ],
    )
    assert found.provisioning_artifact_id == "pa-b"


def test_a_product_found_on_the_second_page_is_found() -> None:
    """The full-text search also answers with products that merely resemble it."""
    found = find(
        search_products=[
            {"ProductViewSummaries": [{"Name": PRODUCT + " (copy)", "ProductId": "prod-0"}], "NextPageToken": "2"},
            FOUND["search_products"],
        ]
    )
    assert found.product_id == "prod-1"


NO_PRODUCT = {"ProductViewSummaries": []}


def test_the_reasons_for_no_account_factory_are_told_apart() -> None:
    """No product at all, a product the caller cannot see, no path, no active artifact."""
    nothing: dict[str, Any] = {"ProductViewDetails": []}
    there = {"ProductViewDetails": [{"ProductViewSummary": {"Name": PRODUCT}}]}
    assert failure(search_products=NO_PRODUCT, search_products_as_admin=nothing) == "account-factory-not-found"
    denied = refusal("AccessDeniedException")
    assert failure(search_products=NO_PRODUCT, search_products_as_admin=denied) == "account-factory-not-found"
    assert failure(search_products=NO_PRODUCT, search_products_as_admin=there) == "no-launch-path"
    missing = refusal("ResourceNotFoundException", "No launch paths found for resource: prod-1")
    assert failure(list_launch_paths=missing) == "no-launch-path"
    assert failure(list_launch_paths={"LaunchPathSummaries": []}) == "no-launch-path"
    assert failure(list_provisioning_artifacts={"ProvisioningArtifactDetails": []}) == "no-active-artifact"
    assert failure(search_products=denied) == "access-denied"


def test_products_come_by_name_from_one_search() -> None:
    """The account's id is the physical id; a product that never succeeded has none."""
    client = ScriptedClient(
        {
            "search_provisioned_products": [
                {
                    "ProvisionedProducts": [
                        {
                            "Id": "pp-1",
                            "Name": "one",
                            "Status": "AVAILABLE",
                            "ProductId": "prod-1",
                            "ProvisioningArtifactId": "pa-1",
                            "PhysicalId": "222222222222",
                            "LastSuccessfulProvisioningRecordId": "rec-1",
                        }
                    ],
                    "NextPageToken": "more",
                },
                {"ProvisionedProducts": [{"Id": "pp-2", "Name": "two", "Status": "ERROR", "StatusMessage": "why"}]},
            ]
        }
    )
    products = search_products(a_connection(client))
    assert products["one"] == ProvisionedProduct(
        id="pp-1",
        name="one",
        status="AVAILABLE",
        product_id="prod-1",
        provisioning_artifact_id="pa-1",
        account_id="222222222222",
        succeeded=True,
    )
    assert (products["two"].status_message, products["two"].account_id, products["two"].succeeded) == (
        "why",
        None,
        False,
    )
    first, second = client.called("search_provisioned_products")
    assert first["AccessLevelFilter"] == {"Key": "Account", "Value": "self"}
    assert second["PageToken"] == "more"


def detail(status: str, **more: Any) -> dict[str, Any]:
    return {"ProvisionedProductDetail": {"Id": "pp-1", "Name": "one", "Status": status, **more}}


def test_a_product_is_described_by_id_or_by_name() -> None:
    """Ids begin with `pp-`; outputs are asked for only when it ever succeeded."""
    outputs = {"Outputs": [{"OutputKey": "AccountId", "OutputValue": "222222222222"}]}
    client = ScriptedClient(
        {
            "describe_provisioned_product": detail("AVAILABLE", LastSuccessfulProvisioningRecordId="rec-1"),
            "get_provisioned_product_outputs": outputs,
        }
    )
    found = describe_product(a_connection(client), "pp-1")
    assert found is not None
    assert found.account_id == "222222222222"
    describe_product(a_connection(client), "one")
    assert client.called("describe_provisioned_product") == [{"Id": "pp-1"}, {"Name": "one"}]
    never = ScriptedClient({"describe_provisioned_product": detail("UNDER_CHANGE")})
    found = describe_product(a_connection(never), "pp-1")
    assert found is not None
    assert found.account_id is None


def test_a_product_that_is_not_there_is_none() -> None:
    """Not there is an answer, anything else an error."""
    gone = ScriptedClient({"describe_provisioned_product": refusal("ResourceNotFoundException")})
    assert describe_product(a_connection(gone), "pp-1") is None
    denied = ScriptedClient({"describe_provisioned_product": refusal("AccessDeniedException")})
    with pytest.raises(AwsError, match="denied"):
        describe_product(a_connection(denied), "pp-1")


def test_why_a_product_failed_comes_from_its_last_record() -> None:
    """The record's errors stand in for an empty status message."""
    errors = [{"Code": "ResourceInUseException", "Description": "maximum of 5"}]
    client = ScriptedClient(
        {
            "describe_provisioned_product": detail("ERROR", LastRecordId="rec-9"),
            "describe_record": {"RecordDetail": {"RecordErrors": errors}},
        }
    )
    found = describe_product(a_connection(client), "pp-1")
    assert found is not None
    assert found.status_message == "ResourceInUseException  maximum of 5"


class Stop(threading.Event):
    """Never waits; keeps how long it would have, and moves a clock by it."""

    def __init__(self, *, after: int | None = None) -> None:
        super().__init__()
        self.waits: list[float] = []
        self._after = after

    def wait(self, timeout: float | None = None) -> bool:
        """Whether the user has asked to stop by now."""
        self.waits.append(timeout or 0.0)
        return self._after is not None and len(self.waits) > self._after

    def now(self) -> float:
        """Seconds that would have gone by."""
        return sum(self.waits)


def settle(answers: list[Any], stop: Stop, timeout: float = 3600.0) -> tuple[ProvisionedProduct | None, list[str]]:
    client = ScriptedClient({"describe_provisioned_product": answers})
    seen: list[str] = []
    product = wait_until_settled(
        a_connection(client),
        "pp-1",
        lambda found: seen.append(found.status),
        stop,
        Pace(timeout_seconds=timeout, monotonic=stop.now),
    )
    return product, seen


def test_available_counts_when_it_is_seen_twice_in_a_row() -> None:
    """Service Catalog shows AVAILABLE for a moment before an update has begun."""
    product, seen = settle(
        [detail("AVAILABLE"), detail("UNDER_CHANGE"), detail("AVAILABLE"), detail("AVAILABLE")], Stop()
    )
    assert product is not None
    assert seen == ["AVAILABLE", "UNDER_CHANGE", "AVAILABLE", "AVAILABLE"]


@pytest.mark.parametrize("status", ["ERROR", "TAINTED"])
def test_a_failure_is_an_answer(status: str) -> None:
    """It is the caller who judges it."""
    product, seen = settle([detail("PLAN_IN_PROGRESS"), detail(status, StatusMessage="why")], Stop())
    assert product is not None
    assert (product.status, product.status_message) == (status, "why")
    assert seen == ["PLAN_IN_PROGRESS", status]


def test_a_product_that_vanishes_is_none() -> None:
    """A terminated product is gone."""
    product, _ = settle([detail("UNDER_CHANGE"), refusal("ResourceNotFoundException")], Stop())
    assert product is None


def test_looks_grow_rarer_up_to_half_a_minute() -> None:
    """Quick at first, then easy on the API; when time is up the product is returned as it is."""
    stop = Stop()
    product, _ = settle([detail("UNDER_CHANGE")], stop, timeout=300.0)
    assert product is not None
    assert product.status == "UNDER_CHANGE"
    assert stop.waits[0] == 0.5
    assert stop.waits == sorted(stop.waits)
    assert max(stop.waits) == 30.0
    assert 300.0 <= stop.now() <= 330.0


def test_waiting_ends_when_the_user_asks() -> None:
    """The product is returned as it is, still under way."""
    product, seen = settle([detail("UNDER_CHANGE")], Stop(after=1))
    assert product is not None
    assert seen == ["UNDER_CHANGE", "UNDER_CHANGE"]


def test_a_few_unanswered_looks_do_not_end_the_waiting() -> None:
    """A half-hour wait outlives a lost connection, but not a lasting one, nor a denial."""
    throttled = refusal("ThrottlingException")
    product, _ = settle([throttled, throttled, detail("ERROR", StatusMessage="why")], Stop())
    assert product is not None
    with pytest.raises(AwsError, match="throttling"):
        settle([throttled], Stop())
    with pytest.raises(AwsError, match="could not be read"):
        settle([throttled], Stop(after=0))
    with pytest.raises(AwsError, match="denied"):
        settle([refusal("AccessDeniedException")], Stop())


FACTORY = AccountFactory(product_id="prod-1", provisioning_artifact_id="pa-1", path_id="lpv2-1")


def test_parameters_are_sent_with_product_artifact_path_and_token() -> None:
    """All of them, so that nothing depends on what was sent before."""
    client = ScriptedClient({"update_provisioned_product": {}})
    send_parameters(a_connection(client), "pp-1", {"B": "2", "A": "1"}, FACTORY, "token-1")
    assert client.called("update_provisioned_product") == [
        {
            "ProvisionedProductId": "pp-1",
            "ProductId": "prod-1",
            "ProvisioningArtifactId": "pa-1",
            "PathId": "lpv2-1",
            "ProvisioningParameters": [{"Key": "A", "Value": "1"}, {"Key": "B", "Value": "2"}],
            "UpdateToken": "token-1",
        }
    ]


def test_another_operation_under_way_has_a_code_of_its_own() -> None:
    """Whoever called may try again later."""
    busy = ScriptedClient({"update_provisioned_product": refusal("ResourceInUseException")})
    with pytest.raises(AwsError) as error:
        send_parameters(a_connection(busy), "pp-1", {}, FACTORY, "t")
    assert error.value.diagnostics[0].code == "control-tower-busy"


def test_terminating_what_is_gone_is_done() -> None:
    """A second run after a kill finds it done."""
    client = ScriptedClient({"terminate_provisioned_product": refusal("ResourceNotFoundException")})
    terminate_product(a_connection(client), "pp-1", "token-1")
    (call,) = client.called("terminate_provisioned_product")
    assert call["TerminateToken"] == "token-1"
    denied = ScriptedClient({"terminate_provisioned_product": refusal("AccessDeniedException")})
    with pytest.raises(AwsError):
        terminate_product(a_connection(denied), "pp-1", "token-1")

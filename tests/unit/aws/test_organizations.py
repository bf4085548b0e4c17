from __future__ import annotations

from typing import Any, cast

import pytest

from support.factories import an_account_request
from unit.aws.scripted import ScriptedClient, ScriptedConnection, refusal
from vend.aws import product_parameters
from vend.aws._connection import Connection
from vend.aws._controls import read_enabled_controls
from vend.aws._organizations import close_account, read_governed, read_organization, write_tags
from vend.errors import AwsError
from vend.models import OrganizationalUnit

BASELINE = "arn:aws:controltower:eu-west-1::baseline/17BSJV3IGJ2QSGA2"
ENABLED = [
    {
        "arn": f"arn:aws:controltower:eu-west-1:111111111111:enabledbaseline/{key}",
        "targetIdentifier": f"arn:aws:organizations::111111111111:{target}",
        "statusSummary": {"status": status},
        **({"parentIdentifier": "arn:aws:controltower:eu-west-1:111111111111:enabledbaseline/X"} if key == "Z" else {}),
    }
    for key, target, status in (
        ("X", "ou/o-x/ou-ab12-1", "SUCCEEDED"),
        ("Y", "ou/o-x/ou-ab12-2", "FAILED"),
        ("Z", "account/o-x/222222222222", "SUCCEEDED"),
    )
]


def controltower(**changes: Any) -> ScriptedClient:
    return ScriptedClient(
        {
            "list_baselines": {
                "baselines": [
                    {"name": "AuditBaseline", "arn": "no"},
                    {"name": "AWSControlTowerBaseline", "arn": BASELINE},
                ]
            },
            "list_enabled_baselines": {"enabledBaselines": ENABLED},
            **changes,
        }
    )


def registered(**changes: Any) -> dict[str, str | None] | None:
    connection = ScriptedConnection(controltower=controltower(**changes))
    return read_governed(cast("Connection", connection))


def test_units_and_accounts_are_governed_when_the_baseline_is_enabled_on_them() -> None:
    """A baseline that failed to be enabled stays listed, and counts for nothing."""
    client = controltower()
    connection = ScriptedConnection(controltower=client)
    found = read_governed(cast("Connection", connection))
    assert found == {"ou-ab12-1": None, "222222222222": "ou-ab12-1"}
    assert client.called("list_enabled_baselines") == [
        {"filter": {"baselineIdentifiers": [BASELINE]}, "includeChildren": True}
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"list_baselines": refusal("AccessDeniedException")},
        {"list_enabled_baselines": refusal("ValidationException", "you must create a landing zone first")},
        {"list_baselines": {"baselines": []}},
    ],
)
def test_where_control_tower_refuses_to_say_nothing_is_known(changes: dict[str, Any]) -> None:
    """A missing permission must not stop a plan; Account Factory judges in the end."""
    assert registered(**changes) is None


def test_an_unreachable_control_tower_is_an_error() -> None:
    """No answer is not the answer no."""
    from botocore.exceptions import EndpointConnectionError

    with pytest.raises(AwsError, match="reached"):
        registered(list_baselines=EndpointConnectionError(endpoint_url="https://example.com"))


def test_an_account_that_moves_while_the_tree_is_read_is_found() -> None:
    """It is in no unit that was looked at, so it is asked for alone; `State` goes before `Status`."""
    organizations = ScriptedClient(
        {
            "list_roots": {"Roots": [{"Id": "r-ab12", "Name": "Root"}]},
            "list_organizational_units_for_parent": [
                {"OrganizationalUnits": [{"Id": "ou-ab12-1", "Name": "One"}]},
                {"OrganizationalUnits": []},
            ],
            "list_accounts_for_parent": {"Accounts": []},
            "list_accounts": {
                "Accounts": [
                    {
                        "Id": "222222222222",
                        "Name": "Payments",
                        "Email": "a@example.com",
                        "State": "PENDING_CLOSURE",
                        "Status": "ACTIVE",
                    }
                ]
            },
            "list_parents": {"Parents": [{"Id": "ou-ab12-1", "Type": "ORGANIZATIONAL_UNIT"}]},
        }
    )
    connection = cast("Connection", ScriptedConnection(organizations=organizations, controltower=controltower()))
    found = read_organization(connection, organization_id="o-x", management_account_id="111111111111")
    account = found.accounts["222222222222"]
    assert (found.path_of(account.parent_id), account.state, account.enrolled) == ("One", "PENDING_CLOSURE", True)
    assert found.units["ou-ab12-1"].registered is True
    assert found.units["r-ab12"].registered is False


def test_tags_of_aws_are_neither_written_nor_removed() -> None:
    """Organizations refuses keys that begin with `aws:`, in any case of letters."""
    tags = [{"Key": "aws:made", "Value": "1"}, {"Key": "AWS:made", "Value": "1"}, {"Key": "old", "Value": "1"}]
    client = ScriptedClient({"list_tags_for_resource": {"Tags": tags}, "tag_resource": {}, "untag_resource": {}})
    connection = cast("Connection", ScriptedConnection(organizations=client))
    assert write_tags(connection, "222222222222", {"new": "2", "aws:other": "3"})
    assert client.called("tag_resource") == [{"ResourceId": "222222222222", "Tags": [{"Key": "new", "Value": "2"}]}]
    assert client.called("untag_resource") == [{"ResourceId": "222222222222", "TagKeys": ["old"]}]
    assert [name for name, _ in client.calls].index("tag_resource") < [n for n, _ in client.calls].index(
        "untag_resource"
    )


def test_closing_says_why_aws_refused() -> None:
    """The quota of closures reaches the user in AWS's words."""
    quota = refusal("ConstraintViolationException", "You have exceeded close account quota for the past 30 days.")
    connection = cast("Connection", ScriptedConnection(organizations=ScriptedClient({"close_account": quota})))
    with pytest.raises(AwsError) as error:
        close_account(connection, "222222222222")
    assert "close account quota" in (error.value.diagnostics[0].detail or "")
    assert error.value.diagnostics[0].code == "aws-refused"
    busy = refusal("ConstraintViolationException", "too many at once")
    cast("Any", busy).response["Reason"] = "CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED"
    connection = cast("Connection", ScriptedConnection(organizations=ScriptedClient({"close_account": busy})))
    with pytest.raises(AwsError) as error:
        close_account(connection, "222222222222")
    assert error.value.diagnostics[0].code == "closing-busy"
    closed = ScriptedClient({"close_account": refusal("AccountAlreadyClosedException")})
    close_account(cast("Connection", ScriptedConnection(organizations=closed)), "222222222222")


def test_the_product_takes_six_parameters() -> None:
    """The unit goes in the only form that Account Factory takes at any depth."""
    unit = OrganizationalUnit(id="ou-ab12-1", name="Prod", path="Workloads/Prod", parent_id="ou-ab12-0")
    assert product_parameters(an_account_request(), unit) == {
        "AccountEmail": "aws+payments-prod@example.com",
        "AccountName": "Payments (prod)",
        "ManagedOrganizationalUnit": "Prod (ou-ab12-1)",
        "SSOUserEmail": "grace@example.com",
        "SSOUserFirstName": "Grace",
        "SSOUserLastName": "Hopper",
    }


def _controls(answer: object) -> frozenset[str]:
    client = ScriptedClient({"list_enabled_controls": answer})
    return read_enabled_controls(cast("Connection", ScriptedConnection(controltower=client)), "arn:aws:x:ou/o-x/ou-1")


def _enabled(name: str, status: str = "SUCCEEDED") -> dict[str, object]:
    return {
        "controlIdentifier": f"arn:aws:controltower:eu-west-1::control/{name}",
        "statusSummary": {"status": status},
    }


def test_controls_are_named_by_the_last_part_of_their_identifiers() -> None:
    """One that failed to be enabled does not stand."""
    found = _controls({"enabledControls": [_enabled("AWS-GR_A"), _enabled("AWS-GR_B", "FAILED")]})
    assert found == {"AWS-GR_A"}


def test_a_unit_that_control_tower_does_not_govern_has_no_controls() -> None:
    """Control Tower answers with an error; a missing permission stays one."""
    assert _controls(refusal("ResourceNotFoundException")) == frozenset()
    with pytest.raises(AwsError):
        _controls(refusal("AccessDeniedException"))

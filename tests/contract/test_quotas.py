"""The quota of accounts, as vend reads it and as the emulation gives it."""

from __future__ import annotations

from typing import cast

import pytest
from botocore.exceptions import ClientError

from support.emulated import VENDING_ROLE, Emulated, emulated
from unit.aws.scripted import ScriptedClient, ScriptedConnection, refusal
from vend.aws import Aws
from vend.aws._connection import Connection
from vend.aws._quotas import ACCOUNTS, read_account_quota
from vend.errors import Diagnostic
from vend.settings import ControlTowerSettings, Settings

pytestmark = pytest.mark.sandbox


def asked(aws: Emulated, region: str, code: str = ACCOUNTS, account_id: str | None = None) -> float | str:
    """The quota, or the code of the refusal."""
    credentials = aws.execution(account_id) if account_id else None
    try:
        answer = aws.client("service-quotas", credentials, region).get_service_quota(
            ServiceCode="organizations", QuotaCode=code
        )
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return float(answer["Quota"]["Value"])


def test_the_quota_is_that_of_the_organization() -> None:
    """In us-east-1 and to the management account alone; vend finds it from any home Region."""
    with emulated(account_quota=7) as aws:
        member = aws.vended("member", aws.unit("Workloads/Prod"))
        assert asked(aws, "us-east-1") == 7.0
        assert asked(aws, "eu-west-1") == "NoSuchResourceException"
        assert asked(aws, "us-east-1", "L-00000000") == "NoSuchResourceException"
        assert asked(aws, "us-east-1", account_id=member) == "NoSuchResourceException"
        settings = Settings(
            name="example", home_region="eu-west-1", control_tower=ControlTowerSettings(vending_role=VENDING_ROLE)
        )
        assert Aws.connect(settings, aws.variables).account_quota() == 7


class Somewhere(ScriptedConnection):
    """Remembers where it was asked."""

    asked_in = ""

    def client(self, service: str, region: str | None = None, *, patient: bool = True) -> ScriptedClient:
        self.asked_in = region or self.region
        return cast("ScriptedClient", super().client(service, region, patient=patient))


@pytest.mark.parametrize(
    ("partition", "region"), [("aws", "us-east-1"), ("aws-cn", "cn-northwest-1"), ("aws-us-gov", "us-gov-west-1")]
)
def test_each_partition_has_its_own_place_for_it(partition: str, region: str) -> None:
    """Where botocore says that its Organizations is."""
    from botocore.session import Session

    somewhere = Somewhere(service_quotas=ScriptedClient({"get_service_quota": {"Quota": {"Value": 10.0}}}))
    assert read_account_quota(cast("Connection", somewhere), partition) == 10
    assert somewhere.asked_in == region
    partitions = {found["partition"]: found for found in Session().get_data("endpoints")["partitions"]}
    organizations = partitions[partition]["services"]["organizations"]
    endpoint = organizations["endpoints"][organizations["partitionEndpoint"]]
    assert endpoint["credentialScope"]["region"] == region


@pytest.mark.parametrize("code", ["AccessDeniedException", "NoSuchResourceException"])
def test_a_refusal_is_a_warning(code: str) -> None:
    """What AWS said is in it, and what to allow."""
    client = ScriptedClient({"get_service_quota": refusal(code, "not you", "GetServiceQuota")})
    found = read_account_quota(cast("Connection", ScriptedConnection(service_quotas=client)), "aws")
    assert isinstance(found, Diagnostic)
    assert (found.severity, found.code) == ("warning", "quota-unknown")
    assert found.detail == f"reading the quota of accounts: GetServiceQuota answered {code}: not you"
    assert "servicequotas:GetServiceQuota" in str(found.hint)

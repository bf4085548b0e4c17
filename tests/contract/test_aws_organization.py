"""The room `aws` against moto's Organizations, STS, S3 and Identity Center, in this process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from vend.aws import Aws, resolve_unit
from vend.errors import AwsError, RefusedError, VendError
from vend.models import OrganizationalUnit
from vend.settings import ControlTowerSettings, S3State, Settings

ENVIRON = {
    "AWS_ACCESS_KEY_ID": "AKIAMADEUPMADEUPMADE",
    "AWS_SECRET_ACCESS_KEY": "made-up",
    "AWS_EC2_METADATA_DISABLED": "true",
}
MANAGEMENT = "123456789012"


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    import botocore.session
    from moto import mock_aws

    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        session = botocore.session.Session()
        session.set_credentials("AKIAMADEUPMADEUPMADE", "made-up")
        yield session


@pytest.fixture
def organization(session: Any) -> Mapping[str, str]:
    """Root, Workloads, Workloads/Prod, an account in each; ids by name."""
    client = session.create_client("organizations", region_name="eu-west-1")
    ids = {"organization": client.create_organization(FeatureSet="ALL")["Organization"]["Id"]}
    root = ids["root"] = client.list_roots()["Roots"][0]["Id"]
    ids["Workloads"] = client.create_organizational_unit(ParentId=root, Name="Workloads")["OrganizationalUnit"]["Id"]
    ids["Prod"] = client.create_organizational_unit(ParentId=ids["Workloads"], Name="Prod")["OrganizationalUnit"]["Id"]
    for name, unit in (("payments", "Prod"), ("shop", "Workloads"), ("loose", None)):
        created = client.create_account(Email=f"{name}@example.com", AccountName=name)["CreateAccountStatus"]
        ids[name] = created["AccountId"]
        if unit:
            client.move_account(AccountId=ids[name], SourceParentId=root, DestinationParentId=ids[unit])
    return ids


def settings(**changes: Any) -> Settings:
    return Settings(**{"name": "example", "home_region": "eu-west-1", **changes})


def connect(**changes: Any) -> Aws:
    return Aws.connect(settings(**changes), ENVIRON)


def code_of(error: pytest.ExceptionInfo[Any]) -> str:
    assert isinstance(error.value, VendError)
    return error.value.diagnostics[0].code


def test_the_whole_tree_is_read(organization: Mapping[str, str]) -> None:
    """Nested units with their paths, every account with its parent, those at the root too."""
    found = connect().organization()
    assert (found.id, found.management_account_id) == (organization["organization"], MANAGEMENT)
    assert {unit.path for unit in found.units.values()} == {"", "Workloads", "Workloads/Prod"}
    places = {a.name: found.path_of(a.parent_id) for a in found.accounts.values() if a.id != MANAGEMENT}
    assert places == {"payments": "Workloads/Prod", "shop": "Workloads", "loose": ""}
    payments = found.account_by_email("PAYMENTS@example.com")
    assert payments is not None
    assert (payments.id, payments.state) == (organization["payments"], "ACTIVE")
    unit = resolve_unit(found, "Workloads/Prod")
    assert isinstance(unit, OrganizationalUnit)
    assert unit.id == organization["Prod"]


def test_more_units_than_one_page_are_all_found(session: Any, organization: Mapping[str, str]) -> None:
    """Organizations answers with a few at a time."""
    client = session.create_client("organizations", region_name="eu-west-1")
    for number in range(30):
        client.create_organizational_unit(ParentId=organization["Prod"], Name=f"Team {number}")
    paths = {unit.path for unit in connect().organization().units.values()}
    assert {f"Workloads/Prod/Team {n}" for n in range(30)} <= paths


def test_where_control_tower_does_not_say_registration_is_unknown(organization: Mapping[str, str]) -> None:
    """Unknown is not the same as unregistered."""
    found = connect().organization()
    assert found.units[organization["Prod"]].registered is None


def test_the_organization_is_read_once_until_refreshed(session: Any, organization: Mapping[str, str]) -> None:
    """Hundreds of accounts ask for one tree."""
    aws = connect()
    first = aws.organization()
    client = session.create_client("organizations", region_name="eu-west-1")
    client.create_organizational_unit(ParentId=organization["root"], Name="New")
    assert aws.organization() is first
    assert {u.path for u in aws.organization(refresh=True).units.values()} >= {"New"}
    client.create_organizational_unit(ParentId=organization["root"], Name="Newer")
    aws.refresh()
    assert {u.path for u in aws.organization().units.values()} >= {"Newer"}


def test_tags_become_exactly_what_is_wanted(organization: Mapping[str, str]) -> None:
    """Added, changed and removed; the second time nothing changes."""
    aws, account = connect(), organization["payments"]
    assert aws.set_account_tags(account, {"CostCenter": "4711", "Team": "pay"})
    assert aws.account_tags(account) == {"CostCenter": "4711", "Team": "pay"}
    assert aws.set_account_tags(account, {"CostCenter": "4712", "Owner": "größe ☃"})
    assert aws.account_tags(account) == {"CostCenter": "4712", "Owner": "größe ☃"}
    assert not aws.set_account_tags(account, {"CostCenter": "4712", "Owner": "größe ☃"})
    assert aws.set_account_tags(account, {})
    assert aws.account_tags(account) == {}


def test_another_organization_than_the_pinned_one_is_refused(organization: Mapping[str, str]) -> None:
    """Every pin that does not hold is named; those that hold let pass."""
    with pytest.raises(RefusedError) as error:
        connect(organization_id="o-anotherone", management_account_id="999999999999")
    assert [d.code for d in error.value.diagnostics] == ["wrong-organization"] * 2
    assert "o-anotherone" in error.value.diagnostics[0].summary
    assert connect(organization_id=organization["organization"], management_account_id=MANAGEMENT)


def test_a_member_account_cannot_vend(organization: Mapping[str, str]) -> None:
    """Being in the right organization is not enough."""
    role = f"arn:aws:iam::{organization['shop']}:role/vend-apply"
    with pytest.raises(AwsError) as error:
        connect(control_tower=ControlTowerSettings(vending_role=role))
    assert code_of(error) in {"not-management-account", "no-organization"}


def test_an_account_without_an_organization_is_diagnosed(session: Any) -> None:
    """An account that was never made a management account."""
    del session
    with pytest.raises(AwsError) as error:
        connect()
    assert code_of(error) == "no-organization"


def test_the_vending_role_is_assumed_unless_the_caller_is_it(organization: Mapping[str, str], session: Any) -> None:
    """A role need not be allowed to assume itself."""
    del organization
    role = f"arn:aws:iam::{MANAGEMENT}:role/ci/vend-apply"
    with_role = ControlTowerSettings(vending_role=role)
    aws = connect(control_tower=with_role)
    caller = aws.client("sts").get_caller_identity()["Arn"]
    assert caller == f"arn:aws:sts::{MANAGEMENT}:assumed-role/vend-apply/vend"
    sts = session.create_client("sts", region_name="eu-west-1")
    keys = sts.assume_role(RoleArn=f"arn:aws:iam::{MANAGEMENT}:role/vend-apply", RoleSessionName="ci")["Credentials"]
    environ = {
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
    }
    itself = Aws.connect(settings(control_tower=with_role), environ)
    assert itself.client("sts").get_caller_identity()["Arn"].endswith("/vend-apply/ci")


def test_what_only_looks_works_as_the_planning_role(organization: Mapping[str, str]) -> None:
    """In place of the vending role, which then need not even be there; without one, as the vending role."""
    del organization
    vending, planning = (f"arn:aws:iam::{MANAGEMENT}:role/{name}" for name in ("vend-gone", "ci/vend-apply"))
    both = settings(control_tower=ControlTowerSettings(vending_role=vending, planning_role=planning))
    assert both.as_planning_role() == settings(control_tower=replace(both.control_tower, vending_role=planning))
    aws = connect(control_tower=both.as_planning_role().control_tower)
    assert aws.client("sts").get_caller_identity()["Arn"].split("/")[1] == "vend-apply"
    without = settings(control_tower=ControlTowerSettings(vending_role=vending))
    assert without.as_planning_role() == without


def test_a_session_inside_a_vended_account(organization: Mapping[str, str]) -> None:
    """Named after the request; the same session for everyone who asks; never the management account's."""
    aws = connect()
    account = organization["payments"]
    environ = aws.account_environment(account, "payments")
    assert sorted(environ) == ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]
    assert aws.account_environment(account, "payments") == environ
    with pytest.raises(RefusedError) as error:
        aws.account_environment(MANAGEMENT, "payments")
    assert code_of(error) == "management-account-session"
    with pytest.raises(RefusedError):
        aws.close_account(MANAGEMENT)


def test_closing_an_account_twice_is_done(organization: Mapping[str, str]) -> None:
    """An account that is closed already is left alone."""
    aws = connect()
    aws.close_account(organization["loose"])
    state = aws.organization(refresh=True).accounts[organization["loose"]].state
    assert state in {"PENDING_CLOSURE", "SUSPENDED"}
    aws.close_account(organization["loose"])


STATE = S3State(bucket="example-state", region="eu-west-1")


def test_state_is_read_from_the_bucket(organization: Mapping[str, str], session: Any) -> None:
    """Bytes, None for no such object, a diagnostic for no such bucket."""
    del organization
    aws = connect(state=STATE)
    with pytest.raises(AwsError) as error:
        aws.read_state_object("vend/payments/account.tfstate")
    assert code_of(error) == "state-bucket-missing"
    s3 = session.create_client("s3", region_name="eu-west-1")
    s3.create_bucket(Bucket="example-state", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert aws.read_state_object("vend/payments/account.tfstate") is None
    s3.put_object(Bucket="example-state", Key="vend/payments/account.tfstate", Body=b"{}\n")
    assert aws.read_state_object("vend/payments/account.tfstate") == b"{}\n"
    with pytest.raises(ValueError, match="local"):
        connect().read_state_object("x")


def test_the_state_profile_needs_a_vending_role_and_is_removed_afterwards(organization: Mapping[str, str]) -> None:
    """A private file for as long as it is used."""
    from pathlib import Path

    del organization
    with pytest.raises(AwsError) as error, connect(state=STATE).state_profile("payments"):
        pass
    assert code_of(error) == "state-role-missing"
    role = ControlTowerSettings(vending_role=f"arn:aws:iam::{MANAGEMENT}:role/vend-apply")
    with connect(state=STATE, control_tower=role).state_profile("payments") as variables:
        file = Path(variables["AWS_SHARED_CREDENTIALS_FILE"])
        assert "[vend-state]" in file.read_text()
        assert file.stat().st_mode & 0o777 == 0o600
        assert file.parent.stat().st_mode & 0o777 == 0o700
    assert not file.parent.exists()


def test_identity_center_by_names(session: Any, organization: Mapping[str, str]) -> None:
    """Groups and permission sets by the names that requests use."""
    del organization
    sso = session.create_client("sso-admin", region_name="eu-west-1")
    (instance,) = sso.list_instances()["Instances"]
    made = sso.create_permission_set(InstanceArn=instance["InstanceArn"], Name="Auditor")["PermissionSet"]
    store = session.create_client("identitystore", region_name="eu-west-1")
    group = store.create_group(IdentityStoreId=instance["IdentityStoreId"], DisplayName="Platform")["GroupId"]
    found = connect().identity_center()
    assert found is not None
    assert found.permission_sets == {"Auditor": made["PermissionSetArn"]}
    assert found.groups == {"Platform": group}


def test_no_credentials_at_all_is_diagnosed(session: Any, tmp_path: Any) -> None:
    """The same whether there is no profile or a profile that does not exist."""
    del session
    nothing = {
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
    }
    for environ in (nothing, {**nothing, "AWS_PROFILE": "missing"}):
        with pytest.raises(AwsError) as error:
            Aws.connect(settings(), environ)
        assert code_of(error) == "no-credentials"
        assert error.value.diagnostics[0].hint


def test_credentials_come_from_the_profile_in_the_given_environment(
    organization: Mapping[str, str], tmp_path: Any
) -> None:
    """Not from the environment of this process."""
    del organization
    (tmp_path / "credentials").write_text(
        "[team]\naws_access_key_id = AKIAMADEUPMADEUPTEAM\naws_secret_access_key = made-up\n"
    )
    environ = {"AWS_PROFILE": "team", "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials")}
    aws = Aws.connect(settings(), environ)
    assert aws.management_source().current().access_key == "AKIAMADEUPMADEUPTEAM"


def test_what_this_process_has_in_its_environment_does_not_matter(
    organization: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A demo in an emulated AWS must not touch the user's profile, nor fail for want of it."""
    del organization
    monkeypatch.setenv("AWS_PROFILE", "missing")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_CA_BUNDLE", "/nonexistent/bundle.pem")
    assert connect().management_source().current().access_key == ENVIRON["AWS_ACCESS_KEY_ID"]


def test_a_refresh_never_gets_an_answer_that_began_before_it(
    organization: Mapping[str, str], session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An account that moved while somebody else read the tree is seen where it is."""
    from concurrent.futures import ThreadPoolExecutor
    from threading import Event

    from vend.aws import _organizations

    aws = connect()
    read, begun, go_on = _organizations.read_organization, Event(), Event()

    def slow(*arguments: Any, **more: Any) -> Any:
        found = read(*arguments, **more)
        if not begun.is_set():
            begun.set()
            assert go_on.wait(10)
        return found

    monkeypatch.setattr(_organizations, "read_organization", slow)
    with ThreadPoolExecutor(max_workers=2) as pool:
        old = pool.submit(aws.organization)
        assert begun.wait(10)
        session.create_client("organizations", region_name="eu-west-1").move_account(
            AccountId=organization["loose"],
            SourceParentId=organization["root"],
            DestinationParentId=organization["Prod"],
        )
        new = pool.submit(aws.organization, refresh=True)
        go_on.set()
        assert old.result(10).accounts[organization["loose"]].parent_id == organization["root"]
        assert new.result(10).accounts[organization["loose"]].parent_id == organization["Prod"]
    assert aws.organization() is new.result()

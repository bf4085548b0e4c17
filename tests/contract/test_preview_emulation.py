"""The emulated AWS of previews: what is in it, where it runs, and that it ends."""

from __future__ import annotations

import io
import os
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from support.emulated import Emulated, emulated
from support.factories import an_account_request
from vend.aws import Aws, resolve_unit, sketch_organization
from vend.cli.call._call import Call, Streams, view_for
from vend.cli.changes._preview_sandbox import emulating
from vend.decide import Situation
from vend.errors import SandboxError
from vend.lifecycle.plan._preview_choice import PreviewCandidate, emulated_ids, with_new_accounts
from vend.models import AccessAssignment, Fleet, OrganizationalUnit, OrganizationFile, RootModule
from vend.process import is_running
from vend.sandbox import status
from vend.settings import ControlTowerSettings, ReviewSettings, Settings

pytestmark = pytest.mark.sandbox
SETTINGS = Settings(
    name="example",
    home_region="eu-west-1",
    # Neither is in the emulated AWS, and previews do without.
    control_tower=ControlTowerSettings(
        vending_role="arn:aws:iam::111111111111:role/vend-apply", execution_role="SomeOtherRole"
    ),
)


@pytest.fixture(scope="module")
def outside() -> Iterator[Emulated]:
    """An AWS that stands for the real one."""
    with emulated(governed_regions=("eu-west-2",)) as aws:
        aws.vended("existing", aws.unit("Workloads/Test"))
        yield aws


@pytest.fixture(scope="module")
def environ(outside: Emulated) -> dict[str, str]:
    """The environment of the caller, with more in it than the emulated AWS may ever see."""
    return {**outside.sandbox.environment(dict(os.environ)), "AWS_ENDPOINT_URL_SSM": "http://127.0.0.1:9/real"}


@pytest.fixture(scope="module")
def sketched(outside: Emulated, environ: Mapping[str, str]) -> tuple[OrganizationFile, str, list[str]]:
    """The organization with a new account in it, the account's id, and the calls that took besides the survey's."""
    aws = Aws.connect(SETTINGS, environ)
    organization = aws.organization()
    aws.landing_zone()
    unit = resolve_unit(organization, "Workloads/Prod")
    assert isinstance(unit, OrganizationalUnit)
    for above in (unit.id, unit.parent_id):
        aws.enabled_controls(str(above))
    journal = outside.sandbox._front._journal
    journal._entries = deque()
    request = an_account_request(account="new", email="new@example.com", name="New", tags={"CostCenter": "4711"})
    wanted = PreviewCandidate(
        situation=Situation(
            request=request, wanted_unit=unit, product=None, account=None, applied=None, fingerprints={}
        ),
        root=RootModule(account="new", stage="customizations", files={}, digest=""),
    )
    sketch = sketch_organization(aws, "eu-west-1", [unit.id])
    calls = [entry.operation for entry in journal.entries()]
    ids = emulated_ids([wanted], organization.accounts)
    return with_new_accounts(sketch, [wanted], ids), ids["new"], calls


def a_call(environ: Mapping[str, str]) -> Call:
    streams = Streams(stdin=io.StringIO(), out=io.StringIO(), err=io.StringIO())
    return Call(
        fleet=None, directory=Path(), environ=environ, form="text", streams=streams, view=view_for("text", streams)
    )


def a_client(service: str, variables: Mapping[str, str], endpoint: str) -> Any:
    import botocore.session
    from botocore.config import Config

    return botocore.session.Session().create_client(
        service,
        region_name="eu-west-1",
        endpoint_url=endpoint,
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=variables.get("AWS_SESSION_TOKEN"),
        config=Config(proxies={}),
    )


def test_planning_has_read_all_that_it_takes(sketched: tuple[OrganizationFile, str, list[str]]) -> None:
    """No call to AWS besides those of a plan; and the controls of the new account's units alone."""
    organization, _, calls = sketched
    assert calls == []
    controlled = {unit.name for unit in organization.organizational_units if unit.controls}
    assert controlled == {"Workloads", "Prod"}
    assert organization.not_exported == ()


def test_the_account_is_there_as_account_factory_makes_it(
    sketched: tuple[OrganizationFile, str, list[str]],
    environ: dict[str, str],
    outside: Emulated,
    tmp_path: Path,
) -> None:
    """In its unit, with its tags and its roles, and no default VPC; nothing of it in the AWS outside; and it ends.

    Of other accounts, only those are there that belong to the landing zone: other people's code looks around in it.
    """
    organization, account_id, _ = sketched
    emulate = emulating(a_call(environ), Fleet(directory=tmp_path, settings=SETTINGS, requests=()))
    assert emulate is not None
    directory = tmp_path / "emulated"
    access = [AccessAssignment(group="Auditors", permission_set="Auditing")]
    with emulate(organization, new={account_id: access}, directory=directory) as running:
        found = status(directory)
        assert found is not None
        pid, endpoint = found["pid"], running.environ["AWS_ENDPOINT_URL"]
        assert is_running(pid)
        assert endpoint != environ["AWS_ENDPOINT_URL"]
        theirs = {value for name, value in environ.items() if name.startswith("AWS_") and "KEY" in name}
        assert not theirs & set(running.environ.values())
        assert "AWS_ENDPOINT_URL_SSM" not in running.environ

        session = running.session(account_id, "new")
        identity = a_client("sts", session, endpoint).get_caller_identity()
        assert identity["Arn"] == f"arn:aws:sts::{account_id}:assumed-role/AWSControlTowerExecution/vend-new"
        assert a_client("ec2", session, endpoint).describe_vpcs()["Vpcs"] == []
        roles = [role["RoleName"] for role in a_client("iam", session, endpoint).list_roles()["Roles"]]
        reserved = {name.split("_")[1] for name in roles if name.startswith("AWSReservedSSO_")}
        assert {"AWSAdministratorAccess", "Auditing"} <= reserved

        organizations = a_client("organizations", running.environ, endpoint)
        made = organizations.describe_account(AccountId=account_id)["Account"]
        assert (made["Name"], made["Email"]) == ("New", "new@example.com")
        tags = organizations.list_tags_for_resource(ResourceId=account_id)["Tags"]
        assert {"Key": "CostCenter", "Value": "4711"} in tags
        names = {account["Name"] for account in organizations.list_accounts()["Accounts"]}
        assert names == {"Management", "New", "Audit", "Log Archive"}
    assert not is_running(pid)
    outsiders = {account["Name"] for account in outside.client("organizations").list_accounts()["Accounts"]}
    assert "New" not in outsiders


def test_without_moto_it_says_what_to_install(
    sketched: tuple[OrganizationFile, str, list[str]],
    environ: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The extra is not installed: a diagnostic, not a traceback, and no process is left."""
    (tmp_path / "hidden" / "moto").mkdir(parents=True)
    broken = "raise ModuleNotFoundError(\"No module named 'moto'\", name='moto')\n"
    (tmp_path / "hidden" / "moto" / "__init__.py").write_text(broken)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "hidden"))
    emulate = emulating(a_call(environ), Fleet(directory=tmp_path, settings=SETTINGS, requests=()))
    assert emulate is not None
    organization, account_id, _ = sketched
    with (
        pytest.raises(SandboxError) as raised,
        emulate(organization, new={account_id: ()}, directory=tmp_path / "emulated"),
    ):
        pass
    (problem,) = raised.value.diagnostics
    assert problem.code == "sandbox-not-installed"
    assert "vend[sandbox]" in (problem.hint or "")


def test_vend_hcl_may_want_none(environ: dict[str, str], tmp_path: Path) -> None:
    """`review { previews = false }`."""
    settings = Settings(name="example", home_region="eu-west-1", review=ReviewSettings(previews=False))
    assert emulating(a_call(environ), Fleet(directory=tmp_path, settings=settings, requests=())) is None

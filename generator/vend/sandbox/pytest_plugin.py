"""Fixtures for a fleet's own tests: a landing zone, the vended account, and its session.

A test suite asks for them in its conftest.py: `pytest_plugins = ["vend.sandbox.pytest_plugin"]`. Nothing is loaded
for a suite that does not. docs/how-to/testing.md shows how they are used.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from vend.errors import Diagnostic, VendError
from vend.process import Command, Completed, run
from vend.sandbox._background import start, stop
from vend.sandbox._environment import without_aws
from vend.sandbox.start._config import SandboxConfig, config_from

if TYPE_CHECKING:
    import boto3

_MINUTES = 30.0


@dataclass(frozen=True, kw_only=True)
class VendedAccount:
    """An account of the landing zone, from inside.

    Attributes:
        account: the request's label.
        id: twelve digits.
        session: a boto3 session of the execution role in the account. What calls a prefixed host, such as
            `s3control`, is reached by `client` alone.
    """

    account: str
    id: str
    session: boto3.Session
    endpoint: str = field(repr=False)

    def client(self, service: str, **options: Any) -> Any:
        """A client of a service in the account; `options` as `boto3.Session.client` takes them."""
        from botocore.config import Config

        config = Config(proxies={"http": self.endpoint}, s3={"addressing_style": "path"})
        return self.session.client(service, **{"config": config, **options})


@dataclass(frozen=True, kw_only=True)
class LandingZone:
    """An emulated organization under Control Tower, and the fleet that is applied to it.

    Attributes:
        fleet: the fleet's directory.
        environment: the whole environment of a command that works against it.
    """

    fleet: Path
    environment: dict[str, str] = field(repr=False)
    execution_role: str = "AWSControlTowerExecution"

    def run(self, *argv: str) -> Completed:
        """Runs any command in the fleet against the landing zone."""
        return run(Command(argv=argv, env=self.environment, cwd=self.fleet, timeout_seconds=_MINUTES * 60))

    def vend(self, *arguments: str) -> Completed:
        """Runs vend in the fleet, such as `vend("apply", "--auto-approve")`; fails the test where vend fails."""
        completed = self.run(sys.executable, "-m", "vend", *arguments)
        if completed.returncode != 0:
            pytest.fail(
                f"vend {' '.join(arguments)} ended with {completed.returncode}:\n{completed.stdout}{completed.stderr}",
                pytrace=False,
            )
        return completed

    def account(self, account: str) -> VendedAccount:
        """The account that was vended for a request; fails the test where there is none."""
        import boto3

        home = boto3.Session()
        catalog = home.client("servicecatalog")
        filters = {"SearchQuery": [f"name:{account}"]}
        found = catalog.search_provisioned_products(
            Filters=filters, AccessLevelFilter={"Key": "Account", "Value": "self"}
        )["ProvisionedProducts"]
        ids = [product["PhysicalId"] for product in found if product["Name"] == account and "PhysicalId" in product]
        if not ids:
            pytest.fail(f'the landing zone has no account "{account}": apply its request first', pytrace=False)
        role = f"arn:aws:iam::{ids[0]}:role/{self.execution_role}"
        keys = home.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
        session = boto3.Session(
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
        )
        return VendedAccount(account=account, id=ids[0], session=session, endpoint=self.environment["AWS_ENDPOINT_URL"])


@pytest.fixture(scope="session")
def vend_fleet(pytestconfig: pytest.Config) -> Path:
    """The fleet's directory: the nearest folder upwards from pytest's root that holds vend.hcl."""
    from vend.requests import find_fleet

    try:
        return find_fleet(pytestconfig.rootpath)
    except VendError as error:
        pytest.fail(_as_text(error.diagnostics), pytrace=False)


@pytest.fixture(scope="session")
def vend_landing_zone_config(vend_fleet: Path) -> SandboxConfig:
    """The landing zone that vend.hcl describes, with account operations that take no time; override it for another."""
    from vend.requests import load_settings

    try:
        return config_from(load_settings(vend_fleet), 0.0)
    except VendError as error:
        pytest.fail(_as_text(error.diagnostics), pytrace=False)


@pytest.fixture(scope="session")
def vend_landing_zone(
    vend_fleet: Path, vend_landing_zone_config: SandboxConfig, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LandingZone]:
    """One landing zone for all tests, in a process of its own that ends with them.

    Meanwhile the AWS_* variables of the tests' process lead to it, so that no test reaches any other AWS.
    """
    directory = tmp_path_factory.mktemp("vend-landing-zone")
    try:
        started = start(vend_landing_zone_config, directory, owner=os.getpid())
    except VendError as error:
        pytest.fail(_as_text(error.diagnostics), pytrace=False)
    with pytest.MonkeyPatch.context() as patch:
        for name in tuple(os.environ):
            if name.startswith("AWS_"):
                patch.delenv(name)
        for name, value in started.environment.items():
            if name.startswith("AWS_"):
                patch.setenv(name, value)
        environment = {**without_aws(os.environ), **started.environment}
        yield LandingZone(fleet=vend_fleet, environment=environment)
    stop(directory)


def _as_text(diagnostics: tuple[Diagnostic, ...]) -> str:
    lines = []
    for problem in diagnostics:
        place = f"{problem.file}:{problem.line}: " if problem.file and problem.line else ""
        hint = f" ({problem.hint})" if problem.hint else ""
        lines.append(f"{place}{problem.summary}{hint}")
    return "\n".join(lines)

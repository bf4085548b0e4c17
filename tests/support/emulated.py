"""An emulated AWS with a clock that stands still until a test moves it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from vend.sandbox import Sandbox, SandboxConfig

VENDING_ROLE = "arn:aws:iam::111111111111:role/vend-apply"
SECONDS = 100.0
"""How long an account operation takes by the test's clock."""


class Clock:
    """Seconds since the epoch, moved by hand."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


@cache
def _session() -> Any:
    import botocore.session

    return botocore.session.Session()


class Emulated:
    """A sandbox, its clock, and clients of it."""

    def __init__(self, sandbox: Sandbox, clock: Clock) -> None:
        self.sandbox = sandbox
        self.clock = clock
        self.variables = sandbox.variables()
        self._clients: dict[tuple[str, str, str], Any] = {}

    def client(self, service: str, credentials: dict[str, Any] | None = None, region: str = "eu-west-1") -> Any:
        """A client with the throw-away keys, or with those that AssumeRole gave."""
        keys = credentials or {
            "AccessKeyId": self.variables["AWS_ACCESS_KEY_ID"],
            "SecretAccessKey": self.variables["AWS_SECRET_ACCESS_KEY"],
        }
        known = (service, region, keys["AccessKeyId"])
        if known not in self._clients:
            self._clients[known] = self._new_client(service, region, keys)
        return self._clients[known]

    def _new_client(self, service: str, region: str, keys: dict[str, Any]) -> Any:
        from botocore.config import Config

        return _session().create_client(
            service,
            region_name=region,
            endpoint_url=self.sandbox.endpoint,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys.get("SessionToken"),
            config=Config(
                retries={"total_max_attempts": 1},
                proxies={"http": self.sandbox.endpoint},
                s3={"addressing_style": "path"},
            ),
        )

    def direct(self, service: str, *, attempts: int = 1, read_timeout: float = 60.0) -> Any:
        """A client as boto3 makes it where no proxy is set; tries so often."""
        from botocore.config import Config

        return _session().create_client(
            service,
            region_name="eu-west-1",
            endpoint_url=self.sandbox.endpoint,
            aws_access_key_id=self.variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.variables["AWS_SECRET_ACCESS_KEY"],
            config=Config(retries={"total_max_attempts": attempts, "mode": "standard"}, read_timeout=read_timeout),
        )

    def assume(self, arn: str, credentials: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        """Credentials of a role."""
        got = self.client("sts", credentials).assume_role(RoleArn=arn, RoleSessionName="test", **more)
        return dict(got["Credentials"])

    def execution(self, account_id: str) -> dict[str, Any]:
        """Credentials inside a vended account."""
        return self.assume(f"arn:aws:iam::{account_id}:role/AWSControlTowerExecution")

    def unit(self, path: str) -> str:
        """`Name (ou-…)` of the unit at a path."""
        organizations = self.client("organizations")
        parent = organizations.list_roots()["Roots"][0]["Id"]
        for name in path.split("/"):
            units = organizations.list_organizational_units_for_parent(ParentId=parent)["OrganizationalUnits"]
            parent = next(unit["Id"] for unit in units if unit["Name"] == name)
        return f"{name} ({parent})"

    def product(self) -> dict[str, str]:
        """Product, artifact and path, as ProvisionProduct takes them."""
        catalog = self.client("servicecatalog")
        product_id = catalog.search_products()["ProductViewSummaries"][0]["ProductId"]
        artifacts = catalog.list_provisioning_artifacts(ProductId=product_id)["ProvisioningArtifactDetails"]
        paths = catalog.list_launch_paths(ProductId=product_id)["LaunchPathSummaries"]
        return {"ProductId": product_id, "ProvisioningArtifactId": artifacts[0]["Id"], "PathId": paths[0]["Id"]}

    def provision(self, name: str, *, unit: str, token: str | None = None, **parameters: str) -> dict[str, Any]:
        """Asks for an account; the record's detail."""
        values = {
            "AccountName": name,
            "AccountEmail": f"aws+{name}@example.com",
            "SSOUserEmail": "grace@example.com",
            "SSOUserFirstName": "Grace",
            "SSOUserLastName": "Hopper",
            "ManagedOrganizationalUnit": unit,
            **parameters,
        }
        answer = self.client("servicecatalog").provision_product(
            **self.product(),
            ProvisionedProductName=name,
            ProvisionToken=token or f"token-{name}",
            ProvisioningParameters=[{"Key": key, "Value": value} for key, value in values.items()],
        )
        return dict(answer["RecordDetail"])

    def described(self, name: str) -> dict[str, Any]:
        """A provisioned product's detail."""
        answer = self.client("servicecatalog").describe_provisioned_product(Name=name)
        return dict(answer["ProvisionedProductDetail"])

    def created(self, name: str, *, role: str = "AWSControlTowerExecution") -> str:
        """The id of an account that Organizations alone has made, below the root."""
        organizations = self.client("organizations")
        begun = organizations.create_account(AccountName=name, Email=f"{name}@example.com", RoleName=role)
        self.clock.advance(SECONDS)
        request = begun["CreateAccountStatus"]["Id"]
        done = organizations.describe_create_account_status(CreateAccountRequestId=request)["CreateAccountStatus"]
        return str(done["AccountId"])

    def registration(self, unit_arn: str, version: str = "4.0") -> dict[str, Any]:
        """What EnableBaseline takes to register a unit."""
        tower = self.client("controltower")
        baselines = {one["name"]: one["arn"] for one in tower.list_baselines()["baselines"]}
        center = baselines["IdentityCenterBaseline"]
        found = tower.list_enabled_baselines(filter={"baselineIdentifiers": [center]})["enabledBaselines"]
        return {
            "baselineIdentifier": baselines["AWSControlTowerBaseline"],
            "baselineVersion": version,
            "targetIdentifier": unit_arn,
            "parameters": [{"key": "IdentityCenterEnabledBaselineArn", "value": found[0]["arn"]}],
        }

    def vended(self, name: str, unit: str) -> str:
        """The id of a new account in a unit, all work done."""
        self.provision(name, unit=unit)
        self.clock.advance(SECONDS)
        outputs = self.client("servicecatalog").get_provisioned_product_outputs(ProvisionedProductName=name)
        return next(str(o["OutputValue"]) for o in outputs["Outputs"] if o["OutputKey"] == "AccountId")


@contextmanager
def emulated(**settings: Any) -> Iterator[Emulated]:
    """A sandbox with two nested units, a vending role and a state bucket."""
    config: dict[str, Any] = {
        "organizational_units": ("Workloads/Prod", "Workloads/Test"),
        "groups": ("PlatformAdmins",),
        "permission_sets": ("Auditor",),
        "vending_role": VENDING_ROLE,
        "state_bucket": "example-vend-state",
        "ledger_table": "vend-ledger",
        "operation_seconds": SECONDS,
        **settings,
    }
    clock = Clock()
    with Sandbox(SandboxConfig(**config), clock=clock) as sandbox:
        yield Emulated(sandbox, clock)

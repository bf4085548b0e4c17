"""What the sandbox costs: its start, a thousand accounts, their lists, and memory, each against a baseline.

Run by `make bench`, or `python benchmarks/sandbox.py [ACCOUNTS]`.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from vend.sandbox import Sandbox, SandboxConfig

_CALLS = 200


@contextmanager
def _timed(spent: dict[str, float], name: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    spent[name] = time.perf_counter() - began


def _resident() -> float:
    """The most memory that this process has held in RAM so far, in MB; clients and sandbox share it."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def _client(sandbox: Sandbox) -> Callable[[str], Any]:
    from botocore.config import Config
    from botocore.session import Session

    session, variables = Session(), sandbox.variables()

    def client(service: str) -> Any:
        return session.create_client(
            service,
            region_name="eu-west-1",
            endpoint_url=sandbox.endpoint,
            aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
            config=Config(proxies={}),
        )

    return client


def _provision(catalog: Any, product: dict[str, str], number: int) -> None:
    parameters = {
        "AccountName": f"account-{number}",
        "AccountEmail": f"account-{number}@example.com",
        "SSOUserEmail": "grace@example.com",
        "SSOUserFirstName": "Grace",
        "SSOUserLastName": "Hopper",
        "ManagedOrganizationalUnit": "Sandbox",
    }
    catalog.provision_product(
        **product,
        ProvisionedProductName=f"account-{number}",
        ProvisionToken=f"token-{number}",
        ProvisioningParameters=[{"Key": key, "Value": value} for key, value in parameters.items()],
    )


def main(accounts: int) -> None:
    """Prints ratios."""
    spent: dict[str, float] = {}
    with _timed(spent, "import botocore"):
        import botocore.session  # noqa: F401 — the baseline of the start
    bare = _resident()
    with _timed(spent, "start"):
        sandbox = Sandbox(SandboxConfig(operation_seconds=0))
        sandbox.__enter__()
    try:
        idle = _resident()
        client = _client(sandbox)
        catalog, organizations = client("servicecatalog"), client("organizations")
        product_id = catalog.search_products()["ProductViewSummaries"][0]["ProductId"]
        artifacts = catalog.list_provisioning_artifacts(ProductId=product_id)["ProvisioningArtifactDetails"]
        product = {"ProductId": product_id, "ProvisioningArtifactId": artifacts[0]["Id"]}
        with _timed(spent, "calls"):
            for _ in range(_CALLS):
                organizations.describe_organization()
        before = _resident()
        part = max(1, accounts // 10)
        for name, numbers in (
            ("first", range(part)),
            ("middle", range(part, accounts - part)),
            ("last", range(accounts - part, accounts)),
        ):
            with _timed(spent, name):
                for number in numbers:
                    _provision(catalog, product, number)
        with _timed(spent, "list"):
            pages = organizations.get_paginator("list_accounts").paginate()
            found = sum(len(page["Accounts"]) for page in pages)
        after = _resident()
    finally:
        sandbox.__exit__(None, None, None)
    call = spent["calls"] / _CALLS
    total = spent["first"] + spent["middle"] + spent["last"]
    print(f"start of a sandbox              {spent['start'] / spent['import botocore']:6.1f} x `import botocore`")
    print(f"one account, provisioned        {total / accounts / call:6.1f} x DescribeOrganization")
    print(f"the last tenth of {accounts:5} accounts {spent['last'] / spent['first']:6.1f} x the first tenth")
    print(f"listing {found:5} accounts          {spent['list'] / call:6.1f} x DescribeOrganization")
    print(f"memory of an idle sandbox       {idle / bare:6.1f} x Python with botocore ({idle:.0f} MB)")
    print(f"memory of an account            {(after - before) * 1000 / accounts:6.1f} kB")
    print(f"{accounts} accounts took {total:.1f} s, boto3 included")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)

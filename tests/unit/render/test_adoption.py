"""Adoption against the real provider, which is shown an Account Factory product that exists."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from support.factories import an_account_request
from vend.customizations import Catalogue
from vend.plan import TerraformCounts
from vend.render import AccountRuntime, render_account, write_root
from vend.settings import Settings
from vend.terraform import Outcome, Terraform, find_binary, find_mirror

pytestmark = pytest.mark.terraform

_IDENTITY = b"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::111111111111:user/x</Arn><UserId>x</UserId><Account>111111111111</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>"""
_ANSWERS: Mapping[str, Mapping[str, object]] = {
    "DescribeProvisionedProduct": {
        "ProvisionedProductDetail": {
            "Name": "payments-prod",
            "Arn": "arn:aws:servicecatalog:eu-west-1:111111111111:stack/payments-prod/pp-adopted",
            "Type": "CONTROL_TOWER_ACCOUNT",
            "Id": "pp-adopted",
            "Status": "AVAILABLE",
            "CreatedTime": 1700000000,
            "LastRecordId": "rec-1",
            "LastProvisioningRecordId": "rec-1",
            "LastSuccessfulProvisioningRecordId": "rec-1",
            "ProductId": "prod-1",
            "ProvisioningArtifactId": "pa-old",
        },
        "CloudWatchDashboards": [],
    },
    "DescribeRecord": {
        "RecordDetail": {
            "RecordId": "rec-1",
            "Status": "SUCCEEDED",
            "ProvisionedProductName": "payments-prod",
            "ProvisionedProductId": "pp-adopted",
            "PathId": "lpv2-old",
            "ProductId": "prod-1",
            "ProvisioningArtifactId": "pa-old",
        },
        "RecordOutputs": [{"OutputKey": "AccountId", "OutputValue": "222222222222"}],
    },
}


@dataclass
class FakeServiceCatalog:
    """Answers what the provider reads, and keeps which operations it called."""

    url: str = ""
    operations: set[str] = field(default_factory=set)

    def answer(self, target: str) -> tuple[int, bytes]:
        """Status and body for an `X-Amz-Target`, which STS does not send."""
        operation = target.rpartition(".")[2] or "GetCallerIdentity"
        self.operations.add(operation)
        if operation == "GetCallerIdentity":
            return 200, _IDENTITY
        if operation in _ANSWERS:
            return 200, json.dumps(_ANSWERS[operation]).encode()
        return 400, b'{"__type": "InvalidParametersException"}'


@pytest.fixture
def service_catalog() -> Iterator[FakeServiceCatalog]:
    """On a free loopback port."""
    fake = FakeServiceCatalog()

    class _Requests(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, body = fake.answer(self.headers.get("X-Amz-Target", ""))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            del format, args

    with ThreadingHTTPServer(("127.0.0.1", 0), _Requests) as server:
        fake.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield fake
        server.shutdown()
        thread.join()


def test_an_adopted_product_is_imported_without_an_update(service_catalog: FakeServiceCatalog, tmp_path: Path) -> None:
    """With the override: one to import, none to change, though artifact, path and all parameters differ.

    Without it the import would send the parameters; an account that is in the wrong unit wants just that.
    """
    quiet = _plan(service_catalog, tmp_path, keep_adopted=True)
    assert quiet.counts == TerraformCounts(imported=1)
    loud = _plan(service_catalog, tmp_path, keep_adopted=False)
    assert loud.counts == TerraformCounts(imported=1, change=1)
    assert service_catalog.operations == {"GetCallerIdentity", "DescribeProvisionedProduct", "DescribeRecord"}


def _plan(fake: FakeServiceCatalog, tmp_path: Path, *, keep_adopted: bool) -> Outcome:
    settings = Settings(name="example", home_region="eu-west-1")
    (root,) = render_account(
        an_account_request(), settings=settings, catalogue=Catalogue(), fleet_directory=tmp_path / "fleet"
    )
    working = tmp_path / ".vend" / "o-example"
    location, data, plan = working / "roots/payments-prod/account", working / "data", working / "plans/this.tfplan"
    runtime = AccountRuntime(
        product_id="prod-1",
        provisioning_artifact_id="pa-new",
        path_id="lpv2-new",
        organizational_unit="Prod (ou-ab12-prodprod)",
        adopt="pp-adopted",
        keep_adopted=keep_adopted,
    )
    write_root(root, location, runtime)
    terraform = Terraform(
        binary=find_binary(settings.terraform, os.environ, tmp_path / "terraform.json"),
        mirror=find_mirror(settings.terraform, os.environ),
        directory=working,
        settings=settings.terraform,
        environ={**os.environ, "AWS_ENDPOINT_URL": fake.url},
        stop=threading.Event(),
    )
    session = {"AWS_ACCESS_KEY_ID": "AKIAMADEUP", "AWS_SECRET_ACCESS_KEY": "made-up"}
    initialized = terraform.init(location, data_directory=data, session=session)
    assert initialized.ok, initialized.diagnostics
    outcome = terraform.plan(location, out=plan, data_directory=data, session=session)
    assert outcome.ok, outcome.diagnostics
    return outcome

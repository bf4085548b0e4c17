"""A Terraform in memory that keeps the state of `account` roots as the real one does, and calls the sandbox's AWS.

What it knows of the provider is what docs of vend's own say of it: a create that fails leaves a tainted resource, an
update that fails is recorded as done, parameters are never read back, an import block does nothing for an address that
the state has. `tests/contract/test_stateful_terraform.py` holds it against the real one.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

from botocore.exceptions import ClientError

from vend.errors import Diagnostic
from vend.plan import ChangeAction, ResourceChange
from vend.terraform import Outcome, PlanDocument, PlannedChange, new_plan_file

ADDRESS = "module.account.aws_servicecatalog_provisioned_product.this"
TYPE = "aws_servicecatalog_provisioned_product"
_CHANGING = {"create", "update", "replace", "import"}
_UNDER_WAY = {"UNDER_CHANGE", "PLAN_IN_PROGRESS"}


@dataclass
class StatefulTerraform:
    """Plans and applies `account` roots; with the interface of `vend.terraform.Terraform`.

    Attributes:
        catalog: a client of Service Catalog.
        log: what was run, as (command, account).
    """

    catalog: Any
    log: list[tuple[str, str]] = field(default_factory=list)
    slots: int = 2
    binary: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(flavour="terraform", version="1.11.4"))

    @property
    def runs(self) -> int:
        return len(self.log)

    @contextmanager
    def slot(self, *, waiting: bool = False) -> Iterator[None]:
        del waiting
        yield

    def stopped_by(self, stop: threading.Event) -> Self:
        del stop
        return self

    def init(self, root: Path, **_: Any) -> Outcome:
        self.log.append(("init", root.parent.name))
        assert root.name == "account", "this Terraform has accounts alone"
        return Outcome(ok=True)

    def plan(self, root: Path, *, out: Path, **_: Any) -> Outcome:
        self.log.append(("plan", root.parent.name))
        wanted, held = _wanted(root), self._refreshed(root)
        adopted = (root / "modules" / "account" / "adopted_override.tf").exists()
        action: ChangeAction = "no-op"
        if held is None:
            action = "import" if "adopted_product_id" in wanted else "create"
        elif held["tainted"]:
            # `prevent_destroy`: an error instead of a plan.
            problem = Diagnostic(code="terraform-error", summary="Instance cannot be destroyed", detail=ADDRESS)
            return Outcome(ok=False, diagnostics=(problem,))
        elif not adopted and (held["parameters"], held["artifact"]) != (wanted["parameters"], wanted["artifact"]):
            action = "update"
        plan = {"action": action, "wanted": wanted, "adopted": adopted, "held": held}
        new_plan_file(out).write_text(json.dumps(plan), encoding="utf-8")
        planned = (PlannedChange(address=ADDRESS, action=action, type=TYPE),) if action in _CHANGING else ()
        return Outcome(ok=True, changed=bool(planned), planned=planned)

    def show(self, root: Path, *, plan_file: Path, **_: Any) -> PlanDocument:
        self.log.append(("show", root.parent.name))
        plan = json.loads(plan_file.read_text(encoding="utf-8"))
        before = _shown(plan["held"]["parameters"]) if plan["held"] else None
        change = ResourceChange(
            address=ADDRESS,
            type=TYPE,
            name="this",
            action=plan["action"],
            before=before,
            after=_shown(plan["wanted"]["parameters"]),
            importing=plan["wanted"].get("adopted_product_id") if plan["action"] == "import" else None,
        )
        return PlanDocument(
            changes=(change,) if plan["action"] in _CHANGING else (),
            drift=(),
            outputs={},
            terraform_version=self.binary.version,
            mentioned=frozenset(),
        )

    def apply(self, root: Path, *, plan_file: Path, **_: Any) -> Outcome:
        self.log.append(("apply", root.parent.name))
        plan = json.loads(plan_file.read_text(encoding="utf-8"))
        wanted = plan["wanted"]
        try:
            if plan["action"] == "import":
                _write(root, {**wanted, "id": wanted["adopted_product_id"], "parameters": {}, "tainted": False})
                return Outcome(ok=True, changed=True)
            if plan["action"] == "create":
                answer = self.catalog.provision_product(
                    **_product(wanted), ProvisionedProductName=root.parent.name, ProvisionToken=f"token-{self.runs}"
                )
            else:
                answer = self.catalog.update_provisioned_product(
                    **_product(wanted), ProvisionedProductId=plan["held"]["id"], UpdateToken=f"token-{self.runs}"
                )
        except ClientError as error:
            return Outcome(ok=False, diagnostics=(Diagnostic(code="terraform-error", summary=str(error)),))
        product_id = answer["RecordDetail"]["ProvisionedProductId"]
        status, message = self._settled(product_id)
        failed = status != "AVAILABLE"
        _write(root, {**wanted, "id": product_id, "tainted": failed and plan["action"] == "create"})
        problem = Diagnostic(code="terraform-error", summary="waiting for the product", detail=message)
        return Outcome(ok=not failed, changed=True, diagnostics=(problem,) if failed else ())

    def untaint(self, root: Path, *, address: str, **_: Any) -> Outcome:
        self.log.append(("untaint", root.parent.name))
        held = _read(root)
        assert address == ADDRESS
        if held is None or not held["tainted"]:
            return Outcome(ok=False, diagnostics=(Diagnostic(code="terraform-error", summary="not tainted"),))
        _write(root, {**held, "tainted": False})
        return Outcome(ok=True)

    def refresh(self, root: Path, **_: Any) -> Outcome:
        self.log.append(("refresh", root.parent.name))
        _write(root, self._refreshed(root))
        return Outcome(ok=True, changed=True)

    def _refreshed(self, root: Path) -> dict[str, Any] | None:
        """What the state has, without a product that is gone."""
        held = _read(root)
        if held is None:
            return None
        try:
            self.catalog.describe_provisioned_product(Id=held["id"])
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            return None
        return held

    def _settled(self, product_id: str) -> tuple[str, str | None]:
        while True:
            found = self.catalog.describe_provisioned_product(Id=product_id)["ProvisionedProductDetail"]
            if found["Status"] not in _UNDER_WAY:
                return str(found["Status"]), found.get("StatusMessage")
            time.sleep(0.01)


def _wanted(root: Path) -> dict[str, Any]:
    said = json.loads((root / "terraform.tfvars.json").read_text(encoding="utf-8"))
    found = json.loads((root / "runtime.tfvars.json").read_text(encoding="utf-8"))
    wanted = {
        "parameters": {
            "AccountEmail": said["email"],
            "AccountName": said["name"],
            "ManagedOrganizationalUnit": found["organizational_unit"],
            "SSOUserEmail": said["sso_user"]["email"],
            "SSOUserFirstName": said["sso_user"]["first_name"],
            "SSOUserLastName": said["sso_user"]["last_name"],
        },
        "artifact": found["provisioning_artifact_id"],
        "product": found["product_id"],
        "path": found["path_id"],
    }
    return {**wanted, **{key: found[key] for key in ("adopted_product_id",) if key in found}}


def _product(wanted: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "ProductId": wanted["product"],
        "ProvisioningArtifactId": wanted["artifact"],
        "PathId": wanted["path"],
        "ProvisioningParameters": [{"Key": key, "Value": value} for key, value in wanted["parameters"].items()],
    }


def _shown(parameters: Mapping[str, str]) -> dict[str, Any]:
    return {"provisioning_parameters": [{"key": key, "value": value} for key, value in parameters.items()]}


def state_file(root: Path) -> Path:
    """Where the backend of a root keeps its state."""
    return root.parents[2] / "state" / root.parent.name / f"{root.name}.tfstate"


def _read(root: Path) -> dict[str, Any] | None:
    path = state_file(root)
    if not path.exists():
        return None
    resources = json.loads(path.read_text(encoding="utf-8"))["resources"]
    if not resources:
        return None
    instance = resources[0]["instances"][0]
    attributes = instance["attributes"]
    return {
        "id": attributes["id"],
        "tainted": instance.get("status") == "tainted",
        "parameters": {one["key"]: one["value"] for one in attributes["provisioning_parameters"]},
        "artifact": attributes["provisioning_artifact_id"],
        "product": attributes["product_id"],
        "path": attributes["path_id"],
    }


def _write(root: Path, held: Mapping[str, Any] | None) -> None:
    path = state_file(root)
    path.parent.mkdir(parents=True, exist_ok=True)
    serial = json.loads(path.read_text(encoding="utf-8"))["serial"] + 1 if path.exists() else 1
    resources = []
    if held is not None:
        attributes = {
            "id": held["id"],
            "name": root.parent.name,
            "product_id": held["product"],
            "path_id": held["path"],
            "provisioning_artifact_id": held["artifact"],
            **_shown(held["parameters"]),
        }
        resources.append(
            {
                "module": "module.account",
                "mode": "managed",
                "type": TYPE,
                "name": "this",
                "provider": 'provider["registry.terraform.io/hashicorp/aws"]',
                "instances": [{**({"status": "tainted"} if held["tainted"] else {}), "attributes": attributes}],
            }
        )
    document = {
        "version": 4,
        "terraform_version": "1.11.4",
        "serial": serial,
        "lineage": "l",
        "outputs": {},
        "resources": resources,
    }
    path.write_text(json.dumps(document), encoding="utf-8")

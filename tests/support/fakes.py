"""Stand-ins for AWS and Terraform that keep what they are told, for tests of the rooms above them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

from vend.errors import AwsError, Diagnostic
from vend.models import (
    AccountFactory,
    AccountInventory,
    AccountRequest,
    AlternateContact,
    ContactKind,
    IdentityCenter,
    LandingZone,
    Organization,
    OrganizationAccount,
    OrganizationalUnit,
    ProvisionedProduct,
    SsoUser,
)
from vend.plan import ResourceChange, TerraformCounts
from vend.terraform import Outcome, PlanDocument, PlannedChange, new_plan_file

SECRET = "hunter2"
"""Stands in every saved plan of the fake Terraform."""


@dataclass
class FakeAws:
    """An organization in memory, with the interface of `vend.aws.Aws`."""

    units: dict[str, OrganizationalUnit] = field(default_factory=dict)
    accounts: dict[str, OrganizationAccount] = field(default_factory=dict)
    products: dict[str, ProvisionedProduct] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    contacts: dict[str, tuple[AlternateContact, ...]] = field(default_factory=dict)
    sent: dict[str, dict[str, str]] = field(default_factory=dict)
    people: dict[str, SsoUser] = field(default_factory=dict)
    states: dict[str, bytes] = field(default_factory=dict)
    locks: dict[str, bytes] = field(default_factory=dict)
    controls: dict[str, frozenset[str] | Diagnostic] = field(default_factory=dict)
    calls: list[tuple[Any, ...]] = field(default_factory=list)
    traces: dict[str, tuple[str, ...]] = field(default_factory=dict)
    shared_accounts: frozenset[str] = frozenset()
    drift: str | None = "IN_SYNC"
    center: IdentityCenter | Diagnostic | None = None
    quota: int | Diagnostic = 10_000
    log_archive_account: str | None = None
    audit_account: str | None = None
    organization_id: str = "o-fakefakefake"
    caller_arn: str = "arn:aws:iam::111111111111:role/x"
    management_account_id: str = "111111111111"
    active_artifact: str = "pa-active"

    def refresh(self) -> None:
        self.calls.append(("refresh",))

    def organization(self, *, refresh: bool = False) -> Organization:
        self.calls.append(("organization", refresh))
        return Organization(
            id=self.organization_id,
            management_account_id=self.management_account_id,
            root_id="r-ab12",
            units=dict(self.units),
            accounts=dict(self.accounts),
        )

    def enabled_controls(self, unit_id: str) -> frozenset[str] | Diagnostic:
        self.calls.append(("enabled_controls", unit_id))
        return self.controls.get(unit_id, frozenset())

    def account_factory(self) -> AccountFactory:
        return AccountFactory(product_id="prod-1", provisioning_artifact_id=self.active_artifact, path_id="lpv2-1")

    def landing_zone(self) -> LandingZone:
        return LandingZone(
            governed_regions=("eu-west-1",),
            shared_accounts=self.shared_accounts,
            drift=self.drift,
            version="3.3",
            log_archive_account=self.log_archive_account,
            audit_account=self.audit_account,
        )

    def config_traces(self, account_id: str) -> tuple[str, ...]:
        """What AWS Config has; an account that is not listed has no execution role."""
        if account_id not in self.traces:
            raise AwsError(Diagnostic(code="role-not-assumed", summary="the role cannot be assumed"))
        return self.traces[account_id]

    def identity_center(self) -> IdentityCenter | None:
        self.calls.append(("identity_center",))
        if isinstance(self.center, Diagnostic):
            raise AwsError(self.center)
        return self.center

    def account_quota(self) -> int | Diagnostic:
        self.calls.append(("account_quota",))
        return self.quota

    def provisioned_products(self) -> Mapping[str, ProvisionedProduct]:
        self.calls.append(("provisioned_products",))
        return dict(self.products)

    def provisioned_product(self, name_or_id: str) -> ProvisionedProduct | None:
        return self.products.get(name_or_id)

    def product_email(self, product: ProvisionedProduct) -> str | None:
        self.calls.append(("product_email", product.name))
        return self.sent.get(product.name, {}).get("AccountEmail") if product.succeeded else None

    def alternate_contacts(self, account_id: str, kinds: Iterable[ContactKind]) -> tuple[AlternateContact, ...]:
        self.calls.append(("alternate_contacts", account_id, tuple(kinds)))
        return tuple(contact for contact in self.contacts.get(account_id, ()) if contact.kind in kinds)

    def inventory(self, accounts: Sequence[OrganizationAccount]) -> tuple[AccountInventory, ...]:
        self.calls.append(("inventory", tuple(account.id for account in accounts)))
        products = {product.account_id: product for product in self.products.values()}
        return tuple(
            AccountInventory(
                account=account,
                product=products.get(account.id),
                tags=self.tags.get(account.id, {}),
                alternate_contacts=self.contacts.get(account.id, ()),
                sso_user=self.people.get(account.id),
            )
            for account in accounts
        )

    def account_tags(self, account_id: str) -> dict[str, str]:
        return dict(self.tags.get(account_id, {}))

    def set_account_tags(self, account_id: str, tags: Mapping[str, str]) -> bool:
        self.calls.append(("tag", account_id, dict(tags)))
        self.tags[account_id] = dict(tags)
        return True

    def read_state_object(self, key: str) -> bytes | None:
        self.calls.append(("read_state_object", key))
        return self.states.get(key)

    def read_state_lock(self, key: str) -> tuple[bytes, str] | None:
        content = self.locks.get(key)
        return None if content is None else (content, f"etag of {content!r}")

    def delete_state_lock(self, key: str, etag: str) -> bool:
        self.calls.append(("delete_state_lock", key))
        found = self.read_state_lock(key)
        if found is None or found[1] != etag:
            return False
        del self.locks[key]
        return True

    def wait_until_settled(
        self,
        product_id: str,
        *,
        on_progress: Callable[[ProvisionedProduct], None],
        stop: threading.Event,
        timeout_seconds: float,
    ) -> ProvisionedProduct | None:
        del stop, timeout_seconds
        product = next((p for p in self.products.values() if p.id == product_id), None)
        if product is not None:
            on_progress(product)
        if product is not None and product.status == "UNDER_CHANGE":
            product = replace(product, status="AVAILABLE", succeeded=True)
            self.products[product.name] = product
        return product

    def send_parameters(
        self, product: ProvisionedProduct, request: AccountRequest, unit: OrganizationalUnit, token: str
    ) -> None:
        del token
        self.calls.append(("send_parameters", product.name, unit.id))
        made = self.sent.get(product.name)
        if made is not None and made != {"AccountEmail": request.email, "AccountName": request.name}:
            self.products[product.name] = replace(product, status="TAINTED", status_message="cannot change it")
        elif product.account_id is not None:
            account = self.accounts[product.account_id]
            enrolled_in = None if account.enrolled_in is None else unit.id
            self.accounts[product.account_id] = replace(account, parent_id=unit.id, enrolled_in=enrolled_in)
            self.products[product.name] = replace(product, status="AVAILABLE", status_message=None, succeeded=True)

    def terminate_product(self, product_id: str, token: str) -> None:
        self.calls.append(("terminate", product_id, token))
        self.products = {name: p for name, p in self.products.items() if p.id != product_id}

    def close_account(self, account_id: str) -> None:
        self.calls.append(("close", account_id))

    def management_source(self) -> str:
        return "management"

    def account_source(self, account_id: str, account: str) -> str:
        return f"account {account_id} {account}"

    def account_environment(self, account_id: str, account: str) -> dict[str, str]:
        del account
        return {"AWS_ACCESS_KEY_ID": f"key-{account_id}"}

    @contextmanager
    def state_profile(self, account: str) -> Iterator[dict[str, str]]:
        yield {"AWS_SHARED_CREDENTIALS_FILE": f"profile-{account}"}

    def vend(self, request: AccountRequest, unit: OrganizationalUnit) -> OrganizationAccount:
        """Makes the account and its product, as Account Factory would."""
        number = f"{222222222222 + len(self.accounts):012d}"
        account = OrganizationAccount(
            id=number, name=request.name, email=request.email, state="ACTIVE", parent_id=unit.id
        )
        return self.manage(request, account)

    def manage(self, request: AccountRequest, account: OrganizationAccount) -> OrganizationAccount:
        """Makes the product of an account that exists, as Account Factory does when it enrols one."""
        number = account.id
        self.accounts[number] = account
        self.sent[request.account] = {"AccountEmail": request.email, "AccountName": request.name}
        self.products[request.account] = ProvisionedProduct(
            id=f"pp-{request.account}",
            name=request.account,
            status="AVAILABLE",
            product_id="prod-1",
            provisioning_artifact_id=self.active_artifact,
            account_id=number,
            succeeded=True,
        )
        return account


class FakeEndpoint:
    """Credentials by name: what a program would get is visible in its environment."""

    def environment(self, source: str) -> dict[str, str]:
        return {"SESSION": source}


@dataclass
class FakeTerraform:
    """Plans what it is told, and calls back on apply; with the interface of `vend.terraform.Terraform`.

    Attributes:
        changes: by account and stage, what a plan shows until it is applied.
        on_apply: by account and stage, what an apply does; raising makes it fail.
        failing: commands that fail, as (command, account, stage).
        log: what was run, as (command, account, stage).
        sessions: which session each command had.
        batches: the roots that were planned together, a list for each time.
        blames: whether the error of a root that fails among others names it.
        batch_failure: the code of such an error.
        artifacts: by account, the artifact in each of those.
        batch_init_fails: whether such a root cannot be initialized.
        on_batch: called when one is planned.
        knows: what a plan knows of when it is read back, made of what the merged state has.
        misread: what a plan looks like when it is read back, made of what was planned.
        saved: what each saved plan does, by its content.
        applied: the content of the saved plan that was applied last, by account and stage.
        problems: of a plan that fails, for its root below the folder of the fleet.
        environ: what environments are made from, where it is another than that of the workspace.
        environs: the environments of each command that had another: command, account, stage and variables.
    """

    changes: dict[tuple[str, str], tuple[ResourceChange, ...]] = field(default_factory=dict)
    on_apply: dict[tuple[str, str], Callable[[], object]] = field(default_factory=dict)
    failing: set[tuple[str, str, str]] = field(default_factory=set)
    log: list[tuple[str, str, str]] = field(default_factory=list)
    sessions: dict[tuple[str, str], str] = field(default_factory=dict)
    batches: list[list[tuple[str, str]]] = field(default_factory=list)
    artifacts: list[dict[str, str]] = field(default_factory=list)
    batch_init_fails: bool = False
    on_batch: Callable[[], object] = bool
    blames: bool = True
    batch_failure: str = "terraform-error"
    knows: Callable[[set[str]], set[str]] = set
    misread: Callable[[tuple[ResourceChange, ...]], tuple[ResourceChange, ...]] = tuple
    saved: dict[bytes, tuple[ResourceChange, ...]] = field(default_factory=dict)
    applied: dict[tuple[str, str], bytes] = field(default_factory=dict)
    problems: Callable[[str], tuple[Diagnostic, ...]] | None = None
    environ: Mapping[str, str] = field(default_factory=dict)
    environs: list[tuple[str, str, str, Mapping[str, str]]] = field(default_factory=list)
    stops: list[threading.Event] = field(default_factory=list)
    slots: int = 2
    binary: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(flavour="terraform", version="1.11.4"))

    @property
    def runs(self) -> int:
        return len(self.log)

    def stopped_by(self, stop: threading.Event) -> Self:
        self.stops.append(stop)
        return self

    def with_environment(self, environ: Mapping[str, str]) -> Self:
        return replace(self, environ=environ)

    @contextmanager
    def slot(self, *, waiting: bool = False) -> Iterator[None]:
        del waiting
        yield

    def _done(self, command: str, root: Path, session: Mapping[str, str]) -> tuple[str, str]:
        account, stage = root.parts[-2:]
        self.log.append((command, account, stage))
        if self.environ:
            self.environs.append((command, account, stage, {**self.environ, **session}))
        self.sessions[account, stage] = session.get("SESSION", "")
        return account, stage

    def _outcome(self, command: str, key: tuple[str, str], **values: Any) -> Outcome:
        if (command, *key) in self.failing:
            return Outcome(ok=False, diagnostics=(Diagnostic(code="terraform-error", summary=f"{command} failed"),))
        return Outcome(ok=True, **values)

    def init(self, root: Path, *, session: Mapping[str, str], **_: Any) -> Outcome:
        key = self._done("init", root, session)
        if self.batch_init_fails and _batch_members(root):
            return Outcome(ok=False, diagnostics=(Diagnostic(code="terraform-error", summary="init failed"),))
        return self._outcome("init", key)

    def plan(self, root: Path, *, out: Path, session: Mapping[str, str], on_progress: Any = None, **_: Any) -> Outcome:
        key = self._done("plan", root, session)
        members = _batch_members(root)
        content = f"saved plan {len(self.saved)} with {SECRET}".encode()
        self.saved[content] = self.changes.get(key, ()) if members is None else self._changes_of(members)
        new_plan_file(out).write_bytes(content)
        if members is None:
            if self.problems is not None and ("plan", *key) in self.failing:
                shown = root.as_posix()
                return Outcome(ok=False, diagnostics=self.problems(shown[shown.index(".vend/") :]))
            return self._outcome("plan", key, changed=key in self.changes, planned=_planned(self.changes.get(key, ())))
        self.batches.append(sorted(members.values()))
        self.artifacts.append(_batch_artifacts(root))
        self.on_batch()
        failing = [at for at, key in members.items() if ("plan", *key) in self.failing]
        if failing:
            problem = Diagnostic(code=self.batch_failure, summary="plan failed")
            blamed = tuple(f"{at}.module.x.y.z" if self.blames else None for at in failing)
            return Outcome(ok=False, diagnostics=(problem,) * len(failing), blamed=blamed)
        for at in members:
            on_progress(f"reading {at}.x.y", 0, 0)
        changes = self._changes_of(members)
        return Outcome(ok=True, changed=True, planned=_planned(changes), counts=_counts(changes))

    def show(self, root: Path, *, plan_file: Path, session: Mapping[str, str], **_: Any) -> PlanDocument:
        self._done("show", root, session)
        members = _batch_members(root)
        changes = self.saved[plan_file.read_bytes()]
        return PlanDocument(
            changes=self.misread(changes),
            drift=(),
            outputs={},
            terraform_version=self.binary.version,
            mentioned=frozenset(self.knows(_held(root))) if members is not None else frozenset(),
        )

    def _changes_of(self, members: Mapping[str, tuple[str, str]]) -> tuple[ResourceChange, ...]:
        return tuple(
            replace(change, address=f"{at}.{change.address}")
            for at, key in members.items()
            for change in self.changes.get(key, ())
        )

    def apply(self, root: Path, *, plan_file: Path, session: Mapping[str, str], **_: Any) -> Outcome:
        key = self._done("apply", root, session)
        self.applied[key] = plan_file.read_bytes()
        outcome = self._outcome("apply", key, changed=True)
        if outcome.ok:
            self.on_apply.get(key, lambda: None)()
            self.changes.pop(key, None)
        return outcome

    def refresh(self, root: Path, *, session: Mapping[str, str], **_: Any) -> Outcome:
        return self._outcome("refresh", self._done("refresh", root, session))

    def untaint(self, root: Path, *, session: Mapping[str, str], **_: Any) -> Outcome:
        return self._outcome("untaint", self._done("untaint", root, session))


def _batch_values(root: Path) -> dict[str, dict[str, dict[str, Any]]]:
    values = json.loads((root / "terraform.tfvars.json").read_text())
    return {group: accounts for group, accounts in values.items() if not group.endswith("_adopted")}


def _batch_members(root: Path) -> dict[str, tuple[str, str]] | None:
    """Account and stage by module instance, of a root that calls others; None of any other."""
    if root.name != "root":
        return None
    return {
        f'module.{group}["{account}"]': (account, group.rpartition("_")[0])
        for group, accounts in _batch_values(root).items()
        for account in accounts
    }


def _held(root: Path) -> set[str]:
    state = json.loads((root / "terraform.tfstate").read_text())
    return {f"{entry['module']}.{entry['type']}.{entry['name']}" for entry in state["resources"]}


def _batch_artifacts(root: Path) -> dict[str, str]:
    return {
        account: values["provisioning_artifact_id"]
        for accounts in _batch_values(root).values()
        for account, values in accounts.items()
        if "provisioning_artifact_id" in values
    }


def _planned(changes: Iterable[ResourceChange]) -> tuple[PlannedChange, ...]:
    return tuple(PlannedChange(address=c.address, action=c.action, type=c.type) for c in changes)


def _counts(changes: Iterable[ResourceChange]) -> TerraformCounts:
    actions = [change.action for change in changes]
    return TerraformCounts(
        add=actions.count("create") + actions.count("replace"),
        change=actions.count("update"),
        remove=actions.count("destroy") + actions.count("replace"),
    )

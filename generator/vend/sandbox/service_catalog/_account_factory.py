"""Account Factory: provisioned products, their records, and the workflow that Control Tower runs for each.

Work is done by the clock: an operation has steps that fall due one after the other, and `settle` does those whose time
has come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import ClassVar

from vend.sandbox._running_operations import Quota, RunningOperation
from vend.sandbox.governance._governance import Governance
from vend.sandbox.governance._lifecycle_events import LifecycleEvents, Outcome
from vend.sandbox.governance._refusals import (
    ACCOUNT_LEFT,
    CANNOT_ASSUME,
    COULD_NOT_ENROLL,
    EMAIL_IN_USE,
    NOT_ENROLLED,
    NOTIFIES,
    OTHER_OPERATION,
    TOO_MANY,
    TOO_MANY_ACCOUNTS,
    UNCHANGEABLE,
    RefusedOperationError,
)
from vend.sandbox.protocol._ids import new_id
from vend.sandbox.service_catalog._account_operations import AccountOperation
from vend.sandbox.service_catalog._disturbances import UNDISTURBED, Disturbances, Step, Steps
from vend.sandbox.service_catalog._products import OPERATIONS, Limits, Product, Record, RecordType, Request

_BEGIN, _CREATE, _FINISH = 0.1, 0.5, 1.0
"""When in an operation's time the record goes IN_PROGRESS, the account exists, and all is done."""


class AccountFactory:
    """The products of one landing zone.

    Args:
        governance: units and accounts, which this changes.
        events: by which Control Tower tells that an account is there.
        limits: durations and quotas.
        clock: seconds since the epoch.
    """

    disturbances: Disturbances | None = None
    """Consulted for every accepted operation."""

    KEPT: ClassVar[tuple[str, ...]] = ("products", "records", "_operations", "_by_token")

    def __init__(
        self,
        governance: Governance,
        events: LifecycleEvents,
        limits: Limits,
        clock: Callable[[], float],
    ) -> None:
        self.excluded_by: Callable[[str | None], bool] = lambda _: False
        """Whether other work of Control Tower excludes an operation on an account that is to be in this unit."""
        self.products: dict[str, Product] = {}
        self.records: dict[str, Record] = {}
        self.governance = governance
        self._organization = governance.organization
        self._access = governance.identity_center
        self._events = events
        self._limits = limits
        self._clock = clock
        self._operations: list[AccountOperation] = []
        self._by_token: dict[tuple[RecordType, str], Record] = {}
        self._steps: Mapping[Step, Callable[[AccountOperation], None]] = {
            "begin": self._begin,
            "create": self._create,
            "check_update": self._check_update,
            "place": self._place,
            "finish": self._finish,
            "unmanage": self._unmanage,
            "refuse": self._refuse,
            "taint": self._taint,
        }

    def running(self) -> list[Record]:
        """The records that are not finished."""
        return [operation.record for operation in self._operations]

    def running_operations(self) -> Iterator[RunningOperation]:
        """The operations in progress, for display."""
        for operation in self._operations:
            held = self._is_held(operation)
            yield RunningOperation(
                operation=OPERATIONS[operation.record.type],
                subject=operation.product.name,
                started=operation.record.created,
                ends=None if held else operation.steps[-1][0],
                fault=operation.disturbance.fault,
                refused=operation.refused is not None,
            )

    def quotas(self) -> tuple[Quota, ...]:
        """Operations at once, as Control Tower counts them."""
        begun = [operation for operation in self._operations if operation.refused is None]
        ending = [operation for operation in begun if operation.record.type == "TERMINATE_PROVISIONED_PRODUCT"]
        return (
            Quota(name="account operations at once", used=len(begun), limit=self._limits.concurrent_operations),
            Quota(name="unmanage operations at once", used=len(ending), limit=1),
        )

    def accounts_in_work(self) -> set[str]:
        """Existing accounts with an account operation in progress."""
        return {one.product.account_id for one in self._operations if one.product.account_id is not None}

    def account_left(self, account_id: str) -> None:
        """Called when an account has left the organization: from then on its product can only be terminated."""
        self.governance.resources.release(account_id)
        for product in self.products.values():
            if product.account_id == account_id and product.status == "AVAILABLE":
                product.status = "TAINTED"
                product.status_message = f"InvalidParametersException  {ACCOUNT_LEFT.format(account_id=account_id)}"

    def by_name(self, name: str) -> Product | None:
        """A product by its name."""
        return next((product for product in self.products.values() if product.name == name), None)

    def repeated(self, kind: RecordType, token: str) -> Record | None:
        """The record that an earlier call with the same token made."""
        return self._by_token.get((kind, token))

    def provision(self, name: str, request: Request) -> Record:
        """Starts to create an account. The product exists at once, UNDER_CHANGE."""
        now = self._clock()
        product = Product(
            id=new_id("pp"),
            name=name,
            token=request.token,
            created=now,
            artifact_id=request.artifact_id,
            path_id=request.path_id,
            user_arn=request.user_arn,
            session_arn=request.session_arn,
            parameters=dict(request.parameters),
            tags=request.tags,
        )
        self.products[product.id] = product
        return self._submit(
            "PROVISION_PRODUCT",
            product,
            request,
            [(_BEGIN, "begin"), (_CREATE, "create"), (_FINISH, "place"), (_FINISH, "finish")],
        )

    def update(self, product: Product, request: Request) -> Record:
        """Starts to update a product."""
        if request.tags:
            product.tags = request.tags
        return self._submit(
            "UPDATE_PROVISIONED_PRODUCT",
            product,
            request,
            [(_BEGIN, "begin"), (_CREATE, "check_update"), (_FINISH, "place"), (_FINISH, "finish")],
        )

    def terminate(self, product: Product, request: Request) -> Record:
        """Starts to unmanage an account. At the end the product is gone and the account is below the root."""
        return self._submit(
            "TERMINATE_PROVISIONED_PRODUCT", product, request, [(_BEGIN, "begin"), (_FINISH, "unmanage")]
        )

    def settle(self) -> None:
        """Performs every step that is due, in order of time."""
        now = self._clock()
        for operation in self._operations:
            if not self._is_held(operation):
                operation.let_go(now)
        while ready := [one for one in self._operations if one.steps[0][0] <= now and one.steps[0][1] != "hold"]:
            operation = min(ready, key=lambda operation: operation.steps[0][0])
            due, step = operation.steps.pop(0)
            operation.record.updated = due
            try:
                self._steps[step](operation)
            except RefusedOperationError as failure:
                self._fail(operation, failure)
                self._operations.remove(operation)
                continue
            if not operation.steps:
                self._operations.remove(operation)

    def _is_held(self, operation: AccountOperation) -> bool:
        """Whether a fault that holds an operation, or will hold it, has not been cleared yet."""
        return self.disturbances is not None and self.disturbances.hold(operation.disturbance)

    def _submit(
        self,
        kind: RecordType,
        product: Product,
        request: Request,
        steps: Steps,
    ) -> Record:
        now = self._clock()
        record = Record(
            id=new_id("rec"),
            type=kind,
            product_id=product.id,
            product_name=product.name,
            artifact_id=request.artifact_id,
            path_id=request.path_id,
            created=now,
            updated=now,
            user_arn=request.user_arn,
            session_arn=request.session_arn,
            tags=request.tags,
        )
        self.records[record.id] = record
        self._by_token[kind, request.token] = record
        parameters = {**product.parameters, **request.parameters}
        refused = ("InvalidParametersException", NOTIFIES) if request.notifies else self._refusal(kind, parameters)
        disturbance = UNDISTURBED
        if refused is None and self.disturbances is not None:
            disturbance = self.disturbances.of(kind, product)
        seconds = self._limits.operation_seconds + disturbance.seconds
        operation = AccountOperation(
            record=record,
            product=product,
            parameters=parameters,
            before=product.status,
            steps=[(now + part * seconds, step) for part, step in disturbance.applied_to(steps)],
            refused=refused,
            disturbance=disturbance,
        )
        self._operations.append(operation)
        product.status, product.status_message = "UNDER_CHANGE", None
        product.last_record_id = record.id
        if kind != "TERMINATE_PROVISIONED_PRODUCT":
            product.last_provisioning_record_id = record.id
        return record

    def _refusal(self, kind: RecordType, parameters: Mapping[str, str]) -> tuple[str, str] | None:
        """Error code and text for an operation that exceeds the limit or that other work excludes."""
        running = [operation for operation in self._operations if operation.refused is None]
        alone = kind == "TERMINATE_PROVISIONED_PRODUCT"
        unit_id = self.governance.unit_of(parameters["ManagedOrganizationalUnit"])
        if (alone and any(o.record.type == kind for o in running)) or self.excluded_by(unit_id):
            return "ResourceInUseException", OTHER_OPERATION
        if len(running) >= self._limits.concurrent_operations:
            return "ResourceInUseException", TOO_MANY.format(limit=self._limits.concurrent_operations)
        return None

    @staticmethod
    def _begin(operation: AccountOperation) -> None:
        operation.record.status = "IN_PROGRESS"
        if operation.refused is not None:
            raise RefusedOperationError(*operation.refused)

    def _create(self, operation: AccountOperation) -> None:
        parameters, product = operation.parameters, operation.product
        self._target(parameters)
        email = parameters["AccountEmail"]
        existing = self._organization.account_by_email(email)
        if existing is None:
            self._check_new(email)
            product.account_id = self._organization.create_account(name=parameters["AccountName"], email=email)
            operation.creates = True
            return
        # The exact address of an account that is not managed means: enrol it (user guide, enroll-account).
        if existing.email != email or self._is_managed(existing.id, product):
            raise RefusedOperationError("InvalidParametersException", EMAIL_IN_USE.format(email=email))
        obstacle = self.governance.obstacle(existing.id)
        if obstacle is None and not self._organization.has_execution_role(existing.id):
            raise RefusedOperationError("InvalidParametersException", COULD_NOT_ENROLL + CANNOT_ASSUME)
        if obstacle is not None:
            raise RefusedOperationError("InvalidParametersException", COULD_NOT_ENROLL + obstacle.text)
        product.account_id = existing.id

    def _check_new(self, email: str) -> None:
        """Refuses an address that is in use outside the organization, and an account beyond the quota."""
        if self._organization.is_reserved(email):
            raise RefusedOperationError("InvalidParametersException", EMAIL_IN_USE.format(email=email))
        if self._organization.is_full:
            raise RefusedOperationError("InvalidParametersException", TOO_MANY_ACCOUNTS)

    def _is_managed(self, account_id: str, product: Product) -> bool:
        if account_id == self._organization.management_account_id or account_id in self.governance.enrolled:
            return True
        return any(other.account_id == account_id and other is not product for other in self.products.values())

    def _check_update(self, operation: AccountOperation) -> None:
        product = operation.product
        for parameter in ("AccountEmail", "AccountName"):
            if operation.parameters[parameter] != product.parameters[parameter]:
                raise RefusedOperationError("InvalidParametersException", UNCHANGEABLE.format(parameter=parameter))
        self._target(operation.parameters)
        if product.account_id is None or not self._organization.is_active(product.account_id):
            raise RefusedOperationError("InvalidParametersException", CANNOT_ASSUME)
        if not self._organization.has_execution_role(product.account_id):
            raise RefusedOperationError("InvalidParametersException", CANNOT_ASSUME)

    def _target(self, parameters: Mapping[str, str]) -> str:
        """The id of the registered unit that a value names.

        Raises:
            RefusedOperationError: no registered unit has that name.
        """
        value = parameters["ManagedOrganizationalUnit"]
        unit_id = self.governance.unit_of(value)
        if unit_id is None:
            raise RefusedOperationError("InvalidParametersException", NOT_ENROLLED.format(unit=value))
        return unit_id

    def _place(self, operation: AccountOperation) -> None:
        """The result of provisioning and updating: the account is in its unit, and its user has access."""
        product, parameters = operation.product, operation.parameters
        target, account_id = self._target(parameters), str(product.account_id)
        self.governance.enrol(account_id, target, new=operation.creates)
        self._access.grant(
            account_id,
            email=parameters["SSOUserEmail"],
            first_name=parameters["SSOUserFirstName"],
            last_name=parameters["SSOUserLastName"],
        )
        product.parameters = parameters
        product.artifact_id, product.path_id = operation.record.artifact_id, operation.record.path_id

    def _finish(self, operation: AccountOperation) -> None:
        """The product is AVAILABLE, and its record has outputs."""
        product, parameters = operation.product, operation.parameters
        product.status = "AVAILABLE"
        product.last_successful_record_id = operation.record.id
        operation.record.status = "SUCCEEDED"
        operation.record.outputs = {
            "AccountId": str(product.account_id),
            "SSOUserEmail": parameters["SSOUserEmail"],
            "AccountEmail": parameters["AccountEmail"],
            "SSOUserPortal": self._access.portal,
        }
        self._tell(operation)

    def _unmanage(self, operation: AccountOperation) -> None:
        product = operation.product
        if product.account_id is not None:
            if self._organization.account(product.account_id) is not None:
                self._organization.move(product.account_id, self._organization.root_id)
            self.governance.release(product.account_id)
        del self.products[product.id]
        operation.record.status = "SUCCEEDED"

    @staticmethod
    def _refuse(operation: AccountOperation) -> None:
        """A fault makes the work fail here."""
        raise RefusedOperationError(*operation.disturbance.refusal)

    def _taint(self, operation: AccountOperation) -> None:
        """A fault makes the product TAINTED, although all the work is done and the account is usable."""
        self._fail(operation, RefusedOperationError(*operation.disturbance.refusal))
        operation.product.status = "TAINTED"

    def _fail(self, operation: AccountOperation, failure: RefusedOperationError) -> None:
        product = operation.product
        operation.record.status = "FAILED"
        operation.record.errors = ((failure.code, failure.message),)
        # Never provisioned: ERROR. Provisioned before: TAINTED (hashicorp/terraform-provider-aws#30663).
        product.status = "TAINTED" if product.last_successful_record_id else "ERROR"
        product.status_message = f"{failure.code}  {failure.message}"
        self._tell(operation, failure.message)

    def _tell(self, operation: AccountOperation, failure: str | None = None) -> None:
        """Puts the event on the bus that tells of a creation or an update; unmanaging has none.

        An account that was there before is updated, even by its first product (user guide, lifecycle events).
        """
        record, product = operation.record, operation.product
        if record.type == "TERMINATE_PROVISIONED_PRODUCT":
            return
        first = record.type == "PROVISION_PRODUCT" and (operation.creates or product.account_id is None)
        account = {"accountName": operation.parameters["AccountName"], "accountId": product.account_id or ""}
        outcome = Outcome(requested=record.created, completed=record.updated, failure=failure)
        unit_id = self.governance.unit_of(operation.parameters["ManagedOrganizationalUnit"])
        self._events.account(
            "CreateManagedAccount" if first else "UpdateManagedAccount",
            {key: value for key, value in account.items() if value},
            unit_id,
            outcome,
        )

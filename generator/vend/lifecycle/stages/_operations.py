"""What Terraform cannot express, done through AWS's API."""

from __future__ import annotations

from dataclasses import replace

from vend.decide import PRODUCT_TYPE, tag_operation
from vend.errors import Diagnostic
from vend.events import StageProgress
from vend.lifecycle._workspace import PreparedAccount, Workspace
from vend.lifecycle.roots._roots import RootRun, StageFailedError
from vend.lifecycle.stages._enrolment import check_again
from vend.models import OrganizationAccount, ProvisionedProduct
from vend.plan import Operation
from vend.review import operation_token


def wait_for_product(workspace: Workspace, account: str) -> ProvisionedProduct | None:
    """Waits until Control Tower is done with the account's product; None where it is gone.

    Raises:
        StageFailedError: it took too long, or the user asked to stop.
    """
    product = workspace.aws.provisioned_product(account)
    if product is None:
        return None

    def on_progress(found: ProvisionedProduct) -> None:
        step = f"waiting for Control Tower ({found.status})"
        workspace.on_event(StageProgress(account=account, stage="account", step=step))

    settled = workspace.aws.wait_until_settled(
        product.id,
        on_progress=on_progress,
        stop=workspace.stop,
        timeout_seconds=workspace.fleet.settings.control_tower.timeout_minutes * 60.0,
    )
    if settled is not None and settled.status in {"UNDER_CHANGE", "PLAN_IN_PROGRESS"}:
        raise StageFailedError(
            [
                Diagnostic(
                    code="still-under-change",
                    summary=f"Control Tower is still at work on product {product.id}",
                    hint="run `vend apply` again later; it waits and goes on",
                    account=account,
                )
            ],
            aborted=workspace.stop.is_set(),
        )
    return settled


class OperationRun:
    """Operations on one account; each is idempotent."""

    def __init__(self, workspace: Workspace, prepared: PreparedAccount) -> None:
        self._workspace = workspace
        self._prepared = prepared
        self._account = prepared.request.account

    def perform(self, operation: Operation, account_id: str | None) -> None:
        """Performs one planned operation.

        Raises:
            StageFailedError: its precondition does not hold, or Control Tower failed.
            AwsError: AWS refused the call.
        """
        match operation.operation:
            case "tag" if account_id is not None:
                self._workspace.aws.set_account_tags(account_id, self._prepared.request.tags)
            case "enrol":
                check_again(self._workspace, self._prepared)
            case "untaint":
                self._untaint()
            case "forget_product":
                self._forget_product(operation)
            case "terminate_failed":
                self._terminate_failed(operation)
            case "send_parameters":
                self._send_parameters(operation)
            case _:
                raise StageFailedError(
                    [Diagnostic(code="internal-error", summary=f"no operation {operation.operation} here")]
                )

    def tags(self) -> tuple[Operation, ...]:
        """The tag operation that is due now, if one is."""
        account = self._prepared.situation.account
        found = self._workspace.aws.account_tags(account.id) if account else {}
        operation = tag_operation(self._prepared.request, found)
        return (operation,) if operation else ()

    def wait(self) -> ProvisionedProduct | None:
        """As `wait_for_product`, for this account."""
        return wait_for_product(self._workspace, self._account)

    def verify(self) -> str:
        """Compares what Control Tower did with what was asked; gives the account's id.

        A failed update is recorded as done in Terraform state, so the product itself is looked at.

        Raises:
            StageFailedError: the product failed, or the account is not where it should be.
        """
        product = self.wait()
        if product is None or product.account_id is None:
            raise StageFailedError(
                [
                    Diagnostic(
                        code="account-not-made",
                        summary=f'no account came of product "{self._account}"',
                        detail=product.status_message if product else None,
                        hint="run `vend apply` again: it looks at the product and goes on from there",
                        account=self._account,
                    )
                ]
            )
        if product.status != "AVAILABLE":
            raise StageFailedError([self._failed(product)])
        meant = self._prepared.situation.account
        if meant is not None and meant.id != product.account_id:
            raise StageFailedError([self._another(product, meant)])
        organization = self._workspace.aws.organization(refresh=True)
        account = organization.accounts.get(product.account_id)
        wanted = self._prepared.situation.wanted_unit
        if account is None or account.parent_id != wanted.id:
            found = organization.path_of(account.parent_id) if account else "nowhere"
            raise StageFailedError(
                [
                    Diagnostic(
                        code="account-misplaced",
                        summary=f'account {product.account_id} is in "{found}", not in "{wanted.path}"',
                        hint="run `vend apply` again: it sends the product's parameters once more",
                        account=self._account,
                    )
                ]
            )
        return product.account_id

    def _another(self, product: ProvisionedProduct, meant: OrganizationAccount) -> Diagnostic:
        return Diagnostic(
            code="another-account",
            summary=f"product {product.id} belongs to account {product.account_id}, not to {meant.id}",
            detail="Control Tower did not do to the account that exists what was asked for.",
            hint="find out in Service Catalog whose account it is before anything else is applied",
            account=self._account,
        )

    def _failed(self, product: ProvisionedProduct) -> Diagnostic:
        return Diagnostic(
            code="control-tower-failed",
            summary=f"Control Tower left product {product.id} in {product.status}",
            detail=product.status_message,
            hint="mend what it names, then run `vend apply` again",
            account=self._account,
        )

    def _forget_product(self, operation: Operation) -> None:
        """Has Terraform read its state again, which takes a product out of it that is gone."""
        root = self._prepared.roots.get("account")
        if root is None:
            return
        if self._workspace.aws.provisioned_product(str(operation.before)) is not None:
            raise StageFailedError(
                [
                    Diagnostic(
                        code="precondition-failed",
                        summary=f"product {operation.before} is in the state of this account, and exists",
                        detail=f"The account's product is {operation.after}.",
                        hint="find out in Service Catalog whose product it is before anything else is applied",
                        account=self._account,
                    )
                ]
            )
        decision = replace(self._prepared.decision, adopt=None)
        RootRun(self._workspace, root, self._prepared.situation, decision).refresh()

    def _untaint(self) -> None:
        root = self._prepared.roots.get("account")
        if root is None:
            return
        run = RootRun(self._workspace, root, self._prepared.situation, self._prepared.decision)
        run.untaint(f"module.account.{PRODUCT_TYPE}.this")

    def _terminate_failed(self, operation: Operation) -> None:
        product = self._workspace.aws.provisioned_product(self._account)
        if product is None:
            return
        organization = self._workspace.aws.organization(refresh=True)
        taken = organization.account_by_email(self._prepared.request.email)
        if product.status != "ERROR" or product.succeeded or taken is not None:
            raise StageFailedError(
                [
                    Diagnostic(
                        code="precondition-failed",
                        summary=f"product {product.id} is not to be terminated",
                        detail=f"It must hold that {operation.precondition}; now it is {product.status}.",
                        hint="run `vend plan` again",
                        account=self._account,
                    )
                ]
            )
        self._workspace.aws.terminate_product(
            product.id, token=operation_token("terminate", product.id, self._workspace.run)
        )
        self.wait()

    def _send_parameters(self, operation: Operation) -> None:
        product = self._workspace.aws.provisioned_product(self._account)
        if product is None:
            raise StageFailedError([Diagnostic(code="account-not-made", summary="the product is gone")])
        if product.status == "AVAILABLE" and not self._prepared.situation.misplaced:
            return  # Terraform's own update has mended it
        self._workspace.aws.send_parameters(
            product,
            self._prepared.situation.product_request,
            self._prepared.situation.wanted_unit,
            token=operation_token("send", product.id, self._workspace.run, str(operation.after)),
        )
        self.wait()

"""Single operations that moto lacks and the Terraform provider calls for what vend's modules make."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from vend.sandbox.access._callers import Identity
from vend.sandbox.protocol._call import ApiError, NotOursError

Input = Mapping[str, Any]
Output = dict[str, Any]


class MissingOperations:
    """Single operations of services that moto otherwise answers.

    Args:
        account_id: the management account.
        region: the home Region.
        clock: seconds since the epoch.
    """

    KEPT: ClassVar[tuple[str, ...]] = ("tags",)
    KEPT_AS: ClassVar[Mapping[str, str]] = {"MissingOperations": "Gaps"}

    def __init__(self, account_id: str, region: str, clock: Callable[[], float]) -> None:
        self._account_id = account_id
        self._region = region
        self._clock = clock
        self.tags: dict[str, dict[str, str]] = {}
        """Tags of resources that moto stores without tags, by ARN."""

    def operations(self) -> dict[tuple[str, str], Callable[[Identity, Input], Output]]:
        """By service and operation."""
        return {
            ("sso-admin", "ListTagsForResource"): self._sso_tags,
            ("sso-admin", "TagResource"): self._tag_sso,
            ("sso-admin", "UntagResource"): self._untag_sso,
            ("sso-admin", "DescribePermissionSetProvisioningStatus"): self._provisioning_status,
            ("budgets", "CreateBudget"): self._create_budget,
            ("budgets", "ListTagsForResource"): self._budget_tags,
            ("budgets", "TagResource"): self._tag_budget,
            ("budgets", "UntagResource"): self._untag_budget,
        }

    def _sso_tags(self, caller: Identity, params: Input) -> Output:
        tags = self._tags_of(caller, params["ResourceArn"])
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def _tag_sso(self, caller: Identity, params: Input) -> Output:
        tags = self._tags_of(caller, params["ResourceArn"])
        self._keep(caller, params["ResourceArn"], {**tags, **{tag["Key"]: tag["Value"] for tag in params["Tags"]}})
        return {}

    def _untag_sso(self, caller: Identity, params: Input) -> Output:
        tags = self._tags_of(caller, params["ResourceArn"])
        self._keep(caller, params["ResourceArn"], {key: tags[key] for key in tags if key not in params["TagKeys"]})
        return {}

    def _tags_of(self, caller: Identity, arn: str) -> dict[str, str]:
        """The tags of a permission set, which moto keeps, or of the instance."""
        permission_set = self._permission_set(caller, arn)
        if permission_set is not None:
            return {tag["Key"]: tag["Value"] for tag in permission_set.tags or ()}
        if ":instance/" in arn:
            return self.tags.get(arn, {})
        raise ApiError("ResourceNotFoundException", f"Resource {arn} was not found.")

    def _keep(self, caller: Identity, arn: str, tags: dict[str, str]) -> None:
        permission_set = self._permission_set(caller, arn)
        if permission_set is None:
            self.tags[arn] = tags
        else:
            permission_set.tags = [{"Key": key, "Value": value} for key, value in tags.items()]

    def _permission_set(self, caller: Identity, arn: str) -> Any | None:
        from moto.ssoadmin.models import ssoadmin_backends

        sets = ssoadmin_backends[caller.account_id][self._region].permission_sets
        return next((one for one in sets if one.permission_set_arn == arn), None)

    def _provisioning_status(self, caller: Identity, params: Input) -> Output:
        return {
            "PermissionSetProvisioningStatus": {
                "Status": "SUCCEEDED",
                "RequestId": params["ProvisionPermissionSetRequestId"],
                "AccountId": caller.account_id,
                "CreatedDate": self._clock(),
            }
        }

    def _create_budget(self, caller: Identity, params: Input) -> Output:
        arn = f"arn:aws:budgets::{caller.account_id}:budget/{params['Budget']['BudgetName']}"
        if not self._is_budget(caller, arn):
            self.tags[arn] = {tag["Key"]: tag["Value"] for tag in params.get("ResourceTags") or ()}
        raise NotOursError  # moto keeps budgets, and no tags

    def _budget(self, caller: Identity, params: Input) -> dict[str, str]:
        arn = params["ResourceARN"]
        if not self._is_budget(caller, arn):
            raise ApiError("NotFoundException", f"Resource {arn} was not found.")
        return self.tags.setdefault(arn, {})

    @staticmethod
    def _is_budget(caller: Identity, arn: str) -> bool:
        from moto.budgets.models import budgets_backends

        budgets = budgets_backends[caller.account_id]["aws"].budgets[caller.account_id]
        return any(arn == f"arn:aws:budgets::{caller.account_id}:budget/{name}" for name in budgets)

    def _budget_tags(self, caller: Identity, params: Input) -> Output:
        tags = self._budget(caller, params)
        return {"ResourceTags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def _tag_budget(self, caller: Identity, params: Input) -> Output:
        self._budget(caller, params).update({tag["Key"]: tag["Value"] for tag in params["ResourceTags"]})
        return {}

    def _untag_budget(self, caller: Identity, params: Input) -> Output:
        tags = self._budget(caller, params)
        for key in params["ResourceTagKeys"]:
            tags.pop(key, None)
        return {}

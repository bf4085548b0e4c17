"""How Organizations describes and lists accounts.

Members: botocore's model of Account. `Status` was retired on 2026-09-09 in favour of `State`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC
from typing import Any, ClassVar

from vend.sandbox.access._callers import Identity
from vend.sandbox.organizations._accounts_api import NO_ACCOUNT
from vend.sandbox.organizations._organization import Organization, status_for
from vend.sandbox.protocol._call import ApiError
from vend.sandbox.protocol._pagination import page

Input = Mapping[str, Any]
Output = dict[str, Any]

_PAGE = 20
"""The most accounts in one answer (botocore's model, MaxResults)."""


class AccountListingApi:
    """The operations, by botocore's names.

    Args:
        organization: whose accounts they are.
        with_status: whether the retired `Status` is given beside `State`.
    """

    KEPT: ClassVar[tuple[str, ...]] = ()

    def __init__(self, organization: Organization, *, with_status: bool) -> None:
        self._organization = organization
        self._with_status = with_status

    def operations(self) -> dict[str, Callable[[Identity, Input], Output]]:
        """The operations that are answered here rather than by moto."""
        return {
            "DescribeAccount": self._describe,
            "ListAccounts": self._list,
            "ListAccountsForParent": self._list_for_parent,
        }

    def _describe(self, caller: Identity, params: Input) -> Output:
        del caller
        account = self._organization.account(params["AccountId"])
        if account is None:
            raise ApiError("AccountNotFoundException", NO_ACCOUNT)
        (described,) = self._described([account])
        return {"Account": described}

    def _list(self, caller: Identity, params: Input) -> Output:
        del caller
        return self._page(self._organization.accounts(), params)

    def _list_for_parent(self, caller: Identity, params: Input) -> Output:
        del caller
        parent_id = params["ParentId"]
        if parent_id != self._organization.root_id and self._organization.unit(parent_id) is None:
            text = "We can't find a root or OU with the ParentId that you specified."
            raise ApiError("ParentNotFoundException", text)
        return self._page(self._organization.accounts_in(parent_id), params)

    def _page(self, accounts: list[Any], params: Input) -> Output:
        size = params.get("MaxResults") or _PAGE
        items, following = page(accounts, params.get("NextToken"), size, "InvalidInputException")
        return {"Accounts": self._described(items), "NextToken": following}

    def _described(self, accounts: Iterable[Any]) -> list[Output]:
        parents = {unit.id: unit.parent_id for unit in self._organization.units()}
        return [self._described_in(account, parents) for account in accounts]

    def _described_in(self, account: Any, parents: Mapping[str, str]) -> Output:
        above = [account.parent_id]
        while above[-1] in parents:
            above.append(parents[above[-1]])
        path = "/".join((self._organization.id, *reversed(above), account.id))
        return {
            "Id": account.id,
            "Arn": account.arn,
            "Email": account.email,
            "Name": account.name,
            "Status": status_for(account.state) if self._with_status else None,
            "State": account.state,
            "Paths": [f"{path}/"],
            "JoinedMethod": account.joined_method,
            "JoinedTimestamp": account.create_time.replace(tzinfo=UTC).timestamp(),
        }

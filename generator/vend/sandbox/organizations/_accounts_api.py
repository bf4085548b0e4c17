"""Creating, moving, closing and removing accounts through Organizations, and what AWS itself does to them.

Texts: botocore's documentation of each exception, except where docs/reference/sandbox.md says otherwise.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias

from vend.sandbox._running_operations import Quota
from vend.sandbox.access._callers import Identity
from vend.sandbox.organizations._control_tower import ControlTowerWork
from vend.sandbox.organizations._organization import MODIFIED, Organization
from vend.sandbox.protocol._call import ApiError, NotOursError
from vend.sandbox.protocol._pagination import page

Input = Mapping[str, Any]
Output = dict[str, Any]
AccountChange: TypeAlias = Literal["suspend", "reinstate", "expire"]
"""What AWS does to an account unasked: restrict it, make it ACTIVE again, stop listing it when the 90 days are over."""
STATES_BEFORE: Mapping[AccountChange, frozenset[str]] = {
    "suspend": frozenset({"ACTIVE"}),
    "reinstate": frozenset({"SUSPENDED", "CLOSED"}),
    "expire": frozenset({"CLOSED"}),
}
"""The states in which each change is possible."""

_FEWEST, _SHARE, _MOST = 250, 0.2, 1000
_DAY = 24 * 3600.0
_WINDOW, _CLOSED_FOR = 30 * _DAY, 90 * _DAY
"""The quota's period, and how long a closed account can be reinstated."""
_MADE_AT_ONCE, _CLOSED_AT_ONCE = 5, 3
_PART = 0.2
"""The part of an account operation's time for which an account is made or closed."""
_VIOLATION = "ConstraintViolationException"
NO_ACCOUNT = "You specified an account that doesn't exist."


@dataclass(slots=True, kw_only=True)
class CreateRequest:
    """A CreateAccount call that is in progress or has failed.

    Attributes:
        due: when it is done; seconds since the epoch.
        failure: AWS's reason.
    """

    id: str
    name: str
    email: str
    role: str
    tags: tuple[tuple[str, str], ...]
    requested: float
    due: float
    failure: str | None = None
    is_done: bool = False


class AccountsApi:
    """The operations, by botocore's names.

    Args:
        organization: whose accounts they are.
        tower: hears of what is moved.
        clock: seconds since the epoch.
        seconds: how long an account operation of Control Tower takes.
        on_leave: hears of an account that has left the organization.
    """

    KEPT: ClassVar[tuple[str, ...]] = ("requests", "closures", "closing", "closed_since")
    KEPT_AS: ClassVar[Mapping[str, str]] = {"closures": "closed", "closed_since": "suspended"}

    def __init__(
        self,
        organization: Organization,
        tower: ControlTowerWork,
        clock: Callable[[], float],
        seconds: float,
        on_leave: Callable[[str], None],
    ) -> None:
        self._organization = organization
        self._tower = tower
        self._clock = clock
        self._seconds = seconds
        self._on_leave = on_leave
        self.requests: dict[str, CreateRequest] = {}
        self.closures: list[float] = []
        """When accounts were closed, for the quota of 30 days."""
        self.closing: dict[str, float] = {}
        """PENDING_CLOSURE accounts → when they are CLOSED."""
        self.closed_since: dict[str, float] = {}
        """CLOSED accounts → since when."""
        # Those that an organization file brought along; it does not say since when.
        for account in organization.accounts():
            if account.state == "PENDING_CLOSURE":
                self.closing[account.id] = clock() + _PART * seconds
            elif account.state == "CLOSED":
                self.closed_since[account.id] = clock()

    def operations(self) -> dict[str, Callable[[Identity, Input], Output]]:
        """The operations that are answered here rather than by moto."""
        return {
            "CreateAccount": self._create,
            "DescribeCreateAccountStatus": self._describe_status,
            "ListCreateAccountStatus": self._list_statuses,
            "MoveAccount": self._move,
            "CloseAccount": self._close,
            "RemoveAccountFromOrganization": self._remove,
        }

    @property
    def is_working(self) -> bool:
        """Whether an account is being made or closed."""
        return bool(self.closing) or any(not request.is_done for request in self.requests.values())

    def quotas(self) -> tuple[Quota, ...]:
        """Usage of the quotas of accounts, of concurrent creations and closures, and of closures in 30 days."""
        making = sum(not request.is_done for request in self.requests.values())
        return (
            Quota(name="accounts", used=self._organization.counted_accounts, limit=self._organization.most_accounts),
            Quota(name="accounts created at once", used=making, limit=_MADE_AT_ONCE),
            Quota(name="accounts closed at once", used=len(self.closing), limit=_CLOSED_AT_ONCE),
            Quota(name="accounts closed in 30 days", used=len(self._recent()), limit=self._most()),
        )

    def _recent(self) -> list[float]:
        since = self._clock() - _WINDOW
        self.closures = [moment for moment in self.closures if moment > since]
        return self.closures

    def _most(self) -> int:
        members = len(self._organization.accounts()) - 1
        return min(max(_FEWEST, int(members * _SHARE)), _MOST)

    def settle(self) -> None:
        """Creates the accounts, and advances the closures, whose time has come."""
        now = self._clock()
        for request in self.requests.values():
            if not request.is_done and request.due <= now:
                self._finish(request)
        self.requests = {key: one for key, one in self.requests.items() if one.failure or not one.is_done}
        for account_id in [one for one, due in self.closing.items() if due <= now]:
            self._organization.set_state(account_id, "CLOSED")
            self.closed_since[account_id] = self.closing.pop(account_id)
        for account_id in [one for one, since in self.closed_since.items() if since + _CLOSED_FOR <= now]:
            self._leave(account_id)

    def adopt_earlier_states(self) -> None:
        """Takes over the accounts of a state file of vend 0.1, which knew other states.

        There an account was SUSPENDED for 90 days after it was closed, and then listed as CLOSED for ever.
        """
        for account in self._organization.accounts():
            if account.id in self.closed_since:
                self._organization.set_state(account.id, "CLOSED")
            elif account.state == "CLOSED":
                self._leave(account.id)

    def change(self, account_id: str, change: AccountChange) -> None:
        """Does to an account what AWS does unasked; the account is in one of the states of `STATES_BEFORE`."""
        if change == "expire":
            self._leave(account_id)
        else:
            self._organization.set_state(account_id, "SUSPENDED" if change == "suspend" else "ACTIVE")
            self.closed_since.pop(account_id, None)

    def _leave(self, account_id: str) -> None:
        self.closing.pop(account_id, None)
        self.closed_since.pop(account_id, None)
        self._organization.remove(account_id)
        self._on_leave(account_id)

    # --- creating

    def _create(self, caller: Identity, params: Input) -> Output:
        del caller
        running = [request for request in self.requests.values() if not request.is_done]
        if len(running) >= _MADE_AT_ONCE:
            text = "You have exceeded the number of accounts that can be in progress at a time."
            raise ApiError(_VIOLATION, text, members={"Reason": "ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED"})
        now, email = self._clock(), params["Email"]
        same = any(request.email.casefold() == email.casefold() for request in running)
        request = CreateRequest(
            id=f"car-{secrets.token_hex(16)}",
            name=params["AccountName"],
            email=email,
            role=params.get("RoleName") or "OrganizationAccountAccessRole",
            tags=tuple((tag["Key"], tag["Value"]) for tag in params.get("Tags") or ()),
            requested=now,
            due=now + _PART * self._seconds,
            failure="CONCURRENT_ACCOUNT_MODIFICATION" if same else None,
        )
        self.requests[request.id] = request
        return {"CreateAccountStatus": _status(request)}

    def _finish(self, request: CreateRequest) -> None:
        request.is_done = True
        organization, email = self._organization, request.email
        if request.failure is None and (organization.account_by_email(email) or organization.is_reserved(email)):
            request.failure = "EMAIL_ALREADY_EXISTS"
        if request.failure is None and organization.is_full:
            request.failure = "ACCOUNT_LIMIT_EXCEEDED"
        if request.failure is None:
            account_id = self._organization.create_account(
                name=request.name, email=request.email, role=request.role, tags=dict(request.tags)
            )
            self._organization.known(account_id).create_account_status_id = request.id

    def _describe_status(self, caller: Identity, params: Input) -> Output:
        del caller
        request_id = params["CreateAccountRequestId"]
        request = self.requests.get(request_id)
        if request is not None:
            return {"CreateAccountStatus": _status(request)}
        if any(account.create_account_status_id == request_id for account in self._organization.accounts()):
            raise NotOursError
        text = "We can't find an create account request with the CreateAccountRequestId that you specified."
        raise ApiError("CreateAccountStatusNotFoundException", text)

    def _list_statuses(self, caller: Identity, params: Input) -> Output:
        del caller
        management = self._organization.management_account_id
        found = [_status(request) for request in self.requests.values()]
        found += [
            account.create_account_status["CreateAccountStatus"]
            for account in self._organization.accounts()
            if account.id != management
        ]
        states = params.get("States")
        found = [one for one in found if not states or one["State"] in states]
        items, following = page(found, params.get("NextToken"), params.get("MaxResults") or 20, "InvalidInputException")
        return {"CreateAccountStatuses": items, "NextToken": following}

    # --- moving

    def _move(self, caller: Identity, params: Input) -> Output:
        del caller
        organization = self._organization
        account = self._known(params)
        source, destination = params["SourceParentId"], params["DestinationParentId"]
        if not self._is_parent(destination):
            text = "We can't find the destination container (a root or OU) with the ParentId that you specified."
            raise ApiError("DestinationParentNotFoundException", text)
        if account.parent_id == destination:
            text = "That account is already present in the specified destination."
            raise ApiError("DuplicateAccountException", text)
        if account.parent_id != source:
            text = "We can't find a source root or OU with the ParentId that you specified."
            raise ApiError("SourceParentNotFoundException", text)
        if {source, destination} & self._tower.units_in_work():
            raise ApiError("ConcurrentModificationException", MODIFIED)
        organization.move(account.id, destination)
        self._tower.moved(account.id, destination)
        return {}

    def _is_parent(self, parent_id: str) -> bool:
        return parent_id == self._organization.root_id or self._organization.unit(parent_id) is not None

    def _known(self, params: Input) -> Any:
        account = self._organization.account(params["AccountId"])
        if account is None:
            raise ApiError("AccountNotFoundException", NO_ACCOUNT)
        return account

    # --- closing, leaving

    def _close(self, caller: Identity, params: Input) -> Output:
        del caller
        account = self._known(params)
        if account.id == self._organization.management_account_id:
            text = "You cannot close the management account."
            raise ApiError(_VIOLATION, text, members={"Reason": "CANNOT_CLOSE_MANAGEMENT_ACCOUNT"})
        if account.state in {"PENDING_CLOSURE", "CLOSED"}:
            raise ApiError("AccountAlreadyClosedException", "The provided account is already closed.")
        if len(self.closing) >= _CLOSED_AT_ONCE:
            text = "You have exceeded the number of accounts that you can close at a time."
            raise ApiError(_VIOLATION, text, members={"Reason": "CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED"})
        now = self._clock()
        if len(self._recent()) >= self._most():
            text = "You have exceeded close account quota for the past 30 days."
            raise ApiError(_VIOLATION, text, members={"Reason": "CLOSE_ACCOUNT_QUOTA_EXCEEDED"})
        self.closures.append(now)
        self._organization.set_state(account.id, "PENDING_CLOSURE")
        self.closing[account.id] = now + _PART * self._seconds
        return {}

    def _remove(self, caller: Identity, params: Input) -> Output:
        del caller
        account = self._known(params)
        if account.id == self._organization.management_account_id:
            text = "You can't remove a management account from an organization."
            raise ApiError("MasterCannotLeaveOrganizationException", text)
        self._leave(account.id)
        return {}


def _status(request: CreateRequest) -> Output:
    state = "IN_PROGRESS" if not request.is_done else "FAILED" if request.failure else "SUCCEEDED"
    return {
        "Id": request.id,
        "AccountName": request.name,
        "State": state,
        "RequestedTimestamp": request.requested,
        "CompletedTimestamp": request.due if request.is_done else None,
        "FailureReason": request.failure if request.is_done else None,
    }

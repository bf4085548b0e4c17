"""The Account service: Regions, names, contact, root email. Alternate contacts are moto's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any, ClassVar

from vend.sandbox.access._callers import Identity
from vend.sandbox.organizations._organization import Organization
from vend.sandbox.protocol._call import ApiError
from vend.sandbox.protocol._pagination import page

Input = Mapping[str, Any]
Output = dict[str, Any]

OPT_IN = frozenset(
    {
        "af-south-1", "ap-east-1", "ap-east-2", "ap-south-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5",
        "ap-southeast-6", "ap-southeast-7", "ca-west-1", "eu-central-2", "eu-south-1", "eu-south-2", "il-central-1",
        "me-central-1", "me-south-1", "mx-central-1",
    }
)  # fmt: skip
"""Regions that are off until an account opts in (Account Management guide, Regions)."""
BY_DEFAULT = frozenset(
    {
        "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
        "ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1",
        "us-east-2", "us-west-1", "us-west-2",
    }
)  # fmt: skip
OTP = "vend42"
"""The one-time password of every change of a root email: nobody here reads the mail."""
_EMAIL_STARTS, _EMAIL_WINDOW = 3, 30.0
_OPT_INS_OF_ACCOUNT, _OPT_INS_OF_ORGANIZATION = 6, 50
"""Quotas (Account Management guide)."""
_TOO_MANY_OPT_INS = (
    "This request has exceeded the quota for 'Number of concurrent region-opt requests for an {whose}'. Consider "
    "retrying the operation later once some requests have been completed."
)
_ADDRESS = {
    "FullName": "Vend Sandbox",
    "AddressLine1": "1 Example Street",
    "City": "Dublin",
    "PostalCode": "D01",
    "CountryCode": "IE",
    "PhoneNumber": "+15550100",
}


@dataclass(slots=True, kw_only=True)
class EmailUpdate:
    """A change of a root email.

    Attributes:
        status: as GetPrimaryEmailUpdateStatus gives it.
        moment: of the last change; seconds since the epoch.
    """

    email: str
    status: str
    moment: float


class AccountApi:
    """The operations, by botocore's names.

    Args:
        organization: whose accounts they are.
        clock: seconds since the epoch.
        seconds: how long a Region takes to come or go.
    """

    KEPT: ClassVar[tuple[str, ...]] = ("_regions", "_contacts", "_emails", "_started")

    def __init__(self, organization: Organization, clock: Callable[[], float], seconds: float) -> None:
        self._organization = organization
        self._clock = clock
        self._seconds = seconds
        self._regions: dict[tuple[str, str], tuple[bool, float]] = {}
        self._contacts: dict[str, Output] = {}
        self._emails: dict[str, EmailUpdate] = {}
        self._started: dict[str, list[float]] = {}
        """Account → when changes of its address were begun, for the quota of 30 seconds."""

    def operations(self) -> dict[str, Callable[[Identity, Input], Output]]:
        """The operations that are answered here rather than by moto."""
        return {
            "GetRegionOptStatus": self._get_region,
            "ListRegions": self._list_regions,
            "EnableRegion": self._enable_region,
            "DisableRegion": self._disable_region,
            "GetAccountInformation": self._get_information,
            "PutAccountName": self._put_name,
            "GetContactInformation": self._get_contact,
            "PutContactInformation": self._put_contact,
            "GetPrimaryEmail": self._get_email,
            "StartPrimaryEmailUpdate": self._start_email,
            "AcceptPrimaryEmailUpdate": self._accept_email,
            "GetPrimaryEmailUpdateStatus": self._email_status,
        }

    def _account(self, caller: Identity, params: Input) -> Any:
        """The account that a call names: the caller's own or, from the management account, any member."""
        account_id = params.get("AccountId") or caller.account_id
        account = self._organization.account(account_id)
        ours = caller.account_id in {account_id, self._organization.management_account_id}
        if account is None or not ours:
            raise ApiError(
                "AccessDeniedException", "User is not authorized to perform this operation on the account.", 403
            )
        return account

    def _region_status(self, account_id: str, region: str) -> str:
        if region in BY_DEFAULT:
            return "ENABLED_BY_DEFAULT"
        if region not in OPT_IN:
            raise ApiError("ValidationException", f"Region name {region} is invalid.")
        enabled, since = self._regions.get((account_id, region), (False, 0.0))
        if self._clock() < since:
            return "ENABLING" if enabled else "DISABLING"
        return "ENABLED" if enabled else "DISABLED"

    def _get_region(self, caller: Identity, params: Input) -> Output:
        account = self._account(caller, params)
        region = params["RegionName"]
        return {"RegionName": region, "RegionOptStatus": self._region_status(account.id, region)}

    def _list_regions(self, caller: Identity, params: Input) -> Output:
        account = self._account(caller, params)
        found = [
            {"RegionName": region, "RegionOptStatus": self._region_status(account.id, region)}
            for region in sorted(OPT_IN | BY_DEFAULT)
        ]
        statuses = params.get("RegionOptStatusContains")
        if statuses:
            found = [one for one in found if one["RegionOptStatus"] in statuses]
        items, following = page(found, params.get("NextToken"), params.get("MaxResults") or 50, "ValidationException")
        return {"Regions": items, "NextToken": following}

    def _enable_region(self, caller: Identity, params: Input) -> Output:
        return self._switch(caller, params, enabled=True)

    def _disable_region(self, caller: Identity, params: Input) -> Output:
        return self._switch(caller, params, enabled=False)

    def _switch(self, caller: Identity, params: Input, *, enabled: bool) -> Output:
        account, region = self._account(caller, params), params["RegionName"]
        status = self._region_status(account.id, region)
        if status in {"ENABLING", "DISABLING"}:
            raise ApiError("ConflictException", f"Region {region} is being changed.", 409)
        if status == "ENABLED_BY_DEFAULT":
            raise ApiError("ValidationException", f"Region {region} is enabled by default and cannot be changed.")
        if (status == "ENABLED") is not enabled:
            self._check_opt_ins(account.id)
            self._regions[account.id, region] = (enabled, self._clock() + self._seconds)
        return {}

    def _check_opt_ins(self, account_id: str) -> None:
        """Checks the quotas of Regions that are enabled or disabled at once."""
        now = self._clock()
        running = [account for (account, _), (_, since) in self._regions.items() if now < since]
        for used, most, whose in (
            (running.count(account_id), _OPT_INS_OF_ACCOUNT, "account"),
            (len(running), _OPT_INS_OF_ORGANIZATION, "organization"),
        ):
            if used >= most:
                raise ApiError("TooManyRequestsException", _TOO_MANY_OPT_INS.format(whose=whose))

    def _get_information(self, caller: Identity, params: Input) -> Output:
        account = self._account(caller, params)
        created = account.create_time.replace(tzinfo=UTC).timestamp()
        return {
            "AccountId": account.id,
            "AccountName": account.name,
            "AccountCreatedDate": created,
            # This API has no PENDING_CLOSURE; until it is CLOSED, the account is usable.
            "AccountState": "ACTIVE" if account.state == "PENDING_CLOSURE" else account.state,
        }

    def _put_name(self, caller: Identity, params: Input) -> Output:
        self._account(caller, params).name = params["AccountName"]
        return {}

    def _get_contact(self, caller: Identity, params: Input) -> Output:
        account = self._account(caller, params)
        return {"ContactInformation": self._contacts.get(account.id, _ADDRESS)}

    def _put_contact(self, caller: Identity, params: Input) -> Output:
        self._contacts[self._account(caller, params).id] = params["ContactInformation"]
        return {}

    def _get_email(self, caller: Identity, params: Input) -> Output:
        return {"PrimaryEmail": self._member(caller, params).email}

    def _member(self, caller: Identity, params: Input) -> Any:
        if params["AccountId"] == self._organization.management_account_id:
            raise ApiError("AccessDeniedException", "The management account's email cannot be changed this way.", 403)
        return self._account(caller, params)

    def _start_email(self, caller: Identity, params: Input) -> Output:
        account = self._member(caller, params)
        email = params["PrimaryEmail"]
        now = self._clock()
        recent = [moment for moment in self._started.get(account.id, ()) if moment > now - _EMAIL_WINDOW]
        if len(recent) >= _EMAIL_STARTS:
            raise ApiError("TooManyRequestsException", "Too many requests to update the primary email.")
        self._started[account.id] = [*recent, now]
        if self._organization.account_by_email(email) is not None or self._organization.is_reserved(email):
            raise ApiError("ConflictException", "The email address is already in use.", 409)
        self._emails[account.id] = EmailUpdate(email=email, status="PENDING", moment=now)
        return {"Status": "PENDING"}

    def _accept_email(self, caller: Identity, params: Input) -> Output:
        account = self._member(caller, params)
        update = self._emails.get(account.id)
        if update is None or update.status != "PENDING" or update.email != params["PrimaryEmail"]:
            raise ApiError("ResourceNotFoundException", "No change of the primary email is pending.", 404)
        if params["Otp"] != OTP:
            raise ApiError("ValidationException", "The one-time password is not correct.")
        account.email = update.email
        update.status, update.moment = "COMPLETED", self._clock()
        return {"Status": "ACCEPTED"}

    def _email_status(self, caller: Identity, params: Input) -> Output:
        account = self._account(caller, params)
        update = self._emails.get(account.id)
        if update is None:
            raise ApiError("ResourceNotFoundException", "The primary email was never updated.", 404)
        return {"Status": update.status, "UpdatedAt": update.moment}

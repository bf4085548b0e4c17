"""The organization: its units and accounts, the accounts' tags, closing an account."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from vend.aws._connection import Connection
from vend.aws._failures import aws_code, translated
from vend.errors import AwsError, Diagnostic
from vend.models import Organization, OrganizationAccount, OrganizationalUnit

BASELINE = "AWSControlTowerBaseline"
_CLOSING_BUSY = "CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED"
"""Reason of a ConstraintViolationException (botocore's model)."""
_WORKERS = 6
"""Organizations throttles per organization: more at once only means more retries."""

_T = TypeVar("_T")
_R = TypeVar("_R")


def read_organization(connection: Connection, *, organization_id: str, management_account_id: str) -> Organization:
    """The whole tree with every account, and which units Control Tower governs.

    Raises:
        AwsError: a call was refused.
    """
    client = connection.client("organizations")
    with translated("reading the organization"):
        root = pages(client, "list_roots", "Roots")[0]
        units = {
            root["Id"]: OrganizationalUnit(id=root["Id"], name=root["Name"], path="", parent_id=None),
        }
        parents: dict[str, str] = {}
        level = [units[root["Id"]]]
        while level:
            below: list[OrganizationalUnit] = []
            for parent, (children, accounts) in zip(
                level, at_once(lambda unit: _children(client, unit.id), level), strict=True
            ):
                parents.update((account_id, parent.id) for account_id in accounts)
                below.extend(_unit(child, parent) for child in children)
            units.update((unit.id, unit) for unit in below)
            level = below
        listed = pages(client, "list_accounts", "Accounts")
        # An account that moved while the tree was read is in no unit or in two: ask for it alone.
        for account in listed:
            if account["Id"] not in parents:
                parents[account["Id"]] = pages(client, "list_parents", "Parents", ChildId=account["Id"])[0]["Id"]
    governed = read_governed(connection)
    if governed is not None:
        units = {unit.id: replace(unit, registered=unit.id in governed) for unit in units.values()}
    return Organization(
        id=organization_id,
        management_account_id=management_account_id,
        root_id=root["Id"],
        units=units,
        accounts={account["Id"]: _account(account, parents[account["Id"]], governed) for account in listed},
    )


def read_governed(connection: Connection) -> Mapping[str, str | None] | None:
    """The ids of the units and accounts that Control Tower governs; None where it refuses to say.

    With an account stands the unit whose baseline it inherits, where that is known.

    A unit is governed when `AWSControlTowerBaseline` is enabled on it, and so is an account that inherits it
    (Control Tower user guide, types of baselines). Refusals are answers here (no permission, no landing zone):
    vend then lets Account Factory judge.

    Raises:
        AwsError: Control Tower cannot be reached.
    """
    from botocore.exceptions import ClientError

    client = connection.client("controltower")
    with translated("listing what Control Tower governs"):
        try:
            baselines = pages(client, "list_baselines", "baselines")
            arn = next((b["arn"] for b in baselines if b["name"] == BASELINE), None)
            if arn is None:
                return None
            enabled = pages(
                client,
                "list_enabled_baselines",
                "enabledBaselines",
                filter={"baselineIdentifiers": [arn]},
                includeChildren=True,
            )
        except ClientError:
            return None
    units = {baseline["arn"]: _last(baseline["targetIdentifier"]) for baseline in enabled}
    return {
        _last(baseline["targetIdentifier"]): units.get(baseline.get("parentIdentifier", ""))
        for baseline in enabled
        if baseline.get("statusSummary", {}).get("status") != "FAILED"
    }


def _last(arn: str) -> str:
    return arn.rsplit("/", 1)[-1]


def read_tags(connection: Connection, account_id: str) -> dict[str, str]:
    """The account's tags, AWS's own included.

    Raises:
        AwsError: the call was refused.
    """
    client = connection.client("organizations")
    with translated(f"listing the tags of account {account_id}"):
        tags = pages(client, "list_tags_for_resource", "Tags", ResourceId=account_id)
    return {tag["Key"]: tag["Value"] for tag in tags}


def write_tags(connection: Connection, account_id: str, wanted: Mapping[str, str]) -> bool:
    """Makes the account's tags exactly these, and says whether anything changed.

    Keys that start with `aws:` belong to AWS: they are neither written nor removed. New values are
    written before old keys are removed, so that an interruption leaves too many tags, never too few.

    Raises:
        AwsError: a call was refused.
    """
    found = {key: value for key, value in read_tags(connection, account_id).items() if not _is_aws(key)}
    ours = {key: value for key, value in wanted.items() if not _is_aws(key)}
    written = [{"Key": k, "Value": v} for k, v in sorted(ours.items()) if found.get(k) != v]
    removed = sorted(found.keys() - ours.keys())
    client = connection.client("organizations")
    with translated(f"tagging account {account_id}"):
        if written:
            client.tag_resource(ResourceId=account_id, Tags=written)
        if removed:
            client.untag_resource(ResourceId=account_id, TagKeys=removed)
    return bool(written or removed)


def close_account(connection: Connection, account_id: str) -> None:
    """Asks Organizations to close an account; one that is closed already is left alone.

    Raises:
        AwsError: `closing-busy` while AWS closes as many as it does at once, or the call was refused (the quota of
            closures, for example).
    """
    from botocore.exceptions import ClientError

    client = connection.client("organizations")
    with translated(f"closing account {account_id}"):
        try:
            client.close_account(AccountId=account_id)
        except ClientError as error:
            if aws_code(error) == "AccountAlreadyClosedException":
                return
            if _reason(error) == _CLOSING_BUSY:
                raise AwsError(
                    Diagnostic(
                        code="closing-busy",
                        summary=f"account {account_id} is not closed: AWS is closing other accounts",
                        detail=f"CloseAccount answered {aws_code(error)}, {_CLOSING_BUSY}",
                        hint="run the command again later: it resumes",
                    )
                ) from error
            raise


def _reason(error: Exception) -> str:
    """Why Organizations speaks of a constraint; empty where it does not say."""
    return str(getattr(error, "response", {}).get("Reason", ""))


def _is_aws(key: str) -> bool:
    return key.casefold().startswith("aws:")


def _children(client: Any, parent_id: str) -> tuple[list[Any], list[str]]:
    units = pages(client, "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=parent_id)
    accounts = pages(client, "list_accounts_for_parent", "Accounts", ParentId=parent_id)
    return units, [account["Id"] for account in accounts]


def _unit(child: Mapping[str, Any], parent: OrganizationalUnit) -> OrganizationalUnit:
    name = child["Name"]
    path = f"{parent.path}/{name}" if parent.path else name
    return OrganizationalUnit(id=child["Id"], name=name, path=path, parent_id=parent.id)


def _account(
    account: Mapping[str, Any], parent_id: str, governed: Mapping[str, str | None] | None
) -> OrganizationAccount:
    return OrganizationAccount(
        id=account["Id"],
        name=account.get("Name", ""),
        email=account.get("Email", ""),
        # `Status`, retired on 2026-09-09, said SUSPENDED of closed accounts too (Organizations API reference).
        state=account.get("State") or account["Status"],
        parent_id=parent_id,
        enrolled=account["Id"] in governed if governed is not None else None,
        enrolled_in=governed.get(account["Id"]) if governed is not None else None,
    )


def pages(client: Any, operation: str, key: str, **arguments: Any) -> list[Any]:
    """Every item of every page of an operation."""
    return [item for page in client.get_paginator(operation).paginate(**arguments) for item in page.get(key, ())]


def at_once(work: Callable[[_T], _R], items: Iterable[_T]) -> Iterator[_R]:
    """The work on each item, a few at a time, in order."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=_WORKERS, thread_name_prefix="vend-aws") as pool:
        yield from list(pool.map(work, items))

"""Checking that the groups and permission sets in requests exist in Identity Center."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vend.errors import Diagnostic, did_you_mean
from vend.models import AccessAssignment, AccountRequest, IdentityCenter

_LISTED = 20
"""At most so many names are listed where none is near."""


def access_problems(
    account: str, wanted: Iterable[AccessAssignment], found: IdentityCenter | None, request: AccountRequest | None
) -> Iterator[Diagnostic]:
    """What of the access that is wanted cannot be given, each thing at its place in the request, and told once.

    Args:
        account: whose access it is.
        wanted: by the names that the request gives.
        found: None where the organization has no Identity Center.
        request: says where the names stand; None where that is not known.
    """
    wanted = tuple(wanted)
    if found is None:
        for assignment in wanted[:1]:
            yield Diagnostic(
                code="no-identity-center",
                summary="the organization has no Identity Center instance, so groups cannot be given access",
                hint="enable IAM Identity Center, or remove the access blocks from the request",
            ).at(request.position(f"access.{assignment.group}") if request else None, account)
        return
    for group in dict.fromkeys(assignment.group for assignment in wanted):
        if group not in found.groups:
            yield Diagnostic(
                code="unknown-group",
                summary=f'Identity Center has no group "{group}"',
                hint=did_you_mean(group, found.groups, listing=_LISTED),
            ).at(request.position(f"access.{group}") if request else None, account)
    for assignment in wanted:
        name = assignment.permission_set
        if name not in found.permission_sets:
            path = f"access.{assignment.group}.permission_set[{name}]"
            yield Diagnostic(
                code="unknown-permission-set",
                summary=f'Identity Center has no permission set "{name}"',
                hint=did_you_mean(name, found.permission_sets, listing=_LISTED),
            ).at(request.position(path) if request else None, account)

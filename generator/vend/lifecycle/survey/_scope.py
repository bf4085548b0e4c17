"""Which accounts a run is about: requests, and labels that only the ledger knows; AWS is not asked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from vend.errors import Diagnostic, InvalidInputError, RefusedError, did_you_mean
from vend.lifecycle._workspace import Workspace
from vend.models import AccountRequest, Applied


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The accounts of one run, from the requests and one reading of the ledger.

    Attributes:
        requests: that were chosen, sorted by label.
        without_request: entries of the ledger, chosen likewise, that no request names any more, sorted by label; also
            of accounts that were tried and never made.
        applied: every entry of the ledger, by label.
    """

    requests: tuple[AccountRequest, ...]
    without_request: tuple[Applied, ...]
    applied: Mapping[str, Applied]

    @property
    def is_empty(self) -> bool:
        """Whether there is no account in it."""
        return not self.requests and not self.without_request


def whole_fleet(workspace: Workspace) -> Scope:
    """Every account that a request or the ledger has.

    Raises:
        LedgerError: the ledger cannot be read.
    """
    requests = {request.account: request for request in workspace.fleet.requests}
    applied = workspace.ledger.applied()
    return Scope(
        requests=tuple(requests[name] for name in sorted(requests)),
        without_request=tuple(applied[name] for name in sorted(applied) if name not in requests),
        applied=applied,
    )


def choose_accounts(workspace: Workspace, names: Collection[str] = (), *, ignore_unknown: bool = False) -> Scope:
    """The accounts of these names; all where none is named.

    Args:
        workspace: from `open_workspace`.
        names: labels of accounts.
        ignore_unknown: leave out names that neither a request nor the ledger has, even if that leaves nothing.

    Raises:
        RefusedError: there is no request at all: rather the folder is missing than every account is.
        InvalidInputError: a name that neither a request nor the ledger has.
        LedgerError: the ledger cannot be read.
    """
    fleet = whole_fleet(workspace)
    vended = sum(entry.account_id is not None for entry in fleet.without_request)
    if vended and not fleet.requests:
        raise RefusedError(_requests_gone(vended))
    if not names:
        return fleet
    chosen = frozenset(names)
    scope = replace(
        fleet,
        requests=tuple(request for request in fleet.requests if request.account in chosen),
        without_request=tuple(entry for entry in fleet.without_request if entry.account in chosen),
    )
    if not ignore_unknown:
        labels = {request.account for request in fleet.requests}
        refuse_unknown((name for name in names if name not in labels and name not in fleet.applied), labels)
    return scope


def refuse_unknown(names: Iterable[str], labels: Collection[str]) -> None:
    """Refuses names of accounts that do not exist.

    Args:
        names: that were asked for and are not known.
        labels: of all requests; one of them may have been meant.

    Raises:
        InvalidInputError: there is such a name.
    """
    problems = [
        Diagnostic(
            code="unknown-account",
            summary=f'no account request "{name}"',
            hint=did_you_mean(name, labels) or "run `vend requests` to list them",
        )
        for name in dict.fromkeys(names)
    ]
    if problems:
        raise InvalidInputError(problems)


def _requests_gone(accounts: int) -> Diagnostic:
    return Diagnostic(
        code="requests-gone",
        summary=f"the fleet has no account requests, and {accounts} accounts were vended from it",
        detail="A folder that is missing is no wish to remove every account.",
        hint="bring the requests back; to remove accounts, keep at least one request",
    )

"""Cache of AFT repositories: an unchanged repository is not read again, and starts no Terraform."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from typing import Any

from vend.errors import Diagnostic
from vend.models import AccountRequest, Position
from vend.requests.aft._evaluate import Tools
from vend.requests.aft._read import read_aft
from vend.requests.aft._repository import Repository
from vend.requests.language._problems import Problems
from vend.working import Cache

_KIND = "aft"
_PASSING = ("terraform-", "provider-", "program-")
"""Codes of errors that may be gone tomorrow, with another Terraform; what it only warns of is no such thing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AftRequests:
    """What a checkout asks for.

    Attributes:
        requests: in no particular order.
        terraform_runs: Terraform processes started to know them.
    """

    requests: tuple[AccountRequest, ...] = ()
    terraform_runs: int = 0


class _NotToKeepError(Exception):
    """The reading depends on more than the repository."""


def aft_requests(repository: Repository, tools: Tools, problems: Problems, cache: Cache | None) -> AftRequests:
    """The account requests of a checkout, as `read_aft` reads them, or as it read them when the files were the same."""
    runs = 0
    fresh: tuple[tuple[AccountRequest, ...], tuple[Diagnostic, ...]] | None = None

    def work_out() -> Any:
        nonlocal runs, fresh
        found = Problems()
        reading = read_aft(repository, tools, found)
        runs, fresh = reading.terraform_runs, (reading.requests, found.found)
        if any(problem.severity == "error" and problem.code.startswith(_PASSING) for problem in found.found):
            raise _NotToKeepError
        return [list(map(_to_json, reading.requests)), [problem.to_json() for problem in found.found]]

    try:
        content = _digest(repository) if cache is not None else None
        if cache is None or content is None:
            work_out()
        else:
            requests, told = cache.remembered(_KIND, repository.at, content, work_out)
            if fresh is None:
                fresh = (tuple(map(_from_json, requests)), tuple(map(Diagnostic.from_json, told)))
    except _NotToKeepError:
        pass
    requests, diagnostics = fresh or ((), ())
    problems.extend(diagnostics)
    return AftRequests(requests=requests, terraform_runs=runs)


def _digest(repository: Repository) -> bytes | None:
    """Of every file; None where one cannot be read."""
    digest = blake2b()
    for path in repository.paths:
        try:
            content = repository.read(path)
        except OSError:
            return None
        digest.update(f"{path}\0{len(content)}\0".encode() + content)
    return digest.digest()


def _to_json(request: AccountRequest) -> dict[str, Any]:
    return {**request.to_json(), "positions": {path: asdict(place) for path, place in request.positions.items()}}


def _from_json(document: Mapping[str, Any]) -> AccountRequest:
    positions = {path: Position(**place) for path, place in document["positions"].items()}
    return replace(AccountRequest.from_json(document), positions=positions)

"""Importing the requests of an AFT repository."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vend.errors import Diagnostic, InvalidInputError, has_errors, sort_diagnostics
from vend.models import AccountRequest
from vend.requests.aft import MODULE, ROOT, Rewritten, Tools, is_checkout, open_repository, read_aft, rewrite
from vend.requests.language._problems import Problems
from vend.requests.reading._fleet import check_across, load_fleet
from vend.settings import SETTINGS_FILE, USUAL_PATHS, TerraformSettings

_OF_THE_FLEET = frozenset({"unknown-customization"})
"""Problems that depend on what the fleet has besides requests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import would write; nothing is written yet.

    Attributes:
        files: texts by name, such as `teams/data.hcl`.
        requests: those that are in them.
        left_out: accounts whose requests are not, since something is wrong with them.
        diagnostics: what is wrong, and what is not carried over.
    """

    files: Mapping[str, str]
    requests: tuple[AccountRequest, ...]
    left_out: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]


def import_aft(checkout: Path, shown: str, environ: Mapping[str, str], settings: TerraformSettings) -> Imported:
    """The requests of an AFT account-request repository as vend's own, in a file for each of its files.

    Args:
        checkout: of the repository.
        shown: what stands before its paths in diagnostics; empty, or with a slash at the end.
        environ: the caller's environment.
        settings: which Terraform evaluates what is not literal.

    Each file was read again before: it says what AFT's says.

    Raises:
        InvalidInputError: it is no such checkout.
    """
    if not is_checkout(checkout):
        raise InvalidInputError(
            Diagnostic(
                code="aft-not-found",
                summary=f"{checkout} is not a checkout of an AFT account-request repository",
                hint=f"name the folder that contains {ROOT}/ with {ROOT}/modules/{MODULE}",
            )
        )
    problems = Problems()
    repository = open_repository(checkout, shown, problems)
    reading = read_aft(repository, Tools(settings=settings, environ=environ, working=checkout / ".vend"), problems)
    check_across(checkout, (), reading.requests, problems)
    wrong = {found.account for found in problems.found if found.severity == "error" and found.account}
    wrong |= {request.account for request in reading.requests if not (request.email and request.organizational_unit)}
    rewritten = rewrite(reading, repository, frozenset(wrong), Problems())
    otherwise = frozenset(_differing(rewritten))
    warnings = Problems()
    rewritten = rewrite(reading, repository, frozenset(wrong | otherwise), warnings)
    for account in sorted(otherwise):
        problems.add("import-differs", None, f'account "{account}" would not mean the same in vend\'s own form')
    return Imported(
        files=rewritten.files,
        requests=rewritten.requests,
        left_out=tuple(sorted(wrong | otherwise)),
        diagnostics=sort_diagnostics((*problems.found, *warnings.found)),
    )


def _differing(rewritten: Rewritten) -> list[str]:
    """The accounts whose native requests are not read as what they were made from."""
    with tempfile.TemporaryDirectory(prefix="vend-import-") as name:
        directory = Path(name)
        (directory / SETTINGS_FILE).write_text('fleet "import" { home_region = "us-east-1" }\n', encoding="utf-8")
        for file, text in rewritten.files.items():
            path = directory / USUAL_PATHS[0] / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        reading = load_fleet(directory)
    found = {request.account: request for request in reading.requests}
    wrong = {problem.account for problem in reading.diagnostics if _counts(problem)}
    return [
        request.account
        for request in rewritten.requests
        if request.account in wrong or not _alike(request, found.get(request.account))
    ]


def _counts(problem: Diagnostic) -> bool:
    return has_errors((problem,)) and problem.code not in _OF_THE_FLEET


def _alike(one: AccountRequest, other: AccountRequest | None) -> bool:
    return other is not None and {**one.to_json(), "source": None} == {**other.to_json(), "source": None}

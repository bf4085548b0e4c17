"""Reading a fleet: its settings, every account request, and all problems at once."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from vend.errors import Diagnostic, InvalidInputError, Related, has_errors, sort_diagnostics
from vend.hcl import collector_paused
from vend.models import AccountRequest, Fleet
from vend.requests.aft import (
    MODULE,
    ROOT,
    AftRequests,
    Tools,
    aft_requests,
    is_bare_checkout,
    is_checkout,
    open_repository,
)
from vend.requests.language._problems import Problems, choice
from vend.requests.reading._approvals import read_approvals
from vend.requests.reading._block_values import BlockValues
from vend.requests.reading._cache import open_cache
from vend.requests.reading._files import RequestFile, folders_of, overlaid, request_files
from vend.requests.reading._request_file import read_request_file
from vend.requests.reading._resolve import resolve
from vend.requests.reading._settings import SettingsReading, read_settings
from vend.settings import SETTINGS_FILE, USUAL_PATHS
from vend.working import Cache


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetReading:
    """What came of reading a fleet.

    Attributes:
        fleet: None where anything is wrong.
        requests: what is readable, whatever else is wrong; sorted by account.
        incomplete: those that lack an email or a unit, and so are not among `requests`.
        paths: the folders that requests are read from, relative to the fleet directory.
        diagnostics: all of them, sorted.
    """

    fleet: Fleet | None
    requests: tuple[AccountRequest, ...]
    diagnostics: tuple[Diagnostic, ...]
    incomplete: tuple[AccountRequest, ...] = ()
    paths: tuple[str, ...] = ()

    def request(self, account: str) -> AccountRequest | None:
        """The request of this label, complete or not."""
        return next((found for found in (*self.requests, *self.incomplete) if found.account == account), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedAccount:
    """An account that stands in no file of requests yet.

    Attributes:
        file: where it is to stand, relative to the fleet directory.
        account: its label.
        block_values: what its block says, places where it comes from.
    """

    file: str
    account: str
    block_values: BlockValues


def find_fleet(start: Path) -> Path:
    """The nearest folder upwards that holds vend.hcl.

    Raises:
        InvalidInputError: there is none.
    """
    start = start.absolute()
    for folder in (start, *start.parents):
        if (folder / SETTINGS_FILE).is_file():
            return folder
    checkout = next((folder for folder in (start, *start.parents) if is_checkout(folder)), None)
    raise InvalidInputError(
        Diagnostic(
            code="fleet-not-found",
            summary=f"there is no {SETTINGS_FILE} here or in a folder above",
            detail=f"vend looked in {start} and its parent folders",
            hint=f"this is an AFT account-request repository: vend --fleet {os.path.relpath(checkout, start)} …"
            if checkout is not None
            else "run vend inside a fleet repository, or name one: vend --fleet DIR …",
        )
    )


def load_fleet(
    directory: Path,
    environ: Mapping[str, str] = MappingProxyType({}),
    overlay: Mapping[str, bytes | None] = MappingProxyType({}),
    *,
    added: Sequence[AddedAccount] = (),
    cache: Cache | None = None,
) -> FleetReading:
    """Reads vend.hcl and every account request; never raises for what stands in them.

    Args:
        directory: of the fleet, or of an AFT account-request repository's checkout.
        environ: the caller's environment; what programs get is built from it, never inherited.
        overlay: files of native requests to be read as if they held this, or as if they were not there.
        added: accounts to be read as if they stood in these files too.
        cache: remembers what was read before; whoever opened it saves it.
    """
    with collector_paused():
        return _load(directory, environ, overlay, added, cache)


def _load(
    directory: Path,
    environ: Mapping[str, str],
    overlay: Mapping[str, bytes | None],
    added: Sequence[AddedAccount],
    cache: Cache | None,
) -> FleetReading:
    problems = Problems()
    reading = read_settings(directory, environ, cache)
    problems.extend(reading.diagnostics)
    paths = _paths(directory, reading)
    files = overlaid(request_files(directory, paths, problems), overlay, paths)
    more = [(folders_of(each.file, paths), each.account, each.block_values) for each in added]
    native = _read(files, more, problems, cache)
    aft = _aft(directory, reading, environ, problems, cache)
    check_across(directory, native, aft.requests, problems)
    everything = sorted((*native, *aft.requests), key=lambda request: request.account)
    requests = tuple(request for request in everything if request.email and request.organizational_unit)
    approvals = read_approvals(directory, problems, cache)
    diagnostics = sort_diagnostics(problems.found)
    fleet = None
    if reading.settings is not None and not has_errors(diagnostics):
        fleet = Fleet(
            directory=directory,
            settings=reading.settings,
            requests=requests,
            approvals=approvals,
            terraform_runs=aft.terraform_runs,
        )
    return FleetReading(
        fleet=fleet,
        requests=requests,
        diagnostics=diagnostics,
        incomplete=tuple(found for found in everything if not (found.email and found.organizational_unit)),
        paths=paths,
    )


def _paths(directory: Path, reading: SettingsReading) -> tuple[str, ...]:
    """Where the requests are; where the settings cannot say, in the usual folders as far as they exist."""
    if reading.paths is not None:
        return reading.paths
    if reading.settings is not None:
        return reading.settings.request_paths
    return tuple(path for path in USUAL_PATHS if (directory / path).is_dir())


def _aft(
    directory: Path, reading: SettingsReading, environ: Mapping[str, str], problems: Problems, cache: Cache | None
) -> AftRequests:
    """The requests of the AFT repository that the settings name, if they do, whatever else is wrong with them.

    Without a cache, one is opened for them alone: starting Terraform each time is too dear.
    """
    if reading.aft is None:
        return AftRequests()
    name = posixpath.normpath(reading.aft)
    if not is_checkout(directory / name):
        problems.add(
            "aft-not-found",
            None,
            f"{name} is not a checkout of an AFT account-request repository",
            hint=f"a checkout has a folder {ROOT}/ with the requests and modules/{MODULE}; correct `requests.aft` in "
            "vend.hcl",
        )
        return AftRequests()
    tools = Tools(settings=reading.terraform, environ=environ, working=directory / ".vend")
    repository = open_repository(directory / name, "" if name == "." else f"{name}/", problems)
    remembering = cache or open_cache(directory, environ)
    found = aft_requests(repository, tools, problems, remembering)
    if cache is None and remembering is not None:
        remembering.save()
    return found


def _read(
    files: Iterable[RequestFile],
    more: Iterable[tuple[Sequence[str], str, BlockValues]],
    problems: Problems,
    cache: Cache | None,
) -> list[AccountRequest]:
    """The requests of files, and more of them: the folders whose defaults hold, the label, what is said."""
    defaults: dict[str, BlockValues] = {}
    blocks: list[tuple[Sequence[str], str, BlockValues]] = []
    for file in files:
        reading = read_request_file(file, cache)
        problems.extend(reading.diagnostics)
        blocks += [(file.folders, label, block_values) for label, block_values in reading.accounts]
        for block_values in reading.defaults:
            first = defaults.setdefault(file.folders[-1], block_values)
            if first is not block_values:
                problems.twice(
                    "duplicate-defaults",
                    block_values.position,
                    f'folder "{file.folders[-1]}" already has defaults',
                    first=Related.at("the first block is here", first.position),
                    hint="merge them into one block",
                )
    requests = []
    for folders, account, block_values in (*blocks, *more):
        holding = [defaults[folder] for folder in folders if folder in defaults]
        with problems.about(account):
            requests.append(resolve(account, block_values, holding, problems))
    return requests


def check_across(
    directory: Path, native: Sequence[AccountRequest], aft: Sequence[AccountRequest], problems: Problems
) -> None:
    """What only shows when all requests are seen."""
    requests = (*native, *aft)
    _unique(
        requests,
        "duplicate-account",
        lambda request: request.account.casefold(),
        lambda request: ("", f'a second account "{request.account}"'),
        problems,
    )
    _unique(
        requests,
        "duplicate-email",
        lambda request: request.email.casefold(),
        lambda request: ("email", f'the email "{request.email}" is used twice'),
        problems,
    )
    _unique(
        _distinct(requests),
        "duplicate-name",
        lambda request: request.name,
        lambda request: ("name", f'the account name "{request.name}" is used twice'),
        problems,
    )
    _customizations(directory, native, aft, problems)
    if not requests and not has_errors(problems.found):
        problems.warn(
            "no-requests",
            None,
            "the fleet has no account requests",
            hint=f'write an account "name" {{ … }} block into a file of {USUAL_PATHS[0]}/',
        )


def _distinct(requests: Iterable[AccountRequest]) -> Iterable[AccountRequest]:
    """The first request of each account: a second one's name, taken from the label, is no problem of its own."""
    first: dict[str, AccountRequest] = {}
    for request in requests:
        first.setdefault(request.account.casefold(), request)
    return first.values()


def _unique(
    requests: Iterable[AccountRequest],
    code: str,
    key: Callable[[AccountRequest], str],
    say: Callable[[AccountRequest], tuple[str, str]],
    problems: Problems,
) -> None:
    first: dict[str, AccountRequest] = {}
    for request in requests:
        path, summary = say(request)
        other = first.setdefault(key(request), request)
        if other is request or not key(request):
            continue
        place = other.position(path)
        with problems.about(request.account):
            problems.twice(
                code,
                request.position(path),
                summary,
                first=Related.at(f'the first one is account "{other.account}"', place) if place else None,
                hint="AWS treats emails that differ in case as one" if code == "duplicate-email" else None,
            )


def _customizations(
    directory: Path, native: Iterable[AccountRequest], aft: Iterable[AccountRequest], problems: Problems
) -> None:
    folder = directory / "customizations"
    try:
        known = {entry.name for entry in folder.iterdir() if entry.is_dir()} - {"global"}
    except OSError:  # reading the customizations themselves says more about it
        known = set()
    if folder.is_dir() and not is_bare_checkout(directory):
        native = (*native, *aft)
    else:
        _not_configured(aft, problems)
    for request in native:
        with problems.about(request.account):
            _unknown_customizations(request, known, problems)


def _unknown_customizations(request: AccountRequest, known: Collection[str], problems: Problems) -> None:
    for index, name in enumerate(request.customizations):
        if name in known:
            continue
        everywhere = name == "global"
        problems.add(
            "unknown-customization",
            request.position(f"customizations[{index}]"),
            '"global" applies to every account and must not be named'
            if everywhere
            else f'there is no customization "{name}"',
            hint="remove it" if everywhere else choice(name, known) or f"create customizations/{name}/",
        )


def _not_configured(requests: Iterable[AccountRequest], problems: Problems) -> None:
    """AFT keeps its customizations in repositories of their own: their names say nothing wrong where none is here."""
    first: dict[str, AccountRequest] = {}
    for request in requests:
        for name in request.customizations:
            first.setdefault(name, request)
    for name, request in first.items():
        with problems.about(request.account):
            problems.warn(
                "unknown-customization",
                request.position(f"customizations[{request.customizations.index(name)}]"),
                f'the customization "{name}" does not exist here and is not applied',
                hint=f"put it into customizations/{name}/ next to a vend.hcl",
            )

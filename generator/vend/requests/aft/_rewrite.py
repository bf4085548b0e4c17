"""Rewriting AFT requests as vend's own: one file for each of AFT's files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from vend.hcl import Block
from vend.models import AccountRequest
from vend.requests.aft._call_inputs import RequestInputs
from vend.requests.aft._comments import BlockComments, block_comments, closing_comments
from vend.requests.aft._configuration import SUFFIXES, ModuleCall, inputs
from vend.requests.aft._module import REQUEST_VARIABLES
from vend.requests.aft._read import AftReading
from vend.requests.aft._repository import ROOT, Repository
from vend.requests.aft._rewrite_request import account_lines, paragraphs
from vend.requests.language._problems import Problems
from vend.requests.text._source import NotLocatedError, Source

_NOTHING_TO_CARRY = frozenset({*REQUEST_VARIABLES, "account-request-table", "account-request-table-hash"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewritten:
    """What becomes of one repository.

    Attributes:
        files: texts of native requests by name, such as `teams/data.hcl`; sorted.
        requests: those that are in them.
    """

    files: Mapping[str, str]
    requests: tuple[AccountRequest, ...]


def rewrite(reading: AftReading, repository: Repository, left_out: frozenset[str], problems: Problems) -> Rewritten:
    """The requests of a repository as native ones, with their comments; what cannot be carried over is warned of.

    Args:
        reading: of the repository.
        repository: where its files are.
        left_out: accounts that are not to be written, since something is wrong with them.
        problems: takes the warnings.
    """
    by_file: dict[str, list[tuple[RequestInputs, AccountRequest]]] = defaultdict(list)
    for request_inputs, request in reading.read:
        by_file[request_inputs.call.place.file.removeprefix(repository.at)].append((request_inputs, request))
    files: dict[str, list[str]] = {}
    kept: list[AccountRequest] = []
    for path, pairs in sorted(by_file.items()):
        written = [pair for pair in pairs if pair[1].account not in left_out]
        if written:
            files.setdefault(_target(path), []).append(_File(path, repository).text(written))
            kept += [request for _, request in written]
        for call, some in _by_call(pairs):
            _not_carried(call, len(some), problems)
    return Rewritten(
        files={name: "\n".join(texts) for name, texts in sorted(files.items())},
        requests=tuple(sorted(kept, key=lambda request: request.account)),
    )


def _target(path: str) -> str:
    """The name of the native file for a file of Terraform's."""
    name = path.removeprefix(f"{ROOT}/")
    suffix = next(suffix for suffix in sorted(SUFFIXES, key=len, reverse=True) if name.endswith(suffix))
    return f"{name.removesuffix(suffix)}.hcl"


def _by_call(
    pairs: Sequence[tuple[RequestInputs, AccountRequest]],
) -> Iterator[tuple[ModuleCall, list[tuple[RequestInputs, AccountRequest]]]]:
    """The requests of each block, in the order of the file."""
    found: dict[tuple[int, tuple[str, ...]], list[tuple[RequestInputs, AccountRequest]]] = defaultdict(list)
    for request_inputs, request in pairs:
        found[request_inputs.call.place.line, request_inputs.call.address].append((request_inputs, request))
    for _, some in sorted(found.items(), key=lambda item: item[0]):
        yield some[0][0].call, some


def _not_carried(call: ModuleCall, requests: int, problems: Problems) -> None:
    label = call.address[-1]
    if not call.literal:
        many = "1 request is" if requests == 1 else f"{requests} requests are"
        problems.warn(
            "import-computed",
            call.place,
            f'module "{label}": {many} written out; vend no longer reads what they were computed from',
            hint="from now on, edit the requests themselves",
        )
    for given in inputs(call.block) if call.block is not None else ():
        if given.name not in _NOTHING_TO_CARRY and call.literal:
            problems.warn(
                "import-not-carried",
                given.position,
                f'"{given.name}" of module "{label}" has no meaning for vend and is not imported',
            )


class _File:
    """One file of Terraform's, on its way to a native one."""

    def __init__(self, path: str, repository: Repository) -> None:
        self._source: Source | None = None
        if not path.endswith(".json"):
            try:
                self._source = Source.read(repository.read(path), path)
            except (OSError, ValueError, NotLocatedError):
                self._source = None

    def text(self, pairs: Sequence[tuple[RequestInputs, AccountRequest]]) -> str:
        """The account blocks of these requests; each module block's comments go with its first."""
        parts: list[str] = []
        blocks = [request_inputs.call.block for request_inputs, _ in pairs if request_inputs.call.block is not None]
        for call, some in _by_call(pairs):
            comments = self._comments(call, blocks)
            for index, (_, request) in enumerate(sorted(some, key=lambda pair: pair[1].account)):
                own = comments if index == 0 else None
                over = paragraphs(own.over) if own is not None else []
                parts.append("\n".join((*over, *account_lines(request, own))))
        closing = paragraphs(self._closing(blocks))
        return "\n\n".join([*parts, *(["\n".join(closing)] if closing else [])]) + "\n"

    def _comments(self, call: ModuleCall, blocks: Sequence[Block]) -> BlockComments | None:
        if self._source is None or call.block is None:
            return None
        try:
            return block_comments(self._source, call.block, blocks)
        except NotLocatedError:
            return None

    def _closing(self, blocks: Sequence[Block]) -> tuple[tuple[str, ...], ...]:
        try:
            return closing_comments(self._source, blocks) if self._source is not None else ()
        except NotLocatedError:
            return ()

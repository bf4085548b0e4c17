"""Editing a fleet's account requests: an edit makes exactly the requested change, or none.

Each edit is made twice, on the values and on the text. The new text is parsed: it must give the new values, every other
request must be unchanged, and the fleet must have no new error.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from vend.errors import Diagnostic, InvalidInputError, did_you_mean, has_errors
from vend.models import AccountRequest
from vend.requests.editing._assignment_edits import edits_for
from vend.requests.editing._assignments import Assignment
from vend.requests.editing._saving import FileEdit
from vend.requests.language._problems import Problems
from vend.requests.reading._files import folders_of, read_file
from vend.requests.reading._fleet import AddedAccount, FleetReading, load_fleet
from vend.requests.text._block_edits import BlockEdit, EditTarget
from vend.requests.text._plain_block import PlainBlock, plain, plain_file, same, written
from vend.requests.text._source import NotLocatedError, Source
from vend.requests.text._splice import append_block, drop_block
from vend.working import Cache


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetEdit:
    """An edit that was found to be right; nothing is written yet.

    Attributes:
        before: the request as it was; None where it is new.
        after: the request as it will be; None where it goes.
        reading: the fleet as it will be.
        warnings: what the fleet will be warned of that it is not warned of now.
    """

    account: str
    file: FileEdit
    before: AccountRequest | None
    after: AccountRequest | None
    reading: FleetReading
    warnings: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetGrowth:
    """New accounts that were found to be right; nothing is written yet.

    Attributes:
        accounts: labels of those that are added.
        left_out: why others are not, by label.
        reading: the fleet as it will be.
        warnings: what the fleet will be warned of that it is not warned of now.
    """

    files: tuple[FileEdit, ...]
    accounts: tuple[str, ...]
    left_out: Mapping[str, tuple[Diagnostic, ...]]
    warnings: tuple[Diagnostic, ...]
    reading: FleetReading


class Editor:
    """Edits one fleet, an edit at a time.

    Args:
        directory: of the fleet.
        environ: the caller's environment, as for `load_fleet`.
        cache: likewise.
    """

    def __init__(
        self, directory: Path, environ: Mapping[str, str] = MappingProxyType({}), cache: Cache | None = None
    ) -> None:
        self._directory = directory
        self._environ = environ
        self._cache = cache
        self._parsed: tuple[tuple[str, bytes], Source] | None = None  # a large file takes seconds
        self.reading = load_fleet(directory, environ, cache=cache)

    def request(self, account: str) -> AccountRequest:
        """The request of this label, complete or not.

        Raises:
            InvalidInputError: there is none, or it cannot be told from another.
        """
        every = (*self.reading.requests, *self.reading.incomplete)
        found = [request for request in every if request.account == account]
        if len(found) == 1:
            return found[0]
        problem = Diagnostic(
            code="unknown-account",
            summary=f'no account request "{account}"',
            hint=did_you_mean(account, (request.account for request in every)) or "run `vend requests` to list them",
        )
        if found:
            problem = Diagnostic(
                code="duplicate-account",
                summary=f'there are {len(found)} account requests "{account}"',
                hint="remove or rename one of them by hand",
                account=account,
            ).at(found[1].position())
        raise InvalidInputError(problem)

    def change(self, account: str, assignments: Sequence[Assignment]) -> FleetEdit:
        """One account's block, saying what is wanted of it.

        Raises:
            InvalidInputError: as for `edit`, or the block does not say what is to be taken out of it.
        """
        request = self.request(account)
        _, source = self._source(request)
        try:
            block = plain(EditTarget(account=account).found(source))
        except NotLocatedError as error:
            raise InvalidInputError(_not_possible(account, source.file)) from error
        return self.edit(account, edits_for(assignments, block, request))

    def edit(self, account: str, edits: Sequence[BlockEdit]) -> FleetEdit:
        """One account's block, changed step by step.

        Raises:
            InvalidInputError: there is no such account, its file cannot be edited, or the fleet would be worse.
        """
        request = self.request(account)
        name, source = self._source(request)
        target = EditTarget(account=account)
        try:
            block = plain(target.found(source))
            new = source
            for edit in edits:
                block, new = edit.values(block), edit.text(new, target)
        except NotLocatedError as error:
            raise InvalidInputError(_not_possible(account, name)) from error
        except InvalidInputError as error:
            raise InvalidInputError((_not_possible(account, name), *_unplaced(error.diagnostics))) from error
        return self._checked(request, source, new, _with(plain_file(source.body), account, block))

    def remove(self, account: str) -> FleetEdit:
        """The fleet without an account's block and the comments that belong to it.

        A file in which nothing is left goes, unless it is a link.

        Raises:
            InvalidInputError: as for `edit`.
        """
        request = self.request(account)
        name, source = self._source(request)
        try:
            text = drop_block(source, EditTarget(account=account).found(source))
            new = Source.read(source.encoded(text), name)
        except (NotLocatedError, InvalidInputError) as error:
            raise InvalidInputError(_not_possible(account, name)) from error
        return self._checked(request, source, new, _with(plain_file(source.body), account, None))

    def preview(self, account: str, file: str) -> AccountRequest | None:
        """What an account would have from defaults alone, were it in this file."""
        block = PlainBlock(type="account", labels=(account,))
        source = self._opened(file)
        content = ("\n".join(written(block)) + "\n").encode()
        if source is not None:
            content = source.encoded(append_block(source, block))
        return load_fleet(self._directory, self._environ, {file: content}, cache=self._cache).request(account)

    def judged(self, added: Sequence[AddedAccount]) -> tuple[FleetReading, tuple[Diagnostic, ...]]:
        """The fleet as it would be with accounts that stand elsewhere, and what is wrong or warned of only then."""
        reading = load_fleet(self._directory, self._environ, added=added, cache=self._cache)
        return reading, self._new(reading)

    def add(self, block: PlainBlock, file: str) -> FleetEdit:
        """A new account, at the end of a file that need not be there yet.

        Raises:
            InvalidInputError: the fleet would be worse: a label or an email in use, a field missing.
        """
        (edit,) = self._with_added([(block, file)])
        return self._verified(None, edit, block.labels[0])

    def add_all(self, added: Sequence[tuple[PlainBlock, str]]) -> FleetGrowth:
        """Many new accounts at once, each in its file; those that would make the fleet worse are left out.

        Raises:
            InvalidInputError: the fleet would be worse for a reason that is no single account's.
        """
        left = {block.labels[0]: (block, file) for block, file in added}
        left_out: dict[str, tuple[Diagnostic, ...]] = {}
        while True:
            edits = self._with_added(list(left.values()))
            overlay = {edit.file: edit.after for edit in edits}
            reading = load_fleet(self._directory, self._environ, overlay, cache=self._cache)
            new = self._new(reading)
            if not has_errors(new):
                break
            blamed = {problem.account for problem in new if problem.severity == "error"} & left.keys()
            if not blamed:
                raise InvalidInputError(new)
            for account in blamed:
                left_out[str(account)] = tuple(_unplaced([p for p in new if p.account == account]))
                del left[str(account)]
        if _others(self.reading, left) != _others(reading, left):
            raise InvalidInputError(self._touched(", ".join(left), ""))
        return FleetGrowth(
            files=edits, accounts=tuple(left), left_out=left_out, warnings=_unplaced(new), reading=reading
        )

    def _with_added(self, added: Sequence[tuple[PlainBlock, str]]) -> tuple[FileEdit, ...]:
        """The files with these accounts at their ends.

        Raises:
            InvalidInputError: one of them is no file of requests, or cannot be added to.
        """
        by_file: dict[str, list[PlainBlock]] = {}
        for block, file in added:
            self._refuse_elsewhere(file)
            by_file.setdefault(file, []).append(block)
        edits = []
        for file, blocks in by_file.items():
            source = before = self._opened(file)
            if source is None:
                texts = ("\n".join(written(block)) + "\n" for block in blocks)
                edits.append(FileEdit(file=file, before=None, after="\n".join(texts).encode()))
                continue
            for block in blocks:
                source = Source.read(source.encoded(append_block(source, block)), file)
            wanted = plain_file(before.body) if before is not None else PlainBlock(type="")
            if before is None or not same(plain_file(source.body), replace(wanted, blocks=(*wanted.blocks, *blocks))):
                raise InvalidInputError(_not_possible(blocks[0].labels[0], file))
            content = source.encoded(source.text)
            edits.append(FileEdit(file=file, before=before.encoded(before.text), after=content))
        return tuple(edits)

    def _refuse_elsewhere(self, file: str) -> None:
        path = PurePosixPath(file)
        hidden = any(part.startswith(".") for part in path.parts)  # `..` among them
        if hidden or not folders_of(file, self.reading.paths) or path.suffix != ".hcl":
            raise InvalidInputError(
                Diagnostic(
                    code="not-a-requests-file",
                    summary=f"{file} is not a file of account requests",
                    detail="vend reads *.hcl files below " + ", ".join(self.reading.paths) + ", except hidden ones."
                    if self.reading.paths
                    else "vend does not edit requests in an AFT repository, and the fleet has no folder for other "
                    "requests.",
                    hint="name such a file, with a path relative to the fleet"
                    if self.reading.paths
                    else "vend's own requests need a vend.hcl; `vend import aft` rewrites AFT's requests",
                )
            )

    def _source(self, request: AccountRequest) -> tuple[str, Source]:
        """The file that an account's block stands in."""
        place = request.position()
        name = place.file if place is not None else ""
        if PurePosixPath(name).suffix != ".hcl":
            problem = Diagnostic(
                code="edit-not-possible",
                summary=f'account "{request.account}" is a request in an AFT repository, which vend does not edit',
                hint="edit the file by hand; `vend import aft` rewrites AFT's requests as vend's own",
                account=request.account,
            )
            raise InvalidInputError(problem.at(place))
        source = self._opened(name)
        if source is None:
            raise InvalidInputError(_gone())
        return name, source

    def _opened(self, name: str) -> Source | None:
        """A file, parsed; None where it is not there.

        Raises:
            InvalidInputError: it cannot be read, or its syntax is wrong.
        """
        problems = Problems()
        try:
            content = read_file(self._directory / name, name, problems)
        except FileNotFoundError:
            return None
        if content is None:
            raise InvalidInputError(problems.found)
        if self._parsed is None or self._parsed[0] != (name, content):
            self._parsed = (name, content), Source.read(content, name)
        return self._parsed[1]

    def _checked(self, request: AccountRequest, source: Source, new: Source, wanted: PlainBlock) -> FleetEdit:
        if not same(plain_file(new.body), wanted):
            raise InvalidInputError(_not_possible(request.account, source.file))
        before, after = source.encoded(source.text), new.encoded(new.text)
        goes = not new.text.strip() and not (self._directory / source.file).is_symlink()
        edit = FileEdit(file=source.file, before=before, after=None if goes else after)
        return self._verified(request, edit, request.account)

    def _verified(self, request: AccountRequest | None, edit: FileEdit, account: str) -> FleetEdit:
        """The edit, if the fleet is no worse with it."""
        reading = load_fleet(self._directory, self._environ, {edit.file: edit.after}, cache=self._cache)
        new = self._new(reading)
        if has_errors(new):
            raise InvalidInputError(_unplaced(new, edit.file))
        if _others(self.reading, {account}) != _others(reading, {account}):
            raise InvalidInputError(self._touched(account, edit.file))
        return FleetEdit(
            account=account,
            file=edit,
            before=request,
            after=reading.request(account),
            reading=reading,
            warnings=_unplaced(new, edit.file),
        )

    def _touched(self, account: str, file: str) -> Diagnostic:
        """Why other requests are not what they were: somebody else changed them, or else this edit would."""
        now = load_fleet(self._directory, self._environ, cache=self._cache)
        if _others(now, ()) == _others(self.reading, ()):
            return _not_possible(account, file)
        return _gone()

    def _new(self, reading: FleetReading) -> tuple[Diagnostic, ...]:
        """What is wrong with a fleet that was not before."""
        known = {_key(problem) for problem in self.reading.diagnostics}
        return tuple(problem for problem in reading.diagnostics if _key(problem) not in known)


def _others(reading: FleetReading, accounts: Collection[str]) -> list[AccountRequest]:
    """Every request but those of these accounts."""
    return [found for found in (*reading.requests, *reading.incomplete) if found.account not in accounts]


def _with(file: PlainBlock, account: str, block: PlainBlock | None) -> PlainBlock:
    """A file with another block for an account, or without one."""
    others = tuple(b for b in file.blocks if not (b.type == "account" and b.labels == (account,)))
    return replace(file, blocks=others if block is None else (*others, block))


def _key(problem: Diagnostic) -> tuple[str, ...]:
    """What makes two problems one, wherever in a file they stand."""
    return (problem.severity, problem.code, problem.summary, problem.file or "", problem.account or "")


def _unplaced(problems: Sequence[Diagnostic], file: str | None = None) -> tuple[Diagnostic, ...]:
    """Problems of a text that is not on disk, without the places that they have in it."""
    return tuple(
        replace(problem, line=None, column=None, end_line=None, end_column=None)
        if file is None or problem.file == file
        else problem
        for problem in problems
    )


def _gone() -> Diagnostic:
    """What was read is not there any more, or says something else."""
    return Diagnostic(
        code="file-changed",
        summary="account requests changed while vend was working on them",
        hint="run the command again",
    )


def _not_possible(account: str, file: str) -> Diagnostic:
    return Diagnostic(
        code="edit-not-possible",
        summary=f'account "{account}" cannot be edited without changing something else',
        detail=f"{file} is written in a way that vend cannot edit; nothing was changed.",
        hint="edit the file by hand",
        file=file or None,
        account=account,
    )

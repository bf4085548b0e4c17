"""`vend init`: a fleet repository to begin with."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from vend.cli._scaffold import SETTLED_UNIT, Ci, NewFleet, SavedPlansInCi, scaffold
from vend.cli.call._call import DONE, Call

if TYPE_CHECKING:
    from vend.errors import Diagnostic
    from vend.requests import FileEdit, Rule

_MAY_BE_THERE = frozenset({"README.md", ".gitignore", ".pre-commit-config.yaml"})
"""What a repository may have before it is a fleet, and what a fleet works without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InitOptions:
    """A new fleet, as it was asked for; what is None is asked for, or has a default."""

    name: str | None = None
    home_region: str | None = None
    email: str | None = None
    unit: str | None = None
    ci: Ci | None = None
    repository: str | None = None
    branch: str | None = None
    management_account: str | None = None
    state_bucket: str | None = None
    saved_plans: SavedPlansInCi | None = None
    plan_in_accounts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """A value that a fleet needs.

    Attributes:
        name: of the field.
        option: as it stands on the command line.
        text: how it is asked for.
        default: what it is where nobody says otherwise; empty where somebody must.
        github: whether only workflows need it.
    """

    name: str
    option: str
    text: str
    rule: Rule
    default: str = ""
    github: bool = False


def init(call: Call, directory: Path, options: InitOptions, *, dry_run: bool) -> int:
    """Writes the files of a new fleet; none of those that are there is touched.

    Raises:
        InvalidInputError: something is missing or wrong, or files are in the way; nothing was written.
        VendError: a file cannot be written; none is left behind.
    """
    from vend.views import edit_document

    target = call.directory / directory
    new = _answered(call, options, Path(os.path.normpath(target)).name)
    files = scaffold(new)
    left = _left_alone(target, files)
    _refuse_invalid(files)
    edits = [_edit(name, text) for name, text in files.items() if name not in {problem.file for problem in left}]
    # A folder is a fleet once it has this file: it comes last.
    edits.sort(key=lambda edit: edit.file == "vend.hcl")
    if not dry_run:
        _write(target, edits)
    written = sorted(edit.file for edit in edits)
    json = {
        "directory": str(directory),
        "ci": new.ci,
        "files": written,
        "left": [problem.file for problem in left],
        "written": not dry_run,
    }
    told = [*written, f"{len(written)} files {'to write' if dry_run else 'written'}; see README.md for the next steps"]
    call.view.show(edit_document(json, [edit.diff() for edit in edits] if dry_run else [], told, left))
    return DONE


def _questions(directory: str) -> tuple[_Question, ...]:
    from vend.requests import ACCOUNT, SETTINGS, matching

    fleet = next(block for block in SETTINGS if block.name == "fleet")

    def rule_of(field: str) -> Rule:
        found = fleet.field(field) or ACCOUNT.field(field)
        assert found is not None, field  # noqa: S101 - the tables are ours
        return found.rule

    bucket = matching(
        r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]",
        "name for a state bucket",
        "example-vend-state",
        "3-63 lower-case letters, digits and hyphens",
    )
    repository = matching(
        r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+", "repository on GitHub", "example/accounts", "owner and name"
    )
    branch = matching(
        r"(?!.*(\.\.|//))[A-Za-z0-9_][A-Za-z0-9._/-]*",
        "name of a branch",
        "main",
        "letters, digits, `.`, `_`, `-`, `/`",
    )
    unit = matching(r"(?!ou-)[^()\x00-\x1f]+", "path of an organizational unit", "Workloads/Prod", "a path of names")
    return (
        _Question(
            name="name",
            option="--name NAME",
            text="Name of the fleet:",
            rule=matching(
                r"[A-Za-z0-9][A-Za-z0-9._ -]*", "name for a fleet", "example", "letters, digits, `.`, `_`, `-`"
            ),
            default=directory,
        ),
        _Question(
            name="home_region",
            option="--home-region REGION",
            text="Control Tower's home Region, such as eu-west-1:",
            rule=rule_of("home_region"),
        ),
        _Question(
            name="email",
            option="--email ADDRESS",
            text="Mailbox for root users; each account gets an address with a suffix, such as aws+NAME@example.com:",
            rule=rule_of("email"),
        ),
        _Question(name="unit", option="--ou UNIT", text="Organizational unit:", rule=unit, default=SETTLED_UNIT),
        _Question(
            name="repository",
            option="--repository OWNER/NAME",
            text="Repository on GitHub, as OWNER/NAME:",
            rule=repository,
            github=True,
        ),
        _Question(
            name="branch", option="--branch NAME", text="Default branch:", rule=branch, default="main", github=True
        ),
        _Question(
            name="management_account",
            option="--management-account ID",
            text="ID of the management account:",
            rule=rule_of("management_account_id"),
            github=True,
        ),
        _Question(
            name="state_bucket",
            option="--state-bucket NAME",
            text="Name of the S3 bucket to create for Terraform state:",
            rule=bucket,
            github=True,
        ),
    )


def _answered(call: Call, options: InitOptions, directory: str) -> NewFleet:
    """The fleet, with what is missing asked for where somebody can answer.

    Raises:
        InvalidInputError: everything that is missing or cannot be used.
    """
    from vend.errors import InvalidInputError

    questions = _questions(directory)
    ci = options.ci or (
        "github" if not call.can_ask or call.agreed("Generate workflows for GitHub Actions?") else "none"
    )
    problems = [*_wrong(questions, options)]
    if ci == "none":
        problems += _without_effect(questions, options)
    values: dict[str, str] = {}
    for question in questions:
        given: str | None = getattr(options, question.name)
        if given is not None or (question.github and ci == "none"):
            values |= {} if given is None else {question.name: given}
        elif question.default:
            values[question.name] = question.default
            problems += _violations(question, question.default)
        elif call.can_ask and not problems:
            values[question.name] = _asked(call, question)
        else:
            problems.append(_missing(question))
    if problems:
        raise InvalidInputError(problems)
    return NewFleet(
        **values, ci=ci, saved_plans=options.saved_plans or "omit", plan_in_accounts=options.plan_in_accounts
    )


def _wrong(questions: Sequence[_Question], options: InitOptions) -> Iterator[Diagnostic]:
    for question in questions:
        given: str | None = getattr(options, question.name)
        if given is not None:
            yield from _violations(question, given)


def _violations(question: _Question, value: str) -> Iterator[Diagnostic]:
    from vend.errors import Diagnostic

    violation = question.rule(value)
    if violation is not None and violation.severity == "error":
        hint = f"{question.option}: {violation.hint}" if violation.hint else question.option
        yield Diagnostic(code=violation.code, summary=violation.summary, hint=hint)


def _without_effect(questions: Sequence[_Question], options: InitOptions) -> Iterator[Diagnostic]:
    from vend.errors import Diagnostic

    given = [
        question.option.split()[0] for question in questions if question.github and getattr(options, question.name)
    ]
    given += ["--saved-plans"] if options.saved_plans else []
    given += ["--plan-in-accounts"] if options.plan_in_accounts else []
    for option in given:
        yield Diagnostic(
            code="bad-usage",
            summary=f"{option} configures workflows, which --ci none leaves out",
            hint="remove the option, or use `--ci github`",
        )


def _missing(question: _Question) -> Diagnostic:
    from vend.errors import Diagnostic

    instead = "; it is not needed with `--ci none`" if question.github else ""
    return Diagnostic(
        code="missing-setting",
        summary=f'a new fleet lacks "{question.name}"',
        hint=f"{question.option}{instead}",
    )


def _asked(call: Call, question: _Question) -> str:
    """An answer that can be used; asked again until there is one.

    Raises:
        InvalidInputError: there is no answer.
    """
    from vend.errors import InvalidInputError
    from vend.views import line

    while answer := call.ask(question.text):
        violation = question.rule(answer)
        if violation is None or violation.severity == "warning":
            return answer
        call.view.say(line(violation.summary), *([line(f"hint: {violation.hint}")] if violation.hint else []))
    raise InvalidInputError(_missing(question))


def _left_alone(target: Path, files: Mapping[str, str]) -> tuple[Diagnostic, ...]:
    """A warning for each file that is there and may be.

    Raises:
        InvalidInputError: others are there, too; all of them.
    """
    from vend.errors import Diagnostic, InvalidInputError

    there = [name for name in files if os.path.lexists(target / name)]
    in_the_way = [name for name in there if name not in _MAY_BE_THERE]
    if in_the_way:
        raise InvalidInputError(
            Diagnostic(
                code="init-in-the-way",
                summary=f"{name} already exists; nothing was written",
                hint="choose another folder, or move the existing file",
                file=name,
            )
            for name in in_the_way
        )
    return tuple(
        Diagnostic(
            code="init-left-alone",
            severity="warning",
            summary=f"{name} already exists and was left unchanged",
            hint="run `vend init --dry-run` in an empty folder to see what vend would have written",
            file=name,
        )
        for name in there
    )


def _refuse_invalid(files: Mapping[str, str]) -> None:
    """Raises InvalidInputError where the files would be no valid fleet; nothing else has looked at how they fit."""
    from vend.errors import InvalidInputError, has_errors
    from vend.requests import load_fleet

    with TemporaryDirectory(prefix="vend-init-") as folder:
        _write(Path(folder), [_edit(name, text) for name, text in files.items()])
        diagnostics = load_fleet(Path(folder), {}).diagnostics
    if has_errors(diagnostics):
        raise InvalidInputError(diagnostics)


def _edit(name: str, text: str) -> FileEdit:
    from vend.requests import FileEdit

    return FileEdit(file=name, before=None, after=text.encode())


def _write(target: Path, edits: Sequence[FileEdit]) -> None:
    """Writes all files, or leaves none behind: neither a file nor a folder."""
    from vend.requests import save

    undo: list[Callable[[], None]] = []
    try:
        for edit in edits:
            path = target / edit.file
            folders = [folder for folder in (path.parent, *path.parent.parents) if not folder.exists()]
            undo += [folder.rmdir for folder in reversed(folders)]
            save(target, [edit])
            undo.append(path.unlink)
    except BaseException:
        for step in reversed(undo):
            _tried(step)
        raise


def _tried(step: Callable[[], None]) -> None:
    from contextlib import suppress

    with suppress(OSError):
        step()

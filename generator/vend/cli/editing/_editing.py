"""Commands that edit account requests: new, set, move, remove."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vend.cli.call._call import DONE, Call
from vend.cli.call._fleet import fleet_editor, name_in_fleet

if TYPE_CHECKING:
    from vend.models import AccountRequest
    from vend.requests import Assignment, Editor, FleetEdit

_REQUIRED: Mapping[str, str] = {"email": "--email ADDRESS", "organizational_unit": "--ou UNIT"}
_MEANING: Mapping[str, str] = {
    "retain": "The account stays as it is, but vend no longer manages it.",
    "unmanage": "The apply unmanages the account if you allow it: vend apply --allow-removal {name}",
    "close": "The apply closes the account if you allow it: vend apply --allow-removal {name}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """A new account, as it was asked for.

    Attributes:
        written: `field=value` each.
        sso_user: `First Last <address>`.
        file: where to write it; None for a file of its own.
    """

    account: str
    written: tuple[str, ...] = ()
    sso_user: str | None = None
    file: Path | None = None


def new(call: Call, new_account: NewAccount, *, dry_run: bool) -> int:
    """Adds an account; what is missing is asked for, where somebody can answer."""
    with fleet_editor(call) as (directory, editor):
        return _finish(call, directory, _new(call, directory, editor, new_account), dry_run=dry_run)


def _new(call: Call, directory: Path, editor: Editor, new_account: NewAccount) -> FleetEdit:
    from vend.requests import assignments, new_request, place_for, refuse_label

    refuse_label(editor, new_account.account)
    written = [*new_account.written, *_sso_user(new_account.sso_user)]
    named = name_in_fleet(call, directory, new_account.file) if new_account.file is not None else None
    given = editor.preview(new_account.account, named or place_for(editor, new_account.account, assignments(written)))
    written += _missing(call, editor, new_account.account, assignments(written), given)
    return new_request(editor, new_account.account, assignments(written), named)


def set_fields(call: Call, account: str, written: Sequence[str], unset: Sequence[str], *, dry_run: bool) -> int:
    """Changes what an account's own block says."""
    from vend.requests import assignments

    changes = assignments(written, unset)
    with fleet_editor(call) as (directory, editor):
        return _finish(call, directory, editor.change(account, changes), dry_run=dry_run)


def move(call: Call, account: str, unit: str, *, dry_run: bool) -> int:
    """Gives an account another organizational unit."""
    from vend.requests import Assignment

    assignment = Assignment(kind="string", field="organizational_unit", value=unit)
    with fleet_editor(call) as (directory, editor):
        return _finish(call, directory, editor.change(account, [assignment]), dry_run=dry_run)


def remove(call: Call, account: str, *, dry_run: bool, yes: bool) -> int:
    """Takes an account's block away, and says what that means for the account."""
    from vend.errors import Diagnostic, RefusedError

    with fleet_editor(call) as (directory, editor):
        edit = editor.remove(account)
    meaning = edit.before.on_removal if edit.before is not None else "retain"
    told = (
        _MEANING[meaning].format(name=account),
        "The last applied request decides; an account that was never applied is not touched.",
    )
    if call.can_ask and not (yes or dry_run):
        from vend.views import diff_lines, line

        call.view.say(*diff_lines(edit.file.diff()), *map(line, told))
        if not call.agreed(f"Remove the request of {account}?"):
            raise RefusedError(Diagnostic(code="not-approved", summary="not approved; nothing was changed"))
    return _finish(call, directory, edit, dry_run=dry_run, told=told)


def _finish(call: Call, directory: Path, edit: FleetEdit, *, dry_run: bool, told: Sequence[str] = ()) -> int:
    """Writes the edit, and shows it."""
    from vend.requests import save
    from vend.views import edit_document

    written = edit.file.changed and not dry_run
    if written:
        save(directory, [edit.file])
    file = edit.file.file
    outcome = f"{file} {'removed' if edit.file.after is None else 'written'}" if written else "nothing was written"
    if not edit.file.changed:
        outcome = "nothing to change"
    diff = edit.file.diff()
    json = {
        "account": edit.account,
        "file": file,
        "changed": edit.file.changed,
        "written": written,
        "diff": "".join(f"{text}\n" for text in diff),
        "request": edit.after.to_json() if edit.after is not None else None,
    }
    call.view.show(edit_document(json, [diff], [*told, outcome], edit.warnings))
    return DONE


def _sso_user(written: str | None) -> list[str]:
    """`First Last <address>` as assignments."""
    from email.utils import parseaddr

    from vend.errors import Diagnostic, InvalidInputError

    if written is None:
        return []
    name, address = parseaddr(written)
    first, _, last = name.strip().rpartition(" ")
    if not (first and last and address):
        raise InvalidInputError(
            Diagnostic(
                code="invalid-sso-user",
                summary=f'"{written}" is not a first name, a last name and an email address',
                hint='such as "Grace Hopper <grace@example.com>"',
            )
        )
    return [f"sso_user.email={address}", f"sso_user.first_name={first.strip()}", f"sso_user.last_name={last}"]


def _missing(
    call: Call, editor: Editor, account: str, changes: Sequence[Assignment], given: AccountRequest | None
) -> list[str]:
    """What is missing, asked for."""
    said = {assignment.field for assignment in changes}
    missing = [name for name in _REQUIRED if name not in said and not getattr(given, name, "")]
    if not missing:
        return []
    if not call.can_ask:
        from vend.errors import Diagnostic, InvalidInputError

        raise InvalidInputError(
            Diagnostic(
                code="missing-field",
                summary=f'account "{account}" has no "{name}", and no defaults block sets it',
                hint=_REQUIRED[name],
            )
            for name in missing
        )
    units = sorted({found.organizational_unit for found in editor.reading.requests})
    such = f" (such as {', '.join(units[:5])})" if units else ""
    questions = {
        "email": "Email of the account's root user:",
        "organizational_unit": f"Organizational unit{such}:",
    }
    return [f"{name}={_answered(call, name, questions[name])}" for name in missing]


def _answered(call: Call, name: str, question: str) -> str:
    """An answer that the field takes; asked again until there is one.

    Raises:
        InvalidInputError: there is no answer.
    """
    from vend.errors import Diagnostic, InvalidInputError
    from vend.requests import ACCOUNT
    from vend.views import line

    field = ACCOUNT.field(name)
    while answer := call.ask(question):
        violation = field.rule(answer) if field is not None else None
        if violation is None or violation.severity == "warning":
            return answer
        call.view.say(line(violation.summary), *([line(f"hint: {violation.hint}")] if violation.hint else []))
    raise InvalidInputError(
        Diagnostic(code="missing-field", summary=f'"{name}" is required; nothing was written', hint=_REQUIRED[name])
    )

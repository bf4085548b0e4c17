"""A new account request, from its label and its fields."""

from __future__ import annotations

from collections.abc import Sequence

from vend.errors import Diagnostic, InvalidInputError
from vend.models import AccountRequest, SsoUser
from vend.requests.editing._assignment_edits import edits_for
from vend.requests.editing._assignments import Assignment
from vend.requests.editing._editor import Editor, FleetEdit
from vend.requests.editing._placement import file_for
from vend.requests.language._request_fields import ACCOUNT
from vend.requests.text._plain_block import PlainBlock


def refuse_label(editor: Editor, account: str) -> None:
    """Stops where no account can have this label, or one has it already; labels that differ in case count as one.

    Raises:
        InvalidInputError: the label is invalid or taken.
    """
    violation = ACCOUNT.label(account) if ACCOUNT.label is not None else None
    if violation is not None:
        raise InvalidInputError(Diagnostic(code=violation.code, summary=violation.summary, hint=violation.hint))
    every = (*editor.reading.requests, *editor.reading.incomplete)
    known = next((found for found in every if found.account.casefold() == account.casefold()), None)
    if known is not None:
        raise InvalidInputError(
            Diagnostic(
                code="duplicate-account",
                summary=f'account request "{known.account}" already exists',
                hint=f"run `vend set {known.account} FIELD=VALUE` to change it",
                account=known.account,
            ).at(known.position())
        )


def place_for(editor: Editor, account: str, assignments: Sequence[Assignment]) -> str:
    """The file that a new account request belongs in, relative to the fleet."""
    unit = next((assignment.value for assignment in assignments if assignment.field == "organizational_unit"), "")
    return file_for(account, unit, editor.reading)


def new_request(editor: Editor, account: str, assignments: Sequence[Assignment], file: str | None = None) -> FleetEdit:
    """The fleet with a new account request.

    Args:
        editor: of the fleet.
        account: the new label.
        assignments: its fields.
        file: where it is written, relative to the fleet; None for the file that it belongs in.

    Raises:
        InvalidInputError: the label or an email is in use, or a field is missing or wrong.
    """
    refuse_label(editor, account)
    file = file or place_for(editor, account, assignments)
    block = PlainBlock(type="account", labels=(account,))
    for edit in edits_for(assignments, block, editor.preview(account, file) or _without_defaults(account)):
        block = edit.values(block)
    return editor.add(block, file)


def _without_defaults(account: str) -> AccountRequest:
    """An account that has nothing from defaults."""
    nobody = SsoUser(email="", first_name="", last_name="")
    return AccountRequest(account=account, name=account, email="", organizational_unit="", sso_user=nobody)

"""What a diagnostic's code means: one page per code, on the command line and in the documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vend.cli.call._call import DONE, Call
from vend.cli.call._explanations import Explanation, explanation

if TYPE_CHECKING:
    from pathlib import Path

    from vend.errors import Diagnostic

_SETTINGS = 'fleet "example" { home_region = "eu-west-1" }\n'
_REQUEST = """account "audit-tools" {
  email               = "aws+audit-tools@example.com"
  organizational_unit = "Workloads/Prod"
}
"""


def reproduce(explained: Explanation, directory: Path) -> tuple[Diagnostic, ...]:
    """Makes the fleet of an example in an empty folder, and gives what `vend validate` says of it with this code.

    What the example does not show is there: a vend.hcl, and an account request.
    """
    from vend.cli._validate import problems

    files = {"vend.hcl": _SETTINGS, "account-requests/audit-tools.hcl": _REQUEST, **explained.files}
    if explained.code == "no-requests":
        del files["account-requests/audit-tools.hcl"]
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    _, found = problems(directory)
    return tuple(problem for problem in found if problem.code == explained.code)


def explain(call: Call, code: str | None) -> int:
    """Shows what a code means and what to do, or every code with its sentence.

    Raises:
        InvalidInputError: there is no such code.
    """
    from vend.errors import CODES, Diagnostic, InvalidInputError, did_you_mean
    from vend.views import explanation_document

    if code is None:
        call.view.show(explanation_document(CODES))
        return DONE
    wanted = code.strip().lower().removeprefix("error[").removeprefix("warning[").removesuffix("]")
    if wanted not in CODES:
        raise InvalidInputError(
            Diagnostic(
                code="unknown-code",
                summary=f'no diagnostic has the code "{code}"',
                hint=did_you_mean(wanted, CODES) or "run `vend explain` to list all codes",
            )
        )
    found = explanation(wanted)
    call.view.show(explanation_document({wanted: found.when}, found.text))
    return DONE

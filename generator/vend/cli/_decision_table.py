"""The reference page of what is decided: the table of `vend.decide`, written out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vend.decide import DIMENSIONS, ROWS, Row

_ASKED = {
    "wish": "the request, or what its absence means",
    "memory": "what the ledger knows of the label",
    "product": "the provisioned product that has the label for its name",
    "account": "the account: the product's, else the ledger's, else the one with the request's email",
    "email": "its email in AWS, beside the request's",
    "name": "its name in AWS, beside the request's",
    "unit": "the organizational unit it is in",
    "baseline": "the unit whose enabled baseline it has",
    "sent": "the unit that its product was sent last",
    "state": "the product in the Terraform state of the `account` root",
    "due": "stages that were not applied as they are now",
}


def decision_table() -> Iterator[str]:
    """The lines of the page, below its title."""
    yield "What vend does with an account follows from this table: the first row that its situation is in. A test goes"
    yield "through every combination of the values below, and checks that each is in a row and that each row has some."
    yield "`update` is shown as `move`, `customize`, `repair` or `none` once it is known what Terraform plans."
    yield ""
    yield "No row depends on who holds the account's lease or a lock: a plan only looks, and an apply takes them first."
    yield ""
    yield "## What can disagree"
    yield ""
    yield "| | what it is | values |"
    yield "|---|---|---|"
    for name, values in DIMENSIONS.items():
        yield f"| {name} | {_ASKED[name]} | {'; '.join(values)} |"
    yield ""
    yield "## What is done"
    yield ""
    yield "| row | when | action | why |"
    yield "|---|---|---|---|"
    for row in ROWS:
        yield f"| {row.name} | {_when(row)} | {_action(row)} | {row.says} |"


def _when(row: Row) -> str:
    """The values that a row takes, of the dimensions that it asks for; those that it does not take, where fewer."""
    told = []
    for name, values in row.when.items():
        others = [value for value in DIMENSIONS[name] if value not in values]
        if len(others) < len(values):
            told.append(f"{name}: not {_listed(others)}")
        else:
            told.append(f"{name}: {_listed([value for value in DIMENSIONS[name] if value in values])}")
    return "<br>".join(told)


def _listed(values: Iterable[str]) -> str:
    return " or ".join(f"“{value}”" for value in values)


def _action(row: Row) -> str:
    if row.code is None:
        return f"`{row.action}`"
    return f"`{row.action}`, [`{row.code}`](diagnostics/{row.code}.md)"

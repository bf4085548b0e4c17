"""Who holds what of an account, and that it was released."""

from __future__ import annotations

from collections.abc import Iterable

from vend.models import Hold, HoldKind
from vend.views._document import Document
from vend.views._text import line

_WHAT: dict[HoldKind, str] = {
    "lease": "works on account {name}",
    "slot": "has a slot of {name}",
    "terraform": "has begun a Terraform of {name}",
    "state-lock": "has locked the state of {name}",
}
_LIFE = {True: "it is at work", False: "that run is dead", None: "whether it lives is not known"}


def hold_sentences(holds: Iterable[Hold]) -> tuple[str, ...]:
    """Each hold in words."""
    return tuple(
        f"{hold.holder} {_WHAT[hold.kind].format(name=hold.name)}"
        f"{f' since {hold.since}' if hold.since else ''}; {_LIFE[hold.alive]}"
        for hold in holds
    )


def unlocked_document(account: str, holds: tuple[Hold, ...], *, asked: bool) -> Document:
    """The answer of `vend unlock`.

    Args:
        account: its label.
        holds: what was released.
        asked: whether they were shown already.
    """
    told = () if asked else hold_sentences(holds)
    end = f"released all that was held of {account}" if holds else f"nothing is held of {account}"
    return Document(
        json={"account": account, "holds": [hold.to_json() for hold in holds], "released": True, "diagnostics": []},
        text=tuple(map(line, (*told, end))),
    )

"""What a situation comes to: for each thing that can disagree with another, one of a few values.

Their product is finite, so that a test can ask the table of `vend.decide` for every combination.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from vend.decide._situation import Departed, ProductState, Situation
from vend.models import OrganizationAccount, ProvisionedProduct

UNDER_WAY = frozenset({"UNDER_CHANGE", "PLAN_IN_PROGRESS"})
CLOSED = frozenset({"PENDING_CLOSURE", "CLOSED"})
"""States of an account that is being closed, or was closed within 90 days (Organizations API reference, Account)."""


class Wish(StrEnum):
    """What the fleet asks for: a request, or what its absence means and whether that is allowed."""

    PRESENT = "present"
    RETAIN = "gone: retain"
    UNMANAGE = "gone: unmanage"
    UNMANAGE_ALLOWED = "gone: unmanage, allowed"
    CLOSE = "gone: close"
    CLOSE_ALLOWED = "gone: close, allowed"


class Memory(StrEnum):
    """What the ledger knows of the label."""

    NOTHING = "nothing"
    ATTEMPT = "tried, no account"
    ACCOUNT = "an account"
    OTHER_LABEL = "the account of another label"


class Product(StrEnum):
    """The provisioned product that has the label for its name."""

    NONE = "none"
    UNDER_WAY = "an operation is under way"
    FAILED = "ERROR, never succeeded"
    BROKEN = "TAINTED, or ERROR after it had succeeded"
    AVAILABLE = "AVAILABLE"


class Account(StrEnum):
    """The account: the product's, else the one that has the request's email."""

    NONE = "none"
    GONE = "known, but not in the organization"
    UNKNOWN = "cannot be told"
    HELD = "managed by another product"
    PENDING_ACTIVATION = "PENDING_ACTIVATION"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    PENDING_CLOSURE = "PENDING_CLOSURE"
    CLOSED = "CLOSED"


class Text(StrEnum):
    """An email or name of the account as AWS has it, beside the request's."""

    SAME = "same"
    OTHER_CASE = "same but for case"
    DIFFERENT = "different"


class Unit(StrEnum):
    """The unit that the account is in, beside the one that the request names."""

    WANTED = "the wanted one"
    OTHER = "another"


class Baseline(StrEnum):
    """The unit whose enabled baseline the account has."""

    WANTED = "the wanted one's"
    OTHER = "another unit's"
    NONE = "none"
    UNKNOWN = "cannot be told"


class Sent(StrEnum):
    """The unit that the product was sent last."""

    WANTED = "the wanted one"
    OTHER = "another"
    UNKNOWN = "cannot be told"


class State(StrEnum):
    """What the Terraform state of the `account` root has."""

    UNREAD = "not read"
    NONE = "no state, or no product in it"
    OTHER = "another product"
    ADOPTED = "the product, as imported"
    HELD = "the product"
    TAINTED = "the product, tainted"


class Due(StrEnum):
    """The stages that were not applied as they are now."""

    NOTHING = "none"
    OTHERS = "others than account"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One cell of the table."""

    wish: Wish = Wish.PRESENT
    memory: Memory = Memory.NOTHING
    product: Product = Product.NONE
    account: Account = Account.NONE
    email: Text = Text.SAME
    name: Text = Text.SAME
    unit: Unit = Unit.WANTED
    baseline: Baseline = Baseline.UNKNOWN
    sent: Sent = Sent.UNKNOWN
    state: State = State.UNREAD
    due: Due = Due.NOTHING


def facts_of(situation: Situation, *, due: Due) -> Facts:
    """The cell of an account that a request names."""
    request, account = situation.request, situation.account
    memory = Memory.OTHER_LABEL if situation.renamed_from is not None else _memory(situation)
    return Facts(
        wish=Wish.PRESENT,
        memory=memory,
        product=_product(situation.product),
        account=_account(situation),
        email=_text(account.email, request.email) if account else Text.SAME,
        name=_text(account.name, request.name) if account else Text.SAME,
        unit=Unit.WANTED if account is None or account.parent_id == situation.wanted_unit.id else Unit.OTHER,
        baseline=_baseline(situation),
        sent=_sent(situation),
        state=_state(situation.state, situation.product),
        due=due,
    )


def facts_of_departed(departed: Departed) -> Facts:
    """The cell of an account that the ledger knows, and no request names."""
    meaning = str((departed.applied.request or {}).get("on_removal", "retain"))
    allowed = ", allowed" if departed.allowed and meaning != "retain" else ""
    memory = Memory.ACCOUNT if departed.applied.account_id is not None else Memory.ATTEMPT
    if departed.renamed_to is not None:
        memory = Memory.OTHER_LABEL
    return Facts(
        wish=Wish(f"gone: {meaning}{allowed}"),
        memory=memory,
        product=_product(departed.product),
        account=_departed_account(departed),
    )


def _memory(situation: Situation) -> Memory:
    if situation.applied is None:
        return Memory.NOTHING
    return Memory.ATTEMPT if situation.applied.account_id is None else Memory.ACCOUNT


def _product(product: ProvisionedProduct | None) -> Product:
    if product is None:
        return Product.NONE
    if product.status in UNDER_WAY:
        return Product.UNDER_WAY
    if product.status == "AVAILABLE":
        return Product.AVAILABLE
    return Product.FAILED if product.status == "ERROR" and not product.succeeded else Product.BROKEN


def _account(situation: Situation) -> Account:
    if situation.account is None:
        return Account.GONE if situation.gone_account_id is not None else Account.NONE
    if situation.held_by is not None:
        return Account.HELD
    return _in_state(situation.account)


def _departed_account(departed: Departed) -> Account:
    if departed.account is not None:
        return _in_state(departed.account)
    if departed.applied.account_id is not None:
        return Account.GONE
    return Account.NONE if departed.email is not None else Account.UNKNOWN


def _in_state(account: OrganizationAccount) -> Account:
    try:
        return Account(account.state)
    except ValueError:  # one that AWS adds: nothing is done to such an account
        return Account.SUSPENDED


def _text(found: str, wanted: str) -> Text:
    if found == wanted:
        return Text.SAME
    return Text.OTHER_CASE if found.casefold() == wanted.casefold() else Text.DIFFERENT


def _baseline(situation: Situation) -> Baseline:
    account = situation.account
    if account is None or account.enrolled is None:
        return Baseline.UNKNOWN
    if not account.enrolled:
        return Baseline.NONE
    if account.enrolled_in in {None, situation.wanted_unit.id}:
        return Baseline.WANTED
    return Baseline.OTHER


def _sent(situation: Situation) -> Sent:
    last = situation.applied.organizational_unit if situation.applied else None
    if last is None:
        return Sent.UNKNOWN
    return Sent.WANTED if last == situation.wanted_unit.path else Sent.OTHER


def _state(state: ProductState | None, product: ProvisionedProduct | None) -> State:
    if state is None:
        return State.UNREAD
    if not state.known:
        return State.NONE
    if product is not None and state.product_id not in {None, product.id}:
        return State.OTHER
    if state.tainted:
        return State.TAINTED
    return State.ADOPTED if state.adopted else State.HELD

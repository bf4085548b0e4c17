"""The table: the first row that a situation is in says what happens. A test holds that each situation is in one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, get_type_hints

from vend.decide._facts import Account, Baseline, Due, Facts, Memory, Product, State, Text, Unit, Wish
from vend.plan import AccountAction

DIMENSIONS: Mapping[str, type[StrEnum]] = {field.name: get_type_hints(Facts)[field.name] for field in fields(Facts)}
"""What can disagree, and the values that each can have."""

_GONE = frozenset(Wish) - {Wish.PRESENT}
_THERE = frozenset({Product.AVAILABLE, Product.BROKEN})
_EXISTING = frozenset(Account) - {Account.NONE, Account.GONE, Account.UNKNOWN, Account.HELD}
_ABSENT = frozenset({Account.NONE, Account.GONE, Account.UNKNOWN})
_CLOSED = frozenset({Account.PENDING_CLOSURE, Account.CLOSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row.

    Attributes:
        name: of the row; what is done stands under it.
        says: the same in one sentence.
        when: the values that it takes, by dimension; a dimension that is left out may have any.
        action: what happens; `update` is refined once the plan is known.
        code: of the diagnostic that goes with it.
    """

    name: str
    says: str
    action: AccountAction
    when: Mapping[str, frozenset[StrEnum]]
    code: str | None = None

    def takes(self, facts: Facts) -> bool:
        """Whether a situation is in this row, as far as the rows above do not take it."""
        return all(getattr(facts, dimension) in values for dimension, values in self.when.items())


def _row(name: str, action: AccountAction, says: str, /, *, code: str | None = None, **when: Any) -> Row:
    taken = {
        dimension: frozenset({value} if isinstance(value, StrEnum) else value) for dimension, value in when.items()
    }
    return Row(name=name, says=says, action=action, when=taken, code=code)


def _requested(name: str, action: AccountAction, says: str, /, *, code: str | None = None, **when: Any) -> Row:
    return _row(name, action, says, code=code, wish=Wish.PRESENT, **when)


def _departed(name: str, action: AccountAction, says: str, /, *, code: str | None = None, **when: Any) -> Row:
    return _row(name, action, says, code=code, **{"wish": _GONE, **when})


def _rows() -> Iterator[Row]:
    yield from _under_way()
    yield from _without_product()
    yield from _failed_product()
    yield from _existing()
    yield from _departures()


def _under_way() -> Iterator[Row]:
    yield _requested(
        "under-way",
        "wait",
        "An apply waits for what Control Tower is doing, then goes on.",
        product=Product.UNDER_WAY,
    )


def _without_product() -> Iterator[Row]:
    none: dict[str, Any] = {"product": Product.NONE}
    yield _requested(
        "label-changed",
        "refused",
        "Under another label the account would be made anew.",
        code="label-changed",
        memory=Memory.OTHER_LABEL,
        **none,
    )
    yield _requested(
        "email-in-use",
        "refused",
        "Another product manages the account that has the email.",
        code="email-in-use",
        account=Account.HELD,
        **none,
    )
    yield _requested(
        "account-gone",
        "refused",
        "The label had an account: another is made only once that one is forgotten.",
        code="account-gone",
        account={Account.GONE, Account.UNKNOWN},
        **none,
    )
    yield _requested("create", "create", "There is no account, and there was none.", account=Account.NONE, **none)
    yield _requested(
        "not-active",
        "refused",
        "An account that is not ACTIVE is not enrolled.",
        code="account-not-active",
        account=_EXISTING - {Account.ACTIVE},
        **none,
    )
    yield _requested(
        "enrolled-without-product",
        "refused",
        "Account Factory does not take on an account that is enrolled.",
        code="enrolled-without-product",
        baseline={Baseline.WANTED, Baseline.OTHER},
        **none,
    )
    yield _requested(
        "enrol-other-email",
        "refused",
        "With any other email than the account's own, letter by letter, Account Factory would make a new account.",
        code="email-changed",
        email={Text.OTHER_CASE, Text.DIFFERENT},
        **none,
    )
    yield _requested(
        "enrol-other-name",
        "refused",
        "The account has another name.",
        code="name-changed",
        name={Text.OTHER_CASE, Text.DIFFERENT},
        **none,
    )
    yield _requested("enrol", "enrol", "The account exists, and nothing manages it.", **none)


def _failed_product() -> Iterator[Row]:
    failed: dict[str, Any] = {"product": Product.FAILED}
    yield _requested(
        "failed-email-in-use",
        "refused",
        "The product failed, since another one manages the account that has the email.",
        code="email-in-use",
        account=Account.HELD,
        **failed,
    )
    yield _requested(
        "failed-account-gone",
        "refused",
        "The label had an account: another is made only once that one is forgotten.",
        code="account-gone",
        account={Account.GONE, Account.UNKNOWN},
        **failed,
    )
    yield _requested(
        "failed",
        "repair",
        "The product is terminated, since its name is in use; then the account is made.",
        account=Account.NONE,
        **failed,
    )
    yield _requested(
        "failed-not-active",
        "refused",
        "The product failed, since an account that is not ACTIVE has the email.",
        code="account-not-active",
        account=_EXISTING - {Account.ACTIVE},
        **failed,
    )
    yield _requested(
        "half-made",
        "refused",
        "Control Tower failed after it had made the account.",
        code="account-half-made",
        **failed,
    )


def _existing() -> Iterator[Row]:
    there: dict[str, Any] = {"product": _THERE}
    yield _requested(
        "account-left",
        "refused",
        "The product's account is not in the organization.",
        code="account-gone",
        account=_ABSENT,
        **there,
    )
    yield _requested(
        "existing-not-active",
        "refused",
        "Control Tower does not update an account that is not ACTIVE.",
        code="account-not-active",
        account=_EXISTING - {Account.ACTIVE},
        **there,
    )
    yield _requested(
        "existing-other-email",
        "refused",
        "The request says another email than the account has.",
        code="email-changed",
        email=Text.DIFFERENT,
        **there,
    )
    yield _requested(
        "existing-other-name",
        "refused",
        "The request says another name than the account has.",
        code="name-changed",
        name={Text.OTHER_CASE, Text.DIFFERENT},
        **there,
    )
    yield _requested(
        "stale-state",
        "repair",
        "Terraform reads again, and lets go of a product that is gone; the present one is adopted.",
        state=State.OTHER,
        **there,
    )
    yield _requested("adopt", "adopt", "The product exists, and Terraform does not know it.", state=State.NONE, **there)
    yield _requested(
        "tainted",
        "repair",
        "Terraform would replace the product, which is whole: the taint is lifted from it alone.",
        state=State.TAINTED,
        **there,
    )
    yield _requested(
        "broken",
        "update",
        "The last update failed: the product's parameters are sent again.",
        product=Product.BROKEN,
    )
    yield _requested(
        "moved",
        "update",
        "The account is in another unit: the product is updated.",
        unit=Unit.OTHER,
        **there,
    )
    yield _requested(
        "moved-by-hand",
        "update",
        "The account was moved into the wanted unit by hand: the product is updated, so that it gets its baseline.",
        baseline=Baseline.OTHER,
        **there,
    )
    yield _requested("differs", "update", "What is due is planned.", due={Due.ACCOUNT, Due.OTHERS}, **there)
    yield _requested("none", "none", "Everything is as requested.", **there)


def _departures() -> Iterator[Row]:
    known: dict[str, Any] = {"memory": {Memory.ACCOUNT, Memory.NOTHING}}
    yield _departed(
        "departed-label-changed",
        "refused",
        "A new request has its email or name: rather a changed label than a removal.",
        code="label-changed",
        memory=Memory.OTHER_LABEL,
    )
    yield _departed(
        "nothing-left",
        "none",
        "Nothing was made.",
        memory=Memory.ATTEMPT,
        product=Product.NONE,
    )
    yield _departed(
        "failed-product-left",
        "remove",
        "The product failed before there was an account: it is terminated.",
        code="product-left",
        memory=Memory.ATTEMPT,
        product=Product.FAILED,
        account=Account.NONE,
    )
    yield _departed(
        "product-left",
        "none",
        "A product is there that no request names any more, with an account or maybe with one: it is kept.",
        code="product-left",
        memory=Memory.ATTEMPT,
    )
    yield _departed(
        "departed-gone",
        "none",
        "The account is not in the organization any more.",
        code="account-gone",
        account=_ABSENT | {Account.HELD},
        **known,
    )
    yield _departed("retained", "none", "The account is kept as it is.", code="request-gone", wish=Wish.RETAIN, **known)
    yield _departed(
        "removal-not-allowed",
        "refused",
        "An account ends only if its removal is allowed by name.",
        code="removal-not-allowed",
        wish={Wish.UNMANAGE, Wish.CLOSE},
        **known,
    )
    yield _departed(
        "unmanage",
        "unmanage",
        "The product is terminated; the account stays open.",
        wish=Wish.UNMANAGE_ALLOWED,
        **known,
    )
    yield _departed(
        "close-closed",
        "close",
        "The account is closed already: its product is terminated.",
        wish=Wish.CLOSE_ALLOWED,
        account=_CLOSED,
        **known,
    )
    yield _departed(
        "close",
        "close",
        "The product is terminated, then the account is closed.",
        wish=Wish.CLOSE_ALLOWED,
        **known,
    )


ROWS: tuple[Row, ...] = tuple(_rows())


def row_of(facts: Facts) -> Row:
    """The first row that takes it.

    Raises:
        LookupError: none does; a test holds that this cannot be.
    """
    return next(row for row in ROWS if row.takes(facts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """Some cells that one row takes, or none does.

    Attributes:
        cells: how many they are.
        example: values of one of them, as far as they matter.
    """

    row: Row | None
    cells: int
    example: Mapping[str, StrEnum]


def coverage(rows: Iterable[Row] = ROWS) -> Iterator[Covered]:
    """Every cell of the product of all values with the row that takes it; those alike to all rows together.

    Goes through the dimensions one after the other, and stops where the values so far decide.
    """
    names = tuple(DIMENSIONS)
    left = [1] * (len(names) + 1)
    for at in reversed(range(len(names))):
        left[at] = left[at + 1] * len(DIMENSIONS[names[at]])

    def below(at: int, possible: tuple[Row, ...], example: dict[str, StrEnum]) -> Iterator[Covered]:
        first = possible[0] if possible else None
        if first is None or not any(name in first.when for name in names[at:]):
            yield Covered(row=first, cells=left[at], example=example)
            return
        for value in DIMENSIONS[names[at]]:
            fitting = tuple(row for row in possible if value in row.when.get(names[at], DIMENSIONS[names[at]]))
            yield from below(at + 1, fitting, {**example, names[at]: value})

    yield from below(0, tuple(rows), {})

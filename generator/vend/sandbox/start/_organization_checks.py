"""Contradictions in an organization file: duplicate ids, unknown ids, circles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

JsonPath = tuple[str | int, ...]
Entry = Mapping[str, Any]
_DEEPEST = 5
"""Levels of units below the root (Organizations user guide, quotas)."""


def contradictions(document: Entry) -> Iterator[tuple[JsonPath, str]]:
    """All contradictions, each with its position; values of the wrong type are skipped."""
    units, accounts = _entries(document, "organizational_units"), _entries(document, "accounts")
    products = _entries(document, "provisioned_products")
    unit_ids = {_text(unit, "id") for unit in units.values()}
    root = _text(document, "root_id")
    for entries, key in (
        (units, "id"),
        (accounts, "id"),
        (accounts, "email"),
        (products, "id"),
        (products, "name"),
    ):
        yield from _twice(entries, key)
    for entries, key, known in (
        (units, "parent_id", unit_ids | {root}),
        (accounts, "parent_id", unit_ids | {root}),
        (accounts, "enrolled_in", unit_ids),
    ):
        for place, entry in entries.items():
            value = _text(entry, key)
            if value and value not in known:
                yield (*place, key), f'{named((*place, key))} names "{value}", which is not in the file'
    yield from _tree(units)
    account_ids = {_text(account, "id") for account in accounts.values()}
    for place, value in _named_accounts(document, products):
        if value and value not in account_ids:
            yield place, f'{named(place)} names "{value}", which is not among the accounts'


def named(place: JsonPath) -> str:
    """`accounts[3].email`."""
    text = ""
    for step in place:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _entries(document: Entry, name: str) -> dict[JsonPath, Entry]:
    listed = document.get(name)
    every = enumerate(listed if isinstance(listed, list) else ())
    return {(name, number): entry for number, entry in every if isinstance(entry, dict)}


def _text(entry: Entry, key: str) -> str:
    value = entry.get(key)
    return value if isinstance(value, str) else ""


def _twice(entries: Mapping[JsonPath, Entry], key: str) -> Iterator[tuple[JsonPath, str]]:
    seen: dict[str, JsonPath] = {}
    for place, entry in entries.items():
        value = _text(entry, key).casefold()
        if value:
            first = seen.setdefault(value, place)
            if first != place:
                yield (*place, key), f"{named((*place, key))} is the same as that of {named(first)}"


def _tree(units: Mapping[JsonPath, Entry]) -> Iterator[tuple[JsonPath, str]]:
    parents = {_text(unit, "id"): _text(unit, "parent_id") for unit in units.values()}
    siblings: dict[tuple[str, str], JsonPath] = {}
    for place, unit in units.items():
        first = siblings.setdefault((_text(unit, "parent_id"), _text(unit, "name")), place)
        if first != place and _text(unit, "name"):
            yield (*place, "name"), f"{named(place)} has the same name and parent as {named(first)}"
        if len(parents) < len(units):
            continue  # with an id that is there twice nobody knows what is below what
        above = [_text(unit, "id")]
        while above[-1] in parents and len(above) <= len(parents):
            above.append(parents[above[-1]])
        if len(above) > len(parents) and above[-1] in parents:
            yield (*place, "parent_id"), f"{named(place)} is below itself"
        elif len(above) > _DEEPEST + 1:
            yield place, f"{named(place)} is {len(above) - 1} levels below the root; AWS allows {_DEEPEST}"


def _named_accounts(document: Entry, products: Mapping[JsonPath, Entry]) -> Iterator[tuple[JsonPath, str]]:
    yield ("management_account_id",), _text(document, "management_account_id")
    zone = document.get("landing_zone")
    if isinstance(zone, dict):
        for name in ("log_archive_account", "audit_account"):
            yield ("landing_zone", name), _text(zone, name)
    for place, product in products.items():
        # An account that has left the organization leaves its product behind, TAINTED.
        if _text(product, "status") == "AVAILABLE":
            yield (*place, "account_id"), _text(product, "account_id")

"""The emulated AWS as it stands, for reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

from vend.views._document import Document
from vend.views._text import Line, Span, columns, line

_Row: TypeAlias = tuple[str | Span, ...]
_BAR = 20
"""Characters of a progress bar."""
_CALLS = 10
"""Calls that people are shown; the document has all that were kept."""
_PRODUCT_STYLES = {"AVAILABLE": "green", "UNDER_CHANGE": "cyan", "TAINTED": "bold yellow", "ERROR": "bold red"}


def faults_document(faults: Sequence[Mapping[str, Any]]) -> Document:
    """The answer of `vend sandbox fault list` and `add`.

    Args:
        faults: each as JSON.
    """
    return Document(json={"faults": [dict(fault) for fault in faults], "diagnostics": []}, text=(*_faults(faults),))


def _faults(faults: Sequence[Mapping[str, Any]]) -> Iterator[Line]:
    if not faults:
        yield line("no faults")
        return
    header = ("FAULT", "OPERATION", "KIND", "AT", "ACCOUNT", "LEFT", "USED", "")
    yield from columns([_fault(fault) for fault in faults], header=header)


def _fault(fault: Mapping[str, Any]) -> _Row:
    left = "every call" if fault["remaining"] is None else str(fault["remaining"])
    said = "  ".join(fault[name] for name in ("code", "message") if fault[name])
    return (
        fault["id"],
        fault["operation"],
        fault["kind"] if fault["seconds"] is None else f"{fault['kind']} {fault['seconds']:g} s",
        fault["at"],
        fault["account"] or "any",
        Span(left, "dim" if fault["remaining"] == 0 else "bold yellow"),
        str(fault["used"]),
        said,
    )


def sandbox_document(found: Mapping[str, Any] | None) -> Document:
    """The answer of `vend sandbox status`.

    Args:
        found: what is in the running sandbox; None where none runs.
    """
    json = {"running": found is not None, **(found or {}), "diagnostics": []}
    text = (line("no sandbox is running"),) if found is None else tuple(_status(found))
    return Document(json=json, text=text)


def _status(found: Mapping[str, Any]) -> Iterator[Line]:
    yield line("sandbox at ", Span(found["endpoint"], "bold"), f", process {found['pid']}")
    yield line(
        f"organization {found['organization_id']}, management account {found['management_account_id']}, "
        f"home Region {found['home_region']}, {found['operation_seconds']:g} s an operation"
    )
    if found.get("state"):
        yield from _state(found["state"])
    yield line()
    yield from columns(list(_tree(found)), header=("ORGANIZATION", "ID", "", "PRODUCT", "", "EMAIL"))
    failed = [product for product in found["provisioned_products"] if product["status_message"]]
    for title, rows in (
        (("FAILED", "", ""), [(one["name"], _product_status(one), one["status_message"]) for one in failed]),
        (("UNDER WAY", "", "PROGRESS", ""), [_operation(one) for one in found["running_operations"]]),
        (("QUOTA", "USED"), [_quota(one) for one in found["quotas"]]),
    ):
        if rows:
            yield line()
            yield from columns(rows, header=title)
    if found["faults"]:
        yield line()
        yield from _faults(found["faults"])
    calls = found["last_calls"][-_CALLS:]
    if calls:
        yield line()
        yield from columns([_call(one) for one in calls], header=("LAST CALLS", "ACCOUNT", "", "", ""))


def _state(state: Mapping[str, Any]) -> Iterator[Line]:
    """The file that keeps it all, and whether that goes well."""
    yield line(f"state in {state['file']}, written at {_time(state['saved_at'])}")
    if state["problem"] is not None:
        problem = state["problem"]
        yield line(Span(f"not written since: {problem['summary']}: {problem['detail']}", "bold yellow"))
    for lost in state["not_kept"]:
        yield line(Span(f"not kept: {lost}", "yellow"))


def _tree(found: Mapping[str, Any]) -> Iterator[_Row]:
    """The root with its units and accounts, units first, each level by name."""
    products = {product["name"]: product for product in found["provisioned_products"]}
    accounts: dict[str, list[Mapping[str, Any]]] = {}
    for account in found["accounts"]:
        accounts.setdefault(account["organizational_unit"], []).append(account)
    units: dict[str, list[Mapping[str, Any]]] = {}
    for unit in found["organizational_units"]:
        units.setdefault(unit["path"].rpartition("/")[0], []).append(unit)

    def below(path: str, indent: str) -> Iterator[_Row]:
        inner = units.get(path, [])
        inside = sorted(accounts.get(path, []), key=lambda account: (str(account["name"]), str(account["id"])))
        for number, child in enumerate((*inner, *inside), 1):
            is_last = number == len(inner) + len(inside)
            branch = f"{indent}{'└─' if is_last else '├─'} "
            if "path" in child:
                name = f"{branch}{child['path'].rpartition('/')[2]}"
                registered = Span("registered", "green") if child["registered"] else Span("not registered", "dim")
                yield (Span(name, "bold"), Span(child["id"], "dim"), registered)
                yield from below(child["path"], f"{indent}{'   ' if is_last else '│  '}")
            else:
                yield _account(child, branch, products)

    yield (Span("Root", "bold"),)
    yield from below("", "")
    unmade = [product for product in found["provisioned_products"] if product["account_id"] is None]
    for product in sorted(unmade, key=lambda product: str(product["name"])):
        yield ("(no account yet)", "", "", product["name"], _product_status(product))


def _account(account: Mapping[str, Any], branch: str, products: Mapping[str, Mapping[str, Any]]) -> _Row:
    product = products.get(account["product"] or "")
    if account["state"] != "ACTIVE":
        state = Span(account["state"].lower().replace("_", " "), "yellow")
    else:
        state = Span("enrolled", "green") if account["enrolled"] else Span("")
    return (
        f"{branch}{account['name']}",
        account["id"],
        state,
        product["name"] if product else "",
        _product_status(product) if product else "",
        Span(account["email"], "dim"),
    )


def _product_status(product: Mapping[str, Any]) -> Span:
    return Span(product["status"], _PRODUCT_STYLES.get(product["status"], ""))


def _operation(one: Mapping[str, Any]) -> _Row:
    if one["refused"]:
        shown, left = Span("-"), "to be refused: too much is under way"
    elif one["progress"] is None:
        shown, left = Span("held", "bold yellow"), f"by {one['fault']}"
    else:
        done = round(one["progress"] * _BAR)
        shown = Span(f"[{'#' * done}{'.' * (_BAR - done)}] {one['progress']:4.0%}", "cyan")
        left = f"{one['seconds_left']:.1f} s left" + (f", {one['fault']}" if one["fault"] else "")
    return (one["operation"], one["subject"], shown, left)


def _quota(one: Mapping[str, Any]) -> _Row:
    return (one["name"], Span(f"{one['used']} of {one['limit']}", "bold yellow" if one["used"] >= one["limit"] else ""))


def _call(one: Mapping[str, Any]) -> _Row:
    at = _time(one["at"])
    style = "" if one["outcome"] == "ok" else "dim" if one["outcome"] == "under way" else "red"
    return (at, one["account_id"] or "-", one["operation"], Span(one["outcome"], style), one["fault"] or "")


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%H:%M:%SZ")

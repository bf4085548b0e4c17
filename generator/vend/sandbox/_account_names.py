"""Whether a call concerns an account, whichever name or id it uses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, ClassVar
from urllib.parse import parse_qsl, unquote

from vend.sandbox.organizations._organization import Organization
from vend.sandbox.protocol._call import ApiCall
from vend.sandbox.protocol._cbor import decode
from vend.sandbox.service_catalog._account_factory import AccountFactory

_UNHEEDED = frozenset({"tags", "tagkeys"})
"""Members that name no account, whatever text they hold."""


class AccountNames:
    """The names of accounts and products: product name and id, account name, id and email.

    Args:
        organization: whose accounts they are.
        factory: the products.
    """

    KEPT: ClassVar[tuple[str, ...]] = ()

    def __init__(self, organization: Organization, factory: AccountFactory) -> None:
        self._organization = organization
        self._factory = factory

    def of(self, account: str) -> frozenset[str]:
        """All names of the account or product that a name belongs to, in lower case, including that name."""
        products = [
            _lowered(
                product.name,
                product.id,
                product.account_id,
                product.parameters.get("AccountName"),
                product.parameters.get("AccountEmail"),
            )
            for product in self._factory.products.values()
        ]
        accounts = [_lowered(one.id, one.name, one.email) for one in self._organization.accounts()]
        names = frozenset({account.casefold()})
        # An account's id links its product to it, in either direction.
        for known in (*products, *accounts, *products):
            if names & known:
                names |= known
        return names

    def concerns(self, call: ApiCall, account_id: str, account: str) -> bool:
        """Whether a call names an account, or is made in it."""
        names = self.of(account)
        return account_id in names or any(text.casefold() in names for text in named_in(call))


def _lowered(*names: str | None) -> frozenset[str]:
    return frozenset(name.casefold() for name in names if name)


def named_in(call: ApiCall) -> Iterator[str]:
    """All strings in a call's input except in tags; of an ARN also its account and last part."""
    for text in _texts(_input(call)):
        yield text
        if text.startswith("arn:"):
            yield from text.split(":")[4:5]
            yield text.rpartition("/")[2]


def _input(call: ApiCall) -> Any:
    request = call.request
    path = [unquote(part) for part in request.path.split("/") if part]
    query = parse_qsl(request.query, keep_blank_values=True)
    try:
        if call.protocol == "cbor":
            return decode(request.body)
        if call.protocol in {"json", "rest-json"}:
            return [path, query, json.loads(request.body or b"{}")]
        if call.protocol in {"query", "ec2"}:
            return [query, parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)]
    except ValueError:
        return [path, query]
    return [path, query]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            if str(key).casefold() not in _UNHEEDED:
                yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value

"""Everything that moto holds, as JSON values, and back into moto."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vend.sandbox.state._graph import Name, Reader, Writer
from vend.sandbox.state._graph_classes import NotDataError

Json = Any
_OWN = frozenset({"backend", "service_name", "_use_boto3_regions", "_additional_regions", "_id"})
"""What every service's mapping of backends has; the rest is data."""
_MADE_ANEW = frozenset({("config", "config_schema")})
"""Attributes that are no data and are the same in every backend that moto makes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """Something that cannot be kept.

    Attributes:
        service: moto's name of it.
        attribute: moto's name of what is lost.
        kind: the class that is no data.
    """

    service: str
    account_id: str
    region: str
    attribute: str
    kind: str

    def __str__(self) -> str:
        return f"{self.service} in {self.account_id}, {self.region}: {self.attribute} ({self.kind})"


def named_backends() -> dict[int, Name]:
    """The backends that there are: how a graph names them."""
    return {id(backend): ("backend", *place) for *place, backend in _backends()}


def write_moto(writer: Writer) -> tuple[dict[str, Json], list[Lost]]:
    """All of moto's state, and what cannot be saved.

    Args:
        writer: made with `named_backends()`.
    """
    lost: list[Lost] = []
    services: dict[str, Json] = {}
    for service, account_id, region, backend in list(_backends()):
        attributes: dict[str, Json] = {}
        for name, value in vars(backend).items():
            try:
                attributes[name] = writer.write(value)
            except NotDataError as error:
                if (service, name) not in _MADE_ANEW:
                    lost.append(
                        Lost(service=service, account_id=account_id, region=region, attribute=name, kind=str(error))
                    )
        accounts = services.setdefault(service, {"accounts": {}})["accounts"]
        accounts.setdefault(account_id, {})[region] = attributes
    for service, written in services.items():
        written["shared"] = {name: writer.write(value) for name, value in shared_by_accounts(_service(service)).items()}
    return services, lost


def read_moto(services: Mapping[str, Json], document: Mapping[str, Json]) -> Reader:
    """Replaces moto's state by the saved one; returns the reader for the rest of the document.

    Raises:
        Exception: it is none of ours; every kind of value has errors of its own.
    """
    places: dict[Name, Json] = {
        ("backend", service, account_id, region): attributes
        for service, written in services.items()
        for account_id, regions in written["accounts"].items()
        for region, attributes in regions.items()
    }
    for service, account_id, region, backend in list(_backends()):
        if ("backend", service, account_id, region) not in places:
            backend.reset()
            del _service(service)[account_id][region]
    named = {place: _service(place[1])[place[2]][place[3]] for place in places}
    reader = Reader(document, named)
    for place, backend in named.items():
        vars(backend).update({name: reader.read(value) for name, value in places[place].items()})
    for service, written in services.items():
        vars(_service(service)).update({name: reader.read(value) for name, value in written["shared"].items()})
    return reader


def shared_by_accounts(backends: Any) -> dict[str, Any]:
    """What a service holds besides its accounts, such as who owns which bucket."""
    return {name: value for name, value in vars(backends).items() if name not in _OWN}


def _backends() -> Iterator[tuple[str, str, str, Any]]:
    """Service, account, Region and backend, of those that anybody has touched."""
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.core.base_backend import BackendDict

    for backends in list(BackendDict._instances):  # noqa: SLF001 — moto has no other list of them
        service = backends.backend.__module__.split(".")[1]
        for account_id, region, backend in backends.iter_backends():
            # Only used to ask moto which addresses it knows.
            if account_id != DEFAULT_ACCOUNT_ID:
                yield service, account_id, region, backend


def _service(name: str) -> Any:
    """A service's backends.

    Raises:
        ValueError: moto has no such service.
    """
    from moto import backends

    if name not in set(backends.list_of_moto_modules()):
        raise ValueError(f"moto has no service {name}")
    return backends.get_backend(name)

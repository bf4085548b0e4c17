"""An AWS client that answers from a script; shared by the tests of this room."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def refusal(code: str, message: str = "made up", operation: str = "SomeOperation") -> Exception:
    """The exception that botocore raises for a refused call."""
    from botocore.exceptions import ClientError

    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


class ScriptedClient:
    """Answers each operation with what the script has for it.

    Args:
        script: by operation: one answer for all calls, or a list with one for each; exceptions are raised.
    """

    def __init__(self, script: Mapping[str, Any]) -> None:
        self.script = {name: list(a) if isinstance(a, list) else a for name, a in script.items()}
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)

        def call(**arguments: Any) -> Any:
            self.calls.append((name, arguments))
            answer = self.script[name]
            if isinstance(answer, list):
                answer = answer.pop(0) if len(answer) > 1 else answer[0]
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call

    def get_paginator(self, name: str) -> ScriptedPaginator:
        """Pages of one operation: the script's list, or its only answer."""
        return ScriptedPaginator(self, name)

    def called(self, name: str) -> list[dict[str, Any]]:
        """The arguments of every call of an operation."""
        return [arguments for operation, arguments in self.calls if operation == name]


class ScriptedPaginator:
    """One page for each call."""

    def __init__(self, client: ScriptedClient, name: str) -> None:
        self._call = getattr(client, name)

    def paginate(self, **arguments: Any) -> list[Any]:
        """A single page."""
        return [self._call(**arguments)]


class ScriptedConnection:
    """A `Connection` whose clients are scripted."""

    region = "eu-west-1"

    def __init__(self, **clients: ScriptedClient) -> None:
        self.clients = {name.replace("_", "-"): client for name, client in clients.items()}

    def client(self, service: str, region: str | None = None, *, patient: bool = True) -> Any:
        """The scripted client of a service."""
        del region, patient
        return self.clients[service]

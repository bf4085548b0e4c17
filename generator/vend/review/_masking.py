"""What is sensitive by its name, besides what Terraform marks.

Terraform knows what providers and modules declare sensitive. A password in a tag, in a custom field or in an
environment variable is declared by nobody; it is told by what it is called.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import zip_longest
from typing import Any, TypeAlias

from vend.plan import ResourceChange
from vend.review._decoding import decoded
from vend.review._secrets import SENSITIVE, Secrets

CHANGED = "(sensitive, changed)"
BUILT_IN = (
    "access key",
    "api key",
    "auth key",
    "connection string",
    "credential",
    "credentials",
    "passphrase",
    "passwd",
    "password",
    "passwords",
    "private key",
    "secret",
    "secrets",
    "signing key",
    "token",
)
"""Names of secrets. They hide texts only: a password's minimum length is no secret."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\dA-Za-z_]+")
_NAMING = ("key", "name", "Key", "Name")
"""Attributes that say what the `value` beside them is called."""
_NAMED = ("value", "Value")
_CARRIERS = frozenset({"value", "insecure_value", "content"})
"""Attributes that hold what a resource is named for: `aws_ssm_parameter.db_password.insecure_value`."""
_KEY = re.compile(r'\["([^"\]]*)"\]')
_Words: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Masking:
    """Hides values by the names of attributes, tag keys and custom fields.

    A pattern is one or more words, matched in any case and however they are joined: `api key` matches `api_key`,
    `ApiKey`, `x-api-key` and `apikey`, not `api_keys`.

    Args:
        patterns: the fleet's own, besides the built-in ones; these hide whatever they match, numbers too.
        secrets: values that are hidden whatever they are called.
    """

    patterns: tuple[str, ...] = ()
    secrets: Secrets = field(default_factory=Secrets)

    def conceals(self, name: str, value: Any) -> bool:
        """Whether a text or anything else of this name is hidden, or anything in it."""
        return self.hides(name) or bool(self._below(value))

    def masked(self, value: Any) -> Any:
        """A JSON value with `(sensitive)` for all of it that is hidden."""
        return self._replaced(value, self._below(value))

    def fields(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Tags, custom fields or other values that have names, with `(sensitive)` for all of it that is hidden."""
        return {
            self.scrubbed(name): SENSITIVE if self.hides(name) else self.masked(value) for name, value in values.items()
        }

    def named(self, value: Any) -> Any:
        """A JSON value without secrets in the names of what it holds."""
        return self._replaced(value, None)

    def scrubbed(self, text: str) -> str:
        """A sentence, an address or a path with `(sensitive)` for the secret values in it."""
        return self.secrets.scrubbed(text)

    def hides(self, name: str) -> bool:
        """Whether a text of this name is hidden."""
        return self._own(name) or _matches(name, BUILT_IN)

    def marks(self, value: Any, names: Iterable[str] = ()) -> Any:
        """What of a value is sensitive by its names, in the form of Terraform's `before_sensitive`.

        Args:
            value: attributes of a resource, as JSON.
            names: what the resource itself is called.
        """
        found = self._below(value)
        if found is not True and isinstance(value, Mapping) and any(self.hides(name) for name in names):
            carried = {key: True for key in value if key in _CARRIERS and isinstance(value[key], str)}
            return {**found, **carried}
        return found

    def _own(self, name: str) -> bool:
        return _matches(name, self.patterns)

    def _below(self, value: Any) -> Any:
        if self.secrets.hold(value):
            return True
        if isinstance(value, Mapping):
            marks = {key: self._named(str(key), item) for key, item in value.items()}
            for naming in _NAMING:
                if isinstance(value.get(naming), str):
                    marks.update({key: self._named(value[naming], value[key]) for key in _NAMED if key in value})
            return {key: mark for key, mark in marks.items() if mark}
        if isinstance(value, list | tuple):
            found = [self._below(item) for item in value]
            return found if any(found) else False
        if isinstance(value, str) and value[:1] in {"{", "["}:
            # A mark cannot reach into a text: JSON that holds a secret is hidden as a whole where it is not decoded.
            return bool(self._below(decoded(value))) if decoded(value) is not value else False
        return False

    def _named(self, name: str, value: Any) -> Any:
        if self._own(name):
            return value not in (None, "", [], {})
        if _matches(name, BUILT_IN):
            return merged(_texts(value), self._below(value))
        return self._below(value)

    def _replaced(self, value: Any, mark: Any) -> Any:
        if mark is True:
            return SENSITIVE
        if isinstance(value, Mapping):
            marks = mark if isinstance(mark, Mapping) else {}
            return {self.scrubbed(str(key)): self._replaced(item, marks.get(key)) for key, item in value.items()}
        if isinstance(value, list | tuple):
            below = mark if isinstance(mark, list | tuple) else [None] * len(value)
            return [self._replaced(*pair) for pair in zip(value, below, strict=True)]
        return value


def called(change: ResourceChange) -> tuple[str, ...]:
    """What a resource is called: its name, and the keys of `for_each` in its address."""
    return (change.name, *_KEY.findall(change.address))


def merged(left: Any, right: Any) -> Any:
    """Marks of both: sensitive is what one of them says is. Where nothing below is, that is False."""
    if left is True or right is True:
        return True
    if isinstance(left, Mapping) or isinstance(right, Mapping):
        sides = [side if isinstance(side, Mapping) else {} for side in (left, right)]
        marks = {key: merged(sides[0].get(key), sides[1].get(key)) for key in {**sides[0], **sides[1]}}
        return {key: mark for key, mark in marks.items() if mark} or False
    if isinstance(left, list | tuple) or isinstance(right, list | tuple):
        lists = [side if isinstance(side, list | tuple) else () for side in (left, right)]
        found = [merged(*pair) for pair in zip_longest(*lists)]
        return found if any(found) else False
    return False


def _texts(value: Any) -> Any:
    """Marks on every text in a value."""
    if isinstance(value, Mapping):
        marks = {key: _texts(item) for key, item in value.items()}
        return {key: mark for key, mark in marks.items() if mark}
    if isinstance(value, list | tuple):
        found = [_texts(item) for item in value]
        return found if any(found) else False
    return isinstance(value, str) and value != ""


@lru_cache(maxsize=4096)
def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    words = _words(name)
    return any(_contains(words, _words(pattern)) for pattern in patterns)


def _contains(words: _Words, wanted: _Words) -> bool:
    """Whether the words stand together in a name, or written as one at the end of a word: `dbpassword`."""
    if not wanted:
        return False
    joined = "".join(wanted)
    many = len(wanted)
    return any(words[at : at + many] == wanted for at in range(len(words) - many + 1)) or any(
        word.endswith(joined) for word in words
    )


def _words(name: str) -> _Words:
    return tuple(word.casefold() for word in _WORD.findall(name))

"""Values that are known to be secret, and how they are found again where nothing says so.

A provider that copies a sensitive value into another attribute (`tags` into `tags_all`, `input` into `output`) does not
mark the copy, and neither does a module that a custom field is handed to.
"""

from __future__ import annotations

import base64
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vend.review._decoding import decoded

SENSITIVE = "(sensitive)"
_SHORTEST = 6
"""Characters from which on a value is looked for: `true`, `1`, `prod` and `gp3` stand everywhere, secret or not."""
_ANYWHERE = 8
"""Characters from which on it may be part of a longer word; a shorter one must stand by itself."""
_FEW = 8
"""Up to this many, it is quicker to look for each of them than at each place of a text."""
_PLAIN = re.compile(r"(?:[A-Z]?[a-z]+|[A-Z]+|[0-9]+)", re.ASCII)
_PLAIN_SHORTEST = 16
"""Characters from which on a plain word or number counts as any other value: `production` is found in every name."""
_ORDINARY = re.compile(
    r"arn:aws[a-z-]*:.*"
    r"|[a-z]{1,8}(?:-[a-z]{2,9})?-(?:[0-9a-f]{8}|[0-9a-f]{17})"
    r"|[a-z]{2}(?:-gov|-iso[a-z]?)?-(?:central|(?:north|south)(?:east|west)?|east|west)-[0-9][a-z]?"
    r"|[0-9]{12}"
    r"|[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:/[0-9]{1,2})?",
    re.ASCII,
)
"""What names things of AWS: ARNs, ids (`vpc-0123456789abcdef0`), Regions and zones, accounts, addresses of IPv4.

The provider marks the value of every `aws_ssm_parameter`, and such things are what parameters mostly hold.
"""


@dataclass(frozen=True, slots=True)
class Secrets:
    """Secret values to look for. `Secrets.of` makes one; this holds none.

    Attributes:
        texts: hidden where a text is one of them.
        documents: objects and lists, as canonical JSON; hidden where a value is one of them.
        starts: those that are hidden within a text too, longest first, by their first characters.
    """

    texts: frozenset[str] = frozenset()
    documents: frozenset[str] = frozenset()
    starts: Mapping[str, tuple[str, ...]] | None = None

    @classmethod
    def of(cls, values: Iterable[Any], public: Iterable[str] = ()) -> Secrets:
        """The secrets among these values, which are JSON; those that are too short or too ordinary are left out.

        Args:
            values: that are not to be shown.
            public: texts that a review states anyway, such as the account's name.
        """
        found = list(values)
        known = frozenset(public)
        leaves = {leaf for value in found for leaf in _leaves(value)}
        texts = {form for leaf in leaves if not _is_ordinary(leaf, known) for form in _forms(leaf)}
        starts: dict[str, set[str]] = {}
        for text in texts:
            within = f'"{text}"' if _is_plain(text) else text
            starts.setdefault(within[:_SHORTEST], set()).add(within)
        return cls(
            texts=frozenset(texts),
            documents=frozenset(_canonical(value) for value in map(_document, found) if _is_telling(value, known)),
            starts={start: tuple(sorted(several, key=len, reverse=True)) for start, several in starts.items()},
        )

    def hold(self, value: Any) -> bool:
        """Whether a JSON value is, or a text contains, one of them. What stands further inside is not looked at."""
        if isinstance(value, str):
            return value in self.texts or next(self._places(value), None) is not None
        if isinstance(value, bool) or value is None:
            return False
        if isinstance(value, int | float):
            return bool(self.texts) and json.dumps(value) in self.texts
        return bool(self.documents) and _canonical(value) in self.documents

    def scrubbed(self, text: str) -> str:
        """The text with `(sensitive)` for each of them."""
        if text in self.texts:
            return SENSITIVE
        parts, end = [], 0
        for first, last in self._places(text):
            parts += [text[end:first], SENSITIVE]
            end = last
        return "".join([*parts, text[end:]])

    def _places(self, text: str) -> Iterator[tuple[int, int]]:
        """Where they stand in a text, first and beyond last character, none over another."""
        starts = self.starts
        if not starts or (len(starts) <= _FEW and not any(start in text for start in starts)):
            return
        at, last = 0, len(text) - _SHORTEST
        while at <= last:
            for secret in starts.get(text[at : at + _SHORTEST], ()):
                if text.startswith(secret, at) and _stands(text, at, secret):
                    yield at, at + len(secret)
                    at += len(secret)
                    break
            else:
                at += 1


def _stands(text: str, at: int, secret: str) -> bool:
    """Whether a short secret stands by itself."""
    end = at + len(secret)
    sides = text[at - 1 : at] if at else "", text[end : end + 1]
    return len(secret) >= _ANYWHERE or not any(side.isalnum() or side == "_" for side in sides)


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, str):
        yield value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield json.dumps(value)


def _forms(text: str) -> Iterator[str]:
    """A text, and what it becomes when it is trimmed, quoted in JSON or HCL, normalized, or written in Base64."""
    several = {text, text.strip(), unicodedata.normalize("NFC", text)}
    several |= {
        json.dumps(one, ensure_ascii=ascii_only)[1:-1] for one in tuple(several) for ascii_only in (True, False)
    }
    several.add(base64.b64encode(text.encode(errors="surrogatepass")).decode())
    yield from (one for one in several if len(one) >= _SHORTEST)


def _is_ordinary(text: str, public: frozenset[str]) -> bool:
    return len(text.strip()) < _SHORTEST or text in public or _ORDINARY.fullmatch(text) is not None


def _is_plain(text: str) -> bool:
    return len(text) < _PLAIN_SHORTEST and _PLAIN.fullmatch(text) is not None


def _document(value: Any) -> Any:
    return decoded(value) if isinstance(value, str) else value


def _is_telling(value: Any, public: frozenset[str]) -> bool:
    """Whether it is an object or a list that holds more than what stands everywhere."""
    if not isinstance(value, Mapping | list | tuple):
        return False
    return any(leaf and leaf not in public and not _ORDINARY.fullmatch(leaf) for leaf in _leaves(value))


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))

"""Finding the position of a value in a repository's data files, if it appears exactly once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property

from vend.models import Position

_SUFFIXES = (".yaml", ".yml", ".json", ".csv", ".tfvars", ".tf", ".tofu", ".txt")
_LARGEST = 1_000_000
_TOKEN = re.compile(r"[^\s\"',;:=\[\]{}()#]+")
_SCALAR = re.compile(r"[:=,\[{-][ \t]*(?:\"([^\"\n]*)\"|'([^'\n]*)'|([^\s\"'#,\[\]{}][^#,\[\]{}\n]*))")


class DataPlaces:
    """The values of data files, by text.

    Args:
        files: content by path.
        at: what stands before a path to make it relative to the fleet.
    """

    def __init__(self, files: Mapping[str, bytes], at: str) -> None:
        self._files = files
        self._at = at

    def only(self, value: str) -> Position | None:
        """The place of a value; None where it stands nowhere, or more than once."""
        return self._known.get(value)

    @cached_property
    def _known(self) -> dict[str, Position | None]:
        known: dict[str, Position | None] = {}
        for path, content in sorted(self._files.items()):
            if not path.endswith(_SUFFIXES) or len(content) > _LARGEST:
                continue
            for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), start=1):
                for column, text in set(_values(line)):
                    place = Position(
                        file=self._at + path,
                        line=number,
                        column=column + 1,
                        end_line=number,
                        end_column=column + len(text) + 1,
                    )
                    known[text] = None if text in known else place
        return known


def _values(line: str) -> Iterator[tuple[int, str]]:
    """What may be a value: words, and all that stands behind a colon, an equals sign, a comma or a dash."""
    for match in _TOKEN.finditer(line):
        yield match.start(), match[0]
    for match in _SCALAR.finditer(line):
        group = next(index for index in (1, 2, 3) if match[index] is not None)
        yield match.start(group), match[group].rstrip()

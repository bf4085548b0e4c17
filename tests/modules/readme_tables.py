"""The tables of inputs and outputs in the modules' and customizations' READMEs, made from the code.

Run as a program it brings the READMEs up to date; the tests hold that there is nothing to bring.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
BEGIN = "<!-- inputs and outputs: made by tests/modules/readme_tables.py -->"
END = "<!-- end of inputs and outputs -->"


def documented() -> tuple[Path, ...]:
    """Every module that carries such tables."""
    folders = [*(REPOSITORY / "modules").iterdir(), *(REPOSITORY / "customizations").iterdir()]
    return tuple(sorted(folder for folder in folders if (folder / "main.tf").is_file()))


def readme(module: Path) -> str:
    """The module's README as it should be: the text as it is, the tables from the code.

    Raises:
        ValueError: the README has no place for the tables.
    """
    text = (module / "README.md").read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{module.name}/README.md has no place for its tables: {BEGIN} … {END}")
    return f"{before}{BEGIN}\n\n{tables(module)}\n{END}{after}"


def tables(module: Path) -> str:
    """Both tables in Markdown; required inputs first, then in the order of the code."""
    inputs = sorted(_blocks(module, "variable"), key=lambda block: "default" in block[1])
    lines: list[str] = []
    if inputs:
        lines += ["| input | type | default | meaning |", "|---|---|---|---|"]
        lines += [
            f"| `{name}` | `{_type(body)}` | {_default(body)} | {_cell(body['description'])} |" for name, body in inputs
        ]
        lines.append("")
    outputs = list(_blocks(module, "output"))
    if outputs:
        lines += ["| output | meaning |", "|---|---|"]
        lines += [f"| `{name}` | {_cell(body['description'])} |" for name, body in outputs]
        lines.append("")
    return "\n".join(lines)


def _blocks(module: Path, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    import hcl2

    options = hcl2.SerializationOptions(
        strip_string_quotes=True, explicit_blocks=False, with_comments=False, preserve_heredocs=False
    )
    for file in sorted(module.glob("*.tf")):
        parsed = hcl2.loads(file.read_text(encoding="utf-8"), serialization_options=options)
        for block in parsed.get(kind, []):
            yield from block.items()


def _type(body: Mapping[str, Any]) -> str:
    """`object({…})` is shown as `object`: the description lists its attributes."""
    text = str(body["type"]).removeprefix("${").removesuffix("}")
    before, inside, _ = text.partition("object(")
    return f"{before}object{')' * before.count('(')}" if inside else text


def _default(body: Mapping[str, Any]) -> str:
    return f"`{json.dumps(body['default'])}`" if "default" in body else "required"


def _cell(text: str) -> str:
    return text.strip().replace("|", "\\|").replace("\n", "<br>")


if __name__ == "__main__":
    for folder in documented():
        (folder / "README.md").write_text(readme(folder), encoding="utf-8")
    sys.exit(0)

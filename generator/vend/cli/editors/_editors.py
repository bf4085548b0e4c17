"""What editors and shells are given: JSON Schema, snippets, completion."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from typing import TYPE_CHECKING

from vend.cli.call._call import DONE, Call

if TYPE_CHECKING:
    from vend.requests import SchemaName


def schema(call: Call, name: SchemaName) -> int:
    """Writes the JSON Schema of requests or settings."""
    from vend.requests import json_schema
    from vend.views import Document, line

    found = json_schema(name)
    call.view.show(Document(json=found, text=tuple(map(line, json.dumps(found, indent=2).splitlines()))))
    return DONE


def snippets(call: Call) -> int:
    """Writes snippets in VS Code's form, with the fleet's own units and customizations where there is one."""
    from vend.requests import snippets as made
    from vend.views import Document, line

    found = made(_known(call))
    call.view.show(Document(json=found, text=tuple(map(line, json.dumps(found, indent=2).splitlines()))))
    return DONE


def completion(call: Call, shell: str) -> int:
    """Writes the script that makes a shell ask vend for completions."""
    from typer.completion import get_completion_script  # type: ignore[attr-defined]  # re-exported in effect

    from vend.cli.call._completion import COMPLETION
    from vend.views import Document, line

    if shell == "bash":  # typer's takes neither units with blanks nor what follows `=`
        script = resources.files("vend.cli").joinpath("completion.bash").read_text(encoding="utf-8")
    else:
        script = get_completion_script(prog_name="vend", complete_var=COMPLETION, shell=shell)
    call.view.show(Document(json={"shell": shell, "script": script}, text=tuple(map(line, script.splitlines()))))
    return DONE


def _known(call: Call) -> Mapping[str, tuple[str, ...]]:
    """Values that fields take in this fleet; none where there is no fleet, or nothing in it can be read."""
    from vend.cli.call._fleet import fleet_directory
    from vend.customizations import load_customizations
    from vend.errors import InvalidInputError
    from vend.requests import load_fleet

    try:
        directory = fleet_directory(call)
    except InvalidInputError:
        return {}
    requests = load_fleet(directory, call.environ).requests
    return {
        "organizational_unit": tuple(sorted({request.organizational_unit for request in requests})),
        "customizations": tuple(sorted(load_customizations(directory).customizations.keys() - {"global"})),
    }

"""Evaluates Rego with regopy; a program of its own that knows nothing of vend.

Standard input: `{"modules": [{"name", "text"}], "queries": [{"package", "rule"}], "input": …}`.
Standard output: `{"modules": [{"name", "offset", "message"}], "queries": [{"package", "rule", "value" or "error"}]}`.
A policy that never ends, or takes all memory, ends this program and nothing else; its environment has nothing to read.
"""

import json
import os
import re
import sys
from typing import Any

_MISSING = 3
"""Exit code: the library is not installed."""
_PLACE = re.compile(r"\(error \d+:(?P<name>.*?)\|(?P<offset>\d+)\|\d+\s*\(errormsg \d+:(?P<message>.*?)\)\n", re.DOTALL)


def _interpreter() -> Any:
    import regopy

    interpreter = regopy.Interpreter()
    interpreter.log_level = regopy.LogLevel.NONE
    # Otherwise a built-in function that fails, or that the library lacks, makes a rule silently not hold.
    interpreter.strict_built_in_errors = True
    return interpreter


def _problem(name: str, text: str) -> dict[str, Any]:
    found = _PLACE.search(text)
    if found is None:
        return {"name": name, "offset": 0, "message": text.strip().splitlines()[0] if text.strip() else "not valid"}
    return {"name": name, "offset": int(found["offset"]), "message": found["message"]}


def _value(interpreter: Any, query: str) -> dict[str, Any]:
    try:
        answer = str(interpreter.query(query))
    except Exception as error:  # noqa: BLE001 - whatever the library raises is the policy's failure
        text = str(error)
        found = _PLACE.search(text)
        return {"error": found["message"] if found else ""}
    if answer == "undefined":
        return {"value": None}
    try:
        return {"value": json.loads(answer)["expressions"][0]}
    except (ValueError, LookupError, TypeError):
        return {"error": ""}


def main() -> int:
    """Reads one request and answers it."""
    request = json.loads(sys.stdin.buffer.read())
    try:
        interpreter = _interpreter()
    except ImportError:
        return _MISSING
    # The library writes what it finds wrong to standard output, which is the answer's.
    answer_to = os.dup(1)
    os.dup2(2, 1)
    problems = []
    for module in request["modules"]:
        try:
            interpreter.add_module(module["name"], module["text"])
        except Exception as error:  # noqa: BLE001 - the same
            problems.append(_problem(module["name"], str(error)))
    results = []
    if not problems:
        interpreter.set_input_term(json.dumps(request["input"]))
        results = [
            {**query, **_value(interpreter, f"data.{query['package']}.{query['rule']}")} for query in request["queries"]
        ]
    with os.fdopen(answer_to, "w", encoding="utf-8") as stream:
        json.dump({"modules": problems, "queries": results}, stream)
    return 0


if __name__ == "__main__":
    sys.exit(main())

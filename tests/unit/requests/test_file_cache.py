"""A fleet reads the same with and without what earlier runs remember of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from vend.cli.call._explanations import explanation
from vend.errors import CODES
from vend.hcl import parse
from vend.hcl._parse import _parse
from vend.process import Command, run
from vend.requests import FleetReading, load_fleet, open_cache
from vend.requests.reading import _request_file
from vend.requests.reading._cache import CACHE
from vend.working import Cache

REPOSITORY = Path(__file__).resolve().parents[3]
EXAMPLES = sorted(
    {content for code in CODES for name, content in explanation(code).files.items() if name.endswith((".hcl", ".tf"))}
    | {path.read_text(encoding="utf-8") for path in (REPOSITORY / "account-requests").rglob("*.hcl")}
    | {
        'a = [1, 2.5, -3, true, null, "x\\u00e9", [], {}, { a = { "b c" = [var.x] } }]\n',
        'a = <<E\n  x\nE\nb "c" "d" {\n  e {}\n}\n',
        "a = ",
        "\ufeffa = 1\r\n",
        'a = "日本" b\n',
        "",
    }
)


def shown(reading: FleetReading) -> str:
    """Everything that came of a reading, with every position and its end."""
    return repr((reading.requests, reading.diagnostics, reading.fleet))


@pytest.mark.parametrize("text", EXAMPLES, ids=range(len(EXAMPLES)))
def test_a_parsed_file_comes_back_from_json(tmp_path: Path, text: str) -> None:
    """Bodies and diagnostics, with every position and its end, whatever stands in the file."""
    parsed = _parse(text.encode(), "f.hcl")
    for _ in range(2):
        cache = Cache(tmp_path / "cache", ["1"])
        assert repr(parse(text.encode(), "f.hcl", cache)) == repr(parsed)
        cache.save()


def test_a_key_that_makes_a_map_no_literal_comes_back_too(tmp_path: Path) -> None:
    """Which an expression is compared and shown without."""
    for _ in range(2):
        cache = Cache(tmp_path / "cache", ["1"])
        body = parse(b"a = { b = 1, b = 2 }\nc = { d = 1, (e) = 2 }\n", "f.hcl", cache).body
        assert body is not None
        found = [body.attributes[name].value for name in ("a", "c")]
        assert [(value.key.column, value.first and value.first.column) for value in found] == [(14, 7), (14, None)]
        cache.save()


@pytest.mark.parametrize("text", EXAMPLES, ids=range(len(EXAMPLES)))
def test_a_fleet_reads_the_same_from_the_cache(read: Callable[..., FleetReading], tmp_path: Path, text: str) -> None:
    """Requests and problems, cold and warm."""
    expected = shown(read({"account-requests/a/f.hcl": text, "account-requests/_d.hcl": "defaults {}\n"}))
    for _ in range(2):
        cache = open_cache(tmp_path, {})
        assert cache is not None
        assert shown(load_fleet(tmp_path, {}, cache=cache)) == expected
        cache.save()


def test_only_what_changed_is_read_again(
    read: Callable[..., FleetReading], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A changed default changes every request below it, and one file is parsed."""
    parsed: list[str] = []

    def counted(content: bytes, file: str) -> object:
        parsed.append(file)
        return parse(content, file)

    monkeypatch.setattr(_request_file, "parse", counted)
    request = 'account "{0}" {{\n  email = "{0}@example.com"\n}}\n'
    files = {f"account-requests/{name}.hcl": request.format(name) for name in "abc"}

    def warm(unit: str) -> list[str]:
        (tmp_path / "account-requests").mkdir(exist_ok=True)
        defaults = f'defaults {{\n  organizational_unit = "{unit}"\n}}\n'
        (tmp_path / "account-requests" / "_d.hcl").write_text(defaults)
        cache = open_cache(tmp_path, {})
        assert cache is not None
        reading = load_fleet(tmp_path, {}, cache=cache)
        cache.save()
        return [found.organizational_unit for found in reading.requests]

    read(files)
    parsed.clear()
    assert warm("One") == ["One"] * 3
    assert len(parsed) == 4
    parsed.clear()
    assert warm("Two") == ["Two"] * 3
    assert parsed == ["account-requests/_d.hcl"]


def test_the_switch_turns_it_off(read: Callable[..., FleetReading], tmp_path: Path) -> None:
    """VEND_NO_CACHE, with whatever value; and where there is no folder there is nothing to remember."""
    read({})
    assert open_cache(tmp_path, {"VEND_NO_CACHE": "1"}) is None
    assert open_cache(tmp_path / "gone", {}) is None


def test_another_parser_or_another_vend_reads_everything_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cache belongs to the code that filled it: any change of its files, or of a parser's version."""
    cache = open_cache(tmp_path, {})
    assert cache is not None
    cache.remembered("k", "f", b"", lambda: "old")
    cache.save()
    monkeypatch.setattr("vend.requests.reading._cache.__version__", "999")
    other = open_cache(tmp_path, {})
    assert other is not None
    assert other.remembered("k", "f", b"", lambda: "new") == "new"


def child(fleet: Path, code: str) -> str:
    """The last line that a Python of its own prints in this folder."""
    command = Command(argv=[sys.executable, "-c", code], env={"PATH": os.environ["PATH"]}, cwd=fleet)
    return run(command).stdout.splitlines()[-1]


def test_a_warm_run_loads_no_parser(read: Callable[..., FleetReading], tmp_path: Path) -> None:
    """Neither HCL library, nor templates, nor AWS: that is what makes it fast."""
    read('account "a" {\n  email = "a@example.com"\n  organizational_unit = "Sandbox"\n}\n')
    (tmp_path / "customizations" / "spoke" / "main.tf").write_text('variable "region" {\n  type = string\n}\n')
    heavy = {"hcl2", "lark", "pygohcl", "jinja2", "boto3", "botocore", "rich", "regex"}
    code = (
        "import sys; from vend.cli._main import main; code = main(['validate']);"
        f"print(code, *sorted({heavy} & set(sys.modules)))"
    )
    assert {"hcl2", "pygohcl", "jinja2"} <= set(child(tmp_path, code).split())
    assert (tmp_path / CACHE).exists()
    assert child(tmp_path, code) == "0"


def test_caches_of_different_things_lie_apart(tmp_path: Path) -> None:
    """What is remembered of modules does not replace what is remembered of requests."""
    requests, modules = open_cache(tmp_path, {}), open_cache(tmp_path, {}, "modules")
    assert requests is not None
    assert modules is not None
    requests.remembered("k", "f", b"", lambda: "requests")
    requests.save()
    modules.remembered("k", "f", b"", lambda: "modules")
    modules.save()
    again = open_cache(tmp_path, {})
    assert again is not None
    assert again.remembered("k", "f", b"", lambda: "anew") == "requests"

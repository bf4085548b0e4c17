"""The pages on AFT: their examples are read, their commands run, and their tables are what the code does."""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path

import pytest

from support.aft_repositories import PARAMETERS, module, request, write
from unit.docs.pages import REPOSITORY, codes, examples, rows, sections
from vend.cli import main
from vend.errors import CODES
from vend.models import AccountRequest
from vend.requests import load_fleet
from vend.requests.aft._module import CUSTOMIZATIONS, FIELDS, TAGS
from vend.requests.aft._repository import _MOST_BYTES, _MOST_FILES

STEPS = "docs/how-to/move-from-aft.md"
REFERENCE = "docs/reference/aft.md"
_SECTIONS = sections(REFERENCE)
CHECKOUT = "aft-account-request"
COMMANDS = [line for example in examples(STEPS, "sh") for line in example.text.splitlines()]


def shown() -> dict[str, str]:
    """The files of the page by path, without the comment that names them."""
    found = (example for example in examples(STEPS, "hcl", "yaml") if example.file)
    return {str(example.file): example.text.partition("\n")[2] for example in found}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The page's checkout with AFT's own module, and its fleets, in the working directory."""
    given = {name: text for name, text in shown().items() if "account-requests/" not in name}
    write(tmp_path, {**{f"{CHECKOUT}/{name}": text for name, text in module().items()}, **given})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    return tmp_path


def run(command: str) -> int:
    program, *arguments = command.split()
    assert program == "vend"
    return main(arguments)


@pytest.mark.terraform
def test_the_steps_do_what_the_page_says(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every command but those that need AWS, in order; what is imported is the page's, and the fleet is the same."""
    (told,) = examples(STEPS, "text")
    assert run(COMMANDS[0]) == 0
    assert capsys.readouterr().out == told.text
    for command in COMMANDS[1:]:
        if not command.endswith(" plan"):
            assert run(command) == 0, command
    name = "fleet/account-requests/payments.hcl"
    assert (place / name).read_text() == shown()[name]
    before = load_fleet(place / CHECKOUT, dict(os.environ)).requests
    (place / "fleet" / "account-requests").rename(place / "native" / "account-requests")
    after = load_fleet(place / "native").requests
    assert [{**r.to_json(), "source": None} for r in after] == [{**r.to_json(), "source": None} for r in before]


@pytest.mark.e2e
@pytest.mark.terraform
def test_the_checkout_is_planned_in_a_sandbox(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """As the page has it: an organization with the requests' units, ids included, and a plan for each request."""
    (command,) = (command for command in COMMANDS if " sandbox run " in command)
    assert place.joinpath(CHECKOUT).is_dir()
    assert run(command) == 0
    out = capfd.readouterr().out
    assert all(account in out for account in ("Payments-Prod", "lab-ada", "lab-kim"))


def test_diagnostics_on_the_pages_exist() -> None:
    """Codes in the tables are those of the code."""
    named = [codes(first)[0] for first, *_ in rows(_SECTIONS["What is refused"])]
    assert named
    assert set(named) <= set(CODES)


def test_every_field_of_aft_has_its_row() -> None:
    """The left column has all of AFT's fields, the right one fields of a request."""
    found = [(codes(left), codes(right)[0]) for left, right in rows(_SECTIONS["Fields"])]
    left = {name for names, _ in found for name in names}
    assert left == {*PARAMETERS, TAGS, FIELDS, CUSTOMIZATIONS, "change_requested_by", "change_reason"}
    assert {right for _, right in found} <= {field.name for field in fields(AccountRequest)}


@pytest.mark.parametrize("row", [*rows(_SECTIONS["Values"])], ids=lambda row: row[0])
def test_values_are_converted_as_the_table_says(tmp_path: Path, row: tuple[str, str]) -> None:
    """What is written in a custom field, and what is read."""
    written, read = row
    text = request("a", f"custom_fields = {{ a = {codes(written)[0]} }}")
    (found,) = load_fleet(write(tmp_path, {**module(), "terraform/main.tf": text})).requests
    assert found.custom_fields == ({} if read == "left out" else {"a": codes(read)[0]})


def test_limits_on_the_page_are_the_codes() -> None:
    """Figures that stand in the code as constants."""
    text = " ".join((REPOSITORY / REFERENCE).read_text(encoding="utf-8").split())
    assert f"at most {_MOST_FILES:,} files and {_MOST_BYTES:,} bytes" in text

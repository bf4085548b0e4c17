"""docs/how-to/editing.md: its commands run, in the order of the page, in the example fleet."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from support.sandboxed import copy_example
from unit.docs.pages import REPOSITORY, codes, rows, sections
from vend.cli._main import main
from vend.requests import ACCOUNT, assignments, load_fleet

PAGE = "docs/how-to/editing.md"
_FENCE = re.compile(r"^```(sh|diff)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.terraform
def test_the_commands_do_what_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each ends with 0, shows the diff that stands below it, and leaves a fleet with nothing wrong."""
    fleet = copy_example(tmp_path / "fleet")
    monkeypatch.chdir(fleet)
    for language, text in _FENCE.findall((REPOSITORY / PAGE).read_text(encoding="utf-8")):
        if language == "diff":
            assert capsys.readouterr().out.startswith(text)
            continue
        capsys.readouterr()
        for line in text.splitlines():
            vend, *arguments = shlex.split(line)
            assert vend == "vend"
            assert main(arguments) == 0, capsys.readouterr().err
    reading = load_fleet(fleet)
    assert reading.diagnostics == ()
    requests = {request.account: request for request in reading.requests}
    assert "payments-test" not in requests
    assert requests["search-test"].sso_user.last_name == "Lovelace"
    assert requests["sandbox-grace"].sso_user.first_name == "Grace"
    places = {name: requests[name].position() for name in ("search-prod", "search-test")}
    assert {name: place.file for name, place in places.items() if place} == {
        "search-prod": "account-requests/workloads/search-prod.hcl",
        "search-test": "account-requests/workloads/search.hcl",
    }


def test_every_form_of_the_table_is_one() -> None:
    """And every kind of field is in it."""
    written = [
        form for _, cell in rows(sections(PAGE)["Fields"]) for form in codes(cell) if len(form) > 1 and "=" in form
    ]
    named = {assignments([shlex.split(form)[0]])[0].field for form in written}
    kinds = {field.kind for field in ACCOUNT.fields if field.name in named}
    assert kinds == {field.kind for field in ACCOUNT.fields}
    assert {block.name for block in ACCOUNT.blocks} <= named

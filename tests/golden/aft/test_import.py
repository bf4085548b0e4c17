"""`vend import aft`: what it writes says what AFT's requests say, with their comments, in Terraform's format."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.aft_repositories import SHAPES, module, request, write
from vend.errors import InvalidInputError
from vend.requests import FleetReading, Imported, import_aft, load_fleet
from vend.settings import TerraformSettings
from vend.terraform import find_binary, format_texts

HERE = Path(__file__).parent
ENVIRON = {"PATH": os.environ["PATH"], "AWS_REGION": "eu-west-1"}


def imported(directory: Path, files: dict[str, str] | None = None) -> Imported:
    return import_aft(write(directory, files or {}), "", ENVIRON, TerraformSettings())


def as_fleet(directory: Path, found: Imported) -> FleetReading:
    """A fleet of what was imported; the customizations that it names are there."""
    names = {name for one in found.requests for name in one.customizations}
    files = {
        "vend.hcl": 'fleet "x" { home_region = "eu-west-1" }\n',
        **{f"account-requests/{name}": text for name, text in found.files.items()},
        **{f"customizations/{name}/main.tf": "locals {}\n" for name in names},
    }
    return load_fleet(write(directory, files), ENVIRON)


def without_source(reading: FleetReading, left_out: tuple[str, ...]) -> list[dict[str, object]]:
    return [{**one.to_json(), "source": None} for one in reading.requests if one.account not in left_out]


@pytest.mark.terraform
@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_imported_says_what_aft_says(tmp_path: Path, shape: str) -> None:
    """The fleet is valid, its requests are equal, and Terraform's formatter would change nothing."""
    checkout = write(tmp_path / "aft", SHAPES[shape])
    before = load_fleet(checkout, ENVIRON)
    found = imported(checkout)
    after = as_fleet(tmp_path / "fleet", found)
    wrong = {d.account for d in before.diagnostics if d.severity == "error"}
    assert set(found.left_out) == wrong
    assert [d.code for d in after.diagnostics] == ([] if found.requests else ["requests-folder-missing"])
    assert without_source(after, ()) == without_source(before, found.left_out)
    texts = list(found.files.values())
    binary = find_binary(TerraformSettings(), ENVIRON, tmp_path / "terraform.json")
    assert list(format_texts(binary, texts, ENVIRON)) == texts
    assert imported(checkout) == found


def test_comments_stand_where_they_stood(tmp_path: Path) -> None:
    """Above the block, inside it, beside what they are about; UPDATE_GOLDEN=1 writes it anew."""
    text = (HERE / "commented.tf").read_text(encoding="utf-8")
    found = imported(tmp_path, {**module(), "terraform/main.tf": text})
    (written,) = found.files.values()
    expected = HERE / "expected" / "commented.hcl"
    if os.environ.get("UPDATE_GOLDEN"):
        expected.write_text(written, encoding="utf-8")
    assert written == expected.read_text(encoding="utf-8")
    assert [d.code for d in found.diagnostics] == []


@pytest.mark.terraform
def test_an_imported_file_with_comments_is_formatted(tmp_path: Path) -> None:
    """Terraform's formatter agrees with the golden file."""
    text = (HERE / "expected" / "commented.hcl").read_text(encoding="utf-8")
    binary = find_binary(TerraformSettings(), ENVIRON, tmp_path / "terraform.json")
    assert format_texts(binary, [text], ENVIRON) == (text,)


WORDS = st.from_regex(r"[a-z]{1,6}( [a-z]{1,6}){0,2}", fullmatch=True)


@st.composite
def commented(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A request with comments anywhere that one may stand, and the comments."""
    words = draw(st.lists(WORDS, min_size=1, max_size=8))
    lines = request("a", 'account_tags = {\n  Owner = "x"\n  Team = "y"\n}', 'custom_fields = { b = "c" }').splitlines()
    comments = []
    for number, word in enumerate(words):
        comment = f"{draw(st.sampled_from(['#', '//']))} {number} {word}"
        at = draw(st.integers(0, len(lines)))
        if draw(st.booleans()) and 0 < at < len(lines) and "#" not in lines[at] and "//" not in lines[at]:
            lines[at] = f"{lines[at]} {comment}"
        else:
            lines.insert(at, comment)
        comments.append(comment)
    return "\n".join(lines) + "\n", comments


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(commented())
def test_no_comment_is_lost(tmp_path: Path, example: tuple[str, list[str]]) -> None:
    """Each stands in the file once, and the request is what it was."""
    text, comments = example
    found = imported(tmp_path, {**module(), "terraform/main.tf": text})
    (written,) = found.files.values()
    assert [one.account for one in found.requests] == ["a"]
    for comment in comments:
        assert len(re.findall(rf"{re.escape(comment)}$", written, re.MULTILINE)) == 1, written


def test_what_means_nothing_to_vend_is_told(tmp_path: Path) -> None:
    """Inputs that a fork of AFT's module has; the request itself is carried over."""
    files = module()
    path = next(path for path in files if path.endswith("variables.tf"))
    files[path] += 'variable "workflow_type" {\n  default = ""\n}\n'
    text = request("a", 'workflow_type = "apply"')
    found = imported(tmp_path, {**files, "terraform/main.tf": text})
    assert [(d.severity, d.code, d.line) for d in found.diagnostics] == [("warning", "import-not-carried", 16)]
    assert [one.account for one in found.requests] == ["a"]


def test_what_is_wrong_is_left_out_and_the_rest_is_not(tmp_path: Path) -> None:
    """A request that vend would refuse is not written; its problem is told where it stands."""
    found = imported(
        tmp_path, {**module(), "terraform/main.tf": request("a", AccountEmail="<ACCOUNT EMAIL>") + request("b")}
    )
    assert (found.left_out, [one.account for one in found.requests]) == (("a",), ["b"])
    assert [(d.code, d.line) for d in found.diagnostics] == [("invalid-email", 5)]
    assert "ACCOUNT EMAIL" not in str(found.files)


def test_only_a_checkout_can_be_imported(tmp_path: Path) -> None:
    """Any other folder is told to be none."""
    with pytest.raises(InvalidInputError) as caught:
        imported(tmp_path)
    assert [d.code for d in caught.value.diagnostics] == ["aft-not-found"]

"""approvals.hcl: what it takes, and what is said of everything else."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from vend.errors import InvalidInputError
from vend.models import Approval
from vend.requests import load_approvals, load_fleet, parse_approval

VALID = 'approval "0123456789ab" {\n  by = "grace@example.com"\n}\n'


def _problems(directory: Path, text: str) -> list[tuple[str, int | None, int | None]]:
    (directory / "approvals.hcl").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInputError) as raised:
        load_approvals(directory)
    return [(problem.code, problem.line, problem.column) for problem in raised.value.diagnostics]


def test_an_approval_is_read(tmp_path: Path) -> None:
    """With a reason and a last day, and where it stands; no file is no approval."""
    assert load_approvals(tmp_path) == ()
    text = VALID.replace("\n}", '\n  reason = "agreed"\n  expires = "2026-12-31"\n}')
    (tmp_path / "approvals.hcl").write_text(text, encoding="utf-8")
    (found,) = load_approvals(tmp_path)
    assert (found.violation, found.by, found.reason, found.expires) == (
        "0123456789ab",
        "grace@example.com",
        "agreed",
        date(2026, 12, 31),
    )
    assert found.position is not None
    assert (found.position.file, found.position.line) == ("approvals.hcl", 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (VALID.replace("0123456789ab", "0123456789"), [("invalid-approval", 1, 10)]),
        (VALID.replace("0123456789ab", "0123456789AB"), [("invalid-approval", 1, 10)]),
        (VALID.replace(' "0123456789ab"', ""), [("wrong-labels", 1, 1)]),
        (VALID.replace("grace@example.com", " "), [("invalid-approval", 2, 8)]),
        (VALID.replace('by = "grace@example.com"', ""), [("missing-field", 1, 1)]),
        (VALID.replace("by =", "who ="), [("missing-field", 1, 1), ("unknown-field", 2, 3)]),
        (VALID.replace("\n}", '\n  expires = "soon"\n}'), [("invalid-approval", 3, 13)]),
        (VALID.replace("\n}", "\n  expires = 2026\n}"), [("wrong-type", 3, 13)]),
        (VALID.replace("approval", "approve", 1), [("unknown-block", 1, 1)]),
        (VALID.replace("\n}", "\n  more {}\n}"), [("unknown-block", 3, 3)]),
        ("by = 1\n", [("unknown-field", 1, 1)]),
        ('approval "0123456789ab" {\n', [("hcl-syntax", 1, 25)]),
    ],
)
def test_everything_else_is_diagnosed(tmp_path: Path, text: str, expected: list[tuple[str, int, int]]) -> None:
    """Each at its place, all at once; nothing is approved by a file that has a problem."""
    assert _problems(tmp_path, text) == expected


def test_a_fleet_has_its_approvals(tmp_path: Path) -> None:
    """They are read with the requests, and their problems are the fleet's."""
    (tmp_path / "vend.hcl").write_text('fleet "f" { home_region = "eu-west-1" }\n')
    (tmp_path / "account-requests").mkdir()
    (tmp_path / "approvals.hcl").write_text(VALID)
    reading = load_fleet(tmp_path)
    assert reading.fleet is not None
    assert [approval.by for approval in reading.fleet.approvals] == ["grace@example.com"]
    (tmp_path / "approvals.hcl").write_text("approval {}\n")
    broken = load_fleet(tmp_path)
    assert broken.fleet is None
    assert {"wrong-labels", "missing-field"} <= {problem.code for problem in broken.diagnostics}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("0123456789ab=grace", Approval(violation="0123456789ab", by="grace")),
        ("0123456789ab=a=b", Approval(violation="0123456789ab", by="a=b")),
        ("0123456789ab", None),
        ("0123456789ab=", None),
        ("0123456789ab= ", None),
        ("0123456789ab=a\nb", None),
        ("short=grace", None),
        ("", None),
    ],
)
def test_the_command_line_gives_approvals(given: str, expected: Approval | None) -> None:
    """`DIGEST=NAME`, and nothing else."""
    assert parse_approval(given) == expected

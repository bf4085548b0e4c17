"""The lines that diagnostics are about, read again for those who look at them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from support.aft_repositories import module, write
from vend.requests import source_lines


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"a\nb\n", ("a", "b", "")),
        (b"", ("",)),
        (b"a\r\nb", ("a\r", "b")),
        (b"\xef\xbb\xbfa", ("a",)),
        (b"a\xffb", ("a\ufffdb",)),
        (b"a\x0bb\x85c\x0cd", ("a\x0bb\ufffdc\x0cd",)),
        ("a\u2028b\u0085c".encode(), ("a\u2028b\u0085c",)),
    ],
)
def test_lines_are_those_that_the_parser_counts(tmp_path: Path, content: bytes, lines: tuple[str, ...]) -> None:
    """A line ends in a line feed and nothing else; a byte order mark is no character; bad bytes are shown as such."""
    (tmp_path / "f.hcl").write_bytes(content)
    assert source_lines(tmp_path, "f.hcl") == lines


@pytest.mark.parametrize(
    "name", ["", ".", "gone.hcl", "folder", "pipe", "../outside.hcl", "/etc/hostname", "a\0b", "x" * 999]
)
def test_what_cannot_be_read_has_no_lines(tmp_path: Path, name: str) -> None:
    """Nothing, a folder, a pipe, a name that no file can have, and nothing outside of the fleet."""
    fleet = tmp_path / "fleet"
    (fleet / "folder").mkdir(parents=True)
    os.mkfifo(fleet / "pipe")
    (tmp_path / "outside.hcl").write_text("x")
    assert source_lines(fleet, name) is None


def test_lines_of_an_aft_repository_beside_the_fleet(tmp_path: Path) -> None:
    """Its requests are the fleet's, and so are the lines of its files; a way out of it is none in."""
    write(tmp_path / "aft", {**module(), "accounts.yaml": "a: b", "../outside.txt": "x"})
    fleet = tmp_path / "fleet"
    fleet.mkdir()
    assert source_lines(fleet, "../aft/accounts.yaml") == ("a: b",)
    assert source_lines(fleet, "../aft/terraform/backend.jinja") is not None
    assert source_lines(fleet, "../aft/../outside.txt") is None
    assert source_lines(fleet, "../outside.txt") is None


def test_what_a_link_leads_to_elsewhere_is_not_shown(tmp_path: Path) -> None:
    """A link to another file of the fleet is; one out of it, or to what git or vend keep, would show a secret."""
    write(tmp_path / "aft", {**module(), "../secret.txt": "secret", "README.md": "aft"})
    fleet = tmp_path / "fleet"
    for name in ("real.hcl", ".git/config", ".vend/state"):
        (fleet / name).parent.mkdir(parents=True, exist_ok=True)
        (fleet / name).write_text("secret" if name.startswith(".") else "real")
    links = {
        "in.hcl": "real.hcl",
        "out.hcl": "../secret.txt",
        "git.hcl": ".git/config",
        "vend.hcl": ".vend/state",
        "environ.hcl": "/proc/self/environ",
        "circle.hcl": "circle.hcl",
        "../aft/terraform/out.tf": "../../secret.txt",
        "../aft/terraform/in.tf": "../README.md",
    }
    for link, target in links.items():
        (fleet / link).symlink_to(target)
    shown = {link: lines for link in links if (lines := source_lines(fleet, link)) is not None}
    assert shown == {"in.hcl": ("real",), "../aft/terraform/in.tf": ("aft",)}
    (tmp_path / "linked").symlink_to("fleet")
    assert source_lines(tmp_path / "linked", "in.hcl") == ("real",)

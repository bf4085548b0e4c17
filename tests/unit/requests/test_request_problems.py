"""Account requests: every problem is reported at once, at the very value, with what to do."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from vend.requests import FleetReading

Read = Callable[..., FleetReading]

MINIMAL = 'email = "a@example.com"\norganizational_unit = "Sandbox"\n'


def problem(reading: FleetReading) -> tuple[str, int | None, int | None]:
    """The one problem there is."""
    assert reading.fleet is None
    (found,) = reading.diagnostics
    return found.code, found.line, found.column


@pytest.mark.parametrize(
    ("said", "code", "column"),
    [
        ("tags = { A = 1 }", "wrong-type", 14),
        ("tags = { A = true }", "wrong-type", 14),
        ("tags = { A = null }", "wrong-type", 14),
        ('tags = { A = ["x"] }', "wrong-type", 14),
        ('tags = ["x"]', "wrong-type", 8),
        ('tags = "x"', "wrong-type", 8),
        ('customizations = "spoke"', "wrong-type", 18),
        ("customizations = [1]", "wrong-type", 19),
        ("name = 012", "wrong-type", 8),
        ('name = "${x}"', "not-literal", 8),
        ("name = var.name", "not-literal", 8),
        ("name = <<E\n${x}\nE", "not-literal", 8),
        ("tags = { A = upper(1) }", "not-literal", 14),
        ('tags = { A = "x", A = "y" }', "not-literal", 19),
        ('tags = { A = "x", (x) = 1 }', "not-literal", 19),
        ("customizations = [for x in y : x]", "not-literal", 18),
        ('tags = { "aws:x" = "y" }', "invalid-tag", 10),
        ('tags = { "AWS:x" = "y" }', "invalid-tag", 10),
        ('tags = { "" = "y" }', "invalid-tag", 10),
        ('tags = { "a!" = "y" }', "invalid-tag", 10),
        (f'tags = {{ "{"k" * 129}" = "y" }}', "invalid-tag", 10),
        ('tags = { a = "a;b" }', "invalid-tag", 14),
        (f'tags = {{ a = "{"v" * 257}" }}', "invalid-tag", 14),
        ('custom_fields = { "a/b" = "y" }', "invalid-custom-field", 19),
        ('custom_fields = { a = "" }', "invalid-custom-field", 23),
        ('custom_fields = { a = "x {{y}}" }', "invalid-custom-field", 23),
        ('custom_fields = { a = "\\u0000" }', "invalid-custom-field", 23),
        (f'custom_fields = {{ a = "{"ü" * 2049}" }}', "invalid-custom-field", 23),
        ('name = ""', "invalid-account-name", 8),
        ('name = "é"', "invalid-account-name", 8),
        ('name = "<a>"', "invalid-account-name", 8),
        ('name = " a"', "invalid-account-name", 8),
        (f'name = "{"n" * 51}"', "invalid-account-name", 8),
        ('on_removal = "delete"', "invalid-on-removal", 14),
        ('opt_in_regions = ["Africa"]', "invalid-region", 19),
        ('opt_in_regions = ["af-south-1", "af-south-1"]', "duplicate-value", 33),
        ('customizations = ["spoke", "spoke"]', "duplicate-value", 28),
        ('customizations = ["spokes"]', "unknown-customization", 19),
        ('customizations = ["../spoke"]', "unknown-customization", 19),
        ('customizations = ["global"]', "unknown-customization", 19),
        ('tag = { A = "x" }', "unknown-field", 1),
        ('sso_user = { email = "x" }', "unknown-field", 1),
        ('tags { A = "x" }', "unknown-block", 1),
        ('owner { name = "x" }', "unknown-block", 1),
        ("change {\n}\nchange {\n}", "duplicate-block", None),
        ('change "x" {\nrequested_by = "x"\nreason = "y"\n}', "wrong-labels", 1),
        ('change {\nrequested_by = "x"\nreason = " "\n}', "invalid-change", 10),
        ("change {\n}", "missing-field", 1),
        ('change {\nrequested_by = "x"\nreason = "y"\nwhy = "z"\n}', "unknown-field", 1),
        ('change {\nrequested_by = "x"\nreason = "y"\nx {}\n}', "unknown-block", 1),
        ('access "G" { permission_set = "a b" }', "invalid-access", 31),
        (f'access "G" {{ permission_set = "{"p" * 33}" }}', "invalid-access", 31),
        ('access " " { permission_set = "P" }', "invalid-access", 8),
        ('access { permission_set = "P" }', "wrong-labels", 1),
        ('access "G" "H" { permission_set = "P" }', "wrong-labels", 1),
        ('access "G" { permission_set = "P" }\naccess "G" { permission_set = "P" }', "duplicate-block", 8),
        ('access "G" {}', "missing-field", 1),
    ],
)
def test_what_is_wrong_with_a_value_is_said_where_it_stands(
    read: Read, said: str, code: str, column: int | None
) -> None:
    """One problem, one diagnostic, at its column."""
    reading = read(f'account "a" {{\n{MINIMAL}{said}\n}}\n')
    found = [d for d in reading.diagnostics if d.code == code]
    assert len(found) == 1, reading.diagnostics
    assert found[0].account == "a"
    if column is not None:
        assert len(reading.diagnostics) == 1
        assert found[0].column == column


def test_a_key_that_stands_twice_is_told_at_the_second(read: Read) -> None:
    """With the place of the first."""
    (found,) = read(f'account "a" {{\n{MINIMAL}tags = {{\n  A = "x"\n  "A" = "y"\n}}\n}}\n').diagnostics
    assert (found.code, found.line, found.column) == ("not-literal", 6, 3)
    assert [(each.line, each.column) for each in found.related] == [(5, 3)]


@pytest.mark.parametrize(
    ("email", "accepted"),
    [
        ("a@b.c", False),
        ("aa@b.c", True),
        ("aws+x@example.com", True),
        (f"{'a' * 52}@example.com", True),
        (f"{'a' * 53}@example.com", False),
        ("a b@example.com", False),
        ("a@b@example.com", False),
        ("example.com", False),
        ("a@example", False),
        ("", False),
    ],
)
def test_emails_are_those_that_organizations_takes(read: Read, email: str, accepted: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """6 to 64 characters, one @, a dot after it."""
    reading = read(f'account "a" {{\n  email = "{email}"\n  organizational_unit = "Sandbox"\n}}\n')
    assert (reading.fleet is not None) is accepted
    if not accepted:
        assert problem(reading) == ("invalid-email", 2, 11)


@pytest.mark.parametrize(
    ("unit", "accepted"),
    [
        ("Sandbox", True),
        ("A/B/C/D/E", True),
        ("A/B/C/D/E/F", False),
        ("Prod (ou-ab12-cdefghij)", True),
        ("ou-ab12-cdefghij", True),
        ("Prod (ou-ab12)", False),
        ("Team (blue)", True),
        ("", False),
        (" ", False),
        ("A//B", False),
        ("/A", False),
        ("A/", False),
        ("A/ B", False),
        ("A\\nB", False),
        ("n" * 128, True),
        ("n" * 129, False),
        ("Büro/Größe", True),
    ],
)
def test_units_are_paths_or_ids(read: Read, unit: str, accepted: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """A path of at most five names, `Name (ou-id)`, or `ou-id`."""
    reading = read(f'account "a" {{\n  email = "a@example.com"\n  organizational_unit = "{unit}"\n}}\n')
    assert (reading.fleet is not None) is accepted
    if not accepted:
        assert problem(reading) == ("invalid-organizational-unit", 3, 25)


@pytest.mark.parametrize(
    ("label", "accepted"),
    [
        ("a", True),
        ("A-1.b_c", True),
        ("n" * 50, True),
        ("n" * 129, False),
        ("", False),
        (".", False),
        ("..", False),
        ("a..b", False),
        ("-a", False),
        ("a/b", False),
        ("a b", False),
        ("é", False),
    ],
)
def test_labels_are_names_of_products_and_folders(read: Read, label: str, accepted: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Service Catalog's rule, and nothing that means something in a path."""
    reading = read(f'account "{label}" {{\n{MINIMAL}}}\n')
    assert (reading.fleet is not None) is accepted
    if not accepted:
        assert problem(reading) == ("invalid-label", 1, 9)


def test_a_long_label_needs_a_name_beside_it(read: Read) -> None:
    """A label may be longer than an account's name, but cannot stand for one then."""
    label = "n" * 51
    assert problem(read(f'account "{label}" {{\n{MINIMAL}}}\n')) == ("invalid-account-name", 1, 1)
    assert read(f'account "{label}" {{\nname = "short"\n{MINIMAL}}}\n').fleet is not None


@pytest.mark.parametrize(
    ("field", "value", "accepted"),
    [
        ("name", "n" * 64, True),
        ("name", "n" * 65, False),
        ("title", "t" * 51, False),
        ("email", "no", False),
        ("email", "ü@example.com", False),
        ("email", f"{'e' * 300}@example.com", False),
        ("phone", "+1 (555) 0100-1", True),
        ("phone", "0" * 26, False),
        ("phone", "call me", False),
        ("phone", "٣٣٣", False),
    ],
)
def test_contacts_are_what_the_account_api_takes(read: Read, field: str, value: str, accepted: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Lengths and characters of PutAlternateContact."""
    contact = {"name": "N", "title": "T", "email": "c@example.com", "phone": "1", field: value}
    lines = "".join(f'{name} = "{said}"\n' for name, said in contact.items())
    reading = read(f'account "a" {{\n{MINIMAL}alternate_contact "billing" {{\n{lines}}}\n}}\n')
    assert (reading.fleet is not None) is accepted
    if not accepted:
        assert problem(reading)[0] == "invalid-contact"


def test_there_are_three_kinds_of_contact(read: Read) -> None:
    """Another kind is unknown, a second of one kind is one too many."""
    fields = '{\nname = "N"\ntitle = "T"\nemail = "c@example.com"\nphone = "1"\n}\n'
    reading = read(f'account "a" {{\n{MINIMAL}alternate_contact "secrity" {fields}}}\n')
    assert problem(reading) == ("unknown-contact-kind", 4, 19)
    assert reading.diagnostics[0].hint == 'did you mean "security"?'
    twice = f'alternate_contact "billing" {fields}' * 2
    assert problem(read(f'account "a" {{\n{MINIMAL}{twice}}}\n')) == ("duplicate-block", 10, 19)


def test_the_user_has_a_name(read: Read) -> None:
    """Identity Center takes no blank first name."""
    user = 'sso_user {\nemail = "u@example.com"\nfirst_name = " "\nlast_name = "L"\n}\n'
    assert problem(read(f'account "a" {{\n{MINIMAL}{user}}}\n')) == ("invalid-sso-user", 6, 14)


def test_fifty_tags_are_the_most(read: Read) -> None:
    """Counted with those that hold by default."""

    def tags(first: int, last: int) -> str:
        return "tags = {" + ", ".join(f't{n} = "v"' for n in range(first, last)) + "}\n"

    assert read(f'defaults {{\n{tags(0, 25)}}}\naccount "a" {{\n{MINIMAL}{tags(20, 50)}}}\n').fleet is not None
    assert (
        problem(read(f'defaults {{\n{tags(0, 25)}}}\naccount "a" {{\n{MINIMAL}{tags(25, 51)}}}\n'))[0] == "invalid-tag"
    )


def test_hints_say_what_to_write(read: Read) -> None:
    """Quotes for a number, an escape for a template, the field that was meant."""
    said = 'tagz = {}\ntags = { Account = 012345678901 }\nname = "${file("/etc/hostname")}"\non_removal = retain\n'
    hints = [d.hint for d in read(f'account "a" {{\n{MINIMAL}{said}}}\n').diagnostics]
    assert hints[0] == 'did you mean "tags"?'
    assert hints[1] == 'put it in quotes: "012345678901"'
    assert "$${" in str(hints[2])
    assert hints[3] == 'put it in quotes: "retain"'


def test_everything_is_reported_at_once(read: Read) -> None:
    """Across blocks and files, sorted by place."""
    reading = read(
        {
            "account-requests/a.hcl": 'account "a" {\n  email = "no"\n  tags = { A = 1 }\n  x = 1\n}\n'
            'acount "b" {}\nc = 1\n',
            "account-requests/b.hcl": 'account "a" {}\naccount {}\n',
        }
    )
    assert [(d.file, d.line, d.code) for d in reading.diagnostics] == [
        ("account-requests/a.hcl", 1, "missing-field"),
        ("account-requests/a.hcl", 2, "invalid-email"),
        ("account-requests/a.hcl", 3, "wrong-type"),
        ("account-requests/a.hcl", 4, "unknown-field"),
        ("account-requests/a.hcl", 6, "unknown-block"),
        ("account-requests/a.hcl", 7, "unknown-field"),
        ("account-requests/b.hcl", 1, "duplicate-account"),
        ("account-requests/b.hcl", 1, "missing-field"),
        ("account-requests/b.hcl", 1, "missing-field"),
        ("account-requests/b.hcl", 2, "wrong-labels"),
    ]


@pytest.mark.parametrize(
    ("second", "code", "column"),
    [
        ('account "a" {\nname = "n2"\nemail = "b@example.com"\n', "duplicate-account", 1),
        ('account "A" {\nname = "n2"\nemail = "b@example.com"\n', "duplicate-account", 1),
        ('account "b" {\nname = "n2"\nemail = "A@Example.com"\n', "duplicate-email", 9),
        ('account "b" {\nname = "n1"\nemail = "b@example.com"\n', "duplicate-name", 8),
        ('account "n1" {\nemail = "b@example.com"\n', "duplicate-name", 1),
        ('account "a" {\nemail = "b@example.com"\n', "duplicate-account", 1),
    ],
)
def test_accounts_emails_and_names_are_unique(read: Read, second: str, code: str, column: int) -> None:
    """Labels and emails whatever their case; the first is named."""
    reading = read(
        {
            "account-requests/1.hcl": f'account "a" {{\nname = "n1"\n{MINIMAL}}}\n',
            "account-requests/2.hcl": f'{second}organizational_unit = "Sandbox"\n}}\n',
        }
    )
    (found,) = reading.diagnostics
    assert (found.code, found.file, found.column) == (code, "account-requests/2.hcl", column)
    assert [place.file for place in found.related] == ["account-requests/1.hcl"]


@pytest.mark.parametrize("field", ["email", "name"])
def test_an_identity_is_no_default(read: Read, field: str) -> None:
    """Every account has its own."""
    reading = read(f'defaults {{\n  {field} = "x@example.com"\n}}\naccount "a" {{\n{MINIMAL}}}\n')
    assert problem(reading) == ("not-by-default", 2, 3)


def test_defaults_are_checked_too(read: Read) -> None:
    """Even where no account takes them, and only once where several do."""
    bad = 'defaults "x" {\n  tags = { A = 1 }\n  tagz = {}\n}\n'
    reading = read({"account-requests/a/d.hcl": bad, "account-requests/f.hcl": f'account "a" {{\n{MINIMAL}}}\n'})
    assert [d.code for d in reading.diagnostics] == ["wrong-labels", "wrong-type", "unknown-field"]


def test_a_wrong_default_is_told_once(read: Read) -> None:
    """However many accounts take it, it stands in one place; and they do not lack it."""
    two = "".join(f'account "{n}" {{\n  email = "{n}@example.com"\n}}\n' for n in "ab")
    assert [d.line for d in read('defaults {\n  organizational_unit = "/"\n}\n' + two).diagnostics] == [2]


def test_a_folder_has_one_block_of_defaults(read: Read) -> None:
    """A second, in whichever file, is told where the first stands."""
    reading = read({"account-requests/a.hcl": "defaults {}\n", "account-requests/b.hcl": "\ndefaults {}\n"})
    (found,) = [d for d in reading.diagnostics if d.code == "duplicate-defaults"]
    assert (found.file, found.line) == ("account-requests/b.hcl", 2)
    assert [(place.file, place.line, place.column) for place in found.related] == [("account-requests/a.hcl", 1, 1)]


def test_the_near_customization_is_named(read: Read) -> None:
    """Unknown ones get a suggestion; without any customization, the folder to make."""
    (found,) = read(f'account "a" {{\n{MINIMAL}customizations = ["spok"]\n}}\n').diagnostics
    assert found.hint == 'did you mean "spoke"?'


def test_folders_linked_in_a_circle_end(read: Read, tmp_path: Path) -> None:
    """Each circle is diagnosed, directly or by a way round; what is beside it is read."""
    (tmp_path / "account-requests" / "a").mkdir(parents=True)
    (tmp_path / "account-requests" / "b").mkdir()
    (tmp_path / "account-requests" / "a" / "to-b").symlink_to(tmp_path / "account-requests" / "b")
    (tmp_path / "account-requests" / "b" / "to-a").symlink_to("../a")
    (tmp_path / "account-requests" / "up").symlink_to(".")
    (tmp_path / "account-requests" / "self").symlink_to("self")
    reading = read(f'account "a" {{\n{MINIMAL}}}\n')
    assert [(d.code, d.file) for d in reading.diagnostics] == [
        ("link-in-a-circle", "account-requests/a/to-b/to-a"),
        ("link-in-a-circle", "account-requests/b/to-a/to-b"),
        ("unreadable-file", "account-requests/self"),
        ("link-in-a-circle", "account-requests/up"),
    ]
    assert [request.account for request in reading.requests] == ["a"]


def test_files_that_are_no_files_are_told(read: Read, tmp_path: Path) -> None:
    """A pipe would never end; a link may lead nowhere; a name may be no text."""
    folder = tmp_path / "account-requests"
    folder.mkdir()
    os.mkfifo(folder / "pipe.hcl")
    (folder / "nowhere.hcl").symlink_to("gone")
    (Path(os.fsdecode(os.fsencode(folder) + b"/\xff.hcl"))).write_text("")
    (folder / "new\nline.hcl").write_text("")
    (folder / "folder.hcl").mkdir()
    reading = read(f'account "a" {{\n{MINIMAL}}}\n')
    assert sorted((d.code, str(d.file)) for d in reading.diagnostics) == [
        ("unreadable-file", "account-requests/\\xff.hcl"),
        ("unreadable-file", "account-requests/new\\nline.hcl"),
        ("unreadable-file", "account-requests/nowhere.hcl"),
        ("unreadable-file", "account-requests/pipe.hcl"),
    ]
    str(reading.diagnostics).encode()


def test_a_file_that_may_not_be_read_is_told(read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason is the operating system's; the other files are read."""
    original = Path.open

    def refuse(self: Path, mode: str = "r", *rest: Any, **options: Any) -> Any:
        if self.name == "secret.hcl":
            raise PermissionError(13, "Permission denied", str(self))
        return original(self, mode, *rest, **options)

    (tmp_path / "account-requests").mkdir()
    (tmp_path / "account-requests" / "secret.hcl").write_text("")
    monkeypatch.setattr(Path, "open", refuse)
    reading = read(f'account "a" {{\n{MINIMAL}}}\n')
    (found,) = reading.diagnostics
    assert (found.code, found.file) == ("unreadable-file", "account-requests/secret.hcl")
    assert "Permission denied" in found.summary
    assert len(reading.requests) == 1


def test_a_missing_or_empty_folder_is_told(read: Read, tmp_path: Path) -> None:
    """Missing is an error; empty is a warning, for a fleet may be young."""
    assert problem(read({}))[0] == "requests-folder-missing"
    (tmp_path / "account-requests").mkdir()
    reading = read({})
    assert reading.fleet is not None
    assert [(d.severity, d.code) for d in reading.diagnostics] == [("warning", "no-requests")]


def test_what_is_quoted_in_a_diagnostic_is_printable(read: Read) -> None:
    """A value cannot move the terminal's cursor, or fill its screen."""
    reading = read(f'account "a" {{\n{MINIMAL}name = "\\u001b[2J\\n{"x" * 5000}"\n}}\n')
    (found,) = reading.diagnostics
    assert found.summary.isprintable()
    assert len(found.summary) < 500


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(
            [
                'account "a" {', 'account "b" {', "account {", "defaults {", "}", 'email = "a@example.com"',
                "email = 1", 'organizational_unit = "A/B"', "tags = {", 'A = "x"', "tags = [1, x]",
                "customizations = [",
                '"spoke"', "]", ",", "sso_user {", 'first_name = "F"', "sso_user = {", 'alternate_contact "billing" {',
                'access "G" {', 'permission_set = "P"', "permission_set = {}", "change {", "change = null", "x = y",
                'name = "${x}"', "name = <<E\n\u0007\nE", 'on_removal = ["close"]', 'custom_fields = { "" = "" }',
            ]
        ),
        max_size=14,
    ).map("\n".join)
)  # fmt: skip
@example('account "a" {\nemail = "a@example.com"\norganizational_unit = "A"\n}')
def test_no_request_ends_in_a_traceback(read: Read, text: str) -> None:
    """There is a fleet or there are errors, and every diagnostic has a place."""
    reading = read(text)
    assert (reading.fleet is None) is any(d.severity == "error" for d in reading.diagnostics)
    assert all(d.line and d.file == "account-requests/f.hcl" for d in reading.diagnostics if d.severity == "error")

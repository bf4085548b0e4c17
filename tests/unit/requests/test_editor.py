"""Editing a fleet: an edit that does what was asked and nothing else, or none."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from support.aft_repositories import module, request, write
from vend.errors import InvalidInputError, VendError
from vend.requests import Editor, FileEdit, PlainBlock, assignments, load_fleet, save
from vend.requests.editing._placement import file_for
from vend.requests.text._source import Source

SETTINGS = 'fleet "test" { home_region = "eu-west-1" }\n'
DEFAULTS = """defaults {
  organizational_unit = "Sandbox"
  tags                = { ManagedBy = "vend" }
  customizations      = ["spoke"]

  sso_user {
    email      = "grace@example.com"
    first_name = "Grace"
    last_name  = "Hopper"
  }

  alternate_contact "security" {
    name  = "Desk"
    title = "CSIRT"
    email = "security@example.com"
    phone = "+1 555 0100"
  }

  access "Admins" { permission_set = "Read" }
  access "Admins" { permission_set = "Write" }
}
"""
ACCOUNT = """account "pay" {
  email = "pay@example.com" # the root user's
}

account "other" {
  email          = "other@example.com"
  tags           = { A = "1" }
  customizations = ["spoke", "deploy"]

  access "Team" { permission_set = "Read" }
}
"""
FILE = "account-requests/a.hcl"

Fleet = Callable[..., Path]


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    """Writes a fleet; files by path, `vend.hcl` and customizations are there unless they are given."""

    def write(text: str = ACCOUNT, **files: str) -> Path:
        named = {name.replace("__", "/") + ".hcl": content for name, content in files.items()}
        given = {
            "vend.hcl": SETTINGS,
            "customizations/spoke/main.tf": "",
            "customizations/deploy/main.tf": "",
            "account-requests/_defaults.hcl": DEFAULTS,
            FILE: text,
            **named,
        }
        for name, content in given.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(content.encode())
        return tmp_path

    return write


def changed(directory: Path, account: str, *written: str, unset: tuple[str, ...] = ()) -> str:
    """The text of the file after an edit that is found to be right."""
    edit = Editor(directory).change(account, assignments(written, unset))
    assert edit.file.file == FILE
    assert edit.file.after is not None
    return edit.file.after.decode()


def refused(directory: Path, account: str, *written: str, unset: tuple[str, ...] = ()) -> list[str]:
    """The codes for which an edit is refused."""
    with pytest.raises(InvalidInputError) as caught:
        Editor(directory).change(account, assignments(written, unset))
    return [problem.code for problem in caught.value.diagnostics]


WRITTEN = [
    (["organizational_unit=Prod"], '  organizational_unit = "Prod"\n'),
    (["tags.CostCenter=4711"], '  tags = {\n    CostCenter = "4711"\n  }\n'),
    (["tags.a.b=c=d"], '  tags = {\n    "a.b" = "c=d"\n  }\n'),
    (['tags."a=b"=c'], '  tags = {\n    "a=b" = "c"\n  }\n'),
    (["custom_fields.x="], None),
    (["customizations=deploy"], '  customizations = ["deploy"]\n'),
    (["customizations+=deploy"], '  customizations = ["spoke", "deploy"]\n'),
    (["customizations-=spoke"], "  customizations = []\n"),
    (["customizations="], "  customizations = []\n"),
    (
        ["sso_user.last_name=H"],
        '    email      = "grace@example.com"\n    first_name = "Grace"\n    last_name  = "H"\n',
    ),
    (["alternate_contact.security.title=T"], '    name  = "Desk"\n    title = "T"\n'),
    (["change.reason=R", "change.requested_by=W"], '    requested_by = "W"\n    reason       = "R"\n'),
    (["access.Admins=Read"], '  access "Admins" { permission_set = "Read" }\n}'),
    (
        ["access.Admins+=More"],
        '"Read" }\n  access "Admins" { permission_set = "Write" }\n  access "Admins" { permission_set = "More" }\n',
    ),
    (
        ["access.Admins-=Read"],
        '{\n  email = "pay@example.com" # the root user\'s\n\n  access "Admins" { permission_set = "Write" }\n}',
    ),
    (['access."G.1"=Read'], '  access "G.1" { permission_set = "Read" }\n'),
]


@pytest.mark.parametrize(("written", "expected"), WRITTEN, ids=str)
def test_what_comes_from_defaults_is_written_into_the_account(
    fleet: Fleet, written: list[str], expected: str | None
) -> None:
    """What is replaced as a whole is written whole; the account then has what was asked for."""
    directory = fleet()
    if expected is None:  # an empty custom field is none that SSM stores
        assert refused(directory, "pay", *written) == ["invalid-custom-field"]
        return
    text = changed(directory, "pay", *written)
    assert expected in text
    assert text.replace(text[: text.index('account "other"')], "") == ACCOUNT[ACCOUNT.index('account "other"') :]
    (directory / FILE).write_text(text)
    assert load_fleet(directory).diagnostics == ()


def test_own_values_are_changed_where_they_stand(fleet: Fleet) -> None:
    """Nothing else is."""
    text = changed(fleet(), "other", "customizations-=spoke", "tags.A=2", "access.Team=Write", "email=new@example.com")
    assert text == (
        ACCOUNT.replace('"spoke", ', "")
        .replace('A = "1"', 'A = "2"')
        .replace('"Read"', '"Write"')
        .replace("other@", "new@")
    )


def test_an_edit_that_changes_nothing_changes_nothing(fleet: Fleet) -> None:
    """The same value, a list item that is there already."""
    edit = Editor(fleet()).change("other", assignments(["tags.A=1", "customizations+=deploy", "access.Team+=Read"]))
    assert not edit.file.changed
    assert edit.file.diff() == ()


UNSET = [
    (("tags.A",), '  tags           = { A = "1" }\n'),
    (("tags",), '  tags           = { A = "1" }\n'),
    (("customizations",), '  customizations = ["spoke", "deploy"]\n'),
    (("access.Team",), '\n  access "Team" { permission_set = "Read" }\n'),
    (("access",), '\n  access "Team" { permission_set = "Read" }\n'),
]


@pytest.mark.parametrize(("unset", "gone"), UNSET, ids=str)
def test_fields_can_be_unset(fleet: Fleet, unset: tuple[str, ...], gone: str) -> None:
    """The defaults hold again."""
    assert changed(fleet(), "other", unset=unset) == ACCOUNT.replace(gone, "")


REFUSED = [
    (["tags.ManagedBy"], "value-inherited"),
    (["organizational_unit"], "value-inherited"),
    (["access.Admins"], "value-inherited"),
    (["sso_user"], "value-inherited"),
    (["tags.Nothing"], "value-not-there"),
    (["on_removal"], "value-not-there"),
    (["email"], "missing-field"),
]


@pytest.mark.parametrize(("unset", "code"), REFUSED, ids=str)
def test_what_the_account_does_not_say_is_not_unset(fleet: Fleet, unset: list[str], code: str) -> None:
    """Where the value stands is told."""
    assert refused(fleet(), "pay", unset=tuple(unset)) == [code]


WRONG = [
    (["colour=blue"], ["unknown-field"]),
    (["tags=x"], ["invalid-assignment"]),
    (["sso_user=x"], ["invalid-assignment"]),
    (["alternate_contact.security=x"], ["invalid-assignment"]),
    (["alternate_contact.boss.name=x"], ["unknown-field"]),
    (["sso_user.colour=x"], ["unknown-field"]),
    (["account=x"], ["invalid-assignment"]),
    (["email+=x"], ["invalid-assignment"]),
    (["email"], ["invalid-assignment"]),
    (["=x"], ["invalid-assignment"]),
    (["email=\udc80"], ["invalid-assignment"]),
    (["email=a@example.com", "email=b@example.com"], ["invalid-assignment"]),
    (["colour=blue", "tags=x"], ["unknown-field", "invalid-assignment"]),
    (
        ["email=nobody", "organizational_unit=", "on_removal=x"],
        ["invalid-email", "invalid-on-removal", "invalid-organizational-unit"],
    ),
    (["email=other@example.com"], ["duplicate-email"]),
    (["customizations+=unknown"], ["unknown-customization"]),
    (["customizations-=unknown"], ["value-not-there"]),
    (["access.Admins-=Unknown"], ["value-not-there"]),
    (["tags.aws:x=1"], ["invalid-tag"]),
    (["sso_user.email=x"], ["invalid-email"]),
    (["alternate_contact.billing.name=x"], ["missing-field"] * 3),
]


@pytest.mark.parametrize(("written", "codes"), WRONG, ids=str)
def test_what_would_make_the_fleet_worse_is_refused(fleet: Fleet, written: list[str], codes: list[str]) -> None:
    """All problems at once; nothing is written."""
    directory = fleet()
    assert sorted(refused(directory, "pay", *written)) == sorted(codes)
    assert (directory / FILE).read_text() == ACCOUNT


def test_all_that_an_inherited_group_is_given_cannot_be_taken_away(fleet: Fleet) -> None:
    """Without blocks of its own, the account has those of the defaults."""
    directory = fleet(account_requests___defaults="")
    (directory / "account-requests/_defaults.hcl").write_text(
        DEFAULTS.replace('  access "Admins" { permission_set = "Write" }\n', "")
    )
    assert refused(directory, "pay", "access.Admins-=Read") == ["value-inherited"]


def test_problems_of_the_edit_have_no_place_in_a_file_that_does_not_say_it(fleet: Fleet) -> None:
    """The line would be another one's."""
    with pytest.raises(InvalidInputError) as caught:
        Editor(fleet()).change("pay", assignments(["email=x"]))
    (problem,) = caught.value.diagnostics
    assert (problem.file, problem.line, problem.account) == (FILE, None, "pay")


def test_a_fleet_that_has_errors_can_be_mended(fleet: Fleet) -> None:
    """Errors that were there before keep no edit from being made; a missing email can be set."""
    directory = fleet('account "pay" {}\naccount "x" { colour = "blue" }\n')
    assert len(load_fleet(directory).diagnostics) > 2
    assert changed(directory, "pay", "email=pay@example.com").startswith(
        'account "pay" {\n  email = "pay@example.com"\n}'
    )


def test_unknown_and_doubled_accounts_are_told(fleet: Fleet) -> None:
    """With the nearest name, or the place of the second."""
    directory = fleet(ACCOUNT + 'account "pay" { email = "again@example.com" }\n')
    with pytest.raises(InvalidInputError) as caught:
        Editor(directory).change("othr", assignments(["name=x"]))
    assert caught.value.diagnostics[0].hint == 'did you mean "other"?'
    assert refused(directory, "pay", "name=x") == ["duplicate-account"]


def test_an_expression_is_not_added_to(fleet: Fleet) -> None:
    """A list or map that cannot be read may hold anything."""
    directory = fleet('account "pay" {\n  email = "pay@example.com"\n  tags  = var.x\n  customizations = var.y\n}\n')
    assert refused(directory, "pay", "tags.A=1", "customizations+=spoke") == ["value-not-there"] * 2
    assert '  customizations = ["spoke"]\n' in changed(directory, "pay", "customizations=spoke")


def test_a_removed_request_leaves_the_others(fleet: Fleet) -> None:
    """The fleet afterwards is the fleet before, without it."""
    edit = Editor(fleet()).remove("pay")
    assert edit.file.after == ACCOUNT[ACCOUNT.index('account "other"') :].encode()
    assert edit.before is not None
    assert (edit.before.account, edit.after) == ("pay", None)
    assert [request.account for request in edit.reading.requests] == ["other"]


def test_a_file_in_which_nothing_is_left_goes(fleet: Fleet) -> None:
    """Unless something else is in it, or it is a link."""
    directory = fleet('# of pay\naccount "pay" {\n  email = "pay@example.com"\n}\n')
    assert Editor(directory).remove("pay").file.after is None
    (directory / FILE).rename(directory / "elsewhere.hcl")
    (directory / FILE).symlink_to(directory / "elsewhere.hcl")
    assert Editor(directory).remove("pay").file.after == b""


def new_account(label: str = "new", **attributes: str) -> PlainBlock:
    return PlainBlock(type="account", labels=(label,), attributes=attributes)


def test_a_new_account_stands_in_a_file_of_its_own(fleet: Fleet) -> None:
    """Or at the end of one that is there."""
    editor = Editor(fleet())
    block = new_account(email="new@example.com")
    edit = editor.add(block, "account-requests/team/new.hcl")
    assert (edit.file.before, edit.file.after) == (None, b'account "new" {\n  email = "new@example.com"\n}\n')
    assert edit.after is not None
    assert edit.after.organizational_unit == "Sandbox"
    appended = editor.add(block, FILE).file.after
    assert appended == ACCOUNT.encode() + b'\naccount "new" {\n  email = "new@example.com"\n}\n'


@pytest.mark.parametrize(
    ("block", "file", "code"),
    [
        (new_account("PAY", email="new@example.com"), FILE, "duplicate-account"),
        (new_account(email="PAY@example.com"), FILE, "duplicate-email"),
        (new_account(email="new@example.com", name="other"), FILE, "duplicate-name"),
        (new_account(), FILE, "missing-field"),
        (new_account("a b", email="new@example.com"), FILE, "invalid-label"),
        (new_account(email="new@example.com"), "elsewhere/a.hcl", "not-a-requests-file"),
        (new_account(email="new@example.com"), "account-requests/a.txt", "not-a-requests-file"),
        (new_account(email="new@example.com"), "account-requests/../a.hcl", "not-a-requests-file"),
        (new_account(email="new@example.com"), "account-requests/.a.hcl", "not-a-requests-file"),
    ],
)
def test_a_new_account_that_cannot_be_is_refused(fleet: Fleet, block: PlainBlock, file: str, code: str) -> None:
    """Before anything is written."""
    with pytest.raises(InvalidInputError) as caught:
        Editor(fleet()).add(block, file)
    assert code in [problem.code for problem in caught.value.diagnostics]


def test_a_new_account_joins_those_of_its_unit(fleet: Fleet) -> None:
    """If they lie in one folder; else the first folder of requests is the place."""
    directory = fleet(
        'account "a" {\n  email = "a@example.com"\n}\n',
        **{
            "account-requests__prod__b": 'account "b" {\n  email = "b@example.com"\n  organizational_unit = "Prod"\n}\n'
        },
    )
    reading = load_fleet(directory)
    assert file_for("new", "Prod", reading) == "account-requests/prod/new.hcl"
    assert file_for("new", "Sandbox", reading) == "account-requests/new.hcl"
    assert file_for("new", "Elsewhere", reading) == "account-requests/new.hcl"


def test_what_defaults_give_is_known_before_there_is_an_account(fleet: Fleet) -> None:
    """In whatever file it would stand."""
    editor = Editor(fleet())
    for file in (FILE, "account-requests/new.hcl"):
        request = editor.preview("new", file)
        assert request is not None
        assert (request.email, request.organizational_unit) == ("", "Sandbox")


def test_a_file_is_parsed_once_to_be_edited(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large one takes seconds; one that has changed meanwhile is parsed again."""
    directory = fleet()
    editor = Editor(directory)
    read, parsed = Source.read, []

    def counted(content: bytes, file: str) -> Source:
        parsed.append(content)
        return read(content, file)

    monkeypatch.setattr(Source, "read", counted)
    edit = editor.change("pay", assignments(["name=Pay"]))
    assert parsed == [edit.file.before, edit.file.after]
    (directory / FILE).write_bytes(ACCOUNT.encode() + b"# more\n")
    again = editor.change("pay", assignments(["name=Pay"]))
    assert again.file.before == ACCOUNT.encode() + b"# more\n"


# Writing


def test_a_file_keeps_its_mode(tmp_path: Path) -> None:
    """And nothing else is left in the folder."""
    path = tmp_path / "a.hcl"
    path.write_bytes(b"a\r\n")
    path.chmod(0o640)
    save(tmp_path, [FileEdit(file="a.hcl", before=b"a\r\n", after=b"b\r\n")])
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"b\r\n", 0o640)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.hcl"]


def test_a_link_keeps_being_one(tmp_path: Path) -> None:
    """What it leads to is written."""
    (tmp_path / "real.hcl").write_bytes(b"a")
    (tmp_path / "link.hcl").symlink_to("real.hcl")
    save(tmp_path, [FileEdit(file="link.hcl", before=b"a", after=b"b")])
    assert (tmp_path / "link.hcl").is_symlink()
    assert (tmp_path / "real.hcl").read_bytes() == b"b"


def test_new_folders_are_made_and_files_removed(tmp_path: Path) -> None:
    """A new file can be read by whom the umask lets."""
    save(tmp_path, [FileEdit(file="x/y.hcl", before=None, after=b"a")])
    assert (tmp_path / "x" / "y.hcl").stat().st_mode & 0o444
    save(tmp_path, [FileEdit(file="x/y.hcl", before=b"a", after=None)])
    assert not (tmp_path / "x" / "y.hcl").exists()


@pytest.mark.parametrize("content", [b"changed", None])
def test_what_somebody_else_changed_is_left_alone(tmp_path: Path, content: bytes | None) -> None:
    """Their change would be lost."""
    if content is not None:
        (tmp_path / "a.hcl").write_bytes(content)
    with pytest.raises(InvalidInputError) as caught:
        save(tmp_path, [FileEdit(file="a.hcl", before=b"a", after=b"b")])
    assert caught.value.diagnostics[0].code == "file-changed"


def test_two_that_save_at_once_take_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second finds what the first has written, and leaves it alone; without turns, it would be lost."""
    (tmp_path / "a.hcl").write_bytes(b"a")
    flushed = os.fsync
    outcomes: list[str] = []

    def second() -> None:
        try:
            save(tmp_path, [FileEdit(file="a.hcl", before=b"a", after=b"second")])
        except InvalidInputError as error:
            outcomes.append(error.diagnostics[0].code)
        else:
            outcomes.append("written")

    other = threading.Thread(target=second)

    def meanwhile(descriptor: int) -> None:
        monkeypatch.setattr("os.fsync", flushed)
        other.start()
        other.join(0.3)
        flushed(descriptor)

    monkeypatch.setattr("os.fsync", meanwhile)
    save(tmp_path, [FileEdit(file="a.hcl", before=b"a", after=b"first")])
    other.join()
    assert (outcomes, (tmp_path / "a.hcl").read_bytes()) == (["file-changed"], b"first")


def test_other_requests_that_change_meanwhile_are_not_laid_to_the_edit(fleet: Fleet) -> None:
    """Nor taken for what it would touch: it is tried again on what there is now."""
    directory = fleet()
    editor = Editor(directory)
    (directory / "account-requests" / "new.hcl").write_text('account "late" { email = "late@example.com" }\n')
    for edit in (
        lambda: editor.change("pay", assignments(["name=Pay"])),
        lambda: editor.add(new_account(email="new@example.com"), "account-requests/b.hcl"),
        lambda: editor.add_all([(new_account(email="new@example.com"), "account-requests/b.hcl")]),
    ):
        with pytest.raises(InvalidInputError) as caught:
            edit()
        assert [problem.code for problem in caught.value.diagnostics] == ["file-changed"]


def test_requests_of_an_aft_repository_are_not_edited(tmp_path: Path) -> None:
    """It is said that they are AFT's, and what there is to do."""
    write(tmp_path, {**module(), "terraform/main.tf": request("pay")})
    editor = Editor(tmp_path)
    for edit in (lambda: editor.change("pay", assignments(["name=Pay"])), lambda: editor.remove("pay")):
        with pytest.raises(InvalidInputError) as caught:
            edit()
        (problem,) = caught.value.diagnostics
        assert (problem.code, problem.file, problem.line) == ("edit-not-possible", "terraform/main.tf", 1)
        assert "AFT" in problem.summary
    with pytest.raises(InvalidInputError) as caught:
        editor.add(new_account(), "terraform/new.hcl")
    (problem,) = caught.value.diagnostics
    assert problem.code == "not-a-requests-file"
    assert problem.detail is not None
    assert "AFT" in problem.detail


def test_what_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that its owner closed, a folder that is none, a disk that is full."""
    (tmp_path / "a.hcl").write_bytes(b"a")
    monkeypatch.setattr("os.access", lambda *_: False)
    edits = [FileEdit(file="a.hcl", before=b"a", after=b"b"), FileEdit(file="a.hcl/b.hcl", before=None, after=b"b")]
    for edit in edits:
        with pytest.raises(VendError) as caught:
            save(tmp_path, [edit])
        assert caught.value.diagnostics[0].code == "not-writable"
    monkeypatch.undo()

    def full(_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(VendError) as caught:
        save(tmp_path, [edits[0]])
    assert caught.value.diagnostics[0].detail == "No space left on device"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.hcl"]


def test_a_diff_shows_what_a_line_ends_with() -> None:
    """As `diff -u` does, for a missing end too."""
    edit = FileEdit(file="a.hcl", before=b"a\r\nb", after=b"a\r\nc\n")
    assert edit.diff() == (
        "--- a/a.hcl",
        "+++ b/a.hcl",
        "@@ -1,2 +1,2 @@",
        " a\r",
        "-b",
        "\\ No newline at end of file",
        "+c",
    )

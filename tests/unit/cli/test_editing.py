"""new, set, move and remove, as they are asked for and as they answer."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vend.cli._main import main
from vend.cli.call._call import Call, Streams, answer, view_for
from vend.cli.editing import _editing
from vend.cli.editing._editing import NewAccount

SETTINGS = 'fleet "test" { home_region = "eu-west-1" }\n'
PAY = """# Of pay.
account "pay" {
  email               = "pay@example.com"
  organizational_unit = "Prod"
  on_removal          = "close"
}
"""


class Terminal(io.StringIO):
    """A stream that says it is one."""

    def isatty(self) -> bool:
        """Yes."""
        return True


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    (tmp_path / "vend.hcl").write_text(SETTINGS)
    (tmp_path / "account-requests").mkdir()
    (tmp_path / "account-requests" / "pay.hcl").write_text(PAY)
    return tmp_path


def called(
    fleet: Path, work: Callable[[Call], int], form: str = "text", typed: str | None = None
) -> tuple[int, str, str]:
    """Exit code, standard output and standard error; `typed` makes it a terminal."""
    out, err = io.StringIO(), io.StringIO() if typed is None else Terminal()
    streams = Streams(stdin=io.StringIO() if typed is None else Terminal(typed), out=out, err=err)
    call = Call(fleet=fleet, directory=fleet, environ={}, form=form, streams=streams, view=view_for(form, streams))
    return answer(call, work), out.getvalue(), err.getvalue()


def text(fleet: Path, name: str = "pay") -> str:
    return (fleet / "account-requests" / f"{name}.hcl").read_text()


def test_set_shows_what_it_wrote(fleet: Path) -> None:
    """A diff, and the file."""
    code, out, err = called(
        fleet, lambda call: _editing.set_fields(call, "pay", ["tags.A=1"], ["on_removal"], dry_run=False)
    )
    assert (code, err) == (0, "")
    assert out.startswith("--- a/account-requests/pay.hcl\n+++ b/account-requests/pay.hcl\n")
    assert out.endswith("\naccount-requests/pay.hcl written\n")
    assert text(fleet) == PAY.replace('  on_removal          = "close"\n', '\n  tags = {\n    A = "1"\n  }\n')


def test_a_dry_run_writes_nothing(fleet: Path) -> None:
    """And says the same."""
    code, out, _ = called(fleet, lambda call: _editing.move(call, "pay", "Sandbox", dry_run=True))
    assert (code, text(fleet)) == (0, PAY)
    assert '+  organizational_unit = "Sandbox"\n' in out
    assert out.endswith("nothing was written\n")


def test_the_document_holds_the_diff_and_the_request(fleet: Path) -> None:
    """For programs."""
    code, out, _ = called(fleet, lambda call: _editing.move(call, "pay", "Sandbox", dry_run=False), "json")
    document: dict[str, Any] = json.loads(out)
    assert code == 0
    assert {name: document[name] for name in ("account", "file", "changed", "written", "diagnostics")} == {
        "account": "pay",
        "file": "account-requests/pay.hcl",
        "changed": True,
        "written": True,
        "diagnostics": [],
    }
    assert document["request"]["organizational_unit"] == "Sandbox"
    assert document["diff"].splitlines()[0] == "--- a/account-requests/pay.hcl"
    again = called(fleet, lambda call: _editing.move(call, "pay", "Sandbox", dry_run=False))
    assert again[:2] == (0, "nothing to change\n")


def test_an_edit_that_is_refused_says_why(fleet: Path) -> None:
    """Exit code 4, the diagnostics, and an untouched file."""
    code, out, err = called(fleet, lambda call: _editing.move(call, "pay", " ", dry_run=False))
    assert (code, out, text(fleet)) == (4, "", PAY)
    assert err.startswith("error[invalid-organizational-unit]")


def test_remove_says_what_it_means(fleet: Path) -> None:
    """What the request says of its own removal, and that an apply must name the account."""
    code, out, _ = called(fleet, lambda call: _editing.remove(call, "pay", dry_run=True, yes=False))
    assert code == 0
    assert "The apply closes the account if you allow it: vend apply --allow-removal pay\n" in out
    assert text(fleet) == PAY
    assert called(fleet, lambda call: _editing.remove(call, "pay", dry_run=False, yes=False))[0] == 0
    assert not (fleet / "account-requests" / "pay.hcl").exists()


@pytest.mark.parametrize(("typed", "code"), [("y\n", 0), ("\n", 3), ("", 3)])
def test_remove_asks_on_a_terminal(fleet: Path, typed: str, code: int) -> None:
    """Anything but yes leaves the request where it is."""
    found, _, err = called(fleet, lambda call: _editing.remove(call, "pay", dry_run=False, yes=False), typed=typed)
    assert found == code
    assert "Remove the request of pay? [y/N]" in err
    assert (fleet / "account-requests" / "pay.hcl").exists() is bool(code)


def test_remove_does_not_ask_who_said_yes(fleet: Path) -> None:
    """Nor who only looks."""
    for dry_run, yes in ((True, False), (False, True)):
        code, _, err = called(fleet, lambda call: _editing.remove(call, "pay", dry_run=dry_run, yes=yes), typed="")  # noqa: B023 - called at once
        assert (code, err) == (0, "")


def test_new_takes_everything_from_the_command_line(fleet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Options and assignments alike, in vend's order and Terraform's format."""
    monkeypatch.chdir(fleet)
    arguments = ["--email=new@example.com", "--ou=Prod", "--name=New", "--tag=B=2", "--tag=A=1", "--custom-field=x=y"]
    arguments += ["--sso-user=Grace B. Hopper <grace@example.com>", "change.requested_by=me", "change.reason=because"]
    assert main(["new", "new", *arguments]) == 0
    assert (
        text(fleet, "new")
        == """account "new" {
  name                = "New"
  email               = "new@example.com"
  organizational_unit = "Prod"

  sso_user {
    email      = "grace@example.com"
    first_name = "Grace B."
    last_name  = "Hopper"
  }

  tags = {
    B = "2"
    A = "1"
  }

  custom_fields = {
    x = "y"
  }

  change {
    requested_by = "me"
    reason       = "because"
  }
}
"""
    )


def test_new_appends_to_a_file_that_is_named(fleet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From wherever the command runs."""
    monkeypatch.chdir(fleet / "account-requests")
    assert main(["new", "new", "--email=new@example.com", "--ou=Prod", "--file=pay.hcl"]) == 0
    assert text(fleet).startswith(PAY + '\naccount "new" {\n')
    assert main(["new", "other", "--email=other@example.com", "--ou=Prod", "--file=../elsewhere.hcl"]) == 4
    assert main(["new", "other", "--email=other@example.com", "--ou=Prod", "--file=/tmp/elsewhere.hcl"]) == 4


def test_what_is_missing_is_diagnosed_at_once(fleet: Path) -> None:
    """With the option that gives it."""
    code, _, err = called(fleet, lambda call: _editing.new(call, NewAccount(account="new"), dry_run=False))
    assert code == 4
    assert err.count("error[missing-field]") == 2
    assert "hint: --email ADDRESS" in err
    assert "hint: --ou UNIT" in err


def test_what_is_missing_is_asked_for_on_a_terminal(fleet: Path) -> None:
    """Until the answer is one that the field takes; units that are in use are named."""
    typed = "nobody\nnew@example.com\nProd\n"
    code, _, err = called(fleet, lambda call: _editing.new(call, NewAccount(account="new"), dry_run=False), typed=typed)
    assert code == 0
    assert err.count("Email of the account's root user: ") == 2
    assert '"nobody" is not a valid email address' in err
    assert "Organizational unit (such as Prod): " in err
    assert 'email               = "new@example.com"\n' in text(fleet, "new")


def test_no_answer_writes_nothing(fleet: Path) -> None:
    """The end of the input is none."""
    code, _, err = called(fleet, lambda call: _editing.new(call, NewAccount(account="new"), dry_run=False), typed="")
    assert code == 4
    assert "missing-field" in err
    assert not (fleet / "account-requests" / "new.hcl").exists()


def test_what_defaults_give_is_not_asked_for(fleet: Path) -> None:
    """The unit comes from the folder that the file lies in."""
    (fleet / "account-requests" / "team").mkdir()
    (fleet / "account-requests" / "team" / "_defaults.hcl").write_text('defaults {\n  organizational_unit = "T"\n}\n')
    wanted = NewAccount(account="new", written=("email=new@example.com",), file=Path("account-requests/team/new.hcl"))
    code, _, err = called(fleet, lambda call: _editing.new(call, wanted, dry_run=False))
    assert (code, err) == (0, "")
    assert text(fleet, "team/new") == 'account "new" {\n  email = "new@example.com"\n}\n'


def test_a_label_in_use_is_refused_with_its_place(fleet: Path) -> None:
    """In whatever case; `set` is what was meant."""
    code, _, err = called(fleet, lambda call: _editing.new(call, NewAccount(account="PAY"), dry_run=False))
    assert code == 4
    assert "account-requests/pay.hcl:2:1" in err
    assert "`vend set pay FIELD=VALUE`" in err


@pytest.mark.parametrize("person", ["grace@example.com", "Grace <grace@example.com>", "Grace Hopper", ""])
def test_a_person_has_two_names_and_an_address(fleet: Path, person: str) -> None:
    """Account Factory wants all three."""
    wanted = NewAccount(account="new", written=("email=new@example.com",), sso_user=person)
    code, _, err = called(fleet, lambda call: _editing.new(call, wanted, dry_run=False))
    assert code == 4
    assert err.startswith("error[invalid-sso-user]")


def test_a_new_fleet_gets_its_first_account(tmp_path: Path) -> None:
    """The folder of requests is made."""
    (tmp_path / "vend.hcl").write_text(SETTINGS)
    wanted = NewAccount(account="new", written=("email=new@example.com", "organizational_unit=Prod"))
    code, _, err = called(tmp_path, lambda call: _editing.new(call, wanted, dry_run=False))
    assert (code, err) == (0, "")
    assert text(tmp_path, "new").startswith('account "new" {')


@pytest.mark.parametrize("label", ["w w", "\u00e9", "", "--x", "../x", "a" * 129])
@pytest.mark.parametrize("typed", [None, "a@example.com\nProd\n"])
def test_a_label_that_none_can_have_is_told_before_anything_else(fleet: Path, label: str, typed: str | None) -> None:
    """Neither is it said that defaults do not give what they do, nor is anything asked for."""
    defaults = 'defaults {\n  organizational_unit = "Prod"\n  email_template = "aws+{account}@example.com"\n}\n'
    (fleet / "account-requests" / "d.hcl").write_text(defaults)
    code, _, err = called(fleet, lambda call: _editing.new(call, NewAccount(account=label), dry_run=False), typed=typed)
    assert code == 4
    assert "[invalid-label]" in err
    assert ("missing-field" in err, "Email of" in err) == (False, False)
    assert sorted(file.name for file in (fleet / "account-requests").iterdir()) == ["d.hcl", "pay.hcl"]


def test_what_is_said_after_a_question_without_an_answer_begins_a_line(fleet: Path) -> None:
    """Ctrl-D and Ctrl-C leave the cursor behind the question."""

    class Interrupted(Terminal):
        def readline(self, _size: int | None = -1, /) -> str:
            raise KeyboardInterrupt

    def work(call: Call) -> int:
        return _editing.remove(call, "pay", dry_run=False, yes=False)

    said = called(fleet, work, typed="")[2]
    assert "[y/N] \nerror[not-approved]" in re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", said)
    err = Terminal()
    streams = Streams(stdin=Interrupted(), out=io.StringIO(), err=err)
    view = view_for("text", streams)
    call = Call(fleet=fleet, directory=fleet, environ={}, form="text", streams=streams, view=view)
    assert answer(call, work) == 130
    lines = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", err.getvalue())
    assert "[y/N] \nerror[interrupted]" in lines
    assert text(fleet) == PAY

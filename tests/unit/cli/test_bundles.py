"""Plan bundles on the command line, with a lifecycle that only pretends."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.factories import an_account_request
from support.fake_lifecycle import FakeLifecycle, a_bundle, a_plan, a_report
from vend.cli._main import main
from vend.cli.call._call import Call, Streams, answer, view_for
from vend.cli.changes import _bundles, _plan_apply
from vend.cli.changes._arguments import Asked, Bundling
from vend.errors import Diagnostic, RefusedError
from vend.models import Fleet
from vend.plan import Selection
from vend.review import Key, read_bundle, write_bundle
from vend.settings import ReviewSettings, Settings

KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
SAVED = {"plans/a0/account.tfplan": b"hunter2"}


@pytest.fixture(autouse=True)
def fleet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Fleet:
    settings = Settings(name="example", home_region="eu-west-1")
    fleet = Fleet(directory=tmp_path, settings=settings, requests=(an_account_request(),))
    (tmp_path / "vend.hcl").write_text('fleet "example" { home_region = "eu-west-1" }\n')
    for module in (_plan_apply, _bundles):
        monkeypatch.setattr(module, "open_fleet", lambda _: (fleet, None))
    return fleet


def a_call(directory: Path, form: str = "text", environ: Mapping[str, str] | None = None) -> Call:
    streams = Streams(stdin=io.StringIO(), out=io.StringIO(), err=io.StringIO())
    return Call(
        fleet=directory,
        directory=directory,
        environ=environ or {},
        form=form,
        streams=streams,
        view=view_for(form, streams),
    )


def out(call: Call) -> str:
    return str(call.streams.out.getvalue())  # type: ignore[attr-defined]  # a StringIO


def err(call: Call) -> str:
    return str(call.streams.err.getvalue())  # type: ignore[attr-defined]  # likewise


def written(directory: Path, **overrides: Any) -> Path:
    path = directory / "given.vend"
    write_bundle(a_bundle(a_plan("create"), SAVED, **overrides), path)
    return path


@pytest.mark.parametrize("place", ["folder", "one.vend"])
def test_plan_writes_a_bundle_and_show_shows_it_alike(tmp_path: Path, place: str) -> None:
    """The document of `show` is that of `plan`, place and digests included."""
    call, lifecycle = a_call(tmp_path, "json"), FakeLifecycle(planned=a_plan("create"))
    assert _plan_apply.plan(call, Asked(bundling=Bundling(out=Path(place))), lifecycle) == 0
    shown = a_call(tmp_path, "json")
    assert _bundles.show(shown, Path(place)) == 0
    document = json.loads(out(call))
    assert json.loads(out(shown)) == document
    assert (document["bundle"], len(document["bundle_digest"])) == (place, 64)
    assert lifecycle.asked[-1][-1] == "keep"


def test_without_a_place_it_is_kept_for_show_and_holds_no_saved_plans(tmp_path: Path) -> None:
    """Nothing secret stays where nobody asked for it."""
    call, lifecycle = a_call(tmp_path), FakeLifecycle(planned=a_plan("create"))
    _plan_apply.plan(call, Asked(), lifecycle)
    assert lifecycle.asked[-1][-1] == "omit"
    shown = a_call(tmp_path)
    _bundles.show(shown, None)
    assert out(shown) == out(call)
    assert "bundle .vend/o-fakefakefake/bundle" in out(call)


def test_a_bundle_elsewhere_leaves_one_without_saved_plans_for_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`vend show` shows the last plan, wherever its bundle went."""
    lifecycle = FakeLifecycle(planned=a_plan("create"))
    monkeypatch.setattr(lifecycle, "bundle", lambda *_: a_bundle(a_plan("create"), SAVED))
    _plan_apply.plan(a_call(tmp_path), Asked(bundling=Bundling(out=Path("one.vend"))), lifecycle)
    kept = tmp_path / ".vend" / "o-fakefakefake" / "bundle"
    assert (read_bundle(kept).plans, len(read_bundle(tmp_path / "one.vend").plans)) == ((), 1)


@pytest.mark.parametrize(
    ("asked", "setting", "expected"),
    [(None, "encrypt", "encrypt"), ("omit", "encrypt", "omit"), (None, "keep", "keep")],
)
def test_saved_plans_are_handled_as_asked_else_as_vend_hcl_says(  # noqa: PLR0917 - fixtures and parameters
    tmp_path: Path, fleet: Fleet, monkeypatch: pytest.MonkeyPatch, asked: Any, setting: Any, expected: str
) -> None:
    """The option wins."""
    settings = replace(fleet.settings, review=ReviewSettings(saved_plans=setting))
    monkeypatch.setattr(_plan_apply, "open_fleet", lambda _: (replace(fleet, settings=settings), None))
    lifecycle = FakeLifecycle()
    bundling = Bundling(out=Path("b"), saved_plans=asked)
    _plan_apply.plan(a_call(tmp_path, environ={"VEND_BUNDLE_KEY": KEY}), Asked(bundling=bundling), lifecycle)
    assert lifecycle.asked[-1][-1] == expected


@pytest.mark.parametrize(
    ("place", "saved_plans", "environ", "code"),
    [
        ("mine.vend", "keep", {}, "bundle-not-written"),
        ("one.vend", "encrypt", {}, "bundle-key-missing"),
        ("one.vend", "keep", {"VEND_BUNDLE_KEY": "short"}, "bundle-key"),
    ],
)
def test_what_keeps_a_bundle_from_being_written_is_told_before_anything_is_planned(
    tmp_path: Path, place: str, saved_plans: Any, environ: Mapping[str, str], code: str
) -> None:
    """Planning hundreds of accounts takes minutes, and would be for nothing."""
    (tmp_path / "mine.vend").write_text("mine")
    lifecycle = FakeLifecycle(planned=a_plan("create"))
    asked = Asked(bundling=Bundling(out=Path(place), saved_plans=saved_plans))
    call = a_call(tmp_path, environ=environ)
    assert answer(call, lambda call: _plan_apply.plan(call, asked, lifecycle)) != 0
    assert f"error[{code}]" in err(call)
    assert lifecycle.asked == []


def test_show_without_any_plan_says_so(tmp_path: Path) -> None:
    """With what makes one; exit code 4."""
    call = a_call(tmp_path)
    assert answer(call, lambda call: _bundles.show(call, None)) == 4
    assert "error[bundle-not-found]" in err(call)


def test_an_expired_bundle_is_still_shown_and_its_saved_plans_go(tmp_path: Path) -> None:
    """Whoever looks at it wipes it."""
    path = written(tmp_path, expires="2026-01-02T00:00:00+00:00")
    assert _bundles.show(a_call(tmp_path), path) == 0
    assert read_bundle(path).plans == ()


def test_apply_applies_what_the_lifecycle_lets_through_and_wipes_saved_plans(tmp_path: Path) -> None:
    """Without asking."""
    path, lifecycle = written(tmp_path), FakeLifecycle(planned=a_plan("create"))
    asked = Asked(selection=Selection(accounts=("a0",)))
    assert _bundles.apply(a_call(tmp_path), path, asked, lifecycle) == 0
    assert [step[0] for step in lifecycle.asked] == ["plan_of_bundle", "apply"]
    assert lifecycle.asked[0][-1] == ("a0",)
    assert read_bundle(path).plans == ()


def test_saved_plans_are_wiped_though_the_apply_breaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They may have been used."""

    def break_down(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    path, lifecycle = written(tmp_path), FakeLifecycle(planned=a_plan("create"))
    monkeypatch.setattr(lifecycle, "apply", break_down)
    assert answer(a_call(tmp_path), lambda call: _bundles.apply(call, path, Asked(), lifecycle)) == 130
    assert read_bundle(path).plans == ()


@pytest.mark.parametrize(("code", "left"), [("bundle-expired", 0), ("bundle-organization", 1)])
def test_a_refused_bundle_keeps_its_saved_plans_unless_it_expired(tmp_path: Path, code: str, left: int) -> None:
    """Exit code 3; nothing was used."""
    path, lifecycle = written(tmp_path), FakeLifecycle()

    def refuse() -> None:
        raise RefusedError(Diagnostic(code=code, summary="no"))

    lifecycle.while_planning = refuse
    assert answer(a_call(tmp_path), lambda call: _bundles.apply(call, path, Asked(), lifecycle)) == 3
    assert len(read_bundle(path).plans) == left


def test_what_failed_goes_on_with_the_bundle(tmp_path: Path) -> None:
    """Not with an apply of its own, which would plan anew what nobody reviewed."""
    written(tmp_path).rename(tmp_path / "of today.vend")
    call = a_call(tmp_path)
    lifecycle = FakeLifecycle(planned=a_plan("create"), report=a_report(a0="failed"))
    assert _bundles.apply(call, Path("of today.vend"), Asked(), lifecycle) == 1
    assert "run `vend apply 'of today.vend' --account a0`" in out(call)


def test_what_is_refused_makes_exit_code_3(tmp_path: Path) -> None:
    """An account that changed since the review."""
    lifecycle = FakeLifecycle(planned=a_plan("refused"), report=a_report(a0="failed"))
    assert _bundles.apply(a_call(tmp_path), written(tmp_path), Asked(), lifecycle) == 3


def test_a_bundle_is_applied_by_either_of_its_digests_and_no_other(tmp_path: Path) -> None:
    """The change set's, or its own; in full."""
    path = written(tmp_path)
    bundle = read_bundle(path)
    for digest in (bundle.manifest.digest, bundle.digest.upper(), None):
        lifecycle = FakeLifecycle()
        assert _bundles.apply(a_call(tmp_path), path, Asked(digest=digest), lifecycle) == 0
    for digest in ("0" * 64, bundle.digest[:32], ""):
        call, lifecycle = a_call(tmp_path), FakeLifecycle()
        work = lambda call, digest=digest: _bundles.apply(call, path, Asked(digest=digest), lifecycle)  # noqa: E731, B023
        assert answer(call, work) == 3
        assert "error[bundle-digest]" in err(call)
        assert lifecycle.asked == []


def test_an_apply_without_a_bundle_takes_a_digest_for_approval(tmp_path: Path) -> None:
    """What is planned now must have it."""
    lifecycle = FakeLifecycle(planned=a_plan("create"))
    assert _plan_apply.apply(a_call(tmp_path), Asked(digest="d" * 64), lifecycle) == 0
    lifecycle = FakeLifecycle(planned=a_plan("create"))
    work = lambda call: _plan_apply.apply(call, Asked(digest="e" * 64), lifecycle)  # noqa: E731
    assert answer(a_call(tmp_path), work) == 3
    assert [step[0] for step in lifecycle.asked] == ["plan"]


@pytest.mark.parametrize("at", [0, 700, -1])
def test_an_altered_bundle_makes_exit_code_3_before_anything_else(tmp_path: Path, at: int) -> None:
    """AWS is not even asked."""
    path = written(tmp_path)
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(bytes(content))
    call, lifecycle = a_call(tmp_path), FakeLifecycle()
    assert answer(call, lambda call: _bundles.apply(call, path, Asked(), lifecycle)) == 3
    assert "error[bundle-" in err(call)
    assert lifecycle.asked == []


@pytest.mark.parametrize("by", ["text", "file"])
def test_the_key_comes_from_the_environment(tmp_path: Path, by: str) -> None:
    """Itself, or the file that holds it."""
    (tmp_path / "key").write_text(KEY + "\n")
    environ = {"VEND_BUNDLE_KEY": KEY} if by == "text" else {"VEND_BUNDLE_KEY_FILE": "key"}
    path = tmp_path / "signed"
    signed = a_bundle(a_plan("create"), SAVED, key=Key(KEY))
    write_bundle(signed, path)
    lifecycle = FakeLifecycle(planned=a_plan("create"))
    assert _bundles.apply(a_call(tmp_path, environ=environ), path, Asked(), lifecycle) == 0
    assert lifecycle.key is not None
    write_bundle(a_bundle(a_plan("create"), SAVED), path)
    call = a_call(tmp_path, environ=environ)
    assert answer(call, lambda call: _bundles.apply(call, path, Asked(), lifecycle)) == 3
    assert "manifest.hmac" in err(call)


def test_a_key_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    """And not that the key is wrong."""
    call = a_call(tmp_path, environ={"VEND_BUNDLE_KEY_FILE": "nowhere"})
    assert answer(call, lambda call: _bundles.show(call, written(tmp_path))) == 3
    assert "error[bundle-key]" in err(call)
    assert "nowhere" in err(call)


@pytest.mark.parametrize("option", [["--stage", "account"], ["--allow-removal", "a"]])
def test_a_bundle_says_itself_what_is_applied(option: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Bad usage otherwise."""
    assert main(["apply", "some.vend", *option]) == 4
    assert "a plan bundle already says what is applied" in capsys.readouterr().err

"""A plan bundle: the same bytes for the same plan, and no byte of it can change unnoticed."""

from __future__ import annotations

import io
import json
import os
import stat
import tarfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.plans import PLANS, SECRETS, a_fleet, a_request, a_resource, recorded
from vend.codec import DocumentError, read_exactly
from vend.errors import InvalidInputError, RefusedError
from vend.models import AlternateContact
from vend.plan import Plan, Review, Selection
from vend.review import (
    Bundle,
    Key,
    _bundle,
    _bundle_files,
    change_digest,
    field_digests,
    pack,
    read_bundle,
    review_of,
    unpack,
    wipe_plans,
    write_bundle,
)
from vend.review._bundle import from_archive, to_archive
from vend.review._manifest import Manifest

KEY = Key("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
OTHER = Key("HwECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")
SAVED = b"a saved plan with hunter2 in it"
NAME = "plans/payments-prod/account.tfplan"


def a_bundle(plan: Plan | None = None, key: Key | None = None, **overrides: object) -> Bundle:
    """The bundle of a plan, with one saved plan."""
    plan = plan or PLANS["create"]()
    manifest = replace(recorded(plan), **overrides)  # type: ignore[arg-type]  # any field
    return pack(manifest, review_of(plan), {NAME: SAVED}, key)


def code(call: Callable[[], object]) -> str:
    with pytest.raises((RefusedError, InvalidInputError)) as caught:
        call()
    return caught.value.diagnostics[0].code


@pytest.mark.parametrize("name", PLANS)
def test_what_is_packed_is_read_back(name: str) -> None:
    """Manifest, review and files, of every kind of plan; the digest is the plan's."""
    plan = PLANS[name]()
    packed = a_bundle(plan)
    again = unpack(from_archive(to_archive(packed)))
    assert (again.manifest, again.review, dict(again.files)) == (packed.manifest, packed.review, dict(packed.files))
    assert again.manifest.digest == again.review.digest == plan.digest


def test_the_same_plan_is_the_same_bytes() -> None:
    """Whatever the time, the user and the order of files."""
    one, two = a_bundle(), a_bundle()
    shuffled = replace(two, files=dict(sorted(two.files.items(), reverse=True)))
    assert to_archive(one) == to_archive(shuffled)
    assert one.digest == two.digest


def test_another_value_is_another_digest() -> None:
    """Of the change set, and so of the bundle."""
    (account,) = PLANS["one-account"]().accounts
    other = a_fleet(replace(account, operations=()))
    assert a_bundle(other).digest != a_bundle(PLANS["one-account"]()).digest


@given(data=st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@pytest.mark.parametrize("key", [None, KEY])
def test_no_byte_of_a_file_can_change_unnoticed(key: Key | None, data: st.DataObject) -> None:
    """Headers and padding of the archive included."""
    content = bytearray(to_archive(a_bundle(key=key)))
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(RefusedError) as caught:
        unpack(from_archive(bytes(content)), key)
    assert caught.value.diagnostics[0].code in {"bundle-altered", "bundle-unreadable", "bundle-key-wrong"}


@pytest.mark.parametrize("name", ["manifest.json", "manifest.sha256", "manifest.hmac", "review.json", NAME])
def test_every_byte_of_a_folder_counts(name: str) -> None:
    """The file that was altered is named."""
    files = dict(a_bundle(key=KEY).files)
    content = files[name]
    for at in range(0, len(content), max(1, len(content) // 50)):
        altered = bytes([*content[:at], content[at] ^ 1, *content[at + 1 :]])
        with pytest.raises(RefusedError) as caught:
            unpack({**files, name: altered})
        (found,) = caught.value.diagnostics
        assert (found.code, name in found.summary) == ("bundle-altered", True)


@pytest.mark.parametrize("change", [b"", SAVED + b"x", SAVED[:-1]])
def test_a_saved_plan_of_another_length_is_altered(change: bytes) -> None:
    """Nothing can be added to it or cut off."""
    assert code(lambda: unpack({**a_bundle().files, NAME: change})) == "bundle-altered"


def test_a_manifest_that_was_written_anew_must_add_up() -> None:
    """Whoever changes a digest in it and the checksum with it has another change set, or none."""
    bundle = a_bundle()
    document = json.loads(bundle.files["manifest.json"])
    document["accounts"][0]["stages"][0]["changes"][0]["digest"] = "0" * 64
    with pytest.raises(DocumentError, match=r"^digest does not fit"):
        read_exactly(Manifest, document)


@pytest.mark.parametrize(
    ("change", "how"),
    [
        ({"review.json": None}, "missing"),
        ({"manifest.sha256": None}, "missing"),
        ({"plans/other/account.tfplan": b"x"}, "does not list"),
    ],
)
def test_what_is_missing_or_does_not_belong_there_is_named(change: dict[str, bytes | None], how: str) -> None:
    """A saved plan may be missing: it is wiped after use."""
    files = {**a_bundle().files, **change}
    with pytest.raises(RefusedError) as caught:
        unpack({name: content for name, content in files.items() if content is not None})
    (found,) = caught.value.diagnostics
    assert next(iter(change)) in found.summary
    assert how in (found.detail or "")


def _archive(*members: tarfile.TarInfo) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:") as archive:
        for member in members:
            archive.addfile(member, io.BytesIO(b"x" * member.size))
    return out.getvalue()


def _member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, link
    return member


@pytest.mark.parametrize(
    "member",
    [
        _member("../evil"),
        _member("/etc/passwd"),
        _member("plans/../../evil/account.tfplan"),
        _member("plans/a/account.tfplan", tarfile.SYMTYPE, "/etc/passwd"),
        _member("plans/a/account.tfplan", tarfile.LNKTYPE, "manifest.json"),
        _member("manifest.json", tarfile.CHRTYPE),
        _member("plans/a", tarfile.DIRTYPE),
        _member("plans/a/other.tfplan"),
        _member("PLANS/a/account.tfplan"),
        _member("plans/a\n/account.tfplan"),
    ],
    ids=lambda member: f"{member.name!r}-{member.type!r}",
)
def test_an_archive_leads_nowhere(member: tarfile.TarInfo) -> None:
    """Paths, links and devices are refused before anything is written."""
    assert code(lambda: from_archive(_archive(member))) == "bundle-altered"


@pytest.mark.parametrize(
    "content", [b"", b"x" * 600, b"\x1f\x8b" + b"x" * 600, _archive(*[_member("review.json")] * 2)]
)
def test_what_is_no_bundle_is_refused(content: bytes) -> None:
    """Compressed archives too: they could unpack to anything."""
    assert code(lambda: unpack(from_archive(content))) in {"bundle-altered", "bundle-unreadable"}


def test_sealed_plans_are_nothing_without_the_key() -> None:
    """Another key, another name, and an altered byte are told apart from the right ones; nothing shows."""
    sealed = KEY.encrypt(NAME, SAVED)
    assert SAVED not in sealed
    assert KEY.encrypt(NAME, SAVED) != sealed
    assert KEY.decrypt(NAME, sealed) == SAVED
    assert code(lambda: OTHER.decrypt(NAME, sealed)) == "bundle-key-wrong"
    assert code(lambda: KEY.decrypt("plans/other/account.tfplan", sealed)) == "bundle-key-wrong"
    for at in range(len(sealed)):
        altered = bytes([*sealed[:at], sealed[at] ^ 1, *sealed[at + 1 :]])
        assert code(lambda altered=altered: KEY.decrypt(NAME, altered)) == "bundle-key-wrong"  # type: ignore[misc]  # bound now
    assert code(lambda: KEY.decrypt(NAME, b"")) == "bundle-key-wrong"


def test_a_key_shows_in_no_message() -> None:
    """It is never printed."""
    assert "AAEC" not in repr(KEY)


@pytest.mark.parametrize("text", ["", "short", "x" * 44, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=AAAA"])
def test_what_is_no_key_is_refused(text: str) -> None:
    """Thirty-two bytes in Base64, and nothing else."""
    assert code(lambda: Key(text)) == "bundle-key"


def test_who_has_a_key_takes_only_what_is_signed_with_it() -> None:
    """A signature cannot be taken off, nor be another's."""
    assert unpack(a_bundle(key=KEY).files, KEY).manifest == a_bundle().manifest
    assert code(lambda: unpack(a_bundle().files, KEY)) == "bundle-altered"
    assert code(lambda: unpack(a_bundle(key=OTHER).files, KEY)) == "bundle-key-wrong"
    assert unpack(a_bundle(key=KEY).files).manifest == a_bundle().manifest


def test_a_plan_that_is_sealed_needs_its_key() -> None:
    """Said as it is."""
    name = f"{NAME}.sealed"
    plan = PLANS["create"]()
    bundle = pack(recorded(plan), review_of(plan), {name: KEY.encrypt(name, SAVED)})
    assert code(lambda: bundle.plan(name, None)) == "bundle-key-missing"
    assert bundle.plan(name, KEY) == SAVED
    assert bundle.plan("plans/other/account.tfplan", None) is None


@pytest.mark.parametrize("place", ["folder", "deep/folder", "one.vend"])
def test_a_bundle_is_written_for_this_user_alone(tmp_path: Path, place: str) -> None:
    """Files 0600, folders 0700, whatever the umask; and read back; and written over."""
    path = tmp_path / place
    before = os.umask(0)
    try:
        write_bundle(a_bundle(), path)
    finally:
        os.umask(before)
    made = [path, *path.rglob("*")]
    modes = {stat.S_IMODE(entry.stat().st_mode) for entry in made if entry.is_file()}
    folders = {stat.S_IMODE(entry.stat().st_mode) for entry in made if entry.is_dir()}
    assert (modes, folders <= {0o700}) == ({0o600}, True)
    assert read_bundle(path).manifest == a_bundle().manifest
    write_bundle(a_bundle(PLANS["move"]()), path)
    assert read_bundle(path).review == a_bundle(PLANS["move"]()).review
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("place", ["folder", "one.vend"])
def test_saved_plans_are_wiped(tmp_path: Path, place: str) -> None:
    """And the rest can still be shown."""
    path = tmp_path / place
    write_bundle(a_bundle(), path)
    assert wipe_plans(read_bundle(path), path) == ()
    again = read_bundle(path)
    assert (again.plans, again.review) == ((), a_bundle().review)
    assert wipe_plans(again, path) == ()
    assert not [file for file in tmp_path.rglob("*") if file.is_file() and b"hunter2" in file.read_bytes()]


def test_what_lies_there_and_is_no_bundle_is_left_alone(tmp_path: Path) -> None:
    """A folder with a manifest.json of something else, a file, a link."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "manifest.json").write_text("{}")
    (project / "index.html").write_text("")
    (tmp_path / "file.vend").write_text("mine")
    (tmp_path / "link").symlink_to(project)
    for path in (project, tmp_path / "file.vend", tmp_path / "link", tmp_path):
        assert code(lambda path=path: write_bundle(a_bundle(), path)) == "bundle-not-written"  # type: ignore[misc]  # bound now
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file.vend", "link", "project"]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """With what the system says."""
    (tmp_path / "file").write_text("")
    assert code(lambda: write_bundle(a_bundle(), tmp_path / "file" / "bundle")) == "bundle-not-written"


def test_saved_plans_that_cannot_be_removed_are_told(tmp_path: Path) -> None:
    """A warning: the apply is done all the same."""
    path = tmp_path / "bundle"
    write_bundle(a_bundle(), path)
    bundle = read_bundle(path)
    (path / NAME).unlink()
    (path / NAME).mkdir()
    (found,) = wipe_plans(bundle, path)
    assert (found.code, found.severity) == ("bundle-not-wiped", "warning")


@pytest.mark.parametrize("limit", ["MAX_BYTES", "MAX_FILES"])
@pytest.mark.parametrize("place", ["folder", "one.vend"])
def test_what_is_larger_than_any_bundle_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, place: str
) -> None:
    """It could fill memory."""
    path = tmp_path / place
    write_bundle(a_bundle(), path)
    for module in (_bundle, _bundle_files):
        monkeypatch.setattr(module, limit, 2)
    assert code(lambda: read_bundle(path)) == "bundle-altered"


def test_values_in_lists_may_become_known_too() -> None:
    """What was unknown in a list is taken out at its place; the other values must be the same."""
    unknown = {"rules": [{"id": True}, True]}
    reviewed = a_resource("x.y", "create", after={"rules": [{"port": 1}, None]}, after_unknown=unknown)
    now = a_resource("x.y", "create", after={"rules": [{"port": 1, "id": "r-1"}, {"port": 2}]}, after_unknown={})
    other = a_resource("x.y", "create", after={"rules": [{"port": 3, "id": "r-1"}, {"port": 2}]}, after_unknown={})
    assert change_digest(now, None, unknown) == change_digest(reviewed, None)
    assert change_digest(other, None, unknown) != change_digest(reviewed, None)


def test_fields_of_a_request_are_told_apart() -> None:
    """By their paths, those of contacts and access too; who asked and why is no part of what is wanted."""
    contact = AlternateContact(kind="security", name="Desk", title="CSIRT", email="s@example.com", phone="+1 555 0100")
    request = a_request(alternate_contacts=(contact,), tags={"a": "b"})
    other = replace(request, alternate_contacts=(replace(contact, phone="+1 555 0199"),), change=None, positions={})
    before, after = (field_digests(each.to_json()) for each in (request, other))
    assert {path for path in before if before[path] != after[path]} == {"alternate_contacts[0].phone"}
    assert {"email", "sso_user.email", "tags.a", "customizations"} <= set(before)


def test_several_runs_may_write_one_folder(tmp_path: Path) -> None:
    """Each writes a whole bundle; one of them is there in the end, and nothing else."""
    path = tmp_path / "bundle"
    bundles = [a_bundle(PLANS[name]()) for name in ("create", "move", "update", "close")] * 8
    with ThreadPoolExecutor(max_workers=8) as pool:
        list(pool.map(lambda bundle: write_bundle(bundle, path), bundles))
    assert read_bundle(path).digest in {bundle.digest for bundle in bundles}
    assert [entry.name for entry in tmp_path.iterdir()] == ["bundle"]


def test_a_folder_leads_nowhere(tmp_path: Path) -> None:
    """A link in it is not followed; a file that no bundle holds is not read."""
    path = tmp_path / "bundle"
    write_bundle(a_bundle(), path)
    (path / "plans/payments-prod/settings.tfplan").symlink_to("/etc/passwd")
    assert code(lambda: read_bundle(path)) == "bundle-altered"
    (path / "plans/payments-prod/settings.tfplan").unlink()
    os.mkfifo(path / "plans/payments-prod/settings.tfplan")
    assert code(lambda: read_bundle(path)) == "bundle-altered"
    (path / "plans/payments-prod/settings.tfplan").unlink()
    (path / "extra").write_text("")
    assert code(lambda: read_bundle(path)) == "bundle-altered"


def test_a_link_in_the_place_of_a_file_is_told_as_what_it_is(tmp_path: Path) -> None:
    """Its name is right; what lies there is not."""
    path = tmp_path / "bundle"
    write_bundle(a_bundle(), path)
    (path / "review.json").rename(tmp_path / "review.json")
    (path / "review.json").symlink_to(tmp_path / "review.json")
    with pytest.raises(RefusedError) as caught:
        read_bundle(path)
    assert caught.value.diagnostics[0].detail == "it is a link, or not a regular file"


def test_a_bundle_that_is_not_there_says_so(tmp_path: Path) -> None:
    """With what to do."""
    assert code(lambda: read_bundle(tmp_path / "none")) == "bundle-not-found"


def test_no_secret_is_in_a_bundle_but_in_its_saved_plans() -> None:
    """Manifest and review hold digests and masked values."""
    for make in PLANS.values():
        files = a_bundle(make()).without_plans().files
        assert not [(n, s) for n, content in files.items() for s in SECRETS if s.encode() in content]


@pytest.mark.parametrize("document", [None, [], {}, {"digest": 1}, {"digest": "x", "accounts": [{}]}])
def test_a_document_of_another_form_is_refused(document: object) -> None:
    """With what is missing, not with a traceback."""
    for kind in (Review, Manifest):
        with pytest.raises(DocumentError, match=r"."):
            read_exactly(kind, document)


def test_what_was_selected_is_kept() -> None:
    """Planning again takes the same."""
    selection = Selection(accounts=("a",), stage="settings", refresh=True, allow_removal=("b",))
    assert unpack(a_bundle(selection=selection).files).manifest.selection == selection

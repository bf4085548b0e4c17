from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from support.factories import an_account_request
from vend.customizations import Catalogue
from vend.errors import InvalidInputError, VendError
from vend.models import AccessAssignment, AccountRequest, IdentityCenter, Position, RootModule, Stage
from vend.render import (
    PLACEHOLDER_ACCOUNT_ID,
    AccountRuntime,
    CustomizationsRuntime,
    SettingsRuntime,
    render_account,
    write_root,
)
from vend.settings import Settings

CENTER = IdentityCenter(
    instance_arn="arn:aws:sso:::instance/ssoins-1",
    identity_store_id="d-1",
    groups={"Admins": "g-1", "Auditors": "g-2"},
    permission_sets={"AdministratorAccess": "ps-1", "ReadOnly": "ps-2"},
)
REQUEST = an_account_request(
    custom_fields={"a": "b"},
    access=(AccessAssignment(group="Admins", permission_set="AdministratorAccess"),),
    positions={
        "": Position(file="account-requests/a.hcl", line=1, column=1),
        "access.Admins": Position(file="account-requests/a.hcl", line=7, column=10),
        "access.Admins.permission_set": Position(file="account-requests/a.hcl", line=7, column=40),
    },
)


def root(stage: Stage, tmp_path: Path, request: AccountRequest = REQUEST) -> RootModule:
    """One rendered root of the request."""
    settings = Settings(name="example", home_region="eu-west-1")
    roots = render_account(request, settings=settings, catalogue=Catalogue(), fleet_directory=tmp_path / "fleet")
    return next(rendered for rendered in roots if rendered.stage == stage)


def account_runtime(**overrides: Any) -> AccountRuntime:
    """Runtime values of the account root."""
    fields: dict[str, Any] = {
        "product_id": "prod-1",
        "provisioning_artifact_id": "pa-1",
        "path_id": "lpv2-1",
        "organizational_unit": "Prod (ou-ab12-prodprod)",
    }
    return AccountRuntime(**fields | overrides)


def files(directory: Path) -> set[str]:
    """Every file below a directory."""
    return {path.relative_to(directory).as_posix() for path in directory.rglob("*") if not path.is_dir()}


def runtime(directory: Path) -> dict[str, Any]:
    """The runtime values that were written."""
    loaded: dict[str, Any] = json.loads((directory / "runtime.tfvars.json").read_text())
    return loaded


def test_a_root_and_its_runtime_files_are_written_for_their_user_alone(tmp_path: Path) -> None:
    """Files are 0600 in folders that are 0700."""
    rendered, directory = root("account", tmp_path), tmp_path / "out" / "payments-prod" / "account"
    write_root(rendered, directory, account_runtime())
    assert files(directory) == {*rendered.files, "runtime.tfvars.json"}
    assert all((directory / path).read_bytes() == content for path, content in rendered.files.items())
    assert stat.S_IMODE((directory / "main.tf").stat().st_mode) == 0o600
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert runtime(directory) == {
        "organizational_unit": "Prod (ou-ab12-prodprod)",
        "path_id": "lpv2-1",
        "product_id": "prod-1",
        "provisioning_artifact_id": "pa-1",
    }


def test_writing_again_touches_nothing_that_is_equal(tmp_path: Path) -> None:
    """Unchanged files keep their times, so that Terraform need not be initialized again."""
    rendered, directory = root("account", tmp_path), tmp_path / "out"
    write_root(rendered, directory, account_runtime())
    before = {path: (directory / path).stat() for path in files(directory)}
    write_root(rendered, directory, account_runtime(provisioning_artifact_id="pa-2"))
    changed = {
        path
        for path, was in before.items()
        if ((directory / path).stat().st_ino, (directory / path).stat().st_mtime_ns) != (was.st_ino, was.st_mtime_ns)
    }
    assert changed == {"runtime.tfvars.json"}


def test_an_adopted_product_has_an_import_and_an_override_until_they_are_not_wanted(tmp_path: Path) -> None:
    """The override goes into the module whose resource it overrides; both go when they are no longer asked for."""
    rendered, directory = root("account", tmp_path), tmp_path / "out"
    write_root(rendered, directory, account_runtime(adopt="pp-1", keep_adopted=True))
    extra = {"imports.tf", "modules/account/adopted_override.tf", "runtime.tfvars.json"}
    assert files(directory) == {*rendered.files, *extra}
    assert runtime(directory)["adopted_product_id"] == "pp-1"
    write_root(rendered, directory, account_runtime(keep_adopted=True))
    assert files(directory) == {*rendered.files, *extra} - {"imports.tf"}
    write_root(rendered, directory, account_runtime())
    assert files(directory) == {*rendered.files, "runtime.tfvars.json"}
    assert "adopted_product_id" not in runtime(directory)


def test_what_is_left_from_before_goes_and_what_terraform_keeps_stays(tmp_path: Path) -> None:
    """Stale files, folders and links go; locks and a state that could not be saved do not."""
    rendered, directory = root("customizations", tmp_path), tmp_path / "out"
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "keep.tf").write_text("")
    for name in ("old.tf", "customizations/old/main.tf", "errored.tfstate", ".terraform.tfstate.lock.info"):
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text("")
    (directory / "link").symlink_to(outside)
    (directory / "main.tf").symlink_to(outside / "keep.tf")
    write_root(rendered, directory, CustomizationsRuntime(account_id="222222222222"))
    kept = {"errored.tfstate", ".terraform.tfstate.lock.info"}
    assert files(directory) == {*rendered.files, "runtime.tfvars.json", *kept}
    assert not (directory / "customizations").exists()
    assert (outside / "keep.tf").read_text() == ""


def test_scripts_stay_executable(tmp_path: Path) -> None:
    """A file of a module whose first line names an interpreter can be run from it."""
    rendered = RootModule(account="a", stage="customizations", files={"run.sh": b"#!/bin/sh\n"}, digest="")
    write_root(rendered, tmp_path / "out", CustomizationsRuntime(account_id="222222222222"))
    assert stat.S_IMODE((tmp_path / "out" / "run.sh").stat().st_mode) == 0o700


@pytest.mark.parametrize("blocker", ["out", "out/.terraform.lock.hcl/x"])
def test_a_directory_that_cannot_be_written_is_a_diagnostic(tmp_path: Path, blocker: str) -> None:
    """A file or a folder in the way."""
    (tmp_path / blocker).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / blocker).write_text("")
    rendered = RootModule(account="a", stage="customizations", files={".terraform.lock.hcl": b""}, digest="")
    with pytest.raises(VendError) as caught:
        write_root(rendered, tmp_path / "out", CustomizationsRuntime(account_id="222222222222"))
    (problem,) = caught.value.diagnostics
    assert problem.code == "output-not-writable"


def test_the_ids_of_groups_and_permission_sets_are_looked_up_for_what_is_named_alone(tmp_path: Path) -> None:
    """Names stay with the request; ids are runtime values."""
    directory = tmp_path / "out"
    write_root(
        root("settings", tmp_path), directory, SettingsRuntime(account_id="222222222222", identity_center=CENTER)
    )
    assert runtime(directory) == {
        "account_id": "222222222222",
        "identity_center": {
            "instance_arn": "arn:aws:sso:::instance/ssoins-1",
            "groups": {"Admins": "g-1"},
            "permission_sets": {"AdministratorAccess": "ps-1"},
        },
    }


def test_without_access_no_identity_center_is_needed(tmp_path: Path) -> None:
    """Regions and contacts work in an organization that has none."""
    rendered = root("settings", tmp_path, an_account_request(opt_in_regions=("eu-south-1",)))
    write_root(rendered, tmp_path / "out", SettingsRuntime(account_id=PLACEHOLDER_ACCOUNT_ID))
    assert runtime(tmp_path / "out") == {"account_id": "000000000000", "identity_center": None}


def test_unknown_groups_and_permission_sets_are_diagnosed_where_they_are_named(tmp_path: Path) -> None:
    """All of them at once, with a suggestion; nothing is written."""
    center = IdentityCenter(
        instance_arn="arn:aws:sso:::instance/ssoins-1",
        identity_store_id="d-1",
        groups={"Admin": "g-1"},
        permission_sets={"AdministratorAcess": "ps-1"},
    )
    wanted = SettingsRuntime(account_id="222222222222", identity_center=center, request=REQUEST)
    with pytest.raises(InvalidInputError) as caught:
        write_root(root("settings", tmp_path), tmp_path / "out", wanted)
    assert [(p.code, p.hint, p.account, p.file, p.line, p.column) for p in caught.value.diagnostics] == [
        ("unknown-group", 'did you mean "Admin"?', "payments-prod", "account-requests/a.hcl", 7, 10),
        (
            "unknown-permission-set",
            'did you mean "AdministratorAcess"?',
            "payments-prod",
            "account-requests/a.hcl",
            7,
            40,
        ),
    ]
    assert not (tmp_path / "out").exists()


def test_access_without_identity_center_is_diagnosed(tmp_path: Path) -> None:
    """An organization may have none."""
    with pytest.raises(InvalidInputError) as caught:
        write_root(root("settings", tmp_path), tmp_path / "out", SettingsRuntime(account_id="222222222222"))
    assert [problem.code for problem in caught.value.diagnostics] == ["no-identity-center"]

"""The exact text of the root modules of one full request.

`python tests/golden/render/test_golden.py` writes them anew; read the difference before committing it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from vend.customizations import load_customizations
from vend.models import (
    AccessAssignment,
    AccountRequest,
    AlternateContact,
    Change,
    IdentityCenter,
    Position,
    RootModule,
    SsoUser,
)
from vend.render import AccountRuntime, CustomizationsRuntime, Runtime, SettingsRuntime, render_account, write_root
from vend.settings import S3State, Settings, TerraformSettings

HERE = Path(__file__).parent
FLEET = HERE / "fleet"
EXPECTED = HERE / "expected"
REQUEST = AccountRequest(
    account="payments-prod",
    name="Payments (prod)",
    email="aws+payments-prod@example.com",
    organizational_unit="Workloads/Prod",
    sso_user=SsoUser(email="grace@example.com", first_name="Grace", last_name="Hopper"),
    tags={"CostCenter": "4711"},
    custom_fields={"vpc_cidr": "10.20.0.0/16", "note": 'a "quoted" ${value}'},
    customizations=("spoke-network", "plain"),
    alternate_contacts=(
        AlternateContact(
            kind="security", name="Security desk", title="CSIRT", email="security@example.com", phone="+1 555 0100"
        ),
    ),
    access=(AccessAssignment(group="PlatformAdmins", permission_set="AdministratorAccess"),),
    opt_in_regions=("eu-south-1",),
    change=Change(requested_by="grace@example.com", reason="Card payments go live"),
    on_removal="unmanage",
    positions={"": Position(file="account-requests/payments.hcl", line=3, column=1)},
)
SETTINGS = Settings(
    name="example",
    home_region="eu-west-1",
    management_account_id="111111111111",
    state=S3State(bucket="example-vend-state", region="eu-west-1", kms_key_id="alias/vend"),
    terraform=TerraformSettings(version="~> 1.11"),
)
RUNTIMES: dict[str, Runtime] = {
    "account": AccountRuntime(
        product_id="prod-abcdefghijklm",
        provisioning_artifact_id="pa-abcdefghijklm",
        path_id="lpv2-abcdefghijklm",
        organizational_unit="Prod (ou-ab12-cdefgh34)",
        adopt="pp-abcdefghijklm",
        keep_adopted=True,
    ),
    "settings": SettingsRuntime(
        account_id="222222222222",
        identity_center=IdentityCenter(
            instance_arn="arn:aws:sso:::instance/ssoins-1111222233334444",
            identity_store_id="d-1111111111",
            groups={"PlatformAdmins": "1111111111-0f0e4f4a-7a2b-4d1c-9a57-1b9a2a3c4d5e"},
            permission_sets={
                "AdministratorAccess": "arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-1111222233334444"
            },
        ),
    ),
    "customizations": CustomizationsRuntime(account_id="222222222222"),
}


def roots() -> dict[str, RootModule]:
    """The root modules of the request, by stage."""
    rendered = render_account(REQUEST, settings=SETTINGS, catalogue=load_customizations(FLEET), fleet_directory=FLEET)
    return {root.stage: root for root in rendered}


def contents(directory: Path) -> dict[str, str]:
    """Text by path below a directory."""
    return {
        path.relative_to(directory).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("stage", sorted(RUNTIMES))
def test_the_root_module_is_rendered_to_the_letter(stage: str, tmp_path: Path) -> None:
    """Every file of the root, runtime files included, is exactly the one that was reviewed."""
    write_root(roots()[stage], tmp_path / stage, RUNTIMES[stage])
    assert contents(tmp_path / stage) == contents(EXPECTED / stage)


if __name__ == "__main__":
    for name, runtime in RUNTIMES.items():
        write_root(roots()[name], EXPECTED / name, runtime)
    sys.exit(0)

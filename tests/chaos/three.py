"""A fleet of three accounts that AWS does wrong to, and what must hold in the end."""

from __future__ import annotations

from support.sandboxed import Bench
from vend.sandbox import Sandbox

ACCOUNTS = ("first", "second", "third")
REQUESTS = "".join(
    f'account "{name}" {{\n  email               = "{name}@example.com"\n'
    f'  organizational_unit = "Sandbox"\n  tags                = {{ CostCenter = "1" }}\n}}\n'
    for name in ACCOUNTS
)


def applied(bench: Bench, sandbox: Sandbox) -> str:
    """Applies once, whatever comes of it: the status; never two accounts of one request, and never a traceback."""
    completed = bench.vend("apply", "--auto-approve", "--format", "json")
    assert completed.returncode in {0, 1}, completed.stderr
    assert "Traceback" not in completed.stdout + completed.stderr
    assert "internal-error" not in completed.stdout, completed.stdout
    emails = [account["email"] for account in sandbox.status()["accounts"]]
    assert len(emails) == len(set(emails))
    return "succeeded" if completed.returncode == 0 else completed.stdout


def assert_as_asked(bench: Bench, sandbox: Sandbox) -> None:
    """Every account is in its unit with its tags, its product AVAILABLE, and there is nothing more to do."""
    status = sandbox.status()
    products = {product["name"]: product for product in status["provisioned_products"]}
    assert {name: product["status"] for name, product in products.items()} == dict.fromkeys(ACCOUNTS, "AVAILABLE")
    units = {account["id"]: account["organizational_unit"] for account in status["accounts"]}
    organizations = bench.client("organizations")
    for product in products.values():
        assert units[product["account_id"]] == "Sandbox"
        tags = organizations.list_tags_for_resource(ResourceId=product["account_id"])["Tags"]
        assert tags == [{"Key": "CostCenter", "Value": "1"}]
    assert bench.document("apply", "--auto-approve")["terraform_runs"] == 0

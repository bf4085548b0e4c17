"""Two runs of `vend apply` at the same time."""

from __future__ import annotations

import json
import os
import random
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from support.sandboxed import Bench
from vend.process import Completed
from vend.requests import load_settings
from vend.sandbox import Sandbox, config_from

NAMES = ("first", "second")
S3 = 'state "s3" {\n  bucket = "example-vend-state"\n  region = "eu-west-1"\n  prefix = "vend"\n}\n'
DYNAMODB = 'ledger "dynamodb" { table = "vend-ledger" }\n'


def write_fleet(directory: Path, settings: str, names: tuple[str, ...] = NAMES) -> None:
    """A fleet with an account of each name."""
    (directory / "account-requests").mkdir(parents=True)
    (directory / "vend.hcl").write_text(f'fleet "chaos" {{\n  home_region = "eu-west-1"\n}}\n{settings}')
    (directory / "account-requests" / "all.hcl").write_text(
        "".join(
            f'account "{name}" {{\n  email               = "{name}@example.com"\n  organizational_unit = "Sandbox"\n'
            f'  tags                = {{ CostCenter = "1" }}\n}}\n'
            for name in names
        )
    )


def play_pair(directory: Path, seed: int) -> None:
    """Plays the pair of this number."""
    choice = random.Random(seed)  # noqa: S311 - a pair that can be played again
    checkouts, s3, shared = choice.choice([(1, False, False), (1, True, False), (2, True, False), (2, True, True)])
    folders = [directory / f"checkout-{number}" for number in range(checkouts)]
    write_fleet(folders[0], (S3 if s3 else "") + (DYNAMODB if shared else ""))
    for folder in folders[1:]:
        shutil.copytree(folders[0], folder)
    delay = choice.uniform(0, 15)
    told = f"pair {seed}: {checkouts} checkouts, {'S3' if s3 else 'local'} state, shared: {shared}, {delay:.1f} s apart"
    with Sandbox(config_from(load_settings(folders[0]), 1.0)) as sandbox:
        environ = sandbox.environment(dict(os.environ))
        benches = [Bench(directory=folders[number % checkouts], environ=environ) for number in range(2)]
        with ThreadPoolExecutor() as pool:
            first = pool.submit(_apply, benches[0], 0.0)
            second = pool.submit(_apply, benches[1], delay)
            ended = [first.result(), second.result()]
        for completed in ended:
            assert completed.returncode in {0, 1}, f"{told}\n{completed.stderr}"
            assert "Traceback" not in completed.stdout + completed.stderr, told
            assert _codes(completed) <= {"plan-stale", "account-busy", "state-locked"}, f"{told}\n{completed.stdout}"
        _assert_one_each(sandbox, told)
        if shared or checkouts == 1:
            assert 0 in {completed.returncode for completed in ended}, f"{told}\n{ended[0].stdout}\n{ended[1].stdout}"
        assert benches[0].document("apply", "--auto-approve")["status"] == "succeeded", told
        assert benches[0].document("apply", "--auto-approve")["terraform_runs"] == 0, told
        rows = benches[0].document("status")["accounts"]
        assert {row["account"]: row["status"] for row in rows} == dict.fromkeys(NAMES, "succeeded"), told
        _assert_one_each(sandbox, told)
        if s3:
            kept = benches[0].client("s3").list_objects_v2(Bucket="example-vend-state")["Contents"]
            assert not [entry["Key"] for entry in kept if entry["Key"].endswith(".tflock")], told
        for state in folders[0].glob(".vend/*/state/*/*.tfstate"):
            assert json.loads(state.read_bytes())["resources"], told


def _apply(bench: Bench, delay: float) -> Completed:
    import time

    time.sleep(delay)
    return bench.vend("apply", "--auto-approve", "--format", "json")


def _codes(completed: Completed) -> set[str]:
    document: dict[str, Any] = json.loads(completed.stdout)
    return {
        problem["code"]
        for result in document["results"]
        for stage in result["stages"]
        for problem in stage["diagnostics"]
        if problem["severity"] == "error"
    }


def _assert_one_each(sandbox: Sandbox, told: str) -> None:
    status = sandbox.status()
    emails = [account["email"] for account in status["accounts"]]
    assert sorted(email for email in emails if email.partition("@")[0] in NAMES) == [
        f"{name}@example.com" for name in NAMES
    ], told
    assert {product["name"]: product["status"] for product in status["provisioned_products"]} == dict.fromkeys(
        NAMES, "AVAILABLE"
    ), told

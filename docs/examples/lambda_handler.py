"""Vends a fleet from an AWS Lambda function in the management account, run by a schedule.

A function ends after 15 minutes at most, and vending an account takes 20 to 30. So each run works until its time is
nearly up, stops gracefully, and the next one resumes: Control Tower goes on in between. The function needs reserved
concurrency 1, a container image with vend, Terraform and the fleet, and a fleet with `state "s3"`,
`ledger "dynamodb"` and `control_tower { vending_role = … }`; its own role has `lambda_role_policy.json` alone.
"""

import os
import shutil
import threading
from pathlib import Path
from typing import Any

import vend

STOP_BEFORE_SECONDS = float(os.environ.get("STOP_BEFORE_SECONDS", "120"))
"""How long before the end of its time a run stops: Terraform must write its state by then."""


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Applies what differs from the requests, as far as the time of one run goes.

    Returns:
        `status` is `succeeded` once everything is as requested, `aborted` where the next run goes on.
    """
    del event
    # A function may write below /tmp alone.
    fleet_directory = Path(os.environ.get("FLEET_WORK", "/tmp/fleet"))  # noqa: S108
    shutil.copytree(os.environ["FLEET_SOURCE"], fleet_directory, dirs_exist_ok=True)
    stop = threading.Event()
    seconds = context.get_remaining_time_in_millis() / 1000 - STOP_BEFORE_SECONDS
    timer = threading.Timer(max(0.0, seconds), stop.set)
    timer.daemon = True
    timer.start()
    try:
        with vend.open_workspace(vend.load_fleet(fleet_directory), stop=stop) as workspace:
            report = workspace.apply(workspace.plan())
    except vend.InterruptedRunError:
        return {"status": "aborted", "accounts": {}}
    finally:
        timer.cancel()
    return {"status": report.status, "accounts": {result.account: result.status for result in report.results}}

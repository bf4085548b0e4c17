"""What a sandbox starts with, and what importing it costs."""

from __future__ import annotations

import json
import os
import sys

from vend.process import Command, run
from vend.sandbox import SandboxConfig


def test_a_configuration_survives_json() -> None:
    """The process that `start` leaves running reads what was asked for."""
    config = SandboxConfig(
        organizational_units=("A/B",), groups=("g",), vending_role="arn:aws:iam::222222222222:role/v", state_bucket="b"
    )
    document = {**json.loads(json.dumps(config.to_json())), "token": "not a field"}
    assert SandboxConfig.from_json(document) == config


def test_whose_account_manages() -> None:
    """The vending role's, else the one that is named, else 111111111111."""
    role = "arn:aws:iam::222222222222:role/v"
    assert SandboxConfig(vending_role=role, management_account_id="333333333333").management_account == "222222222222"
    assert SandboxConfig(management_account_id="333333333333").management_account == "333333333333"
    assert SandboxConfig().management_account == "111111111111"


def test_importing_the_room_loads_nothing_heavy() -> None:
    """`vend --help` must answer at once."""
    script = "import sys, vend.sandbox; print(sorted({'moto', 'botocore', 'boto3', 'werkzeug'} & set(sys.modules)))"
    completed = run(Command(argv=[sys.executable, "-c", script], env={"PATH": os.environ["PATH"]}))
    assert completed.stdout.strip() == "[]", completed.stderr

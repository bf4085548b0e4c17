"""The example fleet in an emulated AWS, driven through the `vend` command."""

from __future__ import annotations

import json
import shutil
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vend.process import Command, Completed, run

REPOSITORY = Path(__file__).parents[2]
EXAMPLE = ("vend.hcl", "terraform.lock.hcl", "account-requests", "customizations", "modules")


def copy_example(target: Path) -> Path:
    """A fleet of its own with the example's content."""
    for name in EXAMPLE:
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns(".terraform*", "tests", "examples"))
        else:
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target / name)
    return target


@dataclass
class Bench:
    """A fleet, the environment of a sandbox, and the command."""

    directory: Path
    environ: dict[str, str]

    def vend(self, *arguments: str, stop: threading.Event | None = None, timeout: float = 420) -> Completed:
        """Runs `vend` in the fleet."""
        return run(
            Command(
                argv=[sys.executable, "-m", "vend", *arguments],
                env=self.environ,
                cwd=self.directory,
                timeout_seconds=timeout,
                stop=stop,
                grace_seconds=60,
                leaves_daemons=True,
            )
        )

    def document(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        """The JSON document of a command that must end with this exit code."""
        completed = self.vend(*arguments, "--format", "json")
        assert completed.returncode == code, completed.stderr[-4000:] + completed.stdout[-4000:]
        return json.loads(completed.stdout)

    def client(self, service: str, account_id: str | None = None) -> Any:
        """A client of the sandbox, in the management account or in a vended one."""
        import botocore.session

        session = botocore.session.Session()
        config = {
            "region_name": self.environ["AWS_REGION"],
            "endpoint_url": self.environ["AWS_ENDPOINT_URL"],
            "aws_access_key_id": self.environ["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": self.environ["AWS_SECRET_ACCESS_KEY"],
            "aws_session_token": self.environ.get("AWS_SESSION_TOKEN"),
        }
        if account_id is not None:
            role = f"arn:aws:iam::{account_id}:role/AWSControlTowerExecution"
            got = session.create_client("sts", **config).assume_role(RoleArn=role, RoleSessionName="look")
            credentials = got["Credentials"]
            config["aws_access_key_id"] = credentials["AccessKeyId"]
            config["aws_secret_access_key"] = credentials["SecretAccessKey"]
            config["aws_session_token"] = credentials["SessionToken"]
        return session.create_client(service, **config)

    def edit(self, file: str, old: str, new: str) -> None:
        """Changes a request as a person would."""
        path = self.directory / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

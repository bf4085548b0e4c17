"""What older releases left behind, frozen in tests/fixtures/releases, and a fleet that goes on from there."""

from __future__ import annotations

import base64
import json
import lzma
import os
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from support.sandboxed import Bench
from vend.requests import load_settings
from vend.sandbox import Sandbox, config_from

RELEASES = tuple(sorted(path.parent for path in Path(__file__).parents[1].glob("fixtures/releases/*/versions.json")))
"""The folder of each; `tests/fixtures/releases/make.py` says what is in it, and made it."""
SQLITE, DYNAMODB = 'ledger "sqlite" {}', 'ledger "dynamodb" { table = "vend-ledger" }'

_NO_TERRAFORM = """#!/bin/sh
if [ "$1 $2" = "version -json" ]; then echo '{"terraform_version": "%s"}'; exit; fi
echo "terraform $*" >>"$(dirname "$0")/started"
exit 1
"""


@dataclass(kw_only=True)
class Upgraded(Bench):
    """The fleet of an older release, in its emulated AWS, driven by the `vend` of today.

    Its Terraform says that it is the version that the older release ran, fails at all else, and remembers it.
    """

    sandbox: Sandbox

    @property
    def started(self) -> str:
        """What of Terraform was started, but for its version; a line each."""
        path = self.directory.parent / "bin" / "started"
        return path.read_text() if path.exists() else ""

    @property
    def hooks(self) -> str:
        """What hooks ran; a line each."""
        path = self.directory / "hooks.log"
        return path.read_text() if path.exists() else ""


@contextmanager
def upgraded(release: Path, directory: Path) -> Iterator[Upgraded]:
    """A fleet as a release left it, ledger in SQLite, for as long as the block runs."""
    fleet, binary = directory / "fleet", directory / "bin" / "terraform"
    shutil.copytree(release / "fleet", fleet)
    unpack_working(release, fleet / ".vend")
    shutil.copy(release / "organization.state", directory)
    binary.parent.mkdir()
    binary.write_text(_NO_TERRAFORM % json.loads((release / "versions.json").read_text())["terraform"])
    binary.chmod(0o700)
    config = config_from(load_settings(fleet), 0.5)
    with Sandbox(config, state=directory / "organization.state") as sandbox:
        environ = {**sandbox.environment(dict(os.environ)), "VEND_TERRAFORM": str(binary)}
        bench = Upgraded(directory=fleet, environ=environ, sandbox=sandbox)
        bench.document("status")  # asks Terraform for its version, which counts as a run, once
        yield bench


def unpack_working(release: Path, target: Path) -> Path:
    """Unpacks the working folder of a release; gives that of its organization."""
    with tarfile.open(fileobj=BytesIO(lzma.decompress((release / "working.tar.xz").read_bytes()))) as archive:
        archive.extractall(target, filter="data")
    (organization,) = target.glob("o-*")
    return organization


def ledger_items(release: Path) -> list[dict[str, Any]]:
    """The items of a release's DynamoDB ledger, as the API takes them."""
    items: list[dict[str, Any]] = json.loads((release / "ledger.json").read_text())
    for item in items:
        if "piece" in item:
            item["piece"] = {"B": base64.b64decode(item["piece"]["B"])}
    return items

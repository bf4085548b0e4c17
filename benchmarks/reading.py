"""What reading a fleet costs, beside what the parsers alone take for the same files: `make bench`.

Every figure is wall time of this machine at this moment; the ratios hold elsewhere.
"""

from __future__ import annotations

import argparse
import os
import subprocess  # noqa: TID251 - a benchmark runs the command as a user does
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

REQUEST = """account "payments-{0:05d}" {{
  name                = "Payments ({0:05d})"
  email               = "aws+payments-{0:05d}@example.com"
  organizational_unit = "Workloads/Prod"

  sso_user {{
    email      = "grace@example.com"
    first_name = "Grace"
    last_name  = "Hopper"
  }}

  tags          = {{ CostCenter = "4711" }}
  custom_fields = {{ vpc_cidr = "10.20.0.0/16" }}

  alternate_contact "security" {{
    name  = "Security desk"
    title = "CSIRT"
    email = "security@example.com"
    phone = "+1 555 0100"
  }}

  access "PlatformAdmins" {{ permission_set = "AdministratorAccess" }}

  change {{
    requested_by = "grace@example.com"
    reason       = "Card payments go live"
  }}
}}
"""


def fleet(directory: Path, requests: int) -> list[Path]:
    """Makes a fleet with one account in each file."""
    folder = directory / "account-requests"
    folder.mkdir(parents=True)
    (directory / "vend.hcl").write_text('fleet "bench" { home_region = "eu-west-1" }\n')
    files = [folder / f"{number:05d}.hcl" for number in range(requests)]
    for number, file in enumerate(files):
        file.write_text(REQUEST.format(number))
    return files


def timed(work: Callable[[], object]) -> float:
    """Seconds that it takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def validate(directory: Path, **environ: str) -> None:
    """Runs the command, which must find nothing wrong."""
    command = [sys.executable, "-m", "vend", "--fleet", str(directory), "validate"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, **environ})


def parsers(files: list[Path]) -> dict[str, float]:
    """What each parser takes for the files, read already and the library loaded."""
    import hcl2
    import pygohcl

    texts = [file.read_text() for file in files]
    hcl2.parses_to_tree(texts[0])
    return {
        "pygohcl alone": timed(lambda: [pygohcl.loads(text) for text in texts]),
        "python-hcl2 alone": timed(lambda: [hcl2.parses_to_tree(text) for text in texts]),
    }


def measure(requests: int) -> None:
    """Prints the figures for a fleet of this size."""
    with tempfile.TemporaryDirectory(prefix="vend-bench-") as folder:
        directory = Path(folder)
        files = fleet(directory, requests)
        bare = parsers(files)
        figures = {
            **bare,
            "both, one after the other": sum(bare.values()),
            "vend validate, cold": timed(lambda: validate(directory)),
            "vend validate, warm": timed(lambda: validate(directory)),
            "vend validate, without a cache": timed(lambda: validate(directory, VEND_NO_CACHE="1")),
        }
        files[0].write_text(files[0].read_text().replace("4711", "4712"))
        figures["vend validate, one file changed"] = timed(lambda: validate(directory))
    baseline = figures["both, one after the other"]
    print(f"{requests:,} files with one account each")
    for name, seconds in figures.items():
        print(f"  {name:32} {seconds:8.2f} s  {seconds / baseline:6.2f} of both parsers")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="What reading a fleet costs.")
    parser.add_argument("requests", nargs="*", type=int, default=[1000, 10_000], help="sizes of fleets")
    for size in parser.parse_args().requests:
        measure(size)

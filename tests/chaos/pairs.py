"""Pairs of runs at the same time, with the real Terraform: one account each, states whole, `vend status` true.

`make chaos` plays them: VEND_CHAOS_PAIRS says how many, VEND_CHAOS_SEED which is the first. What a pair is like comes
of its number: states local or in S3, one folder or two checkouts, and how long after the first the second begins.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from chaos.at_once import play_pair

pytestmark = [pytest.mark.e2e, pytest.mark.terraform]
FIRST = int(os.environ.get("VEND_CHAOS_SEED", "1"))
PAIRS = int(os.environ.get("VEND_CHAOS_PAIRS", "12"))


@pytest.mark.parametrize("seed", range(FIRST, FIRST + PAIRS))
def test_two_runs_at_once_end_well(tmp_path: Path, seed: int) -> None:
    """Both end; whatever one of them could not do, the next run does, and then there is nothing left to do."""
    play_pair(tmp_path, seed)

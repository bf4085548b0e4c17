"""The door to forges: publishes reviews on GitHub, and fetches reviewed bundles from there.

Through its REST API, and through the files of GitHub Actions.
"""

from vend.forge._artifacts import ARTIFACT_PREFIX, Fetched, fetch
from vend.forge._github import Pace
from vend.forge._publish import publish
from vend.forge._summary import append_summary, summary_size
from vend.forge._target import Target, TargetOptions, target_of

__all__ = [
    "ARTIFACT_PREFIX",
    "Fetched",
    "Pace",
    "Target",
    "TargetOptions",
    "append_summary",
    "fetch",
    "publish",
    "summary_size",
    "target_of",
]

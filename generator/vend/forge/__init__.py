"""The door to forges: publishes a review on GitHub, through its REST API and through the files of GitHub Actions."""

from vend.forge._github import Pace
from vend.forge._publish import publish
from vend.forge._summary import append_summary, summary_size
from vend.forge._target import Target, Wanted, target_of

__all__ = ["Pace", "Target", "Wanted", "append_summary", "publish", "summary_size", "target_of"]

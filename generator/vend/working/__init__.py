"""Files below a fleet's `.vend`: the folder itself, what one run remembers for the next, and the logs of runs."""

from vend.working._cache import Cache
from vend.working._directory import prepare_working_directory
from vend.working._run_folders import RunFolders
from vend.working._run_logs import LONGEST_DAYS, MOST_LOGS, open_run_log, run_log_path

__all__ = [
    "LONGEST_DAYS",
    "MOST_LOGS",
    "Cache",
    "RunFolders",
    "open_run_log",
    "prepare_working_directory",
    "run_log_path",
]

"""Runs one Python hook; a program of its own that knows nothing of vend.

Arguments: the hook's file. The context comes from the file that `VEND_CONTEXT` names.
"""

import json
import os
import runpy
import sys
import traceback
from pathlib import Path


def main(hook: str) -> int:
    """Calls the hook's `run`; gives the exit code."""
    context = json.loads(Path(os.environ["VEND_CONTEXT"]).read_text(encoding="utf-8"))
    # Last, so that a neighbour of the hook hides no module of Python's own.
    sys.path.append(str(Path(hook).parent))
    try:
        runpy.run_path(hook)["run"](context)
    except Exception as error:  # noqa: BLE001 - whatever the hook raises is its failure, told without our own frames
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == hook]
        sys.stderr.writelines(traceback.format_list(frames))
        sys.stderr.writelines(traceback.format_exception_only(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

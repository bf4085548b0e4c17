"""What becomes of lines that are typed into an interactive bash, tabs and all; a process of its own, since it forks.

`python typed_into_bash.py SETUP LINE...` prints each line as it stands when all of it was typed. SETUP is what bash
reads first.
"""

from __future__ import annotations

import os
import pty
import select
import sys
import tempfile
import time
from pathlib import Path

_SECONDS = 60
_KEY = b"\x14"  # Ctrl-T: takes the line down


def typed(setup: str, lines: list[str]) -> list[str]:
    """The lines as bash has them; fewer where bash does not answer."""
    with tempfile.TemporaryDirectory() as folder:
        taken, settings = Path(folder) / "taken", Path(folder) / "bashrc"
        taken.write_text("")
        take = f"take() {{ printf '%s\\n' \"$READLINE_LINE\" >> '{taken}'; READLINE_LINE=; }}"
        settings.write_text(f"{setup}\n{take}\nbind -x '\"\\C-t\": take'\ntake\n")
        child, terminal = pty.fork()
        if child == 0:
            environ = {**os.environ, "TERM": "dumb"}
            os.execvpe("bash", ["bash", "--noprofile", "--rcfile", str(settings), "-i"], environ)  # noqa: S606 - the user's bash is what is asked
        end = time.monotonic() + _SECONDS
        for number, line in enumerate(["", *lines]):
            if number:
                os.write(terminal, line.encode() + _KEY)
            while len(taken.read_text().splitlines()) <= number and time.monotonic() < end:
                if select.select([terminal], [], [], 0.05)[0]:
                    os.read(terminal, 4096)
        os.close(terminal)
        os.waitpid(child, 0)
        return taken.read_text().splitlines()[1:]


if __name__ == "__main__":
    sys.stdout.write("".join(f"{line}\n" for line in typed(sys.argv[1], sys.argv[2:])))

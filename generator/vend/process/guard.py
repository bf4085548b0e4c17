"""A program that ends what vend started when vend itself is gone: `python guard.py`, which needs nothing of vend.

One guard serves one run of vend. It is told of each program over the socket that is its standard input, and forks a
keeper for it. The keeper starts the program in a session of its own, or watches one that vend started in the terminal,
and holds a socket whose other end vend alone has: when that is closed without a word, vend was killed.

A keeper that started its program ends it gracefully then: SIGINT, so that Terraform writes its state and releases its
lock, and SIGKILL for everything that is left after a grace. Meanwhile it reads what the program writes, since a
Terraform whose output nobody reads dies of SIGPIPE before it has written its state. On Linux a keeper is a child
subreaper, so that it also finds what has left the program's session and lost its parent. macOS has nothing of the
kind: what a program turns into a daemon there is not found.

A program that was only watched is killed at once, with everything below it that has not made itself independent.

Messages: for a program, one byte and the descriptors of the status socket, the program's standard input, output and
error, and the reading ends of the latter two; for one to be watched, one byte and the status socket. Then over the
status socket the request (see `Keeper`), orders of one byte, and answers of `ANSWER`.
"""

from __future__ import annotations

import ctypes
import marshal
import os
import select
import signal
import socket
import struct
import sys
import time
from contextlib import suppress

ANSWER = struct.Struct("!cq")
"""`r` once the request is read, `s` and the process id of a program that was started, `f` and the error number of one
that was not, `e` and the exit code of one that has ended: -N where signal N ended it."""
LENGTH = struct.Struct("!I")
INTERRUPT, INTERRUPT_GROUP, KILL, DONE = b"i", b"g", b"k", b"d"
_PROCESSES = "/proc"
_SUBREAPER = 36
_MAX_DESCRIPTORS = 6
_CHUNK = 65536
_KILL_SECONDS = 5.0
"""How long a process may take to die; one that the kernel holds (a dead file server) is not waited for any longer."""
_AGAIN_SECONDS = 0.1
_PAUSE_SECONDS = 0.005
_HEEDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


def main() -> None:
    """Forks a keeper for each program until vend is gone; ends when all of them have."""
    for number in _HEEDED:
        signal.signal(number, signal.SIG_IGN)  # whoever ends everything that vend started must not end its guard first
    control, woken = socket.socket(fileno=os.dup(0)), wake_up()
    os.dup2(1, 0)
    become_subreaper()
    keepers: set[int] = set()
    while True:
        select.select([control.fileno(), woken], [], [])
        drain(woken)
        for pid, status in ended():
            keepers.discard(pid)
            if status:  # somebody killed it: what it kept is ours now
                kill_strays(keepers)
        if not select.select([control], [], [], 0)[0]:
            continue
        byte, descriptors, _, _ = socket.recv_fds(control, 1, _MAX_DESCRIPTORS)
        if not byte:
            break
        for descriptor in descriptors:
            os.set_inheritable(descriptor, False)  # noqa: FBT003 - positional only
        keepers.add(fork_keeper(control, descriptors))
    while keepers:
        keepers.discard(os.waitpid(-1, 0)[0])
    kill_descendants()


def fork_keeper(control: socket.socket, descriptors: list[int]) -> int:
    """A process of its own for one program; gives its id."""
    pid = os.fork()
    if pid:
        for descriptor in descriptors:
            os.close(descriptor)
        return pid
    code = 1
    try:
        control.close()
        Keeper(socket.socket(fileno=descriptors[0]), descriptors[1:]).keep()
        code = 0
    finally:
        os._exit(code)


class Keeper:
    """Keeps one program.

    The request is a `marshal` document after its length: the id of a process to watch, or the arguments of `run`: what
    to run, all texts as bytes; the seconds between the interrupt and the kill once vend is gone; how to interrupt; and
    whether what the program put into sessions of their own may go on when it has ended by itself.
    """

    def __init__(self, status: socket.socket, descriptors: list[int]) -> None:
        self.status = status
        self.streams, self.outputs = descriptors[:3], descriptors[3:]
        self.program = 0
        self.kill_at: float | None = None

    def keep(self) -> None:
        """Does what the request says, to the end."""
        header = self.receive(LENGTH.size)
        if len(header) < LENGTH.size:
            return
        request = marshal.loads(self.receive(LENGTH.unpack(header)[0]))  # noqa: S302 - from the process that started us
        if isinstance(request, int):
            self.watch(request)
        else:
            self.run(**request)

    def receive(self, size: int) -> bytes:
        """So many bytes; fewer where vend is gone."""
        received = b""
        while len(received) < size and (more := self.status.recv(size - len(received))):
            received += more
        return received

    def watch(self, pid: int) -> None:
        """Waits for the word that a process which is not ours has ended."""
        if self.status.recv(1) != DONE:
            kill_tree(pid)

    def run(  # noqa: PLR0913 - the request
        self,
        *,
        argv: list[bytes],
        env: dict[bytes, bytes],
        directory: bytes,
        grace: float,
        order: bytes,
        stays: bool,
    ) -> None:
        """Starts the program, obeys, and tells how it ended."""
        self.answer(b"r", 0)
        woken = wake_up()
        become_subreaper()
        started, failed = os.pipe()
        self.program = os.fork()
        if not self.program:
            self.become(argv, env, directory, failed)
        for descriptor in (failed, *self.streams):
            os.close(descriptor)
        reason = os.read(started, LENGTH.size)
        if reason:
            self.answer(b"f", LENGTH.unpack(reason)[0])
            return
        self.answer(b"s", self.program)
        code = self.wait(woken, grace, order)
        signal_group(self.program, signal.SIGKILL)
        if self.kill_at is not None or not stays:
            kill_descendants()
        self.answer(b"e", code)

    def become(self, argv: list[bytes], env: dict[bytes, bytes], directory: bytes, failed: int) -> None:
        """Becomes the program, or tells why not."""
        try:
            os.setsid()
            signal.set_wakeup_fd(-1)
            for number in (*_HEEDED, signal.SIGCHLD, signal.SIGPIPE, signal.SIGXFSZ):
                signal.signal(number, signal.SIG_DFL)
            os.chdir(directory)
            for target, descriptor in enumerate(self.streams):
                os.dup2(descriptor, target)
            os.execvpe(argv[0], argv, env)  # noqa: S606 - no shell is wanted
        except OSError as error:
            os.write(failed, LENGTH.pack(error.errno or 0))
        finally:
            os._exit(127)

    def wait(self, woken: int, grace: float, order: bytes) -> int:
        """Waits for the program's end; obeys orders meanwhile, and ends it once nobody gives any more."""
        reading: list[socket.socket | int] = [self.status, woken]
        while True:
            seconds = None if self.kill_at is None else max(0.0, self.kill_at - time.monotonic())
            ready = select.select(reading, [], [], seconds)[0]
            drain(woken)
            for pid, status in ended():
                if pid == self.program:
                    return os.waitstatus_to_exitcode(status)
            for one in ready:
                if isinstance(one, int) and one in self.outputs and not os.read(one, _CHUNK):
                    reading.remove(one)
            if self.status in ready:
                told = self.status.recv(1)
                self.obey(told or order)
                if not told:
                    reading.remove(self.status)
                    reading += self.outputs
                    self.kill_at = time.monotonic() + grace
            if self.kill_at is not None and time.monotonic() >= self.kill_at:
                self.kill()

    def obey(self, order: bytes) -> None:
        """Carries out an order."""
        if order == INTERRUPT:
            with suppress(ProcessLookupError):
                os.kill(self.program, signal.SIGINT)
        elif order == INTERRUPT_GROUP:
            signal_group(self.program, signal.SIGINT)
        elif order == KILL:
            self.kill_at = time.monotonic()

    def kill(self) -> None:
        """Kills everything that is below; looks again soon, should something have got away."""
        kill_tree(os.getpid())
        self.kill_at = time.monotonic() + _AGAIN_SECONDS

    def answer(self, kind: bytes, value: int) -> None:
        """Tells vend, if it is there."""
        with suppress(OSError):
            self.status.sendall(ANSWER.pack(kind, value))


def become_subreaper() -> None:
    """Makes this process the parent of descendants that lose theirs; does nothing where there is no such thing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)


def wake_up() -> int:
    """A descriptor that becomes readable when a child ends."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(writing)
    return reading


def drain(descriptor: int) -> None:
    """Reads what is there."""
    with suppress(BlockingIOError):
        os.read(descriptor, _CHUNK)


def ended() -> list[tuple[int, int]]:
    """Children that have ended, each with its status."""
    found: list[tuple[int, int]] = []
    with suppress(ChildProcessError):
        while (one := os.waitpid(-1, os.WNOHANG))[0]:
            found.append(one)
    return found


def signal_group(group: int, number: int) -> None:
    """Signals a process group, if anything is left of it."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def kill_descendants() -> None:
    """Kills all that is below this process, and what is handed to it while it does so."""
    until = time.monotonic() + _KILL_SECONDS
    while time.monotonic() < until:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        kill_tree(os.getpid())
        time.sleep(_PAUSE_SECONDS)


def kill_strays(spared: set[int]) -> None:
    """Kills all that is below this process but for these children and what is below them."""
    for pid, parent in _parents().items():
        if parent == os.getpid() and pid not in spared:
            kill_tree(pid)


def kill_tree(root: int) -> None:
    """Kills a process, unless it is this one, and all its descendants.

    Those that it finds are stopped first, so that none gets away.
    """
    own = os.getpid()
    found: list[int] = []
    new = [root]
    while new:
        for pid in new:
            _signal(pid, signal.SIGSTOP, own)
        found += new
        parents = _parents()
        new = [pid for pid, parent in parents.items() if parent in found and pid not in found]
    for pid in found:
        _signal(pid, signal.SIGKILL, own)


def _signal(pid: int, number: int, own: int) -> None:
    if pid != own:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def _parents() -> dict[int, int]:
    """Every process with its parent."""
    try:
        with os.scandir(_PROCESSES) as entries:
            pids = [int(entry.name) for entry in entries if entry.name.isdigit()]
    except OSError:
        return _parents_elsewhere()
    parents = {}
    for pid in pids:
        with suppress(OSError, IndexError, ValueError):
            # "pid (name) state parent …"; a name may hold anything, brackets too.
            parents[pid] = int(_content(f"{_PROCESSES}/{pid}/stat").rpartition(b")")[2].split()[1])
    return parents


def _content(path: str) -> bytes:
    """The first bytes of a file; pathlib takes longer to import than everything here takes to run."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.read(descriptor, _CHUNK)
    finally:
        os.close(descriptor)


def _parents_elsewhere() -> dict[int, int]:
    """The same where there is no /proc."""
    import subprocess  # noqa: TID251 - this room is the door

    listed = subprocess.run(("ps", "-axo", "pid=,ppid="), capture_output=True, text=True, check=False)
    pairs = (line.split() for line in listed.stdout.splitlines())
    return {int(pair[0]): int(pair[1]) for pair in pairs}


if __name__ == "__main__":
    main()

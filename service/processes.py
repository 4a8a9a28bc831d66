"""Processes of a service: each is started again when it ends, and all below them are found by a mark and ended.

A flow run has a session of its own, and Dask workers below it: no process group holds them all. What they do share
is the environment, which each inherits from the one above.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

MARK = "IAR_SERVICE_MARK"
"""Variable of the environment that tells to which service a process belongs."""
PATIENCE_S = 5.0
"""Time that processes have to end by themselves, s."""
_LONGEST_PAUSE_S = 60.0
_STABLE_S = 60.0
"""What ran so long was well, and is started again at once, s."""
_KILLS = 30
LARGEST_LOG = 10_000_000
"""Size from which a log begins anew, bytes."""


@dataclass
class Child:
    """A command that is kept running, with what it says in a file."""

    name: str
    command: list[str]
    environ: Mapping[str, str]
    log: Path
    process: "subprocess.Popen[bytes] | None" = None
    _pause_s: float = 1.0
    _started: float = 0.0
    _next: float = 0.0

    def keep(self, now: float) -> str | None:
        """Start it where it does not run and its pause is over; returns a line if it has just ended."""
        turn_log(self.log)
        if self.process is None:
            if now >= self._next:
                self.process, self._started = start(self.command, self.environ, self.log), now
            return None
        status = self.process.poll()
        if status is None:
            return None
        self._pause_s = 1.0 if now - self._started > _STABLE_S else min(2 * self._pause_s, _LONGEST_PAUSE_S)
        self.process, self._next = None, now + self._pause_s
        return f"{self.name} ended with status {status}: it starts again in {self._pause_s:g} s; see {self.log}"


def start(command: list[str], environ: Mapping[str, str], log: Path) -> "subprocess.Popen[bytes]":
    """Start a command that hears no Ctrl-C; what it says is added to a file."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        return subprocess.Popen(  # noqa: S603 - commands of ours
            command, env=environ, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
        )  # fmt: skip


def turn_log(log: Path) -> None:
    """Begin a log anew where it is large, beside the one before: emptied in place, since who writes to it goes on.

    Where the disk is full there is no one before: the room is needed.
    """
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        before = log.with_suffix(".old.log")
        try:
            shutil.copyfile(log, before)
        except OSError:
            before.unlink(missing_ok=True)
        os.truncate(log, 0)


def marked(is_ours: Callable[[str], bool]) -> list[psutil.Process]:
    """Processes whose mark is ours; others' environment cannot be read."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if is_ours(process.environ().get(MARK, "")) and process.pid != os.getpid():
                found.append(process)
    return found


def end_marked(is_ours: Callable[[str], bool], *, spared: frozenset[int] = frozenset()) -> None:
    """Ask marked processes to end, wait, and kill the rest, until there are none but those spared.

    What waits for a disk that does not answer hears no signal: that is given up after `_KILLS` tries.
    """
    for tried in range(_KILLS + 1):
        left = [process for process in marked(is_ours) if process.pid not in spared]
        for process in left:
            with contextlib.suppress(psutil.Error):
                process.send_signal(signal.SIGKILL if tried else signal.SIGTERM)
        if not left:
            return
        psutil.wait_procs(left, timeout=1.0 if tried else PATIENCE_S)


def kill_marked(is_ours: Callable[[str], bool]) -> None:
    """Kill marked processes at once."""
    for process in marked(is_ours):
        with contextlib.suppress(psutil.Error):
            process.kill()


@contextmanager
def guarded(mark: str) -> Iterator[None]:
    """While this runs, another process watches over this one: should it be killed, all that have the mark are ended."""
    command = [sys.executable, "-m", "service.guard", mark]
    with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True):  # noqa: S603 - a module of ours
        yield  # leaving closes its stdin: it looks, finds nothing, and ends

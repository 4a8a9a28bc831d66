"""Processes of a service: each is started again when it ends, and what it says goes into a log."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_LONGEST_PAUSE_S = 60.0
_STABLE_S = 60.0
"""What ran so long was well, and is started again at once, s."""
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

"""Processes that belong together are found by a mark, and ended with the one that they belong to.

A flow run has a session of its own, and Dask workers below it: no process group holds them all. What they do share
is the environment, which each inherits from the one above.
"""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil

MARK = "IAR_SERVICE_MARK"
"""Variable of the environment that tells to which service a process belongs, or to which run with its own server."""
PATIENCE_S = 5.0
"""Time that processes have to end by themselves, s."""
_KILLS = 30


def marked(is_ours: Callable[[str], bool]) -> list[psutil.Process]:
    """Processes whose mark is ours; others' environment cannot be read."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if is_ours(process.environ().get(MARK, "")) and process.pid != os.getpid():
                found.append(process)
    return found


def marked_values(is_ours: Callable[[str], bool], variable: str) -> set[str]:
    """What a variable of the environment is in marked processes that have it."""
    found = set()
    for process in marked(is_ours):
        with contextlib.suppress(psutil.Error, OSError):
            found.add(process.environ().get(variable, ""))
    return found - {""}


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
    """Mark what is started while this runs, which another process watches: it ends them should this one be killed.

    The one that watches has a session of its own: it hears no Ctrl-C.
    """
    command = [sys.executable, "-m", "iar.workers.guard", mark]
    with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True):  # noqa: S603 - a module of ours
        os.environ[MARK] = mark
        try:
            yield  # leaving closes its stdin: it looks, finds nothing, and ends
        finally:
            os.environ.pop(MARK, None)

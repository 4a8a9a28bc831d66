"""Jobs on the workers of a Dask client: a bounded number at once, and what becomes of each.

Knows what a client can do, and imports nothing of Dask.
"""

import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from iar.errors import InputError, kind_and_line

WORKERLESS_S = 300.0
"""Time that is waited for a worker where there is none, s: as long as a batch system may take to start one."""
_LOOK_S = 1.0
"""Time between two looks at how many workers there are, s."""
_AHEAD = 4
"""Jobs that a thread is sent ahead: it never waits for the next, and thousands do not lie on the scheduler."""
_LEAST_AHEAD = 32
"""Jobs that are sent however few threads there are: a cluster that grows with its work sees some."""
_RESULT_S = 10.0
"""Time in which the result of a job that has ended comes here, s."""
_AGAIN_S = 0.1
"""Time until a future whose result was lost is looked at again, s."""

Job = TypeVar("Job")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Outcome(Generic[Job, Result]):
    """What became of one job: its result, or the error that ended it."""

    job: Job
    result: Result | None
    error: str | None


def spread(
    client: Any, submit: Callable[[Job], Any], jobs: Sequence[Job], tell: Callable[[str], None]
) -> Iterator[Outcome[Job, Any]]:
    """Outcomes of jobs on the workers of `client`, as they come; not all are sent at once, and none stays there.

    Dask blames every job that a dying worker had: one that it gives up is tried once more, alone, after all others.
    """
    waiting, running, suspects = deque((job, False) for job in jobs), dict[Any, tuple[Job, bool]](), deque[Job]()
    ended: SimpleQueue[Any] = SimpleQueue()
    crew = _Crew(client, tell)
    try:
        while (waiting or running or suspects) and not crew.lost:
            if suspects and not waiting and not running:
                waiting.append((suspects.popleft(), True))
            while waiting and len(running) < max(_LEAST_AHEAD, _AHEAD * crew.threads):
                future = submit(waiting[0][0])
                running[future] = waiting.popleft()
                future.add_done_callback(ended.put)
            with suppress(Empty):
                future = ended.get(timeout=_LOOK_S)
                job, alone = running[future]
                outcome = _outcome(future, job)
                if outcome is None:  # its result went with its worker: it is done again
                    time.sleep(_AGAIN_S)
                    future.add_done_callback(ended.put)
                else:
                    del running[future]
                    suspected = _killed_by(future) is not None and not alone
                    future.release()
                    if suspected:
                        suspects.append(job)
                    else:
                        yield outcome
            crew.look()
        for job in (*(job for job, _ in (*running.values(), *waiting)), *suspects):
            yield Outcome(job, None, crew.lost)
    finally:
        if running and client.status == "running":
            client.cancel(list(running))


def _outcome(future: Any, job: Job) -> Outcome[Job, Any] | None:
    """What became of a job whose future has ended; None if that is to be seen yet."""
    if future.status == "finished":
        try:
            return future.result(timeout=_RESULT_S)  # type: ignore[no-any-return]
        except TimeoutError:
            return None
        except Exception as error:  # noqa: BLE001 - whatever cannot be read of what came back
            return Outcome(job, None, kind_and_line(error))
    if future.status == "error":
        lost = _killed_by(future)
        reason = f"its workers died, the last was {lost}: out of memory?" if lost else kind_and_line(future.exception())
        return Outcome(job, None, reason)
    if future.status in {"lost", "pending"}:
        return None
    return Outcome(job, None, "it was cancelled on the cluster")


def _killed_by(future: Any) -> str | None:
    """Address of the last of the workers that died with a job, if that is what ended it."""
    if future.status != "error":
        return None
    last = getattr(future.exception(), "last_worker", None)  # of Dask's KilledWorker, who says it in many lines
    return None if last is None else str(last.address)


class _Crew:
    """The workers of a cluster, looked at now and then: how many threads they have, and whether any are left.

    `lost` says, once it is so, why nothing more can be done there.
    """

    def __init__(self, client: Any, tell: Callable[[str], None]) -> None:
        self.threads, self.lost = 0, ""
        self._client, self._tell = client, tell
        self._address = client.scheduler.address
        self._looked, self._there, self._warned, self._ever = -math.inf, time.monotonic(), False, False
        self.look()

    def look(self) -> None:
        """Count the threads, unless that was just done; an InputError if for too long there was none at all."""
        now = time.monotonic()
        if self._client.status == "running" and now - self._looked < _LOOK_S:
            return
        self._looked = now
        try:
            self.threads = sum(self._client.nthreads().values()) if self._client.status == "running" else -1
        except OSError:
            self.threads = -1
        if self.threads < 0:
            self.lost = f"the connection to the scheduler at {self._address} was lost"
        elif self.threads:
            self._there, self._warned, self._ever = now, False, True
        elif now - self._there > WORKERLESS_S:
            self._give_up()
        elif not self._warned:
            self._warned = True
            self._tell(f"the scheduler at {self._address} has no workers: waiting {WORKERLESS_S:g} s for one")

    def _give_up(self) -> None:
        reason = f"the scheduler at {self._address} had no workers for {WORKERLESS_S:g} s"
        if not self._ever:
            raise InputError(f"{reason}: `dask worker {self._address}` starts one")
        self.lost = reason

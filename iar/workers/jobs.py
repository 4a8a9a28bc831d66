"""Where nights are worked on: this process, workers of its own on this machine, or a Dask scheduler's elsewhere.

Nights that fail are reported, not raised: the others go on. A scheduler that was there before keeps nothing of ours.
"""

import pickle
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from iar.errors import InputError, kind_and_line
from iar.workers.cluster import local_cluster
from iar.workers.crew import Outcome, spread
from iar.workers.scheduler import client_of
from iar.workers.versions import OURS

Job = TypeVar("Job")
Result = TypeVar("Result")


def run_jobs(
    work: Callable[[Job], Result],
    jobs: Sequence[Job],
    *,
    workers: int,
    scheduler: str | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Generator[Outcome[Job, Result], None, None]:
    """Outcomes of `work` on each job, as they come.

    One worker is this process; more are processes of a Dask cluster on this machine; with the address of a `scheduler`,
    they are whatever works for that. A job that raises, or whose workers die also when it is alone, has an error in its
    outcome.
    `tell` is given in a line what a person should know meanwhile. Whoever closes the iterator early cancels the rest.

    Raises
    ------
    InputError
        If no scheduler answers at the address, or no worker comes to it in `WORKERLESS_S`.
    """
    if scheduler is None and (workers <= 1 or len(jobs) <= 1):
        for job in jobs:
            yield _attempt(work, job)
    elif scheduler is None:
        from distributed import Client

        with local_cluster(min(workers, len(jobs))) as cluster, Client(cluster) as client:
            yield from spread(client, lambda job: client.submit(_attempt, work, job, pure=False), jobs, tell)
    elif jobs:
        sent = pickle.dumps(work)
        with client_of(scheduler) as client:
            yield from spread(
                client, lambda job: client.submit(_attempt_there, sent, job, OURS, pure=False), jobs, tell
            )


def run_stream(
    work: Callable[[Job], Result], jobs: Iterable[Job], *, workers: int, in_flight: int
) -> Iterator[Outcome[Job, Result]]:
    """Outcomes of `work` on jobs that come one by one and are large, as they come; at most `in_flight` exist at once.

    One worker is this process. A job goes straight to its worker, past the scheduler.
    """
    if workers <= 1:
        for job in jobs:
            yield _attempt(work, job)
        return
    from distributed import Client

    with local_cluster(workers) as cluster, Client(cluster) as client:
        running: dict[Any, str] = {}
        for job in jobs:
            sent = client.scatter(job, direct=True, hash=False)
            running[client.submit(_attempt_quietly, work, sent, pure=False)] = str(job)
            del job, sent  # the worker has it
            while len(running) >= in_flight:
                yield from _finished(running)
        while running:
            yield from _finished(running)


def _finished(running: dict[Any, str]) -> Iterator[Outcome[Any, Any]]:
    """Outcomes of the futures in `running` that have ended, at least one, taken out of it; a job is named."""
    from distributed import wait

    for future in wait(list(running), return_when="FIRST_COMPLETED").done:
        job = running.pop(future)
        if future.status == "finished":
            result, error = future.result()
            yield Outcome(job, result, error)
        else:
            yield Outcome(job, None, str(future.exception()) or "its worker was lost")
        future.release()


def _attempt_quietly(work: Callable[[Job], Result], job: Job) -> tuple[Result | None, str | None]:
    """Result or error alone: the job is large, and does not travel back."""
    outcome = _attempt(work, job)
    return outcome.result, outcome.error


def _attempt(work: Callable[[Job], Result], job: Job) -> Outcome[Job, Result]:
    try:
        return Outcome(job, work(job), None)
    except Exception as error:  # noqa: BLE001 - one night's failure, whatever it is, must not stop the others
        return Outcome(job, None, str(error) if isinstance(error, InputError) else kind_and_line(error))


def _attempt_there(sent: bytes, job: Job, made_by: str) -> Outcome[Job, Any]:
    """What `_attempt` does, on a worker that somebody else started and that may be another's: its errors name it."""
    from distributed import get_worker

    if made_by != OURS:
        error: str | None = f"{OURS} is there, not {made_by}"
    else:
        try:
            work = pickle.loads(sent)  # noqa: S301 - of the run that sent the job
        except Exception as unknown:  # noqa: BLE001 - what cannot be loaded there may say anything
            error = kind_and_line(unknown)
        else:
            outcome = _attempt(work, job)
            if outcome.error is None:
                return outcome
            error = outcome.error
    return Outcome(job, None, f"{error} (worker {get_worker().address})")

"""Where nights are worked on: this process, or the workers of a Dask cluster.

The only module of `iar` that knows a scheduler. Nights that fail are reported, not raised: the others go on.
"""

import logging
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import resource_tracker
from typing import Any, Generic, TypeVar

_INHERITED = {
    "DASK_LOGGING__DISTRIBUTED": "critical",
    "PYTHONWARNINGS": "ignore::UserWarning:multiprocessing.resource_tracker",
}
"""For the workers and what cleans up behind them: that the others left, or were killed, is told by their outcomes."""

Job = TypeVar("Job")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Outcome(Generic[Job, Result]):
    """What became of one job: its result, or the error that ended it."""

    job: Job
    result: Result | None
    error: str | None


def run_jobs(work: Callable[[Job], Result], jobs: Sequence[Job], *, workers: int) -> Iterator[Outcome[Job, Result]]:
    """Outcomes of `work` on each job, as they come.

    One worker is this process; more are processes of a Dask cluster on this machine. A job that raises, or whose
    worker dies three times, has an error in its outcome.
    """
    if workers <= 1 or len(jobs) <= 1:
        for job in jobs:
            yield _attempt(work, job)
        return
    from distributed import Client, as_completed

    with local_cluster(min(workers, len(jobs))) as cluster, Client(cluster) as client:
        futures = client.map(_attempt, [work] * len(jobs), jobs, pure=False)
        job_of = dict(zip(futures, jobs, strict=True))
        for future in as_completed(futures):
            if future.status == "finished":
                yield future.result()
            else:
                yield Outcome(job_of[future], None, str(future.exception()) or "its worker was lost")
            future.release()


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
    """Outcomes of the futures in `running` that have ended, at least one, taken out of it; a job is told by name."""
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


def local_cluster(n_workers: int, **options: Any) -> Any:
    """Dask cluster of single-threaded processes on this machine, quiet; more `options` go to Dask.

    Dask itself holds OpenMP and BLAS to one thread a worker; TensorFlow has to be told.
    """
    from distributed import LocalCluster

    logging.getLogger("distributed").setLevel(logging.ERROR)  # Prefect's handlers would show each connection
    for name, value in _INHERITED.items():
        os.environ.setdefault(name, value)
    with _deaf_children():
        return LocalCluster(
            n_workers=n_workers,
            threads_per_worker=1,
            dashboard_address="127.0.0.1:0",  # any free port: the default is one for all, and warns
            silence_logs=logging.ERROR,
            env={"TF_NUM_INTRAOP_THREADS": "1"},
            **options,
        )


@contextmanager
def _deaf_children() -> Iterator[None]:
    """Threads that start in here, and processes that these start at any time, never hear Ctrl-C.

    A terminal sends it to all; this process alone ends the workers, who would each print where they were.
    """
    resource_tracker.ensure_running()  # whichever thread starts that hears Ctrl-C again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _attempt(work: Callable[[Job], Result], job: Job) -> Outcome[Job, Result]:
    try:
        return Outcome(job, work(job), None)
    except Exception as error:  # noqa: BLE001 - one night's failure, whatever it is, must not stop the others
        return Outcome(job, None, f"{type(error).__name__}: {error}" if not str(error) else str(error))

"""Where nights are worked on: this process, or the workers of a Dask cluster.

The only module of `iar` that knows a scheduler. Nights that fail are reported, not raised: the others go on.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

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
    from distributed import as_completed

    with local_client(min(workers, len(jobs))) as client:
        futures = client.map(_attempt, [work] * len(jobs), jobs, pure=False)
        job_of = dict(zip(futures, jobs, strict=True))
        for future in as_completed(futures):
            if future.status == "finished":
                yield future.result()
            else:
                yield Outcome(job_of[future], None, str(future.exception()) or "its worker was lost")
            future.release()


@contextmanager
def local_client(workers: int) -> Iterator[Any]:
    """Client of a Dask cluster of single-threaded processes on this machine, closed at the end."""
    import dask
    from distributed import Client, LocalCluster

    # one thread a worker, so that as many nights as there are workers share the cores evenly
    environ = {f"distributed.nanny.pre-spawn-environ.{name}": "1" for name in _THREADS}
    with (
        dask.config.set(environ),
        LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None, silence_logs=40) as cluster,
        Client(cluster) as client,
    ):
        yield client


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")


def _attempt(work: Callable[[Job], Result], job: Job) -> Outcome[Job, Result]:
    try:
        return Outcome(job, work(job), None)
    except Exception as error:  # noqa: BLE001 - one night's failure, whatever it is, must not stop the others
        return Outcome(job, None, f"{type(error).__name__}: {error}" if not str(error) else str(error))

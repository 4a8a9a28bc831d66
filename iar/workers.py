"""Where nights are worked on: this process, workers of its own on this machine, or a Dask scheduler's elsewhere.

The only module of `iar` that imports Dask. Nights that fail are reported, not raised: the others go on. A scheduler
that was there before is never ended, and keeps nothing of ours.
"""

import asyncio
import logging
import os
import pickle
import platform
import re
import signal
import socket
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import resource_tracker
from typing import Any, TypeVar

from iar import __version__
from iar.crew import Outcome, first_line, spread
from iar.errors import InputError

SCHEDULER = "IAR_DASK_SCHEDULER"
"""Environment variable with the address of a Dask scheduler, for the command line and the flows."""
ANSWER_S = 10.0
"""Time in which a scheduler answers, s."""
_MADE_BY = (__version__, ".".join(platform.python_version_tuple()[:2]))

_INHERITED = {
    "DASK_LOGGING__DISTRIBUTED": "critical",
    "PYTHONWARNINGS": "ignore::UserWarning:multiprocessing.resource_tracker",
    "MALLOC_TRIM_THRESHOLD_": str(256 * 2**20),
    "MALLOC_MMAP_THRESHOLD_": str(32 * 2**20),
}
"""For the workers and what cleans up behind them: that the others left, or were killed, is told by their outcomes.

The last two are about what the C library does by itself, until Dask sets the first to 64 kB: then the kernel clears
every array anew, and a night of spectra takes 1.4 s instead of 0.9 s.
"""
_ONE_THREAD = {
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "ZARR_THREADING__MAX_WORKERS": "1",
    "NUMEXPR_NUM_THREADS": "1",
}
"""Holds a worker to its core; OpenMP and BLAS are held by Dask itself."""

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
    they are whatever works for that. A job that raises, or whose worker dies four times, has an error in its outcome.
    `tell` is told in a line what a person should know meanwhile. Whoever closes the iterator early cancels the rest.

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
        with _client_of(scheduler) as client:
            yield from spread(
                client, lambda job: client.submit(_attempt_there, sent, job, _MADE_BY, pure=False), jobs, tell
            )


def choose_scheduler(given: str | None, workers: int | None) -> str | None:
    """Address of the scheduler to use: the one that was given, else the environment's, unless `workers` are asked for.

    Raises
    ------
    InputError
        If a scheduler and a number of workers were given, or if the address is none.
    """
    if given is not None and workers is not None:
        raise InputError(f"--scheduler {given} has workers of its own: leave out --workers {workers}, or --scheduler")
    address = given if given is not None else os.environ.get(SCHEDULER) if workers is None else None
    if address or given is not None:
        check_address(address or "")
    return address or None


def check_address(address: str) -> tuple[str, int]:
    """Host and port of a scheduler's address; an InputError if it is none."""
    found = re.fullmatch(r"(?:(?:tcp|tls)://)?(\[[0-9a-fA-F:.%\w]+\]|[^\s:/@\[\]]+):(\d{1,5})", address)
    if found is None or not 0 < int(found[2]) < 65_536:
        raise InputError(f"scheduler {address!r} is no address: expected such as tcp://host:8786, or tls://host:8786")
    return found[1].strip("[]"), int(found[2])


def check_scheduler(address: str) -> None:
    """Raise an InputError, after `ANSWER_S` at the latest, if no Dask scheduler answers at `address`."""
    place = check_address(address)
    nobody = f"no Dask scheduler answers at {address}"
    try:
        socket.create_connection(place, timeout=ANSWER_S).close()  # Dask itself would not say why
        told = asyncio.run(asyncio.wait_for(_identity(address), ANSWER_S))
    except TimeoutError:
        raise InputError(f"{nobody}: waited {ANSWER_S:g} s") from None
    except OSError as error:
        raise InputError(f"{nobody}: {error.strerror or error}") from None
    except Exception as error:  # noqa: BLE001 - whatever lives there may say anything
        raise InputError(f"{nobody}: what does speaks something else ({type(error).__name__})") from None
    if told.get("type") == "Worker":
        raise InputError(f"{nobody}: that is a worker of the scheduler at {told.get('scheduler')}")


async def _identity(address: str) -> dict[str, Any]:
    """What a Dask server says of itself."""
    from distributed import Security
    from distributed.comm.core import connect

    comm = await connect(address, timeout=ANSWER_S, **Security().get_connection_args("client"))
    try:
        await comm.write({"op": "identity", "reply": True})
        return dict(await comm.read())
    finally:
        comm.abort()


@contextmanager
def _client_of(address: str) -> Iterator[Any]:
    """Client of the scheduler at `address`, without Dask's own talk.

    Each job compares the versions itself, and what is lost is told by the outcomes.
    """
    from distributed import Client

    check_scheduler(address)
    loggers = {name: logging.getLogger(name) for name in ("distributed", "distributed.client")}
    levels = {name: logger.level for name, logger in loggers.items()}
    for logger in loggers.values():
        logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            client = Client(address, timeout=ANSWER_S, set_as_default=False)
        with client:
            yield client
    finally:
        for name, logger in loggers.items():
            logger.setLevel(levels[name])


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
    """Dask cluster of single-threaded processes on this machine, quiet; more `options` go to Dask."""
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
            env=_ONE_THREAD,
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


def _attempt_there(sent: bytes, job: Job, made_by: tuple[str, str]) -> Outcome[Job, Any]:
    """What `_attempt` does, on a worker that somebody else started and that may be another's: its errors name it."""
    from distributed import get_worker

    if made_by != _MADE_BY:
        error: str | None = (
            f"iar {_MADE_BY[0]} on Python {_MADE_BY[1]} is there, not iar {made_by[0]} on Python {made_by[1]}"
        )
    else:
        try:
            work = pickle.loads(sent)  # noqa: S301 - of the run that sent the job
        except Exception as unknown:  # noqa: BLE001 - what cannot be loaded there may say anything
            error = first_line(unknown)
        else:
            outcome = _attempt(work, job)
            if outcome.error is None:
                return outcome
            error = outcome.error
    return Outcome(job, None, f"{error} (worker {get_worker().address})")

"""Workers of our own: a Dask cluster of single-threaded processes on this machine."""

import logging
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from typing import Any

_INHERITED = {
    "DASK_LOGGING__DISTRIBUTED": "critical",
    "PYTHONWARNINGS": "ignore::UserWarning:multiprocessing.resource_tracker",
    "MALLOC_TRIM_THRESHOLD_": str(256 * 2**20),
    "MALLOC_MMAP_THRESHOLD_": str(32 * 2**20),
}
"""For the workers and what cleans up behind them: that the others left, or were killed, is seen in their outcomes.

The last two are about what the C library does by itself, until Dask sets the first to 64 kB: then the kernel clears
every array anew, and a night of spectra takes 1.4 s instead of 0.9 s.
"""
_ONE_THREAD = {
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "ZARR_THREADING__MAX_WORKERS": "1",
}
"""Holds a worker to its core; OpenMP and BLAS are held by Dask itself."""


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

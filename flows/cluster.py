"""Where tasks run: a Dask cluster of this machine's cores, or the one whose address the environment names."""

import os
from pathlib import Path
from typing import Any

from prefect.logging import get_run_logger
from prefect.task_runners import TaskRunner
from prefect_dask.task_runners import DaskTaskRunner

from iar.archive.snapshot import shared_archive
from iar.errors import InputError
from iar.workers.cluster import available_cores, local_cluster
from iar.workers.scheduler import SCHEDULER
from iar.workers.versions import OURS, worker_versions


def dask_runner() -> TaskRunner[Any]:
    """Runner on the scheduler that ``IAR_DASK_SCHEDULER`` names, else on single-threaded local processes."""
    address = os.environ.get(SCHEDULER)
    if address:
        return DaskTaskRunner(address=address)
    return DaskTaskRunner(cluster_class=local_cluster, cluster_kwargs={"n_workers": available_cores()})


def check_machines(archive: str) -> None:
    """Look once, before anything is submitted, whether the workers of a scheduler elsewhere can do the work.

    Raises
    ------
    InputError
        If a worker is made of other versions than this process, or would not find the archive at its name.
    """
    address = os.environ.get(SCHEDULER)
    if not address:
        return
    shared_archive(archive)  # which is none in the memory of one process
    if "://" not in archive and not Path(archive).is_absolute():
        raise InputError(f"archive {archive} means another folder to each worker of {address}: give its whole path")
    found = worker_versions(address)
    others = [f"{worker}: {versions}" for worker, versions in found.items() if versions != OURS]
    if others:
        raise InputError(f"workers of {address} are made of other versions than {OURS}: {'; '.join(others)}")
    if not found:
        get_run_logger().warning(f"no worker has come to {address} yet: the run waits for one")

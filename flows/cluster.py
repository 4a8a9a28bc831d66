"""Where tasks run: a Dask cluster of this machine's cores, or the one whose address the environment names."""

import os
from typing import Any

from prefect.task_runners import TaskRunner
from prefect_dask.task_runners import DaskTaskRunner

from iar.workers.cluster import available_cores, local_cluster
from iar.workers.scheduler import SCHEDULER


def dask_runner() -> TaskRunner[Any]:
    """Runner on the scheduler that ``IAR_DASK_SCHEDULER`` names, else on single-threaded local processes."""
    address = os.environ.get(SCHEDULER)
    if address:
        return DaskTaskRunner(address=address)
    return DaskTaskRunner(cluster_class=local_cluster, cluster_kwargs={"n_workers": available_cores()})

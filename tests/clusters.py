"""Dask clusters as somebody else would run them: workers in processes of their own, a scheduler at an address."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def running_cluster(workers: int, *, allowed_failures: int = 3) -> Iterator[Any]:
    """Cluster that is there before the code under test, and is ended after it."""
    import dask
    import distributed  # noqa: F401 - brings its part of the configuration: else leaving `set` would take all of it away

    from iar.workers.cluster import local_cluster

    with (
        dask.config.set({"distributed.scheduler.allowed-failures": allowed_failures}),
        local_cluster(workers, host="127.0.0.1", protocol="tcp") as cluster,
    ):
        yield cluster

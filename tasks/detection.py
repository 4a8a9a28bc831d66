"""Spectra to the network's probability of fringe: apart from the rest, since it may run where a GPU is."""

from functools import partial
from pathlib import Path

from prefect.logging import get_run_logger

from iar.archive.store import Archive
from iar.learning.registry.versions import Registry
from iar.stages.detection import run_probability
from iar.stages.network import name_network, network_folder
from tasks.behaviour import Batch, compute_task, gpu_task, run_batch


@compute_task
def choose_network(bundle: str | None, registry: str | None) -> str | None:
    """Name of the network for all nights of a run; None: the shipped one, also as long as there is no champion.

    A new champion waits for the next run.
    """
    if not bundle and registry and Registry(registry).champion() is None:
        get_run_logger().info("no champion in the registry yet: the network that iar ships is used")
        return None
    return name_network(Path(bundle) if bundle else None, registry or None)


@gpu_task
def infer_probability(batch: Batch, network: str | None = None) -> Batch:
    """Probability of fringe for each night of the batch, by the network of that name or the shipped one."""
    return run_batch(batch, partial(run_probability, Archive(batch.archive), bundle=network_folder(network)))

"""Spectra to the network's probability of fringe: apart from the rest, since it may run where a GPU is."""

from functools import partial
from pathlib import Path

from prefect import get_run_logger
from prefect.logging import get_run_logger

from iar.archive.store import Archive
from iar.learning.registry import Registry
from iar.stages.detection import run_probability
from iar.stages.network import network_folder
from tasks.behaviour import Batch, compute_task, gpu_task, run_batch


@compute_task
def choose_network(bundle: str | None, registry: str | None) -> str | None:
    """Folder of the bundle for all nights of a run; None: the shipped one. A new champion waits for the next run.

    A registry without a champion, as that of a service that has never trained, leaves the shipped one at work.
    """
    if registry and not bundle and Registry(registry).champion() is None:
        get_run_logger().warning("no champion in the registry at %s: the network that iar ships is used", registry)
        return None
    folder = choose_bundle(Path(bundle) if bundle else None, registry)
    return str(folder) if folder else None


@gpu_task
def infer_probability(batch: Batch, network: str | None = None) -> Batch:
    """Probability of fringe for each night of the batch, by the network of that name or the shipped one."""
    return run_batch(batch, partial(run_probability, Archive(batch.archive), bundle=network_folder(network)))

"""Spectra to the network's probability of fringe: apart from the rest, since it may run where a GPU is."""

from functools import partial
from pathlib import Path

from iar.archive.store import Archive
from iar.detection.bundle import SHIPPED
from iar.stages.detection import choose_bundle, run_probability
from tasks.behaviour import Batch, compute_task, gpu_task, run_batch


@compute_task
def choose_network(bundle: str | None, registry: str | None) -> str | None:
    """Folder of the bundle for all nights of a run; None: the shipped one. A new champion waits for the next run."""
    folder = choose_bundle(Path(bundle) if bundle else None, registry)
    return str(folder) if folder else None


@gpu_task
def infer_probability(batch: Batch, bundle: str | None = None) -> Batch:
    """Probability of fringe for each night of the batch, by the bundle in a folder or the shipped one."""
    folder = Path(bundle) if bundle else SHIPPED
    return run_batch(batch, partial(run_probability, Archive(batch.archive), bundle=folder))

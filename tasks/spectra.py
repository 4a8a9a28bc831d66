"""Counts to spectra."""

from functools import partial

from iar.archive.store import Archive
from iar.settings import load_processing
from iar.stages.spectra import run_spectra
from tasks.behaviour import Batch, compute_task, run_batch


@compute_task
def compute_spectra(batch: Batch) -> Batch:
    """Density, effort and quality of each night of the batch."""
    return run_batch(batch, partial(run_spectra, Archive(batch.archive), processing=load_processing()))

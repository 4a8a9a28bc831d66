"""Counts to spectra, and to the published detector's marks on them."""

import datetime as dt

from iar.archive.store import Archive
from iar.settings import load_processing
from iar.stages.detection import run_classical
from iar.stages.spectra import run_spectra
from tasks.behaviour import Batch, compute_task, run_batch


@compute_task
def compute_spectra(batch: Batch) -> Batch:
    """Density, effort and quality of each night of the batch, and the regions and lines of the published detector."""
    archive, processing = Archive(batch.archive), load_processing()

    def work(night: dt.date) -> None:
        """Both stages of one night: together they cost one task."""
        run_spectra(archive, night, processing)
        run_classical(archive, night, processing)

    return run_batch(batch, work)

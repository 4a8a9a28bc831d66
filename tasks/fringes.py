"""Fringe pixels to spacing and verdict, and what a person sees of them."""

from functools import partial
from pathlib import Path

from prefect.artifacts import create_table_artifact

from iar.archive.store import Archive
from iar.settings import load_processing
from iar.stages.fringes import read_verdict, run_fringes
from iar.stages.picture import night_picture
from tasks.behaviour import Batch, check_failures, compute_task, run_batch


@compute_task
def fit_fringes(batch: Batch) -> Batch:
    """Spacing and verdict of each night of the batch."""
    return run_batch(batch, partial(run_fringes, Archive(batch.archive), processing=load_processing()))


@compute_task
def draw_pictures(batch: Batch, folder: str) -> Batch:
    """Picture of each night of the batch, as PNG in a folder."""
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    archive = Archive(batch.archive)
    return run_batch(batch, lambda night: night_picture(archive, night, out / f"{night}.png"))


@compute_task
def publish_verdicts(batches: list[Batch], key: str) -> int:
    """Table of verdicts as an artifact; returns the number of nights.

    Raises
    ------
    RuntimeError
        If anything failed on the way: lists it, after everything else was done.
    """
    rows = [
        {"night": str(night), "verdict": verdict.name, "reason": verdict.reason}
        for batch in batches
        for night in batch.jobs
        for verdict in [read_verdict(Archive(batch.archive), night)]
    ]
    create_table_artifact(rows, key=key, description=f"Verdicts of {len(rows)} nights")
    check_failures(batches)
    return len(rows)

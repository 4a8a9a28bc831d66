"""What a person sees of the nights of a run: pictures, verdicts, years."""

import datetime as dt
from collections import Counter
from pathlib import Path

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from iar.archive.reader import Reader
from iar.archive.snapshot import Snapshot
from iar.fringes.verdict import Verdict
from iar.night import nights_within
from iar.results.picture import night_picture
from iar.stages.fringes import VERDICTS, sealed_verdict
from tasks.behaviour import Batch, check_failures, compute_task, run_batch
from tasks.pages import link, picture

SHOWN = 31
"""Pictures of nights that an artifact shows, the last ones."""


@compute_task
def draw_pictures(batch: Batch, folder: str | None) -> Batch:
    """Picture of each night of the batch, as PNG in a folder; none where that is None."""
    if folder is None:
        return batch
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    archive = Reader(batch.archive)
    return run_batch(batch, lambda night: night_picture(archive, night, out / f"{night}.png"))


@compute_task
def publish_nights(archive: str, nights: list[dt.date], batches: list[Batch]) -> int:
    """Verdicts and pictures of the nights as artifacts; returns how many have a verdict.

    Raises
    ------
    RuntimeError
        If anything failed on the way: lists it, after everything else was done.
    """
    verdicts = _verdicts(Reader(archive), nights)
    rows = [{"night": str(night), "verdict": one.name, "reason": one.reason} for night, one in verdicts.items()]
    names = {night: verdict.name for night, verdict in verdicts.items()}
    create_table_artifact(rows, key="verdicts", description=f"Verdicts of {len(rows)} nights")
    last = list(names.items())[-SHOWN:]
    shown = [f"{link(str(n), f'nights/{n}')}: {v}\n\n{picture(str(n), f'nights/{n}.png')}" for n, v in last]
    create_markdown_artifact("\n\n".join(shown[::-1]) or "no night yet", key="nights", description="Their pictures")
    check_failures(batches)
    return len(rows)


@compute_task
def publish_years(archive: str, first_night: dt.date | None, last_night: dt.date | None, batches: list[Batch]) -> int:
    """Verdicts by year of the nights of a range as an artifact; returns how many nights have a verdict.

    Raises
    ------
    RuntimeError
        If anything failed on the way: lists it, after everything else was done.
    """
    store = Reader(archive)
    nights = nights_within(store.nights(), first_night, last_night)
    found = _verdicts(Snapshot(archive, nights), nights)
    years = {night.year: Counter[str]() for night in found}
    for night, verdict in found.items():
        years[night.year][verdict.name] += 1
    rows = [
        {"year": year, "nights": tally.total(), **{name: tally[name] for name in VERDICTS}}
        for year, tally in years.items()
    ]
    create_table_artifact(
        rows, key="years", description=f"Verdicts of {len(found)} nights by year; {link('quick-look')}"
    )
    check_failures(batches)
    return len(found)


def _verdicts(store: Reader, nights: list[dt.date]) -> dict[dt.date, Verdict]:
    """Verdict of each of the nights that has one; who works on a night whose manifest is damaged has reported it."""
    seen = map(store.look, nights)
    return {one.night: sealed_verdict(one) for one in seen if one.is_sealed("fringes")}

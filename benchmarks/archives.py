"""Archives that figures are taken on: of records, and of nights that share the files of one."""

import datetime as dt
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from iar.archive.store import Archive
from iar.records.finding import find_records
from iar.results.simulate import simulate_night
from iar.settings import Station
from iar.simulation.scenario import draw_scenario
from iar.stages.creation import create_archive
from iar.stages.ingest import group_by_night, ingest_night, station_format


def ingested(folder: Path, url: Path, station: Station | None = None) -> Archive:
    """New archive of the records in a folder; of Eskdalemuir where no station is named."""
    where = station or Station()
    archive = create_archive(str(url), where)
    for job in group_by_night(find_records([folder], station_format(where)).records, where.boundary_hour):
        ingest_night(archive, job)
    return archive


def ingested_alike(kind: str, nights: Sequence[dt.date], folder: Path) -> Archive:
    """New archive of adjacent nights that share the counts of the first, a simulated one of that kind."""
    first, *others = nights
    simulate_night(draw_scenario(kind, first, 7), Station(), folder, seed=7)
    archive = ingested(folder, folder / "archive")
    manifest = archive.manifest(first)
    for night in others:
        link(chunks_of(archive, "counts/counts", first), chunks_of(archive, "counts/counts", night))
        with archive.locked(night):
            archive.replace_manifest(manifest.model_copy(update={"night": night}))
    return archive


def chunks_of(archive: Archive, path: str, night: dt.date) -> Path:
    """Place of an array's chunks of a night: a folder, or a file where there is but one."""
    return Path(archive.url) / path / "c" / str(archive.index(night))


def link(there: Path, here: Path) -> None:
    """Hard links at `here` to a file, or to all files of a folder, at `there`."""
    if there.is_dir():
        shutil.copytree(there, here, copy_function=os.link)
    else:
        here.parent.mkdir(parents=True, exist_ok=True)
        os.link(there, here)

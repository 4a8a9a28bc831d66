"""Yearly tars to counts, as they stream by: one process unpacks, the others put nights into the archive."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from iar.archive.store import Archive
from iar.records.finding import FileSource, Unusable
from iar.records.members import TarMember
from iar.records.record import Recognise, RecordFile
from iar.records.tar import stream_tar
from iar.stages.ingest import NightRecords, group_by_night, ingest_night
from iar.stages.intake import Intake
from iar.stages.quarantine import find_in_quarantine, split_by_place
from iar.stages.streams import choose_streams
from iar.workers.jobs import run_stream

if TYPE_CHECKING:
    import datetime as dt

PENDING_NIGHTS = 2
"""Nights whose hours are still coming, held at once: 170 MB of text each."""
MOST_WORKERS = 4
"""More find nothing to do: a night is unpacked in a quarter of the time that a worker needs for it.

So at most 2 nights are pending, and one for each worker and one more is on its way: 7 nights, 1.2 GB of text, and less
than 1 GB in each worker.
"""


def ingest_tar(
    archive: Archive,
    path: Path,
    recognise: Recognise,
    *,
    workers: int = 1,
    progress: Callable[[int], None] = lambda _: None,
) -> Intake:
    """Ingest a yearly tar; `progress` is called with how many of its bytes were read.

    The hours of a night may come in any order: what comes after its night was put in is added to it. A tar that
    was damaged is not read again until it has changed, if all that came out of it was put in.
    """
    source = FileSource.of(path)
    known = find_in_quarantine(archive, source)
    if known:
        return Intake(unusable=[Unusable(str(path), known.reason, source)])
    intake = Intake(tars=[str(path)])
    workers = min(workers, MOST_WORKERS)
    jobs = _nights(archive, path, recognise, intake, progress)
    for outcome in run_stream(partial(ingest_night, archive), jobs, workers=workers, in_flight=workers + 1):
        if outcome.result is None:
            intake.failures.append(f"{path}, night {outcome.job}: {outcome.error}")
            intake.lose(outcome.job.records, str(outcome.error))
        else:
            intake.reports.append(outcome.result)
    if intake.failures:  # so a damaged one is not yet done with
        intake.unusable = [replace(bad, source=None) if bad.place == str(path) else bad for bad in intake.unusable]
    return intake


def _nights(
    archive: Archive, path: Path, recognise: Recognise, intake: Intake, progress: Callable[[int], None]
) -> Iterator[NightRecords]:
    """Nights of the tar, whole if their hours lie together; notes in `intake` what is no record."""
    pending: dict[dt.date, list[RecordFile]] = {}
    for looked in stream_tar(path, recognise):
        progress(looked.position)
        found = choose_streams(archive, looked)
        intake.note(found)
        jobs, outside = split_by_place(archive, group_by_night(found.records, archive.station.boundary_hour))
        intake.unusable += map(_without_content, found.unusable + outside)
        for job in jobs:
            pending.setdefault(job.night, []).extend(job.records)
        while len(pending) > PENDING_NIGHTS:
            night = next(iter(pending))  # the one that began to come first
            yield NightRecords(night, tuple(pending.pop(night)))
    for night in sorted(pending):
        yield NightRecords(night, tuple(pending[night]))


def _without_content(bad: Unusable) -> Unusable:
    """What cannot be used, without its bytes: a whole year of it is reported at the end."""
    source = bad.source
    return replace(bad, source=replace(source, content=b"", beside={}) if isinstance(source, TarMember) else source)

"""Files that cannot be used, reported once."""

from collections.abc import Collection, Iterable, Sequence

from iar.archive.quarantine import QuarantineEntry
from iar.archive.store import Archive
from iar.errors import InputError
from iar.records.finding import Unusable
from iar.records.record import Source
from iar.stages.ingest import NightRecords


def quarantine_unusable(archive: Archive, unusable: Sequence[Unusable], usable: Collection[str]) -> list[str]:
    """What is to be reported: files new in quarantine or changed there, and those that the disk kept back.

    Files of the names `usable` are taken out.
    """
    entries = {_entry(bad): bad for bad in unusable if bad.source is not None}
    failures = [f"{entries[entry].place}: {entry.reason}" for entry in archive.update_quarantine(usable, entries)]
    return failures + [f"{bad.place}: {bad.reason}" for bad in unusable if bad.source is None]


def find_in_quarantine(archive: Archive, source: Source) -> QuarantineEntry | None:
    """Entry of a file that is in quarantine as it is: to read it again is of no use."""
    identity = (source.name, source.size, source.mtime_ns)
    found = (entry for entry in archive.quarantine() if (entry.name, entry.size, entry.mtime_ns) == identity)
    return next(found, None)


def split_by_place(archive: Archive, jobs: Iterable[NightRecords]) -> tuple[list[NightRecords], list[Unusable]]:
    """Nights that the archive has a place for, and the files of those for which it has none.

    A file that lies across the end of the archive's range is both: its part inside is used, the other is reported.
    """
    inside = []
    outside: dict[str, Unusable] = {}
    for job in jobs:
        try:
            archive.index(job.night)
        except InputError as error:
            for record in job.records:
                outside.setdefault(record.source.place, Unusable(record.source.place, str(error), record.source))
        else:
            inside.append(job)
    return inside, list(outside.values())


def _entry(bad: Unusable) -> QuarantineEntry:
    source = bad.source
    if source is None:
        raise ValueError(f"{bad.place} could not be read")
    return QuarantineEntry(name=source.name, size=source.size, mtime_ns=source.mtime_ns, reason=bad.reason)

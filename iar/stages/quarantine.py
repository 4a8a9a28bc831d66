"""Files that cannot be used, told once."""

from collections.abc import Collection, Sequence

from iar.archive.quarantine import QuarantineEntry
from iar.archive.store import Archive
from iar.records.finding import Unusable


def quarantine_unusable(archive: Archive, unusable: Sequence[Unusable], usable: Collection[str]) -> list[str]:
    """What is to be told: files that are new in quarantine or have changed there, and tar archives that are damaged.

    Files of the names `usable` are taken out.
    """
    entries = {_entry(bad): bad for bad in unusable if bad.source is not None}
    failures = [f"{entries[entry].place}: {entry.reason}" for entry in archive.update_quarantine(usable, entries)]
    return failures + [f"{bad.place}: {bad.reason}" for bad in unusable if bad.source is None]


def _entry(bad: Unusable) -> QuarantineEntry:
    source = bad.source
    if source is None:
        raise ValueError(f"{bad.place} is no file but an archive")
    return QuarantineEntry(name=source.name, size=source.size, mtime_ns=source.mtime_ns, reason=bad.reason)

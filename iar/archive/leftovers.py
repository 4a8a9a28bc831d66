"""What runs that were killed left in an archive: temporary files, and leases whose owner may be gone.

Readers never see any of it. A temporary file of a live run is a second old at most; here only older ones count.
"""

import datetime as dt
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fsspec.implementations.local import LocalFileSystem

from iar.archive.labels import LOCK
from iar.archive.locks import LEASE_S, locked
from iar.archive.manifest import leased_nights, lock_path
from iar.archive.place import filesystem
from iar.archive.reader import Reader
from iar.archive.whole import find_partial


@dataclass(frozen=True)
class Leftover:
    """A temporary file, and the lock that whoever writes one there holds."""

    path: Path
    lock: str


def find_leftovers(store: Reader, *, older_s: float = LEASE_S) -> list[Leftover]:
    """Temporary files in an archive that is a folder, not written to for `older_s`; stores elsewhere have none."""
    fs, root = filesystem(store.url)
    if not isinstance(fs, LocalFileSystem):
        return []
    before = time.time() - older_s
    return [one for one in _temporary_files(store, Path(root)) if _written_before(one.path, before)]


def remove_leftover(leftover: Leftover) -> bool:
    """Remove a temporary file, once no live run can be writing it; returns whether it was still there."""
    with locked(LocalFileSystem(), leftover.lock):
        there = leftover.path.exists()
        leftover.path.unlink(missing_ok=True)
        return there


def held_leases(store: Reader) -> list[dt.date]:
    """Nights that a process holds a lease of, or did when it was killed; in a folder locks end with their process."""
    fs, root = filesystem(store.url)
    if isinstance(fs, LocalFileSystem):
        return []
    return leased_nights(fs, root)


def _temporary_files(store: Reader, root: Path) -> Iterator[Leftover]:
    for path in sorted(find_partial(root)):
        yield Leftover(path, _lock_of_chunk(store, root, path))
    for path in sorted((root / "manifest").rglob(".*.tmp")):
        name = "quarantine" if path.name == ".quarantine.tmp" else path.stem.removeprefix(".")
        yield Leftover(path, str(path.with_name(f".{name}.lock")))
    for path in sorted((root / "labels").rglob(".*.tmp")):
        yield Leftover(path, str(root / LOCK))


def _lock_of_chunk(store: Reader, root: Path, path: Path) -> str:
    """Lock of the night whose chunk it is, or of the archive's creation."""
    _, _, chunk = path.relative_to(root).as_posix().partition("/c/")
    place = chunk.partition("/")[0].partition(".")[0]
    if not place.isdecimal():
        return str(root / "manifest/.creation.lock")
    return lock_path(str(root), store.station.first_night + dt.timedelta(days=int(place)))


def _written_before(path: Path, moment: float) -> bool:
    try:
        return path.stat().st_mtime < moment
    except FileNotFoundError:  # a live run has just renamed it
        return False

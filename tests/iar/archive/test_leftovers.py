"""What killed runs left: what is named like a night and is none is somebody else's."""

import datetime as dt

from fsspec.implementations.memory import MemoryFileSystem

from iar.archive.leftovers import find_leftovers, held_leases
from iar.settings import Station
from iar.stages.creation import create_archive

NIGHT = dt.date(2014, 1, 10)


def test_leases_are_told_by_their_night_and_a_lock_of_no_night_is_not_ours(memory):
    archive = create_archive(f"{memory}/archive", Station())
    assert held_leases(archive) == []
    for name in (NIGHT, "2014-99-99", NIGHT + dt.timedelta(days=1)):
        MemoryFileSystem().pipe_file(f"{memory}/archive/manifest/2014/.{name}.lock", b"owner\n")
    assert held_leases(archive) == [NIGHT, NIGHT + dt.timedelta(days=1)]
    assert find_leftovers(archive) == []

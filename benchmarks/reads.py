"""What a night asks of its archive: manifests read, and arrays read back that were just computed."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from fsspec.implementations.local import LocalFileSystem

from benchmarks.archives import ingested
from benchmarks.line import Line
from iar.archive.reader import Reader
from iar.archive.snapshot import Snapshot
from iar.results.simulate import simulate_night
from iar.settings import Station
from iar.simulation.scenario import draw_scenario
from iar.stages.process import process_night, undone_nights
from iar.stages.stage import Setup

NIGHT = dt.date(2014, 1, 10)
BEFORE = "iar at commit 4ca24f0, counted in the same way"
"""The peer is the version before stages handed their arrays on; its counts do not depend on the machine."""


def lines() -> Iterator[Line]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        hours = folder / "hours"
        hours.mkdir()
        simulate_night(draw_scenario("fringes", NIGHT, 7), Station(), hours, seed=7)
        archive = ingested(hours, folder / "archive")
        fresh = _counted(lambda: process_night(archive, NIGHT, Setup()))
        done = _counted(lambda: undone_nights(Snapshot(archive.url, [NIGHT]), [NIGHT], Setup()))
    for what, value, peer in (
        ("manifests read, a fresh night", fresh["manifest"], 25),
        ("manifests read, a night that is done", done["manifest"], 10),
        ("arrays read back, a fresh night", fresh["read back"], 5),
    ):
        yield Line(what, value, "reads", peer, BEFORE, more_is_better=False)


def _counted(work: Callable[[], object]) -> Counter[str]:
    with _counting() as seen:
        work()
    return seen


@contextmanager
def _counting() -> Iterator[Counter[str]]:
    """Count what is read while this lasts."""
    seen: Counter[str] = Counter()
    file, array = LocalFileSystem.cat_file, Reader.read

    def cat_file(self: LocalFileSystem, path: str, *args: object, **options: object) -> object:
        seen["manifest"] += "/manifest/" in path
        return file(self, path, *args, **options)

    def read(self: Reader, night: dt.date, path: str, **options: object) -> object:
        seen["read back"] += not path.startswith("counts/")
        return array(self, night, path, **options)

    with patch.object(LocalFileSystem, "cat_file", cat_file), patch.object(Reader, "read", read):
        yield seen

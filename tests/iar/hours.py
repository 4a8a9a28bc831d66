"""Hour files of one night, as the tests of ingest write them, and what becomes of them."""

import datetime as dt
import io
import tarfile
from functools import cache, partial
from pathlib import Path

import numpy as np

from iar.night import HOUR_SAMPLES, MISSING
from iar.records import bgs
from iar.records.finding import FileSource, find_records
from iar.records.record import Expectation
from iar.settings import Station
from iar.stages.counts import counts_seal
from iar.stages.ingest import group_by_night, ingest_night

NIGHT = dt.date(2014, 1, 10)


NOON = np.datetime64("2014-01-10T12:00", "ms")


HOUR = np.timedelta64(1, "h")


STATION = Station(first_night=dt.date(2014, 1, 1), last_night=dt.date(2014, 1, 31))


BGS = partial(bgs.recognise, expected=Expectation(100.0, 1))


SHORT = 1000  # lines of a file that is only there to be put in its place


@cache
def samples(seed: int, lines: int = HOUR_SAMPLES) -> np.ndarray:
    return np.random.default_rng(seed).integers(-(10**6), 10**6, lines, dtype=np.int32)


def put(folder: Path, hour: int, values: np.ndarray, channel: int = 0) -> Path:
    """Hour file of the `hour`-th hour of the night."""
    path = folder / bgs.file_name(channel, NOON + hour * HOUR)
    path.write_bytes(bgs.encode(values))
    return path


def source_of(path: Path) -> FileSource:
    return FileSource(path, path.stat().st_size, path.stat().st_mtime_ns)


def ingest(archive, *paths):
    jobs = group_by_night(find_records(list(paths), BGS).records, archive.station.boundary_hour)
    return [ingest_night(archive, job) for job in jobs]


def kinds(reports):
    return [problem.kind for report in reports for _, problem in report.problems]


def counts_of(archive, night=NIGHT):
    counts = archive.read(night, "counts/counts")
    assert archive.manifest(night).stages["counts"] == counts_seal(counts, archive)
    return counts


def expected_counts(*pieces):
    """The night by hand: (hour, values[, channel])."""
    night = np.full((2, 24 * HOUR_SAMPLES), MISSING)
    for hour, values, *channel in pieces:
        night[channel[0] if channel else 0, hour * HOUR_SAMPLES :][: len(values)] = values
    return night


def write_tar(path: Path, files: list[Path]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for file in files:
            member = tarfile.TarInfo(f"2014/{file.name}")
            member.size = file.stat().st_size
            tar.addfile(member, io.BytesIO(file.read_bytes()))
    return path

"""Room and time of the archive: counts beside Steim-2 miniSEED, coverage beside counting the samples.

``python -m benchmarks.archive`` measures every candidate for the compression of counts on a simulated night and, where
they lie in `../shared/data` (or `IAR_TEST_DATA`), on the real Sierra Nevada hours at 100 Hz: bytes a sample, and
seconds to write and to read a night of two channels. `layout.COUNTS_COMPRESSOR` was chosen by it.
"""

import datetime as dt
import io
import os
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import zarr
from obspy import Stream, Trace, read
from zarr.codecs import BloscCodec, GzipCodec, ZstdCodec
from zarr.codecs.numcodecs import Delta
from zarr.storage import MemoryStore

from benchmarks.line import Line, beside, best_seconds
from iar.archive.manifest import Manifest, SourceEntry
from iar.archive.store import Archive, stage_entry
from iar.night import MISSING, NIGHT_SAMPLES, night_range
from iar.records.finding import find_records
from iar.results.simulate import simulate_night
from iar.settings import Station, load_station
from iar.simulation.scenario import draw_scenario
from iar.stages.counts import COUNTS_CHUNK, COUNTS_COMPRESSOR
from iar.stages.creation import create_archive
from iar.stages.ingest import read_counts, station_format
from iar.upkeep.coverage import read_coverage

NIGHT = dt.date(2014, 1, 10)
NIGHTS = night_range(dt.date(2012, 9, 2), dt.date(2018, 12, 31))
ROOT = Path(__file__).parents[1]
REAL = Path(os.environ.get("IAR_TEST_DATA", ROOT.parent / "shared" / "data")) / "sierra-nevada"


def lines() -> Iterator[Line]:
    yield from _counts("counts", simulated_hours())
    yield from quick_lines()
    yield _coverage()


def quick_lines() -> Iterator[Line]:
    """Of the real hours, where they are."""
    hours = real_hours()
    if len(hours):
        yield from _counts("real counts", hours)


def _counts(name: str, hours: np.ndarray) -> Iterator[Line]:
    """The simulated night, whole, or the real hours, scaled up to a night."""
    nights = hours.size / (2 * NIGHT_SAMPLES)
    ours, peer = _as_zarr(hours, COUNTS_COMPRESSOR), _as_steim2(hours)
    figures = {"room": ("B/sample", 0), "writing a night": ("s", 1), "reading a night": ("s", 2)}
    for what, (unit, i) in figures.items():
        scale = hours.size if i == 0 else nights
        yield Line(f"{name}, {what}", ours[i] / scale, unit, peer[i] / scale, "Steim-2", more_is_better=False)


def _coverage() -> Line:
    """Effort of nine years from the manifests, beside opening the counts and looking."""
    with TemporaryDirectory() as folder:
        archive = create_archive(str(Path(folder) / "archive"), Station())
        for night in NIGHTS:
            archive.replace_manifest(_full_manifest(night))
        counts = np.random.default_rng(0).integers(-1000, 1000, (2, NIGHT_SAMPLES), dtype=np.int32)
        archive.write(NIGHT, {"counts/counts": counts})
        ours_s, peer_s = beside(
            lambda: read_coverage(Archive(archive.url)),
            lambda: (archive.read(NIGHT, "counts/counts") != MISSING).mean(axis=1),
        )
    return Line(
        f"coverage of {len(NIGHTS)} nights", ours_s.best_s, "s", peer_s.best_s * len(NIGHTS),
        "counting the samples of each", more_is_better=False, spread=ours_s.spread,
    )  # fmt: skip


def _full_manifest(night: dt.date) -> Manifest:
    sources = [
        SourceEntry(
            name=f"CH{channel + 1}_{night:%Y_%m_%d}_{hour:02d}.dat", size=3_600_000, mtime_ns=10**18 + hour,
            digest=f"{night.toordinal() + hour:032x}", channel=channel, first_sample=hour * COUNTS_CHUNK,
            span=COUNTS_CHUNK, samples=COUNTS_CHUNK,
        )
        for channel in (0, 1) for hour in range(24)
    ]  # fmt: skip
    entry = stage_entry("0123456789abcdef", {"effort": {"NS": 1.0, "EW": 1.0}})
    return Manifest(night=night).with_sources(sources).with_stage("counts", entry)


def simulated_hours() -> np.ndarray:
    """Counts of a simulated night of two channels, int32, shape (hour, sample)."""
    with TemporaryDirectory() as folder:
        simulate_night(draw_scenario("fringes", NIGHT, 7), Station(), Path(folder), seed=7)
        return _hours(Path(folder), Station())


def real_hours() -> np.ndarray:
    """Counts of the real hours at 100 Hz, as `simulated_hours`; none where they are not."""
    if not REAL.is_dir():
        return np.empty((0, COUNTS_CHUNK), np.int32)
    return _hours(REAL, load_station("sierra-nevada"))


def _hours(folder: Path, station: Station) -> np.ndarray:
    hours = []
    for record in find_records([folder], station_format(station)).records:
        counts, _ = read_counts(record, record.source.read(), full_scale=station.full_scale_counts)
        hours.append(np.resize(counts, COUNTS_CHUNK))
    return np.stack(hours)


Measured = tuple[int, float, float]
"""Bytes, seconds to write, seconds to read."""


def _as_zarr(hours: np.ndarray, compressor: object, filters: object = None) -> Measured:
    """An hour a chunk, as in the archive, in memory."""
    store = MemoryStore()
    array = zarr.create_array(
        store, shape=hours.shape, chunks=(1, COUNTS_CHUNK), dtype="int32", fill_value=int(MISSING),
        compressors=compressor, filters=filters,
    )  # fmt: skip

    def write() -> None:
        array[:] = hours

    write_s = best_seconds(write, 2)
    read_s = best_seconds(lambda: array[:], 2)
    if not (array[:] == hours).all():
        raise ValueError(f"{compressor} does not give back what it was given")
    return array.nbytes_stored(), write_s, read_s


def _as_steim2(hours: np.ndarray) -> Measured:
    """An hour a file, as ObsPy writes it, in memory."""
    files = [io.BytesIO() for _ in hours]

    def write() -> None:
        for counts, file in zip(hours, files, strict=True):
            file.seek(0)
            Stream([Trace(counts, {"sampling_rate": 100})]).write(file, format="MSEED", encoding="STEIM2", reclen=4096)

    def read_all() -> None:
        for file in files:
            file.seek(0)
            read(file, format="MSEED")

    write_s = best_seconds(write, 2)
    return sum(len(file.getvalue()) for file in files), write_s, best_seconds(read_all, 2)


def candidates() -> Iterator[tuple[str, Callable[[np.ndarray], Measured]]]:
    """What counts could be written as: name, and how it is measured."""
    yield "Steim-2 miniSEED, 4096-byte records", _as_steim2
    for level in (1, 3, 5, 9):
        for shuffle in ("shuffle", "bitshuffle"):
            codec = BloscCodec(cname="zstd", clevel=level, shuffle=shuffle)
            yield f"blosc zstd {level}, {shuffle}", partial(_as_zarr, compressor=codec)
            yield f"delta, blosc zstd {level}, {shuffle}", partial(_as_zarr, compressor=codec, filters=[_delta()])
        one = BloscCodec(cname="zstd", clevel=level, shuffle="bitshuffle", blocksize=4 * COUNTS_CHUNK)
        yield f"blosc zstd {level}, bitshuffle, one block", partial(_as_zarr, compressor=one)
    yield "zlib 6", partial(_as_zarr, compressor=GzipCodec(level=6))
    yield "zstd 3", partial(_as_zarr, compressor=ZstdCodec(level=3))


def _delta() -> Delta:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # in no Zarr specification: one reason against it
        return Delta(dtype="<i4")


def main() -> None:
    for data, hours in {"a simulated night": simulated_hours(), "the real hours": real_hours()}.items():
        print(f"{data:<44}{'B/sample':>10}{'write s':>10}{'read s':>10}   ({len(hours)} hours of one channel)")
        nights = hours.size / (2 * NIGHT_SAMPLES)
        for name, measure in candidates() if len(hours) else ():
            size, write_s, read_s = measure(hours)
            print(f"  {name:<42}{size / hours.size:10.3f}{write_s / nights:10.2f}{read_s / nights:10.2f}", flush=True)


if __name__ == "__main__":
    main()

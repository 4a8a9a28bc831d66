"""What one asks of an archive, beside the same nights as miniSEED files of counts and NetCDF files of spectra.

One night is written in both ways; the others are hard links to it, since nothing that is measured here looks at values.
"""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import xarray as xr
from obspy import Trace, read

from benchmarks.archives import chunks_of, ingested, link
from benchmarks.line import Line, once_s, seconds_line
from iar.archive.store import Archive
from iar.night import HOUR_SAMPLES, MISSING, night_range
from iar.results.simulate import simulate_night
from iar.settings import Station
from iar.simulation.scenario import draw_scenario
from iar.stages.process import run_stages
from iar.stages.spectra import SPECTRA
from iar.stages.stage import Setup

NIGHTS = night_range(dt.date(2012, 9, 2), dt.date(2018, 12, 31))
MONTH, YEAR = 30, 365
MINISEED, NETCDF = "miniSEED files, Steim-2, an hour each", "NetCDF files by h5netcdf, zlib, a night each"
STORED = ("density", "cross_real", "cross_imag")
ALL_YEARS_WHY = (
    "the archive's chunk is a whole night, as processing and pictures want it, so all frequencies are read for two"
)


def lines() -> Iterator[Line]:
    with TemporaryDirectory() as place:
        folder = Path(place)
        archive = _archive(folder)
        _miniseed(archive, folder / "seed")
        _netcdf(archive, folder / "netcdf")
        yield from _rooms(archive, folder)
        _link(archive, folder)
        yield from _counts(archive, folder / "seed")
        yield from _spectra(archive, sorted((folder / "netcdf").iterdir()))


def _rooms(archive: Archive, folder: Path) -> Iterator[Line]:
    """Room on disk of a night of both channels."""
    yield _room("counts", (chunks_of(archive, "counts/counts", NIGHTS[0]),), folder / "seed", MINISEED)
    spectra = tuple(chunks_of(archive, f"spectra/{name}", NIGHTS[0]) for name in STORED)
    yield _room("spectra", spectra, folder / "netcdf", NETCDF)


def _room(what: str, ours: tuple[Path, ...], peer: Path, peer_is: str) -> Line:
    mega, peer_mega = (sum(f.stat().st_size for one in place for f in one.rglob("*") if f.is_file()) / 1e6
                       for place in (ours, (peer,)))  # fmt: skip
    return Line(f"room of a night's {what}", mega, "MB", peer_mega, peer_is, more_is_better=False)


def _counts(archive: Archive, files: Path) -> Iterator[Line]:
    def peer(nights: list[dt.date]) -> int:
        return sum(_read_miniseed(files / str(night)).size for night in nights)

    def ours(nights: list[dt.date]) -> int:
        return sum(archive.read(night, "counts/counts").size for night in nights)

    for name, nights, rounds in (("one night", NIGHTS[:1], 5), ("one month", NIGHTS[:MONTH], 2)):
        yield seconds_line(
            f"counts of {name}", lambda nights=nights: ours(nights), lambda nights=nights: peer(nights), MINISEED,
            rounds=rounds,
        )  # fmt: skip


def _spectra(archive: Archive, files: list[Path]) -> Iterator[Line]:
    def ours(count: int) -> xr.DataArray:
        return xr.open_zarr(archive.url, group="spectra", consolidated=False)["density"].isel(night=slice(count))

    def peer(count: int) -> xr.DataArray:
        opened = xr.open_mfdataset(
            files[:count], combine="nested", concat_dim="night", engine="h5netcdf", coords="minimal",
            compat="override", join="override",
        )  # fmt: skip
        return opened["density"]

    def two_hertz(density: xr.DataArray) -> xr.DataArray:
        return density.sel(frequency=slice(1, 2)).mean("frequency").load()

    for name, count, rounds in (("one night", 1, 5), ("one month", MONTH, 2)):
        yield seconds_line(
            f"density of {name}", lambda count=count: ours(count).load(), lambda count=count: peer(count).load(),
            NETCDF, rounds=rounds, why="to open an archive of many years takes a little longer than one file",
        )  # fmt: skip
    seconds, peer_s = once_s(lambda: two_hertz(ours(len(NIGHTS)))), once_s(lambda: two_hertz(peer(YEAR)))
    name, peer_is = f"density at 1-2 Hz of {len(NIGHTS)} nights", f"{NETCDF}; a year of them, scaled"
    yield Line(name, seconds, "s", peer_s * len(NIGHTS) / YEAR, peer_is, more_is_better=False, why=ALL_YEARS_WHY)


def _archive(folder: Path) -> Archive:
    """Archive of one simulated night with its spectra."""
    simulate_night(draw_scenario("fringes", NIGHTS[0], 7), Station(), folder, seed=7)
    archive = ingested(folder, folder / "archive")
    run_stages(archive, NIGHTS[0], Setup(), [SPECTRA])
    return archive


def _miniseed(archive: Archive, folder: Path) -> None:
    """Hours of the night as files, as an observatory keeps them."""
    night = folder / str(NIGHTS[0])
    night.mkdir(parents=True)
    for name, counts in zip(archive.channels, archive.read(NIGHTS[0], "counts/counts"), strict=True):
        for hour, samples in enumerate(counts.reshape(-1, HOUR_SAMPLES)):
            there = np.where(samples == MISSING, 0, samples)  # a difference to it would not fit into Steim-2
            trace = Trace(there, {"sampling_rate": 100, "channel": name})
            trace.write(str(night / f"{name}-{hour:02d}.mseed"), format="MSEED", encoding="STEIM2", reclen=4096)


def _read_miniseed(folder: Path) -> np.ndarray:
    """Counts of a night, shape (channel, sample)."""
    hours = [read(path, format="MSEED")[0].data for path in sorted(folder.iterdir())]
    return np.concatenate(hours).reshape(2, -1)


def _netcdf(archive: Archive, folder: Path) -> None:
    """Spectra of the night as a file of its own, as most scripts write them."""
    folder.mkdir()
    arrays = {
        name: (("channel", "slot", "frequency")[-array.ndim :], array)
        for name in STORED
        for array in [archive.read(NIGHTS[0], f"spectra/{name}")]
    }
    night = xr.Dataset(arrays, coords={"frequency": archive.frequency_hz})
    packed = {name: {"zlib": True, "complevel": 4, "chunksizes": night[name].shape} for name in STORED}
    night.to_netcdf(folder / f"{NIGHTS[0]}.nc", engine="h5netcdf", encoding=packed)


def _link(archive: Archive, folder: Path) -> None:
    """All nights share the files of the first."""
    for number, night in enumerate(NIGHTS[1:], 1):
        if number < YEAR:
            link(folder / "netcdf" / f"{NIGHTS[0]}.nc", folder / "netcdf" / f"{night}.nc")
        link(chunks_of(archive, "spectra/density", NIGHTS[0]), chunks_of(archive, "spectra/density", night))
        if number < MONTH:
            link(chunks_of(archive, "counts/counts", NIGHTS[0]), chunks_of(archive, "counts/counts", night))
            link(folder / "seed" / str(NIGHTS[0]), folder / "seed" / str(night))

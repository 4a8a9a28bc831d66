"""Counts to spectra: time, precision and memory, beside SciPy slot by slot."""

import datetime as dt
import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from scipy import signal

from benchmarks.archives import ingested
from benchmarks.line import Line, seconds_line
from benchmarks.peers import spectra_by_slot, spectra_obspy, spectra_short_time
from iar.archive.store import Archive
from iar.night import CHANNELS, NIGHT_SAMPLES, RATE_HZ, SLOT_SAMPLES
from iar.results.simulate import simulate_night
from iar.settings import Station
from iar.simulation.scenario import draw_scenario
from iar.spectra.band import Band
from iar.spectra.density import amplitude_density
from iar.stages.process import run_stages
from iar.stages.spectra import SPECTRA
from iar.stages.stage import Setup

NIGHT = dt.date(2014, 1, 10)
BAND = Band()
FLAT = np.ones(len(BAND.frequency_hz))
PLAIN = "sosfiltfilt, welch slot by slot"


def lines() -> Iterator[Line]:
    yield from quick_lines()
    with TemporaryDirectory() as folder:
        inbox = Path(folder) / "inbox"
        inbox.mkdir()
        simulate_night(draw_scenario("fringes", NIGHT, 7), Station(), inbox, seed=7)
        yield _files_to_spectra(inbox, Path(folder))
        archive = ingested(inbox, Path(folder) / "archive")
        yield _counts_to_spectra(archive, Path(folder))
        yield _memory(archive, Path(folder))


def quick_lines() -> Iterator[Line]:
    """What needs no files: a night of one channel beside three tools, and how exact it is."""
    counts = np.random.default_rng(0).normal(0, 1000, NIGHT_SAMPLES).astype(np.int32)
    for peer, peer_is in (
        (spectra_by_slot, PLAIN),
        (spectra_short_time, "sosfiltfilt, SciPy's ShortTimeFFT"),
        (spectra_obspy, "ObsPy's spectrogram, unfiltered, undrawn"),
    ):
        yield seconds_line(
            "spectra, a night of one channel",
            lambda: amplitude_density(counts, band=BAND, pt_per_count=FLAT), lambda peer=peer: peer(counts), peer_is,
            rounds=5, peer_rounds=2,
        )  # fmt: skip
    yield _precision()


def _precision() -> Line:
    """On 1000 counts of noise over a level of 4 to 7 million; the peer's filter runs in float32, too."""
    rng, slots = np.random.default_rng(0), 100
    level = np.linspace(4e6, 7e6, slots * SLOT_SAMPLES)
    counts = np.rint(rng.normal(0, 1000, level.size) + level).astype(np.int32)
    sos = BAND.sos()
    steady = signal.sosfilt_zi(sos) * counts[0]

    def error(density: np.ndarray) -> float:
        return float(np.abs(density / reference - 1).max())

    def density_of(filtered: np.ndarray) -> np.ndarray:
        slot = filtered.reshape(-1, SLOT_SAMPLES)
        return np.sqrt(signal.welch(slot, RATE_HZ, "hann", 4096, detrend=False)[1][:, 21:431]) / BAND.filter_gain()

    reference = density_of(signal.sosfilt(sos, counts.astype(np.float64), zi=steady)[0])
    single = (sos.astype(np.float32), counts.astype(np.float32))
    plain = density_of(signal.sosfilt(*single, zi=steady.astype(np.float32))[0])
    ours = amplitude_density(counts, band=BAND, pt_per_count=FLAT)
    return Line(
        "spectra, largest relative error", error(ours), "1", error(plain), "filter in float32", more_is_better=False
    )


def _files_to_spectra(inbox: Path, folder: Path) -> Line:
    """What a daily run does first: 48 hour files of text to sealed spectra."""
    fresh = (folder / f"archive-{i}" for i in count())

    def ours() -> None:
        run_stages(ingested(inbox, next(fresh)), NIGHT, Setup(), [SPECTRA])

    def peer() -> None:
        for channel in (1, 2):
            hours = [np.loadtxt(path, dtype=np.int32) for path in sorted(inbox.glob(f"CH{channel}_*.dat"))]
            np.save(folder / "density.npy", spectra_by_slot(np.concatenate(hours)))

    return seconds_line("48 files to sealed spectra", ours, peer, f"np.loadtxt, {PLAIN}", peer_rounds=1)


def _counts_to_spectra(archive: Archive, folder: Path) -> Line:
    return seconds_line(
        "Zarr counts to sealed spectra, a night", lambda: _anew(archive), lambda: _plainly(archive, folder), PLAIN,
        rounds=5, peer_rounds=1,
    )  # fmt: skip


def _memory(archive: Archive, folder: Path) -> Line:
    """Of a process that makes the spectra of a night, all that it imports included."""
    mega = _peak_mb(_anew, archive), _peak_mb(_plainly, archive, folder)
    return Line("spectra, peak memory of a worker", mega[0], "MB", mega[1], PLAIN, more_is_better=False)


def _anew(archive: Archive) -> None:
    with archive.locked(NIGHT):
        archive.unseal(NIGHT, ["spectra"])
    run_stages(archive, NIGHT, Setup(), [SPECTRA])


def _plainly(archive: Archive, folder: Path) -> None:
    """What a script would do: all of the night's counts, each channel's spectra, an array on disk."""
    counts = archive.read(NIGHT, "counts/counts")
    np.save(folder / "density.npy", np.stack([spectra_by_slot(counts[channel]) for channel in range(len(CHANNELS))]))


def _peak_mb(work: Callable[..., None], *arguments: object) -> float:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as fresh:
        return fresh.submit(_measure_peak, work, arguments).result()


def _measure_peak(work: Callable[..., None], arguments: tuple[object, ...]) -> float:
    """Largest resident memory of this process alone, MB; what `resource` tells includes that of its parent."""
    work(*arguments)
    (peak,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return float(peak.split()[1]) / 1024

"""How long each station takes, beside the plain way."""

import datetime as dt
import io
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from benchmarks.archives import ingested
from benchmarks.line import Line, beside, seconds_line
from benchmarks.peers import classical_by_slot, matched_filter
from iar.detection.bundle import load_bundle
from iar.detection.inference import fringe_probability
from iar.fringes.estimates import estimate_night
from iar.night import HOUR_SAMPLES, dark_slots, night_start
from iar.records import bgs
from iar.results.simulate import simulate_night
from iar.settings import ClassicalSettings, Station
from iar.simulation.coil import coil_counts, frame_frequencies
from iar.simulation.density import measured_density
from iar.simulation.scenario import draw_scenario
from iar.spectra.background import residual_db
from iar.spectra.band import Band
from iar.spectra.density import amplitude_density
from iar.stages.classical import detect_classical

NIGHT = dt.date(2014, 1, 10)
BAND = Band()


def lines() -> Iterator[Line]:
    yield _whole_simulation()
    yield _ingest()
    yield from quick_lines()


def quick_lines() -> Iterator[Line]:
    """What needs no files of a whole night."""
    yield _fast_simulation()
    yield from _parsing()
    yield from _night()


def _fast_simulation() -> Line:
    """A night to learn from: density straight from what is expected; the peer makes and analyses its counts."""
    response = np.full(len(frame_frequencies()), 50.0, dtype=np.complex128)

    def rng() -> np.random.Generator:
        return np.random.default_rng(0)

    def chain() -> None:
        counts = coil_counts(draw_scenario("fringes", NIGHT, 7), response, rng(), full_scale=2**23 - 1)
        for channel in counts:
            amplitude_density(channel, band=BAND, pt_per_count=np.full(len(BAND.frequency_hz), 0.02))

    return seconds_line(
        "simulate, a night by the fast path",
        lambda: measured_density(draw_scenario("fringes", NIGHT, 7), BAND.frequency_hz, rng()),
        chain,
        "its counts, and their spectra",
    )


def _whole_simulation() -> Line:
    """A night of two channels as 48 hour files; the peer only writes them, one hour scaled to 48."""
    drawn = draw_scenario("fringes", NIGHT, 7)
    with TemporaryDirectory() as folder:
        hour = np.random.default_rng(0).normal(0, 300, HOUR_SAMPLES).astype(np.int32)
        ours_s, peer_s = beside(
            lambda: simulate_night(drawn, Station(), Path(folder), seed=7),
            lambda: np.savetxt(Path(folder) / "hour.dat", hour, fmt="%d"), 2,
        )  # fmt: skip
    return Line(
        "simulate, a night to 48 files", ours_s.best_s, "s", 48 * peer_s.best_s, "NumPy's savetxt alone",
        more_is_better=False, spread=ours_s.spread,
    )  # fmt: skip


def _parsing() -> Iterator[Line]:
    """An hour file of the size that the observatory writes, ten characters a line; all read from memory."""
    values = np.random.default_rng(0).integers(-(10**8), 10**8, 360_000)
    text = "\n".join(f"{value:9d}" for value in values).encode() + b"\n"
    megabytes = len(text) / 1e6
    for peer, peer_is in (
        (lambda: np.array([int(line) for line in text.split()]), "int() of each line"),
        (lambda: np.loadtxt(io.BytesIO(text), dtype=np.int32), "np.loadtxt"),
        (lambda: pd.read_csv(io.BytesIO(text), header=None, dtype=np.int32)[0], "pandas.read_csv"),
    ):
        ours_s, peer_s = beside(lambda: bgs.decode(text), peer, 5)
        yield Line(
            "parsing an hour file", megabytes / ours_s.best_s, "MB/s", megabytes / peer_s.best_s, peer_is,
            spread=ours_s.spread,
        )  # fmt: skip


def _ingest() -> Line:
    """From text to a sealed night: what a daily run does before anything else; the peer only parses and saves."""
    rng, start = np.random.default_rng(0), night_start(NIGHT, 12)
    with TemporaryDirectory() as folder:
        inbox = Path(folder) / "inbox"
        inbox.mkdir()
        for channel in (0, 1):
            for hour in range(24):
                counts = np.cumsum(rng.integers(-200, 200, 360_000), dtype=np.int32)
                (inbox / bgs.file_name(channel, start + np.timedelta64(hour, "h"))).write_bytes(bgs.encode(counts))
        fresh = (Path(folder) / f"archive-{i}" for i in count())

        def ours() -> None:
            ingested(inbox, next(fresh))

        def peer() -> None:
            for path in inbox.glob("*.dat"):
                np.save(path.with_suffix(".npy"), np.loadtxt(path, dtype=np.int32))

        return seconds_line(
            "ingest, a night of 48 files", ours, peer, "np.loadtxt, np.save", peer_rounds=2,
            why="ingest checks every line, hashes each file, looks for conflicts, compresses 75 MB to 21 MB and seals "
            "the night, so that a kill costs nothing; the peer only parses and writes",
        )  # fmt: skip


def _night() -> Iterator[Line]:
    drawn = draw_scenario("fringes", dt.date(2014, 1, 10), 7)
    density = measured_density(drawn, BAND.frequency_hz, np.random.default_rng(0))
    bundle = load_bundle()
    step, pieces = bundle.card.unet.step, bundle.card.spline_pieces

    def classical() -> object:
        return detect_classical(density, BAND.frequency_hz, dark_slots(18, 6, 12), ClassicalSettings())

    def network() -> np.ndarray:
        return fringe_probability(density, bundle.network, step=step, pieces=pieces)

    def predict(pictures: np.ndarray) -> np.ndarray:
        return bundle.model.predict(pictures, verbose=0)[..., 0]  # type: ignore[no-any-return]

    def slow_network() -> None:  # what most people write
        for part in np.split(density, 2, axis=1):
            fringe_probability(part, predict, step=step, pieces=pieces)

    probability = network()

    def fringes() -> object:
        residual = residual_db(density, pieces=3)
        return estimate_night(
            probability, residual, dark_slots(18, 6, 12), BAND.frequency_hz, threshold=bundle.card.threshold,
            pieces=3, min_spacing_hz=0.25, max_spacing_hz=2.2,
        )  # fmt: skip

    whole = "a night of both channels"
    yield seconds_line(f"inference, {whole}", network, slow_network, "Keras' predict, half a night each")
    yield seconds_line(
        f"classical, {whole}", classical, lambda: classical_by_slot(density), "a spline fit for each slot"
    )
    yield seconds_line(
        f"spacing, all estimators, {whole}", fringes, lambda: matched_filter(density), "matched filter, plain",
        why="three estimators, their errors and their fusion, where the peer is one of them; it errs twice as much",
    )  # fmt: skip

"""One night tried: fans laid over it or over its day, and what is found where none was laid."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from iar.archive.reader import Reader
from iar.completeness.injections import FEWEST_SLOTS, Fan, depths, draw_fan
from iar.completeness.noise import Noise, by_day, night_noise, shuffled
from iar.completeness.recovery import Judge, Recovered, recover
from iar.detection.bundle import Bundle, load_bundle
from iar.detection.inference import bundle_probability, pack_probability
from iar.errors import InputError
from iar.fringes.judging import Measured, Rules
from iar.night import Counts
from iar.settings import FringeSettings, Processing
from iar.simulation.injection import inject_fringes
from iar.stages.fringes import measured, read_verdict
from iar.stages.network import network_folder
from iar.stages.night_view import NightView
from iar.stages.spectra import changed_density

QUIET = ("no_fringes", "interference")
FEW_QUIET = 8
"""Quiet nights below which hours by day carry fans, too."""
OVER_COUNTS = 0.1
"""Share of the fans over nights that is laid over their counts: it costs nine times as much."""
TRIALS_SHARE = 4
"""A trial for false alarms of each kind to so many fans."""


@dataclass(frozen=True)
class Asked:
    """What is to be done with a night: fans of these depths, dB, over night, counts and day; trials without any."""

    night: dt.date
    by_night_db: tuple[float, ...] = ()
    over_counts_db: tuple[float, ...] = ()
    by_day_db: tuple[float, ...] = ()
    day: bool = False
    surrogate: bool = False

    def __str__(self) -> str:
        return str(self.night)


@dataclass(frozen=True)
class Laid:
    """A fan that was laid over a night, or over its day, and what became of it."""

    night: dt.date
    day: bool
    noise: Noise
    fan: Recovered


@dataclass(frozen=True)
class NightTried:
    """What came of a night: its noise, the signature of its fringes, fans, and verdicts of trials without any."""

    night: dt.date
    noise: Noise
    signature: str
    laid: tuple[Laid, ...]
    day_verdict: str | None
    surrogate_verdict: str | None


def plan(
    store: Reader, nights: Sequence[dt.date], injections: int, seed: int, over_counts: float = OVER_COUNTS
) -> list[Asked]:
    """What to do with each night, so that as many fans are laid as are asked for; the same seed plans the same.

    A share `over_counts` of those that are laid over nights goes through the whole chain.

    Raises
    ------
    InputError
        If there is no night.
    """
    if not nights:
        raise InputError(f"no night of {store.url} has a verdict: process them first")
    rng = np.random.default_rng([seed, 6])
    quiet = [night for night in nights if read_verdict(store, night).name in QUIET]
    places = [(night, False) for night in quiet]
    if len(quiet) < FEW_QUIET:
        places += [(night, True) for night in nights]
    places = [places[i] for i in rng.permutation(len(places))]
    given: dict[tuple[dt.date, str], list[float]] = {}
    for i, depth_db in enumerate(depths(injections, rng)):
        night, by_daylight = places[i % len(places)]
        counts = int((i + 1) * over_counts) > int(i * over_counts)
        way = "day" if by_daylight else "counts" if counts else "night"
        given.setdefault((night, way), []).append(float(depth_db))
    trials = max(injections // TRIALS_SHARE, 1)
    day, surrogate = (
        {among[i] for i in rng.choice(len(among), min(trials, len(among)), replace=False)}
        for among in (nights, quiet or nights)  # a fan that hardly drifts outlives any order of its slots
    )
    return [
        Asked(
            night,
            tuple(given.get((night, "night"), ())),
            tuple(given.get((night, "counts"), ())),
            tuple(given.get((night, "day"), ())),
            day=night in day or (night, "day") in given,
            surrogate=night in surrogate,
        )
        for night in nights
    ]


def night_trial(store: Reader, processing: Processing, network: str | None, seed: int) -> Callable[[Asked], NightTried]:
    """Work on one night, for any worker that sees what the archive and the network are named."""
    return partial(_try_night, store, processing, network, seed)


def _try_night(store: Reader, processing: Processing, network: str | None, seed: int, asked: Asked) -> NightTried:
    view = NightView(store, asked.night)
    signature, seen = view.sealed("fringes").signature, measured(view)
    bundle = load_bundle(network_folder(network))
    judge = _judge(bundle, seen, processing.fringes)
    rng = np.random.default_rng([seed, asked.night.toordinal(), 7])
    boundary_hour = store.station.boundary_hour
    noise = night_noise(seen, judge.rules)
    laid = _lay(seen, noise, asked.night, asked.by_night_db, judge, rng, boundary_hour, day=False)
    laid += _lay(seen, noise, asked.night, asked.over_counts_db, judge, rng, boundary_hour, day=False, counts_of=view)
    day_verdict = None
    if asked.day:
        by_daylight = by_day(seen)
        day_verdict = judge(by_daylight)[1].name
        if day_verdict in QUIET:
            there = night_noise(by_daylight, judge.rules)
            laid += _lay(by_daylight, there, asked.night, asked.by_day_db, judge, rng, boundary_hour, day=True)
    surrogate = judge(shuffled(seen, rng))[1].name if asked.surrogate else None
    return NightTried(asked.night, noise, signature, tuple(laid), day_verdict, surrogate)


def _lay(  # noqa: PLR0913, PLR0917 - what a night has
    seen: Measured,
    noise: Noise,
    night: dt.date,
    depths_db: tuple[float, ...],
    judge: Judge,
    rng: np.random.Generator,
    boundary_hour: int,
    *,
    day: bool,
    counts_of: NightView | None = None,
) -> list[Laid]:
    """Lay fans of these depths, one after the other; none in a summer's night that is too short for one.

    They go over the counts of a night, where one is given and has any, else over its density.
    """
    if seen.dark.sum() < FEWEST_SLOTS:
        return []
    band_hz = float(seen.frequency_hz[0]), float(seen.frequency_hz[-1])
    spacings_hz = judge.rules.min_spacing_hz, judge.rules.max_spacing_hz
    laid = []
    for depth_db in depths_db:
        fan = draw_fan(rng, night, seen.dark, depth_db=depth_db, band_hz=band_hz, spacings_hz=spacings_hz)
        density = None if counts_of is None else changed_density(counts_of, partial(inject_fan, fan=fan))
        found = recover(seen, fan, judge, boundary_hour=boundary_hour, density=density)
        laid.append(Laid(night, day, noise, found))
    return laid


def inject_fan(counts: Counts, finer: float, *, fan: Fan) -> Counts:
    """Counts of a night with a fan laid over them, that many times finer."""
    return inject_fringes(counts, fan.ladder, scale=finer)


def _judge(bundle: Bundle, seen: Measured, settings: FringeSettings) -> Judge:
    def look(density: Any) -> Any:
        """Probability of a night, packed as the archive keeps it."""
        return pack_probability(bundle_probability(bundle, density, seen.frequency_hz))

    return Judge(look, bundle.card.threshold, Rules(**settings.model_dump()))

"""Nights of fringes of known frequency, laid over noise: what the errors that are told are held against.

Half a dozen properties of a ladder that spoil its measurement, each in a few classes, over simulated noise of many
stations and over the real hours of Sierra Nevada. Seeds are those of no other set.
"""

import os
import tempfile
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks.archives import ingested
from benchmarks.fringes import REAL_NIGHT
from iar.detection.classical import slots_with_data
from iar.fringes.judging import Measured
from iar.learning.judgement.evaluation import DARK, FREQUENCY_HZ
from iar.night import CHANNELS, SLOTS, season_of
from iar.settings import Station, load_station
from iar.simulation.curves import Curve, wander
from iar.simulation.density import measured_density
from iar.simulation.injection import laid_over
from iar.simulation.ladder import LADDER_HARMONICS, Crest, Ladder, ladder_tracks
from iar.simulation.scenario import draw_scenario
from iar.simulation.truth import visible_tracks
from iar.simulation.wide import draw_envelope, draw_hours, draw_patches
from iar.stages.process import process_night
from iar.stages.stage import Setup

SEED = 40_000_000
SPACINGS_HZ = (0.25, 2.0)
DEPTHS_DB = (2.0, 9.0)
BENDS = (0.0, 0.06, -0.06, 0.12, -0.12, None)
"""In spacings at the first harmonic, in turn; None is any between the largest."""
DECAYS = (0.5, 4.0)
"""Harmonics over which the bend decays."""
OFFSETS = (-0.5, 0.4)
CRESTS = ("cosine", "narrow", "steep below", "steep above")
COURSES = {"steady": 0.6, "grows": 0.28, "doubles": 0.12}
"""What the spacing does over the night, and how often."""
ONE_COIL, IN_PATCHES, REAL, FEW = 0.35, 0.2, 0.4, 0.6
"""Share of nights with one coil alone, in patches, over real noise, and of those with three to eight harmonics."""
NOISES = ("wide-quiet", "wide-quiet", "wide-comb", "wide-storm", "wide-pearls", "quiet")
LATER_SLOTS = (-286, -174)
"""By how many slots the real hours are put later: all of them lie in the dark part, or nearly."""


@dataclass(frozen=True)
class Laid:
    """A night: the `ladder`, in which classes it is, what is measured, and the truth.

    `season` of the simulated noise, one of `iar.night.SEASONS`, which decides how long it is dark; "" in real noise.
    `f_n` Hz and `depth_db` of each harmonic, (slot, harmonic).
    """

    ladder: Ladder
    crest: str
    course: str
    real: bool
    few: bool
    season: str
    measured: Measured
    f_n: np.ndarray
    depth_db: np.ndarray


def lay_night(number: int, seed: int = SEED) -> Laid | None:
    """The night of that number; None where its noise would be real, and is not at hand."""
    rng = np.random.default_rng([seed, number])
    crest = str(rng.choice(CRESTS))
    course = str(rng.choice(list(COURSES), p=list(COURSES.values())))
    few, real = bool(rng.random() < FEW), bool(rng.random() < REAL)
    ladder = _draw_ladder(rng, number, _draw_crest(rng, crest), course, few=few)
    if real:
        noise = real_density()
        if noise is None:
            return None
        density = np.roll(noise, int(rng.integers(*LATER_SLOTS)), axis=1)[:, :: rng.choice([-1, 1])]
        f_n, depth_db = ladder_tracks(ladder)
        there = np.isfinite(density).any(axis=2) * np.array(ladder.gain)[:, None]
        density, depth_db = laid_over(density, ladder, FREQUENCY_HZ), depth_db * there.max(axis=0)[:, None]
        season = ""
    else:
        night = date(2013, 1, 1) + timedelta(days=int(rng.integers(3000)))
        drawn = replace(draw_scenario(str(rng.choice(NOISES)), night, seed), fringes=ladder)
        density, (f_n, depth_db) = measured_density(drawn, FREQUENCY_HZ, rng), visible_tracks(drawn)
        season = season_of(night.month, Station().latitude_deg)
    measured = Measured(density, slots_with_data(density), DARK, FREQUENCY_HZ, CHANNELS)
    return Laid(ladder, crest, course, real, few, season, measured, f_n, depth_db)


def _draw_ladder(rng: np.random.Generator, number: int, crest: Crest, course: str, *, few: bool) -> Ladder:
    low_hz, high_hz = SPACINGS_HZ
    delta_f_hz = low_hz * (high_hz / low_hz) ** (number * 0.6180339887 % 1) * _draw_course(rng, course)
    bend = BENDS[number % len(BENDS)]
    other = 0.0 if rng.random() < ONE_COIL else rng.uniform(0.3, 1)
    gain = (1.0, other)[:: rng.choice([-1, 1])]
    ladder = Ladder(
        delta_f_hz=np.clip(delta_f_hz, 0.2, 2.2),
        offset=rng.uniform(*OFFSETS) + 0.01 * wander(rng, 100),
        bend=rng.uniform(min(BENDS[:-1]), max(BENDS[:-1])) if bend is None else bend,
        decay=float(np.exp(rng.uniform(*np.log(DECAYS)))),
        crest=crest,
        depth_db=np.zeros((SLOTS, LADDER_HARMONICS)),
        gain=gain,
        lag_rad=0.0,
    )
    over_time = draw_patches(rng) if rng.random() < IN_PATCHES else draw_hours(rng)
    f_n = ladder_tracks(ladder)[0]
    share = _few_harmonics(rng, f_n[SLOTS // 2]) if few else draw_envelope(rng, f_n)
    ladder.depth_db[:] = np.exp(rng.uniform(*np.log(DEPTHS_DB))) * over_time[:, None] * share
    return ladder


def _draw_crest(rng: np.random.Generator, name: str) -> Crest:
    shapes = {
        "cosine": Crest(),
        "narrow": Crest(0.5, rng.uniform(2, 4)),
        "steep below": Crest(rng.uniform(0.2, 0.35), rng.uniform(1, 1.5)),
        "steep above": Crest(rng.uniform(0.65, 0.8), rng.uniform(1, 1.5)),
    }
    return shapes[name]


def _draw_course(rng: np.random.Generator, name: str) -> Curve:
    """Spacing over its median of the dark part, (slot,)."""
    slot = np.arange(SLOTS)
    courses = {
        "steady": np.ones(SLOTS),
        "grows": np.interp(slot, [216, 648], [1, rng.uniform(1.2, 1.7)]),
        "doubles": 2 ** np.clip(0.5 + (slot - rng.uniform(280, 420)) / 36, 0, 1),
    }
    course = courses[name]
    return np.asarray(course / np.median(course[DARK]) * np.exp(0.03 * wander(rng, 60)))


def _few_harmonics(rng: np.random.Generator, f_n: np.ndarray) -> np.ndarray:
    """Depth of each over the deepest: three to eight stand out, in seven nights of ten the lowest in the band."""
    (fit,) = np.nonzero((f_n > FREQUENCY_HZ[0] + 0.05) & (f_n < FREQUENCY_HZ[-1] - 0.3))
    count = min(int(rng.integers(3, 9)), len(fit))
    first = 0 if rng.random() < 0.7 else int(rng.integers(min(len(fit) - count, 4) + 1))
    share = np.zeros(LADDER_HARMONICS)
    share[fit[first : first + count]] = np.linspace(1, rng.uniform(0.5, 1), count)
    return share


@cache
def real_density() -> np.ndarray | None:
    """Density of the real hours of Sierra Nevada as a night, (channel, slot, frequency); None if they are not there."""
    folder = Path(os.environ.get("IAR_TEST_DATA", "../shared/data")) / "sierra-nevada"
    if not folder.is_dir():
        return None
    with tempfile.TemporaryDirectory() as place:
        archive = ingested(folder, Path(place) / "real", load_station("sierra-nevada"))
        process_night(archive, REAL_NIGHT, Setup())
        (density,) = archive.read_sealed(REAL_NIGHT, "spectra", "spectra/density")
    return np.asarray(density)

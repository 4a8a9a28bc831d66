"""What happens in a simulated night: numbers drawn from a seed, no picture yet.

Ranges are those of Eskdalemuir: background 0.5 to 1 pT/sqrt(Hz) at 1 Hz falling as 1/f, Schumann
resonances of Q 4 to 5, fringes 0.3 to 2.1 Hz apart and 2 to 9 dB deep, fence combs of 0.7 to 1.6 Hz in one channel.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d

from iar.errors import InputError
from iar.night import CHANNELS, SLOTS

SCENARIOS = ("quiet", "fringes", "faint", "comb", "storm", "pearls", "gaps")
MIXTURE = {"quiet": 0.2, "fringes": 0.35, "faint": 0.1, "comb": 0.1, "storm": 0.1, "pearls": 0.05, "gaps": 0.1}
"""Share of each scenario in ``mixed``, where any night may also have a comb or pearls; half have no fringes."""

DEPTH_DB = {"fringes": (5.0, 9.0), "gaps": (5.0, 9.0), "faint": (2.0, 4.0)}
"""Depth of the fringes, dB peak to trough, in the scenarios that have any."""

Curve = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Fringes:
    """A fan of fringes f_n = (n + phi) * delta_f, n = 1 ... 12.

    `delta_f_hz`, `phi` and `depth_db` (peak to trough, at the frequency where they are strongest) are curves over the
    slots; `gain` is the depth's share in each channel; `centre_hz` and `width_hz` say where in frequency they live.
    """

    delta_f_hz: Curve
    phi: Curve
    depth_db: Curve
    gain: tuple[float, float]
    centre_hz: float
    width_hz: float
    sharpness: float


@dataclass(frozen=True)
class Line:
    """A narrow man-made line in one channel: its frequency (Hz) and height (dB) over the slots, and its channel."""

    frequency_hz: Curve
    height_db: Curve
    channel: int


@dataclass(frozen=True)
class Scenario:
    """All that is drawn for one night."""

    name: str
    night: dt.date
    level_pt: tuple[float, float]
    floor_pt: float
    slope: float
    schumann_pt: Curve
    schumann_hz: tuple[float, float, float]
    schumann_q: float
    burst_db: Curve
    fringes: Fringes | None
    lines: tuple[Line, ...]
    missing: npt.NDArray[np.bool_]


def draw_scenario(name: str, night: dt.date, seed: int) -> Scenario:
    """Draw one night of the scenario `name`; the same seed, night and name give the same night.

    Raises
    ------
    InputError
        If there is no scenario of that name.
    """
    rng = np.random.default_rng([seed, night.toordinal()])
    disturbances = {name}
    if name == "mixed":
        name = str(rng.choice(list(MIXTURE), p=list(MIXTURE.values())))
        disturbances = {name, str(rng.choice(["comb", "pearls", "none"], p=[0.2, 0.15, 0.65]))}
    if name not in SCENARIOS:
        raise InputError(f"scenario {name!r} is none of {', '.join((*SCENARIOS, 'mixed'))}")
    fringes = None
    if name in DEPTH_DB:
        fringes = _draw_fringes(rng, depth_db=rng.uniform(*DEPTH_DB[name]))
    return Scenario(
        name=name,
        night=night,
        level_pt=(rng.uniform(0.5, 1.0), rng.uniform(0.4, 1.0)),
        floor_pt=rng.uniform(0.05, 0.15),
        slope=rng.uniform(0.8, 1.3),
        schumann_pt=rng.uniform(0.15, 0.6) * (1 + 0.4 * _wander(rng, 150)),
        schumann_hz=(rng.uniform(7.6, 8.0), rng.uniform(13.9, 14.4), rng.uniform(20.0, 20.7)),
        schumann_q=rng.uniform(4.0, 5.0),
        burst_db=_draw_bursts(rng, stormy=name == "storm"),
        fringes=fringes,
        lines=_draw_lines(rng, disturbances),
        missing=_draw_gaps(rng, often=name == "gaps"),
    )


def _wander(rng: np.random.Generator, slots: float) -> Curve:
    """Return a smooth random curve over the night, of unit variance, varying over `slots`."""
    walk = gaussian_filter1d(rng.standard_normal(SLOTS + 8 * int(slots)), slots)[4 * int(slots) :][:SLOTS]
    return np.asarray(walk * np.sqrt(2 * np.sqrt(np.pi) * slots))


def _switched(start: float, stop: float, ramp: float) -> Curve:
    """Smooth step up at slot `start` and down at `stop`, each over `ramp` slots."""
    slot = np.arange(SLOTS)
    rise = np.clip((slot - start) / ramp, 0, 1)
    fall = np.clip((stop - slot) / ramp, 0, 1)
    return np.asarray(np.sin(np.pi / 2 * np.minimum(rise, fall)) ** 2)


def _draw_fringes(rng: np.random.Generator, depth_db: float) -> Fringes:
    base_hz = np.exp(rng.uniform(np.log(0.35), np.log(1.6)))
    slot = np.arange(SLOTS) / SLOTS
    maxima = rng.uniform(0.05, 0.25) * np.cos(2 * np.pi * (rng.uniform(1.0, 2.5) * slot - rng.uniform()))
    delta_f_hz = np.clip(base_hz * (1 + maxima + 0.05 * np.clip(_wander(rng, 60), -2, 2)), 0.28, 2.15)
    on = _switched(rng.uniform(180, 340), rng.uniform(500, 700), rng.uniform(20, 70))
    return Fringes(
        delta_f_hz=delta_f_hz,
        phi=np.clip(rng.uniform(0.15, 0.45) + 0.03 * _wander(rng, 80), 0.02, 0.6),
        depth_db=depth_db * on * np.clip(1 + 0.2 * _wander(rng, 25), 0.2, 1.3),
        gain=(rng.uniform(0.7, 1.0), rng.uniform(0.3, 1.0))[:: rng.choice([-1, 1])],  # type: ignore[arg-type]
        centre_hz=rng.uniform(1.5, 4.0),
        width_hz=rng.uniform(1.5, 4.0) + base_hz,
        sharpness=rng.uniform(0.7, 1.6),
    )


def _draw_lines(rng: np.random.Generator, disturbances: set[str]) -> tuple[Line, ...]:
    lines: list[Line] = []
    if "comb" in disturbances:
        f0_hz, channel = rng.uniform(0.7, 1.6), int(rng.integers(2))
        height = rng.uniform(3, 11) * _comb_hours(rng)
        lines += [
            Line(np.full(SLOTS, n * f0_hz), height * rng.uniform(0.5, 1.0), channel)
            for n in range(1, int(10.5 / f0_hz) + 1)
        ]
    for _ in range(rng.poisson(0.7)):  # single lines, most of them slowly drifting
        drift_hz = rng.uniform(-1, 1) * np.linspace(0, rng.choice([0.02, 0.5, 2.0]), SLOTS)
        on = _switched(rng.uniform(-400, 700), rng.uniform(200, 1300), 3)
        lines.append(Line(rng.uniform(0.6, 10) + drift_hz, rng.uniform(3, 12) * on, int(rng.integers(2))))
    if "pearls" in disturbances:
        for _ in range(rng.integers(1, 5)):
            start, length = rng.uniform(0, 800), rng.uniform(10, 60)
            rising = rng.uniform(0.6, 4) + rng.uniform(-0.3, 0.6) * (np.arange(SLOTS) - start) / length
            height = rng.uniform(6, 18) * _switched(start, start + length, length / 4)
            for offset_hz in np.linspace(-0.08, 0.08, 5):  # a pearl is a band, and in both channels
                lines += [Line(rising + offset_hz, height * rng.uniform(0.5, 1), c) for c in range(len(CHANNELS))]
    return tuple(lines)


def _comb_hours(rng: np.random.Generator) -> Curve:
    """Whole day, or switched on and off by somebody."""
    if rng.random() < 0.6:
        return np.ones(SLOTS)
    return _switched(rng.uniform(-200, 400), rng.uniform(450, 1000), 2)


def _draw_bursts(rng: np.random.Generator, *, stormy: bool) -> Curve:
    """Sferics: single slots louder than the rest; a storm has many, and swells."""
    loud = rng.random(SLOTS) < (0.25 if stormy else 0.02)
    swell = np.clip(6 * _wander(rng, 40), 0, 15) if stormy else np.zeros(SLOTS)
    return np.asarray(loud * rng.exponential(6.0 if stormy else 4.0, SLOTS) + swell + 0.5 * _wander(rng, 30))


def _draw_gaps(rng: np.random.Generator, *, often: bool) -> npt.NDArray[np.bool_]:
    """Missing slots, bool, shape (channel, slot)."""
    missing = np.zeros((len(CHANNELS), SLOTS), dtype=bool)
    for _ in range(rng.integers(2, 8) if often else rng.random() < 0.1):
        start, length = rng.integers(SLOTS), int(rng.choice([1, 3, 36, 72]))
        channels: slice | int = slice(None) if rng.random() < 0.6 else int(rng.integers(len(CHANNELS)))
        missing[channels, start : start + length] = True
    return missing

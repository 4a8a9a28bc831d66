"""What disturbs a simulated night: lines, pearls, lightning, jumps of the level."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from iar.night import CHANNELS, SLOTS
from iar.simulation.curves import Curve, switched, wander


@dataclass(frozen=True)
class Line:
    """A man-made sine in one channel: frequency (Hz) and amplitude (pT) over the slots."""

    frequency_hz: Curve
    amplitude_pt: Curve
    channel: int


@dataclass(frozen=True)
class Pearl:
    """A Pc1 wave packet in both channels: centre (Hz) and height over the background (dB) over slots, width (Hz)."""

    frequency_hz: Curve
    width_hz: float
    height_db: Curve


@dataclass(frozen=True)
class Step:
    """A jump of the level of one channel: when (seconds of the night) and how far (pT, as the coil would see it)."""

    second: float
    height_pt: float
    channel: int


def draw_lines(
    rng: np.random.Generator, disturbances: set[str], level_pt: tuple[float, float], slope: float
) -> tuple[Line, ...]:
    """Combs, single lines and the mains; heights are drawn in dB above the background."""
    above = partial(_line_above, level_pt, slope)
    lines: list[Line] = []
    if "comb" in disturbances:
        f0_hz, channel, on = rng.uniform(0.7, 1.6), int(rng.integers(2)), _comb_hours(rng)
        height_db = rng.uniform(3, 11)
        lines += [
            above(np.full(SLOTS, n * f0_hz), height_db * rng.uniform(0.5, 1.0), on, channel)
            for n in range(1, int(10.5 / f0_hz) + 1)
        ]
    for _ in range(rng.poisson(0.7)):  # single lines, most of them slowly drifting
        drift_hz = rng.uniform(-1, 1) * np.linspace(0, rng.choice([0.02, 0.5, 2.0]), SLOTS)
        on = switched(rng.uniform(-400, 700), rng.uniform(200, 1300), 3)
        track_hz = np.maximum(rng.uniform(0.6, 10) + drift_hz, 0.05)
        lines.append(above(track_hz, rng.uniform(3, 12), on, int(rng.integers(2))))
    mains_hz = 50 * (1 + 4e-4 * np.clip(wander(rng, 100), -2, 2))  # the grid's frequency wanders by 20 mHz
    for channel in range(len(CHANNELS)):
        strength_pt = np.full(SLOTS, rng.uniform(1, 20))
        lines += [Line(mains_hz, strength_pt, channel), Line(mains_hz / 2, 0.1 * strength_pt, channel)]
    return tuple(lines)


def _line_above(
    level_pt: tuple[float, float], slope: float, frequency_hz: Curve, height_db: float, on: Curve, channel: int
) -> Line:
    """Sine that stands `height_db` above the background at its median frequency, where it is `on`."""
    background_pt = level_pt[channel] * np.median(frequency_hz) ** -slope
    density_pt = background_pt * np.sqrt(10 ** (height_db / 10) - 1)
    return Line(frequency_hz, line_amplitude_pt(density_pt) * on, channel)


def line_amplitude_pt(density_pt: float) -> float:
    """Amplitude of a sine (pT) whose density in its bin is `density_pt`: Hann, 4096 samples at 100 Hz."""
    return float(density_pt * np.sqrt(3 * 100 / 4096))


def _comb_hours(rng: np.random.Generator) -> Curve:
    """Whole day, or switched on and off by somebody."""
    if rng.random() < 0.6:
        return np.ones(SLOTS)
    return switched(rng.uniform(-200, 400), rng.uniform(450, 1000), 2)


def draw_pearls(rng: np.random.Generator) -> tuple[Pearl, ...]:
    """Pc1 wave packets of a night, 0.2 to 5 Hz, that rise for minutes to an hour and a half."""
    pearls = []
    for _ in range(rng.integers(1, 5)):
        start, length = rng.uniform(0, 800), rng.uniform(10, 60)
        since = (np.arange(SLOTS) - start) / length
        rising_hz = np.maximum(rng.uniform(0.4, 4) + rng.uniform(-0.3, 0.6) * since, 0.05)
        beads = 0.6 + 0.4 * np.cos(2 * np.pi * np.arange(SLOTS) / rng.uniform(1.5, 3))  # a packet every few minutes
        height_db = rng.uniform(6, 18) * switched(start, start + length, length / 4) * beads
        pearls.append(Pearl(rising_hz, rng.uniform(0.04, 0.15), height_db))
    return tuple(pearls)


def draw_sferics(rng: np.random.Generator, *, stormy: bool) -> Curve:
    """Density that lightning adds to single slots, pT/sqrt(Hz)."""
    loud = rng.random(SLOTS) < (0.25 if stormy else 0.02)
    return np.asarray(loud * rng.exponential(0.6 if stormy else 0.4, SLOTS))


def draw_steps(rng: np.random.Generator) -> tuple[Step, ...]:
    """Jumps of the level, one in two nights."""
    return tuple(
        Step(rng.uniform(0, SLOTS * 100), float(rng.choice([-1, 1])) * rng.exponential(30.0), int(rng.integers(2)))
        for _ in range(rng.poisson(0.5))
    )

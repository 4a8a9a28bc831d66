"""What lies around the fringes of the wide world: backgrounds of other coils and other places, and what disturbs them.

Nothing here is of one station: ranges are wider than those of `iar.simulation.scenario`, on purpose.
"""

from typing import Any

import numpy as np

from iar.night import CHANNELS, SLOTS
from iar.simulation.curves import Curve, switched, wander
from iar.simulation.interference import Line, Pearl, Step, draw_pearls, line_amplitude_pt

RAILWAY_HZ = 50 / 3
"""Railways of central and northern Europe; amplifiers that are not quite linear leave images of it at its parts."""


def draw_surroundings(rng: np.random.Generator, disturbances: set[str]) -> dict[str, Any]:
    """Fields of a `Scenario` that tell of its background and of what disturbs it.

    Parameters
    ----------
    disturbances
        Of ``comb``, ``storm`` and ``pearls``, what there certainly is; the rest comes by chance.
    """
    stormy = "storm" in disturbances
    level_pt = np.exp(rng.uniform(np.log(0.15), np.log(1.5))) * rng.uniform(0.6, 1.0, len(CHANNELS))
    bent = rng.random() < 0.5
    air = {
        "level_pt": (float(level_pt[0]), float(level_pt[1])),
        "slope": rng.uniform(0.4, 1.5),
        "knee_hz": rng.uniform(1, 6) if bent else 0.0,
        "beyond_knee": rng.uniform(-0.5, 0.8) if bent else 0.0,
    }
    return air | {
        "floor_pt": float(level_pt.mean() * np.exp(rng.uniform(np.log(0.01), np.log(0.25)))),
        "floor_slope": rng.choice([0.0, rng.uniform(0, 1)]),
        "coherence": rng.uniform(0.0, 0.9),
        "schumann_pt": rng.uniform(0.05, 0.8) * np.clip(1 + 0.3 * wander(rng, 150), 0.3, 2),
        "schumann_hz": (rng.uniform(7.4, 8.2), rng.uniform(13.7, 14.6), rng.uniform(19.8, 20.9)),
        "schumann_q": rng.uniform(3.5, 7.0),
        "swell_db": rng.uniform(0.3, 1.5) * wander(rng, rng.uniform(5, 40))
        + (np.clip(6 * wander(rng, 40), 0, 15) if stormy else 0),
        "sferics_pt": _draw_bursts(rng, stormy=stormy),
        "lines": _draw_lines(rng, air, comb="comb" in disturbances),
        "pearls": _draw_bands(rng) if "pearls" in disturbances else (),
        "steps": tuple(
            Step(rng.uniform(0, SLOTS * 100), float(rng.choice([-1, 1])) * rng.exponential(60.0), int(rng.integers(2)))
            for _ in range(rng.poisson(2))
        ),
    }


def _draw_bursts(rng: np.random.Generator, *, stormy: bool) -> Curve:
    """Density that lightning adds to single slots, pT/sqrt(Hz): most of it little, some of it loud beyond all else."""
    loud = rng.random(SLOTS) < (rng.uniform(0.1, 0.4) if stormy else rng.uniform(0, 0.08))
    return np.asarray(loud * np.minimum(0.1 * rng.pareto(1.2, SLOTS), 30.0))


def _draw_lines(rng: np.random.Generator, air: dict[str, Any], *, comb: bool) -> tuple[Line, ...]:
    """Combs, single lines, images of railways, and the mains."""
    lines: list[Line] = _draw_comb(rng, air) if comb else []
    for _ in range(rng.poisson(1.0)):
        drift_hz = rng.uniform(-1, 1) * np.linspace(0, rng.choice([0.02, 0.5, 3.0]), SLOTS)
        track_hz = np.maximum(rng.uniform(0.6, 10) + drift_hz, 0.05)
        lines += _above(air, track_hz, rng.uniform(3, 14), _draw_switching(rng), rng)
    if rng.random() < 0.15:
        traffic = np.clip(wander(rng, rng.uniform(2, 20)), 0, None)
        for part in range(2, 2 + int(rng.integers(1, 4))):
            track_hz = RAILWAY_HZ / part * (1 + 3e-4 * wander(rng, 30))
            lines += _above(air, track_hz, rng.uniform(3, 12), traffic, rng)
    mains_hz = rng.choice([50, 60]) * (1 + 4e-4 * np.clip(wander(rng, 100), -2, 2))
    for channel in range(len(CHANNELS)):
        lines.append(Line(mains_hz, np.full(SLOTS, rng.uniform(1, 20)), channel))
    return tuple(lines)


def _draw_comb(rng: np.random.Generator, air: dict[str, Any]) -> list[Line]:
    """Comb of one or both coils, that stands, drifts or wanders, and is on all day, once, or again and again."""
    f0_hz = rng.uniform(0.5, 2.4)
    drift = rng.choice([0.0, rng.uniform(-0.05, 0.05)])
    course = 1 + drift * np.linspace(0, 1, SLOTS) + rng.choice([0.0, 0.01]) * wander(rng, 40)
    on, height_db, both = _draw_switching(rng), rng.uniform(3, 14), rng.random() < 0.4
    channel = int(rng.integers(2))
    lines = []
    for n in range(1, int(10.5 / f0_hz) + 1):
        made = _above(air, n * f0_hz * course, height_db * rng.uniform(0.3, 1.0), on, rng)
        lines += [line for line in made if both or line.channel == channel] or [
            Line(made[0].frequency_hz, made[0].amplitude_pt, channel)
        ]
    return lines


def _draw_switching(rng: np.random.Generator) -> Curve:
    """Whole day, once on and off, or on and off again every few minutes to hours, shape (slot,)."""
    how = rng.choice(["always", "once", "again"], p=[0.4, 0.3, 0.3])
    if how == "always":
        return np.ones(SLOTS)
    if how == "once":
        return switched(rng.uniform(-200, 500), rng.uniform(400, 1000), 2)
    period = np.exp(rng.uniform(np.log(4), np.log(120)))
    return np.asarray(((np.arange(SLOTS) / period + rng.random()) % 1 < rng.uniform(0.3, 0.8)).astype(float))


def _above(
    air: dict[str, Any], frequency_hz: Curve, height_db: float, on: Curve, rng: np.random.Generator
) -> list[Line]:
    """Sine that stands `height_db` above the background in one channel, in three of ten also in the other, lower."""
    middle_hz = float(np.median(frequency_hz))
    first, density = int(rng.integers(2)), np.sqrt(10 ** (height_db / 10) - 1)
    lines = []
    for channel, share in ((first, 1.0), (1 - first, rng.uniform(0.3, 1.0) if rng.random() < 0.3 else 0.0)):
        if share:
            level_pt = air["level_pt"][channel] * middle_hz ** -air["slope"]
            if air["knee_hz"]:
                level_pt *= (1 + (middle_hz / air["knee_hz"]) ** 2) ** (-air["beyond_knee"] / 2)
            lines.append(Line(frequency_hz, share * line_amplitude_pt(level_pt * density) * on, channel))
    return lines


def _draw_bands(rng: np.random.Generator) -> tuple[Pearl, ...]:
    """Pearls as elsewhere, or Pc1 without beads, in one to three bands that drift together for hours."""
    if rng.random() < 0.5:
        return draw_pearls(rng)
    start, length = rng.uniform(-50, 700), rng.uniform(20, 300)
    since = (np.arange(SLOTS) - start) / length
    drift_hz, width_hz = rng.uniform(-0.3, 0.5) * since, rng.uniform(0.05, 0.3)
    centre_hz, apart_hz = rng.uniform(0.3, 4), rng.uniform(2, 5) * width_hz
    on = switched(start, start + length, length / 4) * np.clip(1 + 0.3 * wander(rng, 6), 0.2, 2)
    return tuple(
        Pearl(np.maximum(centre_hz + band * apart_hz + drift_hz, 0.05), width_hz, rng.uniform(3, 12) * on)
        for band in range(rng.integers(1, 4))
    )

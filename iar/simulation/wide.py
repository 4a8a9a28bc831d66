"""The wide world: fringes and surroundings of more stations than the one that `iar.simulation.scenario` is made after.

A network that has seen one shape of crest, one offset and one kind of background believes that all are so. Here
each night draws its own, from `RANGES`: as wide as anything published, and somewhat wider.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np

from iar.night import SLOTS, slot_times
from iar.physics.sun import sun_elevation_deg
from iar.simulation.curves import Curve, switched, wander
from iar.simulation.ladder import LADDER_HARMONICS, Crest, Curves, Ladder, ladder_tracks


@dataclass(frozen=True)
class Range:
    """What a quantity is drawn from, its unit, and where that comes from."""

    low: float
    high: float
    unit: str
    source: str

    def draw(self, rng: np.random.Generator) -> float:
        """Draw a value, all alike."""
        return float(rng.uniform(self.low, self.high))

    def draw_log(self, rng: np.random.Generator) -> float:
        """Draw a value whose logarithm is drawn from all alike."""
        return float(np.exp(rng.uniform(np.log(self.low), np.log(self.high))))


_ESKDALEMUIR = "Beggan & Musur 2018, doi:10.1029/2018JA025264"
_KILPISJARVI = "Belyaev et al. 1999, doi:10.1029/1998JA900062"
_WIDER = "wider than published, on purpose"

RANGES = {
    "spacing": Range(
        0.12, 2.4, "Hz", f"0.3 to 2.1 at 55 N, {_ESKDALEMUIR}; 0.5 to 1.5 at 69 N, {_KILPISJARVI}; {_WIDER}"
    ),
    "offset": Range(
        -0.5, 0.5, "spacings",
        "1:3:5 is -0.5, Potapov 2024, doi:10.1109/tgrs.2024.3368032; varies, Hodnett 2024, doi:10.1029/2023JA032308",
    ),
    "bend": Range(-0.12, 0.12, "spacings at f1", "empirical, see iar.simulation.ladder"),
    "decay of the bend": Range(1.0, 4.0, "harmonics", "empirical, see iar.simulation.ladder"),
    "depth": Range(4.0, 9.0, "dB", f"amplitudes of maxima and minima as 2:1, {_KILPISJARVI}; {_WIDER}"),
    "depth of faint ones": Range(2.0, 4.0, "dB", "down to what can be seen in a slot's scatter"),
    "harmonics": Range(3.0, 18.0, "", f"3 to 4 at 69 N, {_KILPISJARVI}; {_WIDER}"),
    "rise of a crest": Range(0.2, 0.8, "of a spacing", "empirical: 0.5 is symmetric"),
    "power of a crest": Range(1.0, 4.0, "", "empirical: 1 is a cosine, 4 a quarter of a spacing wide at half height"),
    "split": Range(0.2, 0.35, "spacings", "empirical: satellites of the maxima have been reported"),
    "patch": Range(12, 150, "slots", "20 minutes to 4 hours"),
    "day to night": Range(1.0, 2.5, "ratio of spacings", f"narrower by day, {_ESKDALEMUIR}; {_WIDER}"),
    "latitude": Range(15.0, 85.0, "degrees", "L 1.3, Bösinger et al. 2002, doi:10.1029/2001JA005076, to L 15, "
                      "Semenova & Yahnin 2008, doi:10.5194/angeo-26-2245-2008"),
}  # fmt: skip
"""All that a ladder is drawn from."""

BAND_HZ = (0.5, 10.3)
"""Where harmonics are placed."""
NARROW_HZ = 0.25
"""Spacing below which crests are cosines: narrower ones would be narrower than a bin."""


def draw_ladder(rng: np.random.Generator, name: str, night: dt.date) -> Ladder:
    """Ladder of a night; `name` is that of a scenario: ``wide-ladder``, ``wide-patches`` or ``wide-faint``."""
    delta_f_hz = draw_course(rng, night)
    bend = 0.0 if rng.random() < 0.3 else RANGES["bend"].draw(rng)
    ladder = Ladder(
        delta_f_hz=delta_f_hz,
        offset=np.clip(RANGES["offset"].draw(rng) + 0.02 * wander(rng, 100), -0.5, 0.5),
        bend=bend,
        decay=RANGES["decay of the bend"].draw(rng),
        crest=draw_crest(rng, narrowest_hz=float(delta_f_hz.min())),
        depth_db=np.zeros((SLOTS, LADDER_HARMONICS)),
        gain=draw_gain(rng),
        lag_rad=rng.uniform(-np.pi, np.pi),
    )
    depth = RANGES["depth of faint ones" if name == "wide-faint" else "depth"].draw(rng)
    over_time = draw_patches(rng) if name == "wide-patches" else draw_hours(rng)
    ladder.depth_db[:] = depth * over_time[:, None] * draw_envelope(rng, ladder_tracks(ladder)[0])
    return ladder


def draw_course(rng: np.random.Generator, night: dt.date) -> Curve:
    """Spacing over the slots, Hz: narrower in sunlight; in one night of five it doubles within an evening hour."""
    spacing = RANGES["spacing"]
    base_hz = spacing.low * (spacing.high / spacing.low) ** rng.beta(2.6, 2.2)
    latitude_deg = RANGES["latitude"].draw(rng) * rng.choice([-1, 1])
    knots = np.arange(0, SLOTS, 18)
    elevation_deg = sun_elevation_deg(slot_times(night, 12)[knots], latitude_deg, 0.0)
    shade = np.interp(np.arange(SLOTS), knots, np.clip((6 - elevation_deg) / 24, 0, 1))
    growth = RANGES["day to night"].draw(rng) ** shade
    if rng.random() < 0.2:
        since = (np.arange(SLOTS) - rng.uniform(240, 420)) / rng.uniform(20, 36)
        growth *= 2 ** np.clip(0.5 + since, 0, 1)
    course_hz = base_hz * growth / np.median(growth) * np.exp(0.03 * wander(rng, 60))
    return np.asarray(np.clip(course_hz, spacing.low, spacing.high))


def draw_crest(rng: np.random.Generator, *, narrowest_hz: float) -> Crest:
    """Shape of a crest: a quarter are symmetric, a tenth have a second, lower crest beside."""
    rise = 0.5 if rng.random() < 0.25 else RANGES["rise of a crest"].draw(rng)
    power = RANGES["power of a crest"].draw_log(rng)
    split = RANGES["split"].draw(rng) * rng.choice([-1, 1]) if rng.random() < 0.1 else 0.0
    if narrowest_hz < NARROW_HZ:
        return Crest(rise=rise)
    return Crest(rise, max(power, 3.0) if split else power, split, rng.uniform(0.3, 0.7) if split else 0.0)


def draw_gain(rng: np.random.Generator) -> tuple[float, float]:
    """Share of each channel: one coil alone in a fifth of the nights, one stronger in two fifths."""
    other = rng.choice([0.0, rng.uniform(0.2, 0.6), rng.uniform(0.6, 1.0)], p=[0.2, 0.4, 0.4])
    return (1.0, float(other))[:: rng.choice([-1, 1])]  # type: ignore[return-value]


def draw_envelope(rng: np.random.Generator, f_n: Curves) -> Curves:
    """Depth of each harmonic over the deepest, 0 to 1, from frequencies (slot, harmonic).

    At midnight 3 to 18 stand out. In two nights of five the lowest are missing; towards one end they get fainter.
    """
    midnight_hz = f_n[SLOTS // 2]
    fit = np.flatnonzero((midnight_hz > BAND_HZ[0]) & (midnight_hz < BAND_HZ[1]))
    few, many = int(RANGES["harmonics"].low), int(RANGES["harmonics"].high)
    count = min(int(rng.integers(few, many + 1)), len(fit))
    lowest = fit[0] if rng.random() < 0.6 else rng.choice(fit[: len(fit) - count + 1])
    spacing_hz = float(np.diff(midnight_hz)[-1])
    low_hz = max(midnight_hz[lowest] - 0.5 * spacing_hz, 0.1)
    high_hz = midnight_hz[lowest + count - 1] + 0.5 * spacing_hz
    sharp = rng.uniform(6, 12)
    tilt = rng.uniform(-0.7, 0.4)
    positive_hz = np.maximum(f_n, 0.05)
    leaning = np.clip((positive_hz - low_hz) / (high_hz - low_hz), 0, 1) * abs(tilt)
    fainter = 1 - (leaning if tilt < 0 else abs(tilt) - leaning)
    return np.asarray(fainter / (1 + (low_hz / positive_hz) ** sharp) / (1 + (positive_hz / high_hz) ** (2 * sharp)))


def draw_hours(rng: np.random.Generator) -> Curve:
    """Depth over the slots of a long fan: all night, in a quarter by day, too; in three of ten it grows for hours."""
    on = switched(rng.uniform(150, 330), rng.uniform(500, 720), rng.uniform(10, 70))
    if rng.random() < 0.25:
        on = np.maximum(on, rng.uniform(0.4, 1.0) * switched(rng.uniform(-50, 150), rng.uniform(300, 900), 30))
    if rng.random() < 0.3:
        growth = np.clip((np.arange(SLOTS) - rng.uniform(100, 350)) / rng.uniform(72, 250), 0.15, 1)
        on *= growth[:: rng.choice([-1, 1])]
    return np.asarray(on * np.clip(1 + 0.1 * wander(rng, 25), 0.2, 1.2))


def draw_patches(rng: np.random.Generator) -> Curve:
    """Depth over the slots of one to five patches, each of minutes to hours, at most as deep as the deepest."""
    depth = np.zeros(SLOTS)
    for _ in range(rng.integers(1, 6)):
        length = RANGES["patch"].draw_log(rng)
        start = rng.uniform(150, 720 - length)
        depth = np.maximum(depth, rng.uniform(0.6, 1) * switched(start, start + length, rng.uniform(0.1, 0.4) * length))
    return np.asarray(depth / depth.max())

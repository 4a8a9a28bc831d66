"""The fringes of a simulated night: what the ionosphere of its date does to the background."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from iar.errors import InputError
from iar.night import SLOTS
from iar.physics.alfven import HEIGHT_KM, ChapmanLayer
from iar.physics.ionosphere import chapman_profiles, iri_profiles
from iar.simulation.curves import Curve, switched, wander
from iar.simulation.resonator import KNOT_HOURS, Resonator, make_resonator

Ionosphere = Literal["chapman", "iri"]
IONOSPHERES: tuple[Ionosphere, ...] = get_args(Ionosphere)


@dataclass(frozen=True)
class Fringes:
    """A fan of fringes: the resonator's response, seen through a background that it did not make.

    `delta_f_hz` is the spacing by time of flight over the slots, Hz; `share` the part of the natural power that went
    through the resonator, over the slots, where it is largest; below `drowned_hz` other waves drown it; `gain` says how
    much of that part is in each channel, `lag_rad` the phase of EW behind NS (the ellipse of polarisation).
    """

    resonator: Resonator
    delta_f_hz: Curve
    share: Curve
    drowned_hz: float
    gain: tuple[float, float]
    lag_rad: float


def parse_ionosphere(name: str) -> Ionosphere:
    """Ionosphere of that name; an InputError that lists the known ones."""
    for known in IONOSPHERES:
        if name == known:
            return known
    raise InputError(f"ionosphere {name!r} is none of {', '.join(IONOSPHERES)}")


def draw_resonator(
    rng: np.random.Generator, night: dt.date, position: tuple[float, float], ionosphere: Ionosphere
) -> Resonator:
    """Resonator of a night, from a layer of the season or the IRI, and how the density varies from day to day."""
    latitude_deg, longitude_deg = position
    local_hour = 12 + KNOT_HOURS
    layer = ChapmanLayer(
        height_km=rng.uniform(270, 320),
        bottom_scale_km=rng.uniform(40, 50),
        top_scale_km=rng.uniform(55, 80),
        topside_per_m3=2e11 * rng.uniform(0.003, 0.02),
    )
    if ionosphere == "iri":
        electrons = iri_profiles(night, local_hour, HEIGHT_KM, latitude_deg, longitude_deg)
    else:
        electrons = chapman_profiles(night, local_hour, HEIGHT_KM, latitude_deg, layer)
    from_day_to_day = np.exp(0.2 * rng.standard_normal())
    return make_resonator(electrons * from_day_to_day, night, position, pedersen_s=rng.uniform(0.1, 0.3))


def draw_fringes(rng: np.random.Generator, resonator: Resonator, depth_db: float) -> Fringes:
    """Fringes whose strongest is `depth_db` deep, or as deep as the resonator makes it."""
    drowned_hz = rng.uniform(0.3, 1.2)
    on = switched(rng.uniform(180, 340), rng.uniform(500, 700), rng.uniform(20, 70))
    return Fringes(
        resonator=resonator,
        delta_f_hz=resonator.spacing_hz * np.exp(0.03 * wander(rng, 60)),
        share=_share_of_depth(resonator, drowned_hz, depth_db) * on * np.clip(1 + 0.1 * wander(rng, 25), 0.2, 1.02),
        drowned_hz=drowned_hz,
        gain=(1.0, rng.uniform(0.5, 1.0))[:: rng.choice([-1, 1])],  # type: ignore[arg-type]
        lag_rad=rng.uniform(-np.pi, np.pi),
    )


def _share_of_depth(resonator: Resonator, drowned_hz: float, depth_db: float) -> float:
    """Share of the resonator in the power, for which the strongest fringe at midnight is `depth_db` deep."""
    knot = len(KNOT_HOURS) // 2
    f_n = resonator.crest_order[knot] * resonator.spacing_hz[SLOTS // 2]
    seen = undrowned(f_n, drowned_hz)
    ratio = 10 ** (depth_db / 10)
    crest, trough = resonator.crest[knot] - 1, resonator.trough[knot] - 1
    with np.errstate(divide="ignore"):  # a harmonic without any depth
        needed = (ratio - 1) / (seen * np.maximum(crest - ratio * trough, 1e-9))
    return float(np.clip(needed.min(), 0, 0.95))


def undrowned(frequency_hz: Curve, drowned_hz: float) -> Curve:
    """Part of the resonator's share that other waves leave at each frequency, 0 to 1: half at `drowned_hz`."""
    return np.asarray(1 / (1 + (drowned_hz / np.maximum(frequency_hz, 1e-3)) ** 4))

"""What happens in a simulated night: numbers drawn from a seed, no picture yet.

Ranges are those of Eskdalemuir: background 0.5 to 1 pT/sqrt(Hz) at 1 Hz falling as 1/f, Schumann resonances of Q 4 to
5, fringes as the ionosphere of the date makes them and 2 to 9 dB deep, fence combs of 0.7 to 1.6 Hz in one channel.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from iar.errors import InputError
from iar.simulation.curves import Curve, wander
from iar.simulation.defects import Defect, draw_defects, draw_gaps
from iar.simulation.fringes import Fringes, Ionosphere, draw_fringes, draw_resonator
from iar.simulation.interference import (
    Line,
    Pearl,
    Step,
    draw_lines,
    draw_pearls,
    draw_sferics,
    draw_steps,
)
from iar.simulation.ladder import Ladder
from iar.simulation.surroundings import draw_surroundings
from iar.simulation.wide import draw_ladder

SCENARIOS = ("quiet", "fringes", "faint", "comb", "storm", "pearls", "gaps")
MIXTURE = {"quiet": 0.2, "fringes": 0.35, "faint": 0.1, "comb": 0.1, "storm": 0.1, "pearls": 0.05, "gaps": 0.1}
"""Share of each scenario in ``mixed``, where any night may also have a comb or pearls; half have no fringes."""

WIDE_SCENARIOS = (
    "wide-quiet", "wide-ladder", "wide-faint", "wide-comb", "wide-storm", "wide-pearls", "wide-patches",
)  # fmt: skip
"""Scenarios of the wide world, whose nights are drawn from `iar.simulation.wide` and `iar.simulation.surroundings`."""
WIDE_WITH_FRINGES = ("wide-ladder", "wide-faint", "wide-patches")
WIDE_MIXTURE = {
    "wide-quiet": 0.1, "wide-ladder": 0.35, "wide-faint": 0.15, "wide-comb": 0.1, "wide-storm": 0.08,
    "wide-pearls": 0.07, "wide-patches": 0.15,
}  # fmt: skip
"""Share of each in ``wide``, where any night may also have a comb, pearls, storms and gaps."""
MIXTURES = ("mixed", "wide", "both")
"""Names under which scenarios are drawn by chance; ``both`` is one or the other of the first two."""

DEPTH_DB = {"fringes": (5.0, 9.0), "gaps": (5.0, 9.0), "faint": (2.0, 4.0)}
"""Depth of the strongest fringe, dB peak to trough, in the scenarios that have any."""

ESKDALEMUIR = (55.314, -3.206)
"""Position, degrees, where no other is given."""


@dataclass(frozen=True)
class Scenario:
    """All that is drawn for one night.

    `level_pt` is the background at 1 Hz in each channel, pT/sqrt(Hz), `slope` its exponent, `floor_pt` what stays at
    high frequency, which rises with `floor_slope` towards low ones; beyond `knee_hz` (0: none) the exponent is larger
    by `beyond_knee`; `coherence` the share of the background that both channels have in common; `swell_db` raises it
    over the slots, `sferics_pt` is the density that lightning adds (flat in frequency); `missing` says which slots of a
    channel were never written, bool (channel, slot).
    """

    name: str
    night: dt.date
    level_pt: tuple[float, float]
    floor_pt: float
    slope: float
    coherence: float
    schumann_pt: Curve
    schumann_hz: tuple[float, float, float]
    schumann_q: float
    swell_db: Curve
    sferics_pt: Curve
    fringes: Fringes | Ladder | None
    lines: tuple[Line, ...]
    pearls: tuple[Pearl, ...]
    steps: tuple[Step, ...]
    missing: npt.NDArray[np.bool_]
    defects: tuple[Defect, ...]
    knee_hz: float = 0.0
    beyond_knee: float = 0.0
    floor_slope: float = 0.0


def draw_scenario(
    name: str,
    night: dt.date,
    seed: int,
    *,
    position: tuple[float, float] = ESKDALEMUIR,
    ionosphere: Ionosphere = "chapman",
) -> Scenario:
    """Draw one night of the scenario `name`; the same arguments give the same night.

    Parameters
    ----------
    name
        Of `SCENARIOS`, `WIDE_SCENARIOS` or `MIXTURES`.
    position
        Latitude and longitude of the station, degrees; nights of the wide world have one of their own.
    ionosphere
        ``chapman``: a layer of the season; ``iri``: the International Reference Ionosphere, which needs PyIRI. The wide
        world has no layers.

    Raises
    ------
    InputError
        If there is no scenario of that name, or PyIRI is wanted and not installed.
    """
    rng = np.random.default_rng([seed, night.toordinal()])
    if name == "both":
        name = str(np.random.default_rng([seed, night.toordinal(), 2]).choice(["mixed", "wide"]))
    if name == "wide" or name in WIDE_SCENARIOS:
        return _draw_wide(name, night, rng)
    disturbances = {name}
    if name == "mixed":
        name = str(rng.choice(list(MIXTURE), p=list(MIXTURE.values())))
        disturbances = {name, str(rng.choice(["comb", "pearls", "none"], p=[0.2, 0.15, 0.65]))}
    if name not in SCENARIOS:
        raise InputError(f"scenario {name!r} is none of {', '.join((*SCENARIOS, *WIDE_SCENARIOS, *MIXTURES))}")
    level_pt = (rng.uniform(0.5, 1.0), rng.uniform(0.4, 1.0))
    slope = rng.uniform(0.8, 1.3)
    fringes = None
    if name in DEPTH_DB:
        resonator = draw_resonator(rng, night, position, ionosphere)
        fringes = draw_fringes(rng, resonator, depth_db=rng.uniform(*DEPTH_DB[name]))
    stormy, often = name == "storm", name == "gaps"
    return Scenario(
        name=name,
        night=night,
        level_pt=level_pt,
        floor_pt=rng.uniform(0.05, 0.15),
        slope=slope,
        coherence=rng.uniform(0.0, 0.5),
        schumann_pt=rng.uniform(0.15, 0.6) * np.clip(1 + 0.3 * wander(rng, 150), 0.3, 2),
        schumann_hz=(rng.uniform(7.6, 8.0), rng.uniform(13.9, 14.4), rng.uniform(20.0, 20.7)),
        schumann_q=rng.uniform(4.0, 5.0),
        swell_db=0.5 * wander(rng, 30) + (np.clip(6 * wander(rng, 40), 0, 15) if stormy else 0),
        sferics_pt=draw_sferics(rng, stormy=stormy),
        fringes=fringes,
        lines=draw_lines(rng, disturbances, level_pt, slope),
        pearls=draw_pearls(rng) if "pearls" in disturbances else (),
        steps=draw_steps(rng),
        missing=draw_gaps(rng, often=often),
        defects=draw_defects(rng) if often else (),
    )


def _draw_wide(name: str, night: dt.date, rng: np.random.Generator) -> Scenario:
    """Draw a night of the wide world; ``wide`` is one of its scenarios by chance."""
    by_chance = {one for one, share in (("comb", 0.15), ("pearls", 0.1), ("storm", 0.1)) if rng.random() < share}
    if name == "wide":
        name = str(rng.choice(list(WIDE_MIXTURE), p=list(WIDE_MIXTURE.values())))
    elif name == "wide-quiet":
        by_chance = set()
    often = rng.random() < 0.1
    missing = draw_gaps(rng, often=often)
    if rng.random() < 0.05:  # a coil out of order for the whole day
        missing[rng.integers(len(missing))] = True
    return Scenario(
        name=name,
        night=night,
        fringes=draw_ladder(rng, name, night) if name in WIDE_WITH_FRINGES else None,
        missing=missing,
        defects=draw_defects(rng) if often else (),
        **draw_surroundings(rng, by_chance | {name.removeprefix("wide-")}),
    )

"""Examples to learn from: pictures of simulated nights with the masks of their true fringes."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from iar.detection.unet import network_input
from iar.night import SLOTS
from iar.settings import SpectraSettings
from iar.simulation.density import measured_density
from iar.simulation.scenario import draw_scenario
from iar.simulation.truth import fringe_frequencies, fringe_mask
from iar.spectra.background import residual_db

FIRST_NIGHT = dt.date(2009, 1, 1)
"""Date of the first simulated example."""
YEARS = 11
"""Years over which the examples are spread: a cycle of the sun, in all seasons, so that every spacing is seen."""
SPLINE_PIECES = 3
"""Pieces of the background spline under the pictures; the card of a bundle says it to the inference."""


@dataclass(frozen=True)
class Examples:
    """Nights to learn from, along the first axis.

    `picture` float16 (night, slot, frequency, 3), padded as the network needs; `mask` bool (night, slot, frequency),
    padded alike; `month` the group of each night, which folds never split; `scenario` its name.
    """

    picture: npt.NDArray[np.float16]
    mask: npt.NDArray[np.bool_]
    month: npt.NDArray[np.str_]
    scenario: npt.NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.month)

    def take(self, index: npt.NDArray[np.intp]) -> "Examples":
        """Return the examples of these indices."""
        return Examples(self.picture[index], self.mask[index], self.month[index], self.scenario[index])


def example_nights(nights: int) -> list[dt.date]:
    """Dates of that many examples: spread over the years, or night after night where they are more; never twice."""
    days = max(365 * YEARS, nights)
    return [FIRST_NIGHT + dt.timedelta(days=i * days // nights) for i in range(nights)]


def simulate_examples(nights: int, *, seed: int, step: int, slots: int = SLOTS, scenario: str = "mixed") -> Examples:
    """Simulate `nights` examples; the same seed gives the same ones.

    Parameters
    ----------
    step
        Sizes are padded to multiples of it: `UnetConfig.step` of the network they are for.
    slots
        Slots of each example: a stretch of the night at a random place, so midday and midnight are both seen.
    scenario
        A scenario's name, or ``mixed``.
    """
    frequency_hz = SpectraSettings().frequency_hz
    pictures, masks, names = [], [], []
    dates = example_nights(nights)
    for date in dates:
        rng = np.random.default_rng([seed, date.toordinal(), 1])
        drawn = draw_scenario(scenario, date, seed)
        density = measured_density(drawn, frequency_hz, rng)
        start = int(rng.integers(SLOTS - slots + 1))
        part = slice(start, start + slots)
        picture = network_input(residual_db(density[:, part], pieces=SPLINE_PIECES), step=step)
        mask = np.zeros(picture.shape[:2], dtype=bool)
        mask[:slots, : len(frequency_hz)] = fringe_mask(fringe_frequencies(drawn, frequency_hz)[part], frequency_hz)
        pictures.append(picture.astype(np.float16))
        masks.append(mask)
        names.append(drawn.name)
    months = np.array([date.strftime("%Y-%m") for date in dates])
    return Examples(np.stack(pictures), np.stack(masks), months, np.array(names))

"""Examples to learn from: pictures of nights, with masks of their fringes.

They come from the sources that `iar.learning.sources` declares.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter1d

from iar.detection.classical import LINE, slots_with_data
from iar.detection.planes import network_input, picture_shape
from iar.night import SLOTS
from iar.settings import SpectraSettings
from iar.simulation.density import measured_density
from iar.simulation.injection import laid_over
from iar.simulation.scenario import draw_scenario
from iar.simulation.truth import MASK_HALF_WIDTH_BINS, fringe_frequencies, fringe_mask
from iar.spectra.background import residual_db

FIRST_NIGHT = dt.date(2009, 1, 1)
"""Date of the first simulated example."""
YEARS = 11
"""Years over which the examples are spread: a cycle of the sun, in all seasons, so that every spacing is seen."""
SPLINE_PIECES = 3
"""Pieces of the background spline under the pictures; the card of a bundle says it to the inference."""
UNLABELLED = "unlabelled"
"""Scenario of an example whose mask says nothing: of a night without labels, for self-training."""
LAID = "laid"
"""Scenario of an example of a real night over which fringes were laid."""
LABELLED = "labelled"
"""Scenario of an example of a real night that people judged."""

Mask = npt.NDArray[np.bool_]
Kind = TypeVar("Kind", bound=np.generic)


@dataclass(frozen=True)
class Rows(Generic[Kind]):
    """Rows of an array that lies on disk, in any order, read when they are asked for: what is asked for is an array.

    `array` has the shape (any, ...), `index` says which of its rows come first, second ..., shape (row,).
    """

    array: npt.NDArray[Kind]
    index: npt.NDArray[np.intp]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape, as of an array."""
        return len(self.index), *self.array.shape[1:]

    @property
    def dtype(self) -> np.dtype[Kind]:
        """Type of the values, as of an array."""
        return self.array.dtype

    def __len__(self) -> int:
        return len(self.index)

    def __getitem__(self, row: Any) -> npt.NDArray[Kind]:
        """Rows of these numbers, of a slice of them, or a single one."""
        return np.asarray(self.array[self.index[row]])

    def __iter__(self) -> Iterator[npt.NDArray[Kind]]:
        return (self[row] for row in range(len(self)))

    def __array__(self, dtype: npt.DTypeLike | None = None, *, copy: bool | None = None) -> npt.NDArray[Any]:
        """All rows at once; they are always copied."""
        if copy is False:
            raise ValueError("rows of an array on disk cannot be had without a copy")
        return np.asarray(self.array[self.index], dtype=dtype)


Pictures: TypeAlias = npt.NDArray[np.float16] | Rows[np.float16]
Masks: TypeAlias = npt.NDArray[np.bool_] | Rows[np.bool_]


@dataclass(frozen=True)
class Examples:
    """Nights to learn from, along the first axis.

    `picture` float16 (night, slot, frequency, plane), padded as the network needs; `mask` bool (night, slot,
    frequency), padded alike; `month` the group of each night, which folds never split; `scenario` the name of what was
    simulated, or ``classical``, ``drawn``, ``labelled``. Pictures and masks may lie on disk: read some rows at a time.
    """

    picture: Pictures
    mask: Masks
    month: npt.NDArray[np.str_]
    scenario: npt.NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.month)

    def take(self, index: npt.NDArray[np.intp]) -> "Examples":
        """Return the examples of these indices; those on disk stay there."""
        return Examples(_rows(self.picture, index), _rows(self.mask, index), self.month[index], self.scenario[index])


def _rows(values: npt.NDArray[Kind] | Rows[Kind], index: npt.NDArray[np.intp]) -> npt.NDArray[Kind] | Rows[Kind]:
    if isinstance(values, Rows):
        return Rows(values.array, values.index[index])
    return Rows(values, np.arange(len(values))[index]) if isinstance(values, np.memmap) else values[index]


class Example(NamedTuple):
    """One example: `picture` float16 (slot, frequency, plane), `mask` bool (slot, frequency), `scenario` its name."""

    picture: npt.NDArray[np.float16]
    mask: Mask
    scenario: str


def example_shape(slots: int, *, step: int) -> tuple[int, int, int]:
    """Shape of an example's picture: slots and frequencies, padded to multiples of `step`, and planes."""
    return picture_shape(slots, len(SpectraSettings().frequency_hz), step=step)


def example_nights(nights: int) -> list[dt.date]:
    """Dates of that many examples: spread over the years, or night after night where they are more; never twice."""
    days = max(365 * YEARS, nights)
    return [FIRST_NIGHT + dt.timedelta(days=i * days // nights) for i in range(nights)]


def simulate_examples(nights: int, *, seed: int, step: int, slots: int = SLOTS, scenario: str = "mixed") -> Examples:
    """Simulate `nights` examples; the same seed gives the same ones. For the parameters see `simulate_example`."""
    dates = example_nights(nights)
    made = [simulate_example(date, seed=seed, step=step, slots=slots, scenario=scenario) for date in dates]
    return Examples(
        np.stack([example.picture for example in made]),
        np.stack([example.mask for example in made]),
        np.array([month_of(date) for date in dates]),
        np.array([example.scenario for example in made]),
    )


def simulate_example(night: dt.date, *, seed: int, step: int, slots: int = SLOTS, scenario: str = "mixed") -> Example:
    """Example of a simulated night, with its true fringes; the same seed gives the same one.

    Parameters
    ----------
    step
        Sizes are padded to multiples of it: `UnetConfig.step` of the network they are for.
    slots
        Slots of the example: a stretch of the night at a random place, so midday and midnight are both seen.
    scenario
        A scenario's name, or that of a mixture: see `draw_scenario`.
    """
    frequency_hz = SpectraSettings().frequency_hz
    rng = np.random.default_rng([seed, night.toordinal(), 1])
    drawn = draw_scenario(scenario, night, seed)
    start = int(rng.integers(SLOTS - slots + 1))
    part = slice(start, start + slots)
    density = measured_density(drawn, frequency_hz, rng, part=part)
    mask = fringe_mask(fringe_frequencies(drawn, frequency_hz)[part], frequency_hz)
    return _example(residual_db(density, pieces=SPLINE_PIECES), mask, drawn.name, step)


def real_example(
    residual: npt.NDArray[np.float32], mask: Mask, looked_at: Mask, *, step: int, part: slice, scenario: str
) -> Example:
    """Example of a real night, of which somebody or something has looked at a part.

    The rest may have fringes or not. It becomes part without data, so the network is not taught that nothing is there.

    Parameters
    ----------
    residual
        dB above the background of the whole night, shape (channel 2, slot, frequency), NaN where there are no samples.
    mask, looked_at
        Pixels of fringes, and those of which that is known: bool, shape (slot, frequency).
    step
        As for `simulate_example`.
    part
        Slots of the example, see `choose_stretch`.
    """
    residual = np.where(looked_at, residual, np.float32(np.nan))[:, part]
    return _example(residual, mask[part] & np.isfinite(residual).any(axis=0), scenario, step)


def laid_example(
    density: npt.NDArray[np.float32], night: dt.date, *, seed: int, number: int, step: int, slots: int
) -> Example:
    """Example of a real night without fringes, over which some of the wide world are laid, or none at all.

    So the noise is a station's own, and the truth is known: see `iar.simulation.injection.laid_over`.

    Parameters
    ----------
    density
        pT/sqrt(Hz) of the whole night, shape (channel 2, slot, frequency), NaN where there are no samples.
    seed, number
        The same give the same; of a night with several examples each has its `number`.
    step, slots
        As for `simulate_example`.
    """
    frequency_hz = SpectraSettings().frequency_hz
    rng = np.random.default_rng([seed, night.toordinal(), 5, number])
    present = slots_with_data(density)
    wide = draw_scenario("wide", night, int(rng.integers(2**31)))
    drawn = replace(wide, floor_pt=0.0, missing=~present, defects=())  # the floor is the station's, and not known
    if drawn.fringes is not None:
        density = laid_over(density, drawn.fringes, frequency_hz)
    part = choose_stretch(np.asarray(present.any(axis=0)).reshape(-1, 1), slots, rng)
    mask = fringe_mask(fringe_frequencies(drawn, frequency_hz)[part], frequency_hz)
    return _example(residual_db(density[:, part], pieces=SPLINE_PIECES), mask, LAID, step)


def choose_stretch(looked_at: Mask, slots: int, rng: np.random.Generator) -> slice:
    """Stretch of that many slots, at a random place within what was looked at, or around it if that is short.

    `looked_at` is bool, shape (slot, frequency), and True somewhere.
    """
    known = np.flatnonzero(looked_at.any(axis=1))
    one, other = int(known[0]), int(known[-1]) + 1 - slots
    low, high = np.clip((min(one, other), max(one, other)), 0, len(looked_at) - slots)
    start = int(rng.integers(low, high + 1))
    return slice(start, start + slots)


def line_mask(classical: npt.NDArray[np.uint8]) -> Mask:
    """Lines of the published detector, as wide as the masks of simulated fringes.

    `classical` is the archive's ``detection/classical``, shape (slot, frequency); the mask is bool of that shape.
    """
    bins = 2 * int(MASK_HALF_WIDTH_BINS) + 1  # those whose centre is within 1.5 bins of the line's
    return np.asarray(maximum_filter1d((classical == LINE).astype(np.uint8), bins, axis=1, mode="constant") > 0)


def month_of(night: dt.date) -> str:
    """Name of the group that folds never split."""
    return night.strftime("%Y-%m")


def _example(residual: npt.NDArray[np.float32], mask: Mask, scenario: str, step: int) -> Example:
    """Picture and mask, padded alike."""
    picture = network_input(residual, step=step)
    padded = np.zeros(picture.shape[:2], dtype=bool)
    padded[: mask.shape[0], : mask.shape[1]] = mask
    return Example(picture.astype(np.float16), padded, scenario)

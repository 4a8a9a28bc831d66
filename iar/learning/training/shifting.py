"""Arrays over slots and frequencies, moved by some of either."""

from typing import TypeVar

import numpy as np
import numpy.typing as npt

Kind = TypeVar("Kind", bound=np.generic)


def shifted(values: npt.NDArray[Kind], shift: tuple[int, int]) -> npt.NDArray[Kind]:
    """Values of shape (..., slot, frequency), moved by slots and bins; 0 or False where nothing came from."""
    moved = np.zeros_like(values)
    (to_slots, of_slots), (to_bins, of_bins) = map(_places, shift, values.shape[-2:])
    moved[..., to_slots, to_bins] = values[..., of_slots, of_bins]
    return moved


def _places(by: int, size: int) -> tuple[slice, slice]:
    """Where values of an axis go to, and where they come from."""
    return slice(max(by, 0), size + min(by, 0)), slice(max(-by, 0), size - max(by, 0))

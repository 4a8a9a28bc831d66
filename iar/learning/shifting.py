"""Arrays over slots and frequencies, moved by some of either."""

from typing import TypeVar

import numpy as np
import numpy.typing as npt

Kind = TypeVar("Kind", bound=np.generic)


def shifted(values: npt.NDArray[Kind], shift: tuple[int, int]) -> npt.NDArray[Kind]:
    """Values of shape (..., slot, frequency), moved by slots and bins; 0 or False where nothing came from."""
    moved, sizes = np.zeros_like(values), values.shape[-2:]
    to = tuple(slice(max(by, 0), size + min(by, 0)) for by, size in zip(shift, sizes, strict=True))
    of = tuple(slice(max(-by, 0), size - max(by, 0)) for by, size in zip(shift, sizes, strict=True))
    moved[..., *to] = values[..., *of]
    return moved

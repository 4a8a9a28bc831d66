"""Random curves over the slots of a night."""

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d

from iar.night import SLOTS

Curve = npt.NDArray[np.float64]


def wander(rng: np.random.Generator, slots: float) -> Curve:
    """Return a smooth random curve over the night, of unit variance, varying over `slots`."""
    walk = gaussian_filter1d(rng.standard_normal(SLOTS + 8 * int(slots)), slots)[4 * int(slots) :][:SLOTS]
    return np.asarray(walk * np.sqrt(2 * np.sqrt(np.pi) * slots))


def switched(start: float, stop: float, ramp: float) -> Curve:
    """Smooth step up at slot `start` and down at `stop`, each over `ramp` slots."""
    slot = np.arange(SLOTS)
    rise = np.clip((slot - start) / ramp, 0, 1)
    fall = np.clip((stop - slot) / ramp, 0, 1)
    return np.asarray(np.sin(np.pi / 2 * np.minimum(rise, fall)) ** 2)

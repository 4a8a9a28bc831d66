"""Full width of a crest at half its power."""

import numpy as np
import numpy.typing as npt

from iar.fringes.crest import LEAST_HEIGHT, Shape

LEAST_DEPTH_DB = 0.01


def width_share(shape: Shape, depth_db: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Full width where the power stands half as far above the trough as on the crest, in spacings; same shape.

    In decibels that is more than half way up, the more so the deeper the trough.

    Parameters
    ----------
    shape
        Over a spacing, in dB; its height does not matter.
    depth_db
        From crest to trough; 0 and less is as shallow as can be.
    """
    height = shape.height[:-1]
    middle = len(height) // 2
    crest = np.roll(height, middle - int(height.argmax()))
    crest = (crest - crest.min()) / max(float(np.ptp(crest)), LEAST_HEIGHT)
    away = np.arange(middle + 1) / len(height)
    sides = crest[middle:], crest[: middle + 1][::-1]
    level = _half_power(np.asarray(depth_db, dtype=np.float64))
    return np.asarray(sum(np.interp(-level, -np.minimum.accumulate(side), away[: len(side)]) for side in sides))


def _half_power(depth_db: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """How far up the way from trough to crest in dB the power stands half as far above the trough as on the crest."""
    ratio = 10 ** (np.maximum(depth_db, LEAST_DEPTH_DB) / 10)
    return np.asarray(np.log((1 + ratio) / 2) / np.log(ratio))

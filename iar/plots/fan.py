"""The residual of both coils as the eye wants it: the background gone, the noise smoothed, the fan of fringes left."""

import numpy as np
import numpy.typing as npt
import scipy
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.image import AxesImage

from iar.plots.panels import Frame, name_panel
from iar.plots.picture import NightPicture
from iar.spectra.background import residual_db
from iar.spectra.grid import pieces_over

PIECES_PER_10_HZ = 3
"""Of the background that the fringes are looked for above, see `iar.settings.FringeSettings`."""
SMOOTHED = (7, 3)
"""Slots and bins that a pixel is the mean of: a fringe is some ten bins wide and drifts by less than three in them."""
RESIDUAL_NORM = Normalize(-1.0, 2.5)
"""dB. A pixel scatters by 5 dB, the mean of 21 in two coils by less than 1; a fan of 2 dB is seen."""
LOUD_DB = 10.0
"""What stands higher than this, a pulse or a line, counts no more than this."""


def smooth_residual(picture: NightPicture) -> npt.NDArray[np.float32]:
    """Mean of the coils above their background, dB, shape (slot, frequency); NaN where there is no density."""
    pieces = pieces_over(picture.frequency_hz, pieces_per_10_hz=PIECES_PER_10_HZ)
    residual = np.clip(residual_db(picture.density, pieces=pieces), -LOUD_DB, LOUD_DB)
    there = np.isfinite(residual)
    total = scipy.ndimage.uniform_filter(np.where(there, residual, 0).sum(axis=0), SMOOTHED, mode="nearest")
    number = scipy.ndimage.uniform_filter(there.sum(axis=0).astype(np.float32), SMOOTHED, mode="nearest")
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(there.any(axis=0), total / number, np.nan).astype(np.float32)


def show_residual(
    axis: Axes, frame: Frame, residual: npt.NDArray[np.float32], *, size_pt: float, name: str = "residual"
) -> AxesImage:
    """Panel of a `smooth_residual` with nothing over it: the dark part, and its name."""
    image = frame.show(axis, residual, RESIDUAL_NORM)
    frame.mark_dark(axis)
    name_panel(axis, name, size_pt, empty=not frame.picture.seen.any())
    return image

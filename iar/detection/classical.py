"""The published detector: spots, regions, lines.

Beggan 2014, doi:10.1186/1880-5981-66-81, as retold in chapter 2.2 of the dissertation this project grew from. It is the
baseline that the network has to beat, and it labels nights where there is no network yet.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage import measure

from iar.spectra.background import residual_db

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class ClassicalSteps:
    """Pictures of each step, shape (slot, frequency): spots, joined regions, regions that are kept, lines."""

    spots: Mask
    joined: Mask
    regions: Mask
    lines: Mask


def find_spots(density: npt.NDArray[np.float32], *, smoothing_bins: int, pieces: int, min_height_db: float) -> Mask:
    """Spectral peaks of each slot.

    Parameters
    ----------
    density
        pT/sqrt(Hz), shape (channel, slot, frequency); the channels are averaged in dB where both are there.
    smoothing_bins
        Width of the running mean over frequency, twice applied, before peaks are sought.
    pieces
        Pieces of the background spline.
    min_height_db
        Height above the background that makes a peak a spot.

    Returns
    -------
    bool, shape (slot, frequency).
    """
    residual = residual_db(density, pieces=pieces)
    present = ~np.isnan(residual)
    mean = np.where(present, residual, 0).sum(axis=0) / np.maximum(present.sum(axis=0), 1)
    smooth = ndimage.uniform_filter1d(ndimage.uniform_filter1d(mean, smoothing_bins, axis=1), smoothing_bins, axis=1)
    peak = np.zeros(smooth.shape, dtype=bool)
    inner = smooth[:, 1:-1]
    peak[:, 1:-1] = (inner > smooth[:, :-2]) & (inner >= smooth[:, 2:]) & (inner >= min_height_db)
    return peak


def detect_lines(
    spots: Mask,
    weight: npt.NDArray[np.float32],
    *,
    dilate_slots: int = 15,
    erode_bins: int = 3,
    min_region_pixels: int = 80,
) -> ClassicalSteps:
    """Join spots to regions, drop the small ones, and draw one line through each that is left.

    Parameters
    ----------
    spots
        From `find_spots`, False outside the dark part.
    weight
        Intensity of each pixel, for the mean frequency: density, shape (slot, frequency), no NaN.
    dilate_slots, erode_bins, min_region_pixels
        The published thresholds.
    """
    dilated = ndimage.binary_dilation(spots, np.ones((dilate_slots, 1), dtype=bool))
    eroded = ndimage.binary_erosion(dilated, np.ones((1, erode_bins), dtype=bool))
    joined = ndimage.binary_closing(eroded, np.ones((3, 3), dtype=bool))  # bridges pixels that almost touch
    label = measure.label(joined, connectivity=2)
    keep = np.bincount(label.ravel()) >= min_region_pixels
    keep[0] = False
    regions = keep[label]
    return ClassicalSteps(spots, joined, regions, _mean_lines(np.where(regions, label, 0), weight))


def _mean_lines(label: npt.NDArray[np.int32], weight: npt.NDArray[np.float32]) -> Mask:
    """Pixel at the weighted mean frequency of each region in each slot."""
    slot, column = np.nonzero(label)
    regions = int(label.max()) + 1
    key = slot * regions + label[slot, column]
    size = label.shape[0] * regions
    total = np.bincount(key, weight[slot, column], minlength=size)
    moment = np.bincount(key, weight[slot, column] * column, minlength=size)
    there = np.flatnonzero(total)
    lines = np.zeros(label.shape, dtype=bool)
    lines[there // regions, np.rint(moment[there] / total[there]).astype(np.intp)] = True
    return lines

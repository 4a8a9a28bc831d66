"""The published detector: spots, joined spots, regions, lines.

Beggan 2014, doi:10.5194/angeo-32-951-2014, as retold in chapter 2.2 of the dissertation this project grew from. It is
the baseline that the network has to beat, and it labels nights where there is no network yet.

Given there: smooth each spectrum, fit a sixth-order spline, find the peaks of the residual; dilate these spots by 15 px
along time, erode by 3 px along frequency, bridge, dilate further if wanted; drop regions under 80 px; weigh with the
original spectrogram. Not given, so ours: dB, the mean of both channels, how wide the smoothing is, the pieces of the
spline, how high and how far apart peaks are, and that pixels touch at corners, too (Matlab's own choice).

Erosion as it is written takes whatever keeps to fewer than 3 bins for 25 minutes. Scatter spreads the peaks of fringes
wider, of the deepest ones, too; what stands out by 9 dB and is 0.05 Hz wide, or by 15 dB and 0.1 Hz, is lost, be it a
fringe or a fence. Readings that spare such lines (nothing eroded, or no streak to nothing) find less of everything else
at the same number of false lines, so it stands; `erode_bins` relaxes it.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy
from skimage import measure

from iar.detection.bridging import bridge
from iar.spectra.background import DEAD_PT, background_projection

LINE, NO_DATA = 2, 255
"""What the archive keeps of the detector's pixels on a line, and in slots without data; 1 is a region."""

Mask = npt.NDArray[np.bool_]
Curves = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ClassicalSteps:
    """What each step makes of a night.

    `spots` (the whole night), and in the usable dark part `joined`, `regions` and `lines`: bool, shape (slot,
    frequency). `line_hz`, Hz, finer than a bin, and `line_weight`, 0 to 1: shape (slot, line), rising in frequency, NaN
    where there are fewer, as `iar.fringes.spacing.fit_spacing` wants them. `lines` are the pixels of `line_hz`.
    """

    spots: Mask
    joined: Mask
    regions: Mask
    lines: Mask
    line_hz: Curves
    line_weight: Curves


def slots_with_data(density: npt.NDArray[np.float32]) -> Mask:
    """Slots that each channel has data in, constant ones not: bool, shape (channel, slot).

    Parameters
    ----------
    density
        pT/sqrt(Hz), shape (channel, slot, frequency), NaN where there are no samples.
    """
    return np.asarray(np.isfinite(density).all(axis=2) & (density > DEAD_PT).any(axis=2))


def mean_of_channels(picture: npt.NDArray[np.float32], present: Mask) -> npt.NDArray[np.float32]:
    """Mean over the channels `present` in a slot (channel, slot) of a picture of shape (channel, slot, frequency).

    Returns
    -------
    float32, shape (slot, frequency); 0 where no channel is present.
    """
    weight = (present / np.maximum(present.sum(axis=0), 1)).astype(np.float32)
    return np.asarray((np.where(present[..., None], picture, 0) * weight[..., None]).sum(axis=0))


def find_spots(
    density: npt.NDArray[np.float32],
    *,
    smoothing_bins: int,
    pieces: int,
    order: int,
    min_height_db: float,
    peak_distance_bins: int,
) -> Mask:
    """Spectral peaks of each slot.

    Parameters
    ----------
    density
        pT/sqrt(Hz), shape (channel, slot, frequency); the level in dB is averaged over the channels that are there.
    smoothing_bins
        Width of the running mean over frequency, twice applied, before the spline is fitted.
    pieces, order
        Of the background spline, see `iar.spectra.background.background_projection`.
    min_height_db
        Height above the background that makes a peak a spot.
    peak_distance_bins
        A peak is the highest within this distance on either side.

    Returns
    -------
    bool, shape (slot, frequency).
    """
    present = slots_with_data(density)
    level_db = mean_of_channels(20 * np.log10(np.maximum(density, np.float32(DEAD_PT))), present)
    smooth = _smoothed(level_db, smoothing_bins)
    residual = smooth - smooth @ background_projection(smooth.shape[1], pieces, order)
    highest = scipy.ndimage.maximum_filter1d(residual, 2 * peak_distance_bins + 1, axis=1) == residual
    spots: Mask = highest & (residual >= min_height_db)
    spots[:, 1:] &= residual[:, 1:] > residual[:, :-1]  # a flat top is one peak, and a slot without data has none
    spots[:, [0, -1]] = False  # they have one neighbour only
    return spots


def join_spots(
    spots: Mask, usable: Mask, *, dilate_slots: int, erode_bins: int, widen_slots: int, widen_bins: int
) -> Mask:
    """Join spots along time, and leave out the sporadic ones.

    Parameters
    ----------
    spots
        From `find_spots`, shape (slot, frequency).
    usable
        Dark slots with data, shape (slot,): spots in others do not count, and nothing reaches into them.
    dilate_slots, erode_bins
        Length of the dilation along time and of the erosion along frequency, pixels. Beyond the picture counts as set
        for the erosion, as in Matlab. An even length moves everything by half a pixel.
    widen_slots, widen_bins
        Size of the further dilation after the bridging, pixels; 1 by 1 for none.

    Returns
    -------
    bool, shape (slot, frequency).
    """
    dilated = scipy.ndimage.maximum_filter1d((spots & usable[:, None]).astype(np.uint8), dilate_slots, axis=0)
    eroded = scipy.ndimage.minimum_filter1d(dilated, erode_bins, axis=1, mode="constant", cval=1)
    bridged = bridge(eroded.astype(bool))
    joined = scipy.ndimage.maximum_filter(bridged, (widen_slots, widen_bins))
    return np.asarray(joined & usable[:, None], dtype=bool)


def label_regions(joined: Mask, *, min_region_pixels: int, neighbours: int) -> npt.NDArray[np.int32]:
    """Number of the region that each pixel belongs to, from 1; 0 for none. Shape (slot, frequency).

    Parameters
    ----------
    joined
        From `join_spots`.
    min_region_pixels
        Regions of a smaller area are dropped.
    neighbours
        Pixels that a pixel may be connected to: 4, or 8 with its corners.
    """
    label = measure.label(joined, connectivity=1 if neighbours == 4 else 2)
    keep = np.bincount(label.ravel()) >= min_region_pixels
    keep[0] = False
    number = np.where(keep, np.cumsum(keep), 0).astype(np.int32)
    return np.asarray(number[label])


def trace_lines(
    region: npt.NDArray[np.int32],
    spots: Mask,
    intensity: npt.NDArray[np.float32],
    frequency_hz: npt.NDArray[np.float64],
    *,
    support_slots: int,
) -> tuple[Curves, Curves]:
    """Line through each region: its mean frequency in each slot, weighed with the intensity.

    Parameters
    ----------
    region, spots
        From `label_regions` and `find_spots`.
    intensity
        Density of the original spectrogram, pT/sqrt(Hz), shape (slot, frequency), no NaN.
    frequency_hz
        Equally spaced, Hz, shape (frequency,).
    support_slots
        Length of time over which spots bear a line out: that of the dilation.

    Returns
    -------
    Frequency, Hz, and weight, both of shape (slot, line), rising in frequency, NaN where there are fewer; at least one
    line wide. The weight is the share of the `support_slots` slots around that have a spot in the region, so 1 for a
    fringe that is a peak of every spectrum; never 0.
    """
    slot, column = np.nonzero(region)
    shape = (len(region), int(region.max()) + 1)
    key = slot * shape[1] + region[slot, column]
    pixel = np.maximum(intensity[slot, column], DEAD_PT).astype(np.float64)
    total = np.bincount(key, pixel, minlength=shape[0] * shape[1])
    moment = np.bincount(key, pixel * frequency_hz[column], minlength=len(total))
    seen = np.bincount(key, spots[slot, column], minlength=len(total)).reshape(shape) > 0
    support = scipy.ndimage.uniform_filter1d(seen.astype(np.float64), support_slots, axis=0, mode="constant")
    there = np.flatnonzero(total)
    weight = np.clip(support.ravel()[there], 1 / support_slots, 1)
    return _rising(there // shape[1], moment[there] / total[there], weight, slots=shape[0])


def line_pixels(line_hz: Curves, frequency_hz: npt.NDArray[np.float64]) -> Mask:
    """Pixels that lie next to lines of shape (slot, line), Hz: bool, shape (slot, frequency)."""
    slot, line = np.nonzero(np.isfinite(line_hz))
    bin_hz = frequency_hz[1] - frequency_hz[0]
    mask = np.zeros((len(line_hz), len(frequency_hz)), dtype=bool)
    mask[slot, np.rint((line_hz[slot, line] - frequency_hz[0]) / bin_hz).astype(np.intp)] = True
    return mask


def _smoothed(level_db: npt.NDArray[np.float32], bins: int) -> npt.NDArray[np.float32]:
    """Running mean over frequency, twice: a triangle, which moves nothing whether its width is even or odd."""
    mean = np.full(bins, 1 / bins)
    return np.asarray(scipy.ndimage.convolve1d(level_db, np.convolve(mean, mean), axis=1))


def _rising(slot: npt.NDArray[np.intp], hz: Curves, weight: Curves, *, slots: int) -> tuple[Curves, Curves]:
    """Frequencies and weights of single pixels as rows of slots, each rising in frequency, NaN behind the last."""
    order = np.lexsort((hz, slot))
    slot = slot[order]
    rank = np.arange(len(slot)) - np.searchsorted(slot, slot)  # 0, 1, 2 ... within each slot
    line_hz = np.full((slots, rank.max(initial=0) + 1), np.nan)
    line_weight = np.full_like(line_hz, np.nan)
    line_hz[slot, rank], line_weight[slot, rank] = hz[order], weight[order]
    return line_hz, line_weight

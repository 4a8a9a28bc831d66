"""How well a picture of fringes agrees with the truth."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter

Mask = npt.NDArray[np.bool_]

TOLERANCE_PX = 1
"""A fringe is three bins wide, and its edge is a matter of taste."""


@dataclass(frozen=True)
class Score:
    """Shares, each 0 ... 1, and NaN where nothing is there to judge.

    `precision`, `recall` and `f1` of fringe pixels, with a tolerance; intersection over union (IoU) of fringe, of
    background and the mean of the two, and the accuracy, without one.
    """

    precision: float
    recall: float
    f1: float
    iou_fringe: float
    iou_background: float
    iou_mean: float
    accuracy: float


@dataclass(frozen=True)
class Tally:
    """Pixels, from which every share follows: tallies of many pictures are added, where their shares could not be.

    `near_truth` of the pixels `found` lie near a true one, and `near_found` of the `true` ones near a found one.
    """

    found: float
    true: float
    near_truth: float
    near_found: float
    overlap: float
    pixels: float

    def __add__(self, other: "Tally") -> "Tally":
        """Tally of both together."""
        return Tally(*(one + two for one, two in zip(vars(self).values(), vars(other).values(), strict=True)))

    def score(self) -> Score:
        """Shares that follow from the tally."""
        precision, recall = _share(self.near_truth, self.found), _share(self.near_found, self.true)
        union = self.found + self.true - self.overlap
        fringe = _share(self.overlap, union)
        background = _share(self.pixels - union, self.pixels - self.overlap)
        accuracy = _share(self.pixels - union + self.overlap, self.pixels)
        return Score(precision, recall, _f1(precision, recall), fringe, background, (fringe + background) / 2, accuracy)


def tally_pixels(found: Mask, truth: Mask, *, tolerance_px: int = TOLERANCE_PX) -> Tally:
    """Tally that compares pixels `found` with the `truth`; parameters as of `score_masks`."""
    reach = (1,) * (truth.ndim - 2) + (2 * tolerance_px + 1,) * 2
    return Tally(
        found=int(np.count_nonzero(found)),
        true=int(np.count_nonzero(truth)),
        near_truth=int(np.count_nonzero(maximum_filter(truth, size=reach) & found)),
        near_found=int(np.count_nonzero(maximum_filter(found, size=reach) & truth)),
        overlap=int(np.count_nonzero(found & truth)),
        pixels=truth.size,
    )


def score_masks(found: Mask, truth: Mask, *, tolerance_px: int = TOLERANCE_PX) -> Score:
    """Score pixels `found` against the `truth`.

    Parameters
    ----------
    found, truth
        Masks of shape (..., slot, frequency).
    tolerance_px
        A pixel is right if a pixel of the other mask is at most this far away along slot and frequency. IoU and
        accuracy allow no tolerance.
    """
    return tally_pixels(found, truth, tolerance_px=tolerance_px).score()


def _f1(precision: float, recall: float) -> float:
    """Harmonic mean; NaN where nothing is there and nothing was found, 0 where only one of the two is so."""
    if np.isnan(precision) and np.isnan(recall):
        return float("nan")
    return 2 * precision * recall / (precision + recall) if precision > 0 and recall > 0 else 0.0


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else float("nan")

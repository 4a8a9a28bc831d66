"""How well a picture of fringes agrees with the truth."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Score:
    """Precision, recall and F1 of fringe pixels, and the IoU of fringe; NaN where nothing is there to judge."""

    precision: float
    recall: float
    f1: float
    iou_fringe: float


def score_masks(found: Mask, truth: Mask, *, tolerance_px: int = 1) -> Score:
    """Score pixels `found` against the `truth`.

    Parameters
    ----------
    found, truth
        Masks of shape (..., slot, frequency).
    tolerance_px
        A pixel is right if a pixel of the other mask is at most this far away along slot and frequency. The IoU allows
        no tolerance.
    """
    reach = (1,) * (truth.ndim - 2) + (2 * tolerance_px + 1,) * 2
    precision = _share(maximum_filter(truth, size=reach)[found])
    recall = _share(maximum_filter(found, size=reach)[truth])
    union = int(np.count_nonzero(found | truth))
    overlap = int(np.count_nonzero(found & truth))
    return Score(precision, recall, _f1(precision, recall), overlap / union if union else float("nan"))


def _f1(precision: float, recall: float) -> float:
    """Harmonic mean; NaN where nothing is there and nothing was found, 0 where only one of the two is so."""
    if np.isnan(precision) and np.isnan(recall):
        return float("nan")
    return 2 * precision * recall / (precision + recall) if precision > 0 and recall > 0 else 0.0


def _share(hits: Mask) -> float:
    return float(hits.mean()) if hits.size else float("nan")

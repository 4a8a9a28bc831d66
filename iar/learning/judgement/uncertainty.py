"""Whether the disagreement of several networks tells where their mean is wrong."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter

from iar.learning.judgement.pixels import Mask, Numbers
from iar.learning.judgement.scores import TOLERANCE_PX

SPREAD_EDGES = (0.0, 0.01, 0.03, 0.1, 0.2, 0.5)
"""Standard deviations of probabilities between which pixels are counted; it is never above a half."""


@dataclass(frozen=True)
class SpreadTally:
    """Pixels by how far the networks disagree: all of them, and those that are wrong; shape (bin,)."""

    pixels: Numbers
    wrong: Numbers

    def __add__(self, other: "SpreadTally") -> "SpreadTally":
        """Tally of both together."""
        return SpreadTally(self.pixels + other.pixels, self.wrong + other.wrong)

    def shares(self) -> dict[str, dict[str, float | int | None]]:
        """Pixels of each spread, and the share of them that is wrong, None where there are none; for a card."""
        names = [f"{low:g} to {high:g}" for low, high in pairwise(SPREAD_EDGES)]
        shares = [round(int(w) / int(p), 6) if p else None for w, p in zip(self.wrong, self.pixels, strict=True)]
        return {
            "pixels": dict(zip(names, map(int, self.pixels), strict=True)),
            "wrong": dict(zip(names, shares, strict=True)),
        }


def count_by_spread(
    probability: npt.NDArray[np.float32], truth: Mask, *, threshold: float, tolerance_px: int = TOLERANCE_PX
) -> SpreadTally:
    """Tally of one night.

    Parameters
    ----------
    probability
        Of each network, shape (network, slot, frequency), NaN without data, which does not count.
    truth
        True pixels, shape (slot, frequency).
    threshold
        Mean probability from which a pixel is found. It is wrong if it is found and no true one lies within
        `tolerance_px`, or true and no found one does.
    """
    there = np.isfinite(probability).all(axis=0)
    found = np.nan_to_num(probability).mean(axis=0) >= threshold
    reach = 2 * tolerance_px + 1
    wrong = (found & ~maximum_filter(truth, size=reach)) | (truth & ~maximum_filter(found, size=reach))
    spread = np.nan_to_num(probability).std(axis=0)
    pixels, bad = (np.histogram(spread[there & which], SPREAD_EDGES)[0] for which in (np.True_, wrong))
    return SpreadTally(pixels.astype(np.int64), bad.astype(np.int64))

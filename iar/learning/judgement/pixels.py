"""Tallies of pixels by the step of their probability, and the scores at every threshold that follow from them.

Histograms instead of pictures: hundreds of nights need the memory of one, and no threshold has to be chosen before.
A *false pixel* is one that was found farther than the tolerance (one slot and one bin) from every true one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter

from iar.detection.inference import MISSING_PROBABILITY, STEPS
from iar.learning.judgement.scores import TOLERANCE_PX, Score, Tally

RELIABILITY_BINS = 10

Mask: TypeAlias = npt.NDArray[np.bool_]
Packed: TypeAlias = npt.NDArray[np.uint8]
Numbers: TypeAlias = npt.NDArray[np.int64]
Curve: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True)
class StepTally:
    """Pixels of nights by the step of their probability, 0 to 250; shape (..., step), `truth` (...).

    `truth` true pixels; `on` pixels that are true; `near` within the tolerance of a true one, themselves included;
    `far` all others; `reached` true pixels by the highest probability within the tolerance.
    """

    truth: Numbers
    on: Numbers
    near: Numbers
    far: Numbers
    reached: Numbers

    def of(self, nights: npt.NDArray[Any]) -> "StepTally":
        """Tally of some nights, by their indices or a mask."""
        return StepTally(*(getattr(self, field.name)[nights] for field in fields(self)))

    def pooled(self) -> "StepTally":
        """Tally of all nights together."""
        return StepTally(*(getattr(self, field.name).sum(axis=0) for field in fields(self)))


def count_steps(packed: Packed, truth: Mask, *, tolerance_px: int = TOLERANCE_PX) -> StepTally:
    """Tally of one night from its probability in steps, 255 for missing, and its truth, both (slot, frequency)."""
    missing = packed == MISSING_PROBABILITY
    there = truth & ~missing
    reach = 2 * tolerance_px + 1
    near = maximum_filter(there, size=reach)
    highest = highest_within(packed, tolerance_px=tolerance_px)
    return StepTally(
        np.int64(there.sum()),  # type: ignore[arg-type]  # of one night: a number
        histogram(packed[there]),
        histogram(packed[near & ~missing]),
        histogram(packed[~near & ~missing]),
        histogram(highest[there]),
    )


def stacked_steps(rows: Sequence[StepTally]) -> StepTally:
    """Tally of nights, each its own, along a new first axis."""
    return StepTally(*(np.stack([getattr(row, field.name) for row in rows]) for field in fields(StepTally)))


def highest_within(packed: Packed, *, tolerance_px: int = TOLERANCE_PX) -> Packed:
    """Highest step of probability within the tolerance of each pixel, shape (slot, frequency); missing counts as 0."""
    steps = np.where(packed == MISSING_PROBABILITY, 0, packed).astype(np.uint8)
    return np.asarray(maximum_filter(steps, size=2 * tolerance_px + 1))


def histogram(steps: Packed) -> Numbers:
    """Number of pixels at each step, int64 (251,)."""
    return np.bincount(steps, minlength=STEPS + 1).astype(np.int64)


def threshold_step(threshold: float) -> int:
    """First step of probability that counts as fringe at a threshold from 0 to 1."""
    return int(np.ceil(threshold * STEPS - 1e-9))


def score_at(pooled: StepTally, threshold: float) -> Score:
    """Score at a threshold from 0 to 1 of a pooled tally."""
    step = threshold_step(threshold)
    near, far, on, reached = (int(steps[step:].sum()) for steps in (pooled.near, pooled.far, pooled.on, pooled.reached))
    return Tally(
        found=near + far,
        true=int(pooled.truth),
        near_truth=near,
        near_found=reached,
        overlap=on,
        pixels=int(pooled.near.sum() + pooled.far.sum()),
    ).score()


@dataclass(frozen=True)
class Sweep:
    """Scores at each threshold, shape (step,); NaN where there is nothing to judge. `false` are false pixels."""

    precision: Curve
    recall: Curve
    f1: Curve
    iou_fringe: Curve
    false: Numbers


def sweep_thresholds(pooled: StepTally) -> Sweep:
    """Scores at every threshold k/250, k from 0 to 250, of a pooled tally."""
    near, far, on, reached = (_at_least(steps) for steps in (pooled.near, pooled.far, pooled.on, pooled.reached))
    with np.errstate(invalid="ignore", divide="ignore"):  # NaN: nothing found, or nothing there
        precision, recall = near / (near + far), reached / pooled.truth
        f1 = 2 * precision * recall / (precision + recall)
        iou = on / (near + far + pooled.truth - on)
    one_alone = (np.isnan(precision) != np.isnan(recall)) | (precision + recall == 0)
    return Sweep(precision, recall, np.where(one_alone, 0.0, f1), iou, far)


def step_of_recall(sweep: Sweep, recall: float) -> int | None:
    """Highest step of the threshold at which the recall is not below `recall`; None where none is."""
    enough = np.flatnonzero(sweep.recall[1:] >= recall) + 1  # at step 0 everything is found
    return int(enough[-1]) if len(enough) else None


@dataclass(frozen=True)
class Reliability:
    """Calibration of the probability: in each of ten bins its mean, the share of true pixels, and all pixels."""

    mean: Curve
    true_share: Curve
    pixels: Numbers

    @property
    def error(self) -> float:
        """Expected calibration error: mean distance of both over all pixels; see doi:10.1609/aaai.v29i1.9602."""
        there = self.pixels > 0
        distance = np.abs(self.mean[there] - self.true_share[there])
        return float(np.average(distance, weights=self.pixels[there])) if there.any() else float("nan")


def reliability(pooled: StepTally) -> Reliability:
    """Calibration of a pooled tally, without any tolerance; NaN in bins without pixels."""
    step = np.arange(STEPS + 1)
    bin_of = np.minimum(step * RELIABILITY_BINS // STEPS, RELIABILITY_BINS - 1)
    pixels = pooled.near + pooled.far
    total, true, weighed = (
        np.bincount(bin_of, weights, minlength=RELIABILITY_BINS) for weights in (pixels, pooled.on, pixels * step)
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        return Reliability(weighed / total / STEPS, true / total, total.astype(np.int64))


def _at_least(steps: Numbers) -> Numbers:
    """Number of pixels at each step or above."""
    return np.asarray(steps[::-1].cumsum()[::-1])

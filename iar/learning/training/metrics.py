"""Metrics of an epoch, counted while the network learns."""

from functools import cache
from typing import Any

from iar.detection.backend import keras
from iar.learning.judgement.scores import TOLERANCE_PX, Tally

PIECE = 2.0**20
"""Pixels are counted in pieces of so many and a rest: float32 counts no further than 2^24, and every backend has it."""
NAMES = tuple(Tally.__dataclass_fields__)


def pixel_tally(*, threshold: float = 0.5, tolerance_px: int = TOLERANCE_PX) -> Any:
    """Keras metric that counts pixels over an epoch; `tally_of` makes a `Tally` of what it gives.

    Parameters
    ----------
    threshold
        Probability from which a pixel counts as fringe.
    tolerance_px
        See `iar.learning.judgement.scores.score_masks`.
    """
    return _metric_class()(threshold, tolerance_px)


def tally_of(logs: dict[str, float]) -> Tally:
    """Tally among what Keras logs of an epoch."""
    return Tally(*(logs[f"{name}_pieces"] * PIECE + logs[f"{name}_rest"] for name in NAMES))


@cache
def _metric_class() -> Any:
    """Class of the metric; made late, as Keras is."""

    class PixelTally(keras().metrics.Metric):  # type: ignore[misc]
        """Sums of pixels over all batches since the last reset."""

        def __init__(self, threshold: float, tolerance_px: int) -> None:
            super().__init__(name="pixels")
            self.threshold, self.tolerance_px = threshold, tolerance_px
            self.pieces = self.add_weight(shape=(len(NAMES),), initializer="zeros", name="pieces")
            self.rest = self.add_weight(shape=(len(NAMES),), initializer="zeros", name="rest")

        def update_state(self, truth: Any, probability: Any, sample_weight: Any = None) -> None:  # noqa: ARG002
            """Add a batch; every pixel counts as one, whatever its weight in the loss."""
            ops = keras().ops
            truth = ops.cast(truth, "float32")
            found = ops.cast(probability >= self.threshold, "float32")
            of_batch = {
                "found": ops.sum(found),
                "true": ops.sum(truth),
                "near_truth": ops.sum(found * _widened(truth, self.tolerance_px)),
                "near_found": ops.sum(truth * _widened(found, self.tolerance_px)),
                "overlap": ops.sum(found * truth),
                "pixels": ops.sum(ops.ones_like(truth)),
            }
            sums = self.rest + ops.stack([of_batch[name] for name in NAMES])
            full = ops.floor(sums / PIECE)
            self.pieces.assign_add(full)
            self.rest.assign(sums - PIECE * full)

        def result(self) -> dict[str, Any]:
            """Pieces and rest of each count."""
            return {
                f"{name}_{part}": values[i]
                for part, values in (("pieces", self.pieces), ("rest", self.rest))
                for i, name in enumerate(NAMES)
            }

    return PixelTally


def _widened(mask: Any, reach: int) -> Any:
    """Mask of shape (batch, slot, frequency, 1) with all that lies within `reach` pixels: a maximum along each axis."""
    ops = keras().ops
    for size in ((2 * reach + 1, 1), (1, 2 * reach + 1)):
        mask = ops.max_pool(mask, size, strides=1, padding="same")
    return mask

"""Losses: what the training makes small."""

from collections.abc import Callable
from functools import partial
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.ndimage import find_objects, label

from iar.detection.backend import keras

LossName: TypeAlias = Literal["entropy-dice", "entropy", "dice", "jaccard", "focal", "tversky", "line-entropy"]
Loss: TypeAlias = Callable[[Any, Any], Any]

TVERSKY = 0.3, 0.7
"""Weights of false and of missed pixels: a missed fringe is worse (doi:10.1007/978-3-319-67389-9_44)."""
FOCUS = 2.0
"""Exponent of the focal loss (doi:10.1109/ICCV.2017.324): a pixel at 0.9 weighs a hundredth of one that is at 0."""
HOUR_SLOTS = 36
"""A line of this many slots weighs as much as background in `line_weights`: an hour of 100 s slots."""


def loss_function(name: LossName, *, dice_share: float = 0.3) -> Loss:
    """Loss of that name: a function of truth and probability, shape (batch, slot, frequency, 1), to one number.

    Parameters
    ----------
    name
        ``entropy``: binary cross-entropy. ``dice``, ``jaccard``, ``tversky``: overlap of all pixels of the batch.
        ``focal``: entropy of pixels that are not right yet. ``entropy-dice``: entropy for honest probabilities, and
        Dice because fringes are few pixels. ``line-entropy``: entropy whose pixels carry the weights of
        `line_weights`, which go to Keras as weights of samples.
    dice_share
        Share of Dice beside the entropy in ``entropy-dice``.
    """
    losses = keras().losses
    known: dict[LossName, Loss] = {
        "entropy-dice": partial(_entropy_and_dice, dice_share=dice_share),
        "entropy": losses.BinaryCrossentropy(),
        "line-entropy": losses.BinaryCrossentropy(),
        "focal": losses.BinaryFocalCrossentropy(gamma=FOCUS),
        "dice": partial(overlap_loss, false=0.5, missed=0.5),
        "jaccard": partial(overlap_loss, false=1.0, missed=1.0),
        "tversky": partial(overlap_loss, false=TVERSKY[0], missed=TVERSKY[1]),
    }
    return known[name]


def overlap_loss(truth: Any, probability: Any, *, false: float, missed: float) -> Any:
    """One minus the Tversky index of all pixels together: Dice at weights of a half each, Jaccard at one each.

    Not the losses of that name in Keras: theirs are 1 with no slope where a batch has no fringe, so a network learns
    nothing of nights without. Half a pixel on both sides of the fraction gives them a slope.
    """
    ops = keras().ops
    overlap = ops.sum(truth * probability)
    wrong = false * (ops.sum(probability) - overlap) + missed * (ops.sum(truth) - overlap)
    return wrong / (overlap + wrong + 0.5)


def line_weights(mask: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Weight of each pixel in ``line-entropy``: the longer its line, the more it counts, from 0 to 2.

    The dissertation's chapter 7 proposes larger weights for longer lines, so that the network leaves short ones, which
    are mostly noise, alone. A line of L slots (pixels of fringe that touch, corners included) weighs
    2 L / (L + `HOUR_SLOTS`), background 1.

    Parameters
    ----------
    mask
        Fringes of a batch, shape (batch, slot, frequency, 1).

    Returns
    -------
    float32, shape (batch, slot, frequency).
    """
    weight = np.ones(mask.shape[:3], dtype=np.float32)
    for picture, lines in zip(weight, mask[..., 0], strict=True):
        numbered, _ = label(lines, structure=np.ones((3, 3)))
        slots = np.array([place[0].stop - place[0].start for place in find_objects(numbered)])
        of_lines = np.concatenate([[1], 2 * slots / (slots + HOUR_SLOTS)])
        picture[:] = of_lines[numbered]
    return weight


def _entropy_and_dice(truth: Any, probability: Any, *, dice_share: float) -> Any:
    entropy = keras().ops.mean(keras().losses.binary_crossentropy(truth, probability))
    return entropy + dice_share * overlap_loss(truth, probability, false=0.5, missed=0.5)

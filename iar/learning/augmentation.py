"""Examples seen in other ways: what a night could have looked like as well.

Everything is drawn from the generator that is handed over, so the same one gives the same pictures.
"""

from typing import Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from iar.detection.unet import PLANES
from iar.errors import InputError

Augmentation: TypeAlias = Literal["none", "turn"]
"""Ways to augment; ``turn``: time reversed, channels swapped, each half of the time."""

Array = npt.NDArray[np.float32]


def augment(picture: Array, mask: Array, rng: np.random.Generator, *, how: Augmentation) -> tuple[Array, Array]:
    """Picture and mask of a batch, each example changed by what is drawn for it alone.

    Parameters
    ----------
    picture
        float32, shape (batch, slot, frequency, planes), see `iar.detection.unet.network_input`. What concerns the two
        channels is left out where the planes are not those of a night.
    mask
        float32, 0 or 1, shape (batch, slot, frequency, 1).

    Returns
    -------
    Arrays of the same shapes; those that were given stay as they are.

    Raises
    ------
    InputError
        If there is no such way.
    """
    check_augmentation(how)
    if how == "none":
        return picture, mask
    turned = [_turned(*example, rng) for example in zip(picture, mask, strict=True)]
    return np.stack([one for one, _ in turned]), np.stack([one for _, one in turned])


def check_augmentation(how: str) -> None:
    """Raise an InputError if there is no such way to augment."""
    if how not in get_args(Augmentation):
        raise InputError(f"augmentation {how!r} is none of {', '.join(get_args(Augmentation))}")


def _turned(picture: Array, mask: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """One example, time reversed and channels swapped, each half of the time."""
    if rng.random() < 0.5:
        picture, mask = picture[::-1], mask[::-1]
    if picture.shape[-1] == PLANES and rng.random() < 0.5:
        picture = picture[..., [1, 0, 2]]
    return picture, mask

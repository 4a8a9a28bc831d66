"""What a network sees of a night, plane by plane: the one place that knows which planes there are, and in which order.

A plane more is a line at the end of `PLANES`: a network that was trained before goes on seeing those it learnt from.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.float32]
"""Planes come first here, shape (plane, slot, frequency), and last in what a network is given."""
Mask = npt.NDArray[np.bool_]

SCALE_DB = 6.0
"""Residuals are divided by twice the scatter of a pixel and clipped to +-CLIP: a line is no louder than a fringe."""
CLIP = 2.5


@dataclass(frozen=True)
class Plane:
    """What a plane shows.

    It is `of` the scaled channels and of where they have samples, both (channel, slot, frequency); `swapped` is the
    number of the plane that takes its place where NS and EW are exchanged.
    """

    meaning: str
    of: Callable[[npt.NDArray[np.floating], Mask], npt.NDArray[np.floating]]
    swapped: int


PLANES = (
    Plane("residual of NS, scaled and clipped", lambda scaled, _there: scaled[0], swapped=1),
    Plane("residual of EW, scaled and clipped", lambda scaled, _there: scaled[1], swapped=0),
    Plane("share of channels with samples", lambda _scaled, there: there.mean(axis=0), swapped=2),
)
"""0 in each where neither channel has samples. The channels come first; the rest follows from them."""
CHANNELS = 2
_PRESENT = 2


def padded_size(size: int, step: int) -> int:
    """Smallest multiple of `step`, see `iar.detection.unet.UnetConfig.step`, that is not below `size`."""
    return -(-size // step) * step


def picture_shape(slots: int, bins: int, *, step: int) -> tuple[int, int, int]:
    """Shape of the picture of that many slots and frequencies, padded to multiples of `step`, and planes."""
    return padded_size(slots, step), padded_size(bins, step), len(PLANES)


def network_input(residual: npt.NDArray[np.float32], *, step: int) -> npt.NDArray[np.float32]:
    """Picture that the network sees: float32, shape (padded slot, padded frequency, plane).

    Parameters
    ----------
    residual
        dB above the background, shape (channel 2, slot, frequency), NaN where a slot has no samples.
    step
        What the sizes are padded to multiples of (zeros, at the end): see `iar.detection.unet.UnetConfig.step`.
    """
    channels, slots, bins = residual.shape
    if channels != CHANNELS:
        raise ValueError(f"network needs {CHANNELS} channels, residual has {channels}: shape {residual.shape}")
    there = ~np.isnan(residual)
    scaled = np.clip(np.where(there, residual, 0) / SCALE_DB, -CLIP, CLIP)
    picture = np.zeros(picture_shape(slots, bins, step=step), dtype=np.float32)
    for number, plane in enumerate(PLANES):
        picture[:slots, :bins, number] = plane.of(scaled, there)
    return picture


def is_of_a_night(planes: int) -> bool:
    """Whether pictures of that many planes are those of `network_input`: others know no channels."""
    return planes == len(PLANES)


def has_data(picture: npt.NDArray[np.float32]) -> Mask:
    """Pixels that some channel has samples in: bool, shape (..., slot, frequency), of (..., slot, frequency, plane)."""
    return np.asarray(picture[..., _PRESENT] > 0)


def swapped_channels() -> list[int]:
    """Order of the planes of a night whose coils were exchanged."""
    return [plane.swapped for plane in PLANES]


def follow_channels(picture: Picture) -> None:
    """Make the planes that follow from the channels anew, in place, after these were changed; 0 is without samples."""
    channels = picture[:CHANNELS]
    for number, plane in enumerate(PLANES[CHANNELS:], CHANNELS):
        picture[number] = plane.of(channels, channels != 0)

"""Examples seen in other ways: what a night could have looked like as well.

Everything is drawn from the generator that is handed over, so the same one gives the same pictures. A pixel without
data is 0 in every plane, as in `iar.detection.planes.network_input`, and stays so.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt
from scipy.ndimage import affine_transform

from iar.detection.planes import CHANNELS, CLIP, SCALE_DB, follow_channels, is_of_a_night, swapped_channels
from iar.errors import InputError
from iar.learning.training.shifting import shifted
from iar.settings import SpectraSettings

Augmentation: TypeAlias = Literal["none", "turn", "physics", "x-unet", "k-unet"]
"""Ways to augment.

``turn``: time reversed, channels swapped, each half of the time. ``physics``: that, and what else may happen to
fringes, coils and digitisers, see `_lived`. ``x-unet``, ``k-unet``: as of the dissertation's, see `GENERATORS`.
"""

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Generator:
    """Arguments of Keras's ``ImageDataGenerator``: angles in degrees, shifts and zoom as shares of the picture."""

    rotation_deg: float
    shift: float
    shear_deg: float
    zoom: float
    upside_down: bool
    fill: Literal["nearest", "constant"]


GENERATORS = {
    "x-unet": Generator(rotation_deg=0.2, shift=0.05, shear_deg=0.05, zoom=0.05, upside_down=False, fill="nearest"),
    "k-unet": Generator(rotation_deg=15, shift=0.05, shear_deg=50, zoom=0.2, upside_down=True, fill="constant"),
}
"""Table 5.3 of the dissertation; both flip pictures from left to right, which turns their frequencies round."""

MOST_SHIFTED = (1 / 8, 1 / 32)
"""Share of the slots and of the frequencies by which a picture is shifted at most: an hour and a half, 0.3 Hz."""
GAIN = (0.8, 1.25)
"""Fringes are deeper in one night than in another."""
MOST_SCATTER_DB = 1.0
"""Scatter that is added at most, standard deviation: that of a pixel is 2.9 dB."""
COMB_SHARE = 0.25
"""Share of the examples that a comb is put into."""
COMB_HZ = (0.7, 1.6)
COMB_DB = (3.0, 11.0)
"""Spacing and height of combs, as they are simulated (`iar.simulation.interference`)."""
BESIDE = {-1: -6.0, 0: 0.0, 1: -6.0}
"""Height of a sine in the bins beside its own, dB, seen through a Hann window."""
MOST_GAPS = 3
LONGEST_GAP = 1 / 8
"""Share of the slots that one gap takes at most."""


def augment(picture: Array, mask: Array, rng: np.random.Generator, *, how: Augmentation) -> tuple[Array, Array]:
    """Picture and mask of a batch, each example changed by what is drawn for it alone.

    Parameters
    ----------
    picture
        float32, shape (batch, slot, frequency, planes), see `iar.detection.planes.network_input`. What concerns the two
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
    changed, changed_mask = np.empty_like(picture), np.empty_like(mask)
    for i in range(len(picture)):  # plane by plane from here on: twice as fast
        planes, fringes = _changed(np.moveaxis(picture[i], -1, 0), mask[i, ..., 0], rng, how)
        changed[i], changed_mask[i, ..., 0] = np.moveaxis(planes, 0, -1), fringes
    return changed, changed_mask


def check_augmentation(how: str) -> None:
    """Raise an InputError if there is no such way to augment."""
    if how not in get_args(Augmentation):
        raise InputError(f"augmentation {how!r} is none of {', '.join(get_args(Augmentation))}")


def _changed(picture: Array, mask: Array, rng: np.random.Generator, how: Augmentation) -> tuple[Array, Array]:
    """One example: here and below, pictures have the shape (planes, slot, frequency), masks (slot, frequency)."""
    if how in GENERATORS:
        return _generated(picture, mask, rng, GENERATORS[how])
    picture, mask = _turned(picture, mask, rng)
    return _lived(picture, mask, rng) if how == "physics" else (picture, mask)


def _turned(picture: Array, mask: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """One example, time reversed and channels swapped, each half of the time."""
    if rng.random() < 0.5:
        picture, mask = picture[:, ::-1], mask[::-1]
    if is_of_a_night(len(picture)) and rng.random() < 0.5:
        picture = picture[swapped_channels()]
    return picture, mask


def _lived(picture: Array, mask: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """One example of another night: shifted, louder or fainter, with more scatter, a comb, and gaps."""
    picture, mask = _shifted(picture, mask, rng)  # copies of our own, changed in place from here on
    night = is_of_a_night(len(picture))
    seen = picture[:CHANNELS] if night else picture
    if night and rng.random() < COMB_SHARE:
        _disturb(seen, rng)
    there = seen != 0
    seen *= np.float32(rng.uniform(*GAIN))
    if rng.random() < 0.5:
        scatter = np.float32(rng.uniform(0, MOST_SCATTER_DB) / SCALE_DB)
        seen += scatter * rng.standard_normal(seen.shape, dtype=np.float32)
        seen *= there
    np.clip(seen, -CLIP, CLIP, out=seen)
    if night:
        for _ in range(rng.integers(MOST_GAPS + 1)):
            _lose(seen, mask, rng)
        follow_channels(picture)
    return picture, mask


def _shifted(picture: Array, mask: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """One example, shifted in time and frequency; there is no data where nothing came from."""
    most_slots, most_bins = (int(share * size) for share, size in zip(MOST_SHIFTED, mask.shape, strict=True))
    shift = int(rng.integers(-most_slots, most_slots + 1)), int(rng.integers(-most_bins, most_bins + 1))
    return shifted(picture, shift), shifted(mask, shift)


def _disturb(channels: Array, rng: np.random.Generator) -> None:
    """Put a comb at n * f0 into one channel or both, all the time or for a part of it, in place: no fringe."""
    frequency_hz = SpectraSettings().frequency_hz
    bin_hz = frequency_hz[1] - frequency_hz[0]
    _, slots, bins = channels.shape
    f0_hz, height_db = rng.uniform(*COMB_HZ), rng.uniform(*COMB_DB)
    harmonics = np.arange(1, int((frequency_hz[0] + bins * bin_hz) / f0_hz) + 1)
    columns = np.rint((harmonics * f0_hz - frequency_hz[0]) / bin_hz).astype(np.intp)
    start, stop = (0, slots) if rng.random() < 0.6 else np.sort(rng.integers(slots + 1, size=2))
    disturbed = list(range(CHANNELS)) if rng.random() < 0.3 else [int(rng.integers(CHANNELS))]
    for beside, lower_db in BESIDE.items():
        power = (10 ** (height_db / 10) - 1) * 10 ** (lower_db / 10)  # over that of the background
        touched = (columns + beside)[(columns + beside >= 0) & (columns + beside < bins)]
        here = np.ix_(disturbed, range(start, stop), touched)
        level_db = SCALE_DB * channels[here]
        channels[here] = np.where(level_db == 0, 0, 10 * np.log10(10 ** (level_db / 10) + power) / SCALE_DB)


def _lose(channels: Array, mask: Array, rng: np.random.Generator) -> None:
    """Lose the samples of some slots, of one channel or both, in place: nobody can see a fringe without any."""
    slots = len(mask)
    length = int(rng.integers(1, max(int(LONGEST_GAP * slots), 1) + 1))
    start = int(rng.integers(slots - length + 1))
    lost = channels[:, start : start + length]
    kept = int(rng.integers(CHANNELS + 1))  # as many gaps in one channel, in the other, and in both: then none is kept
    for channel in range(CHANNELS):
        if channel != kept:
            lost[channel] = 0
    mask[start : start + length] *= (lost != 0).any(axis=0)


def _generated(picture: Array, mask: Array, rng: np.random.Generator, generator: Generator) -> tuple[Array, Array]:
    """One example as Keras's ``ImageDataGenerator`` gives it, except that masks are not interpolated."""
    matrix, offset = _draw_affine(rng, generator, mask.shape)

    def moved(plane: Array, order: Literal[0, 1]) -> Array:
        """Plane where the generator puts it; order 0 takes the nearest pixel, 1 interpolates."""
        return np.asarray(affine_transform(plane, matrix, offset, order=order, mode=generator.fill))

    picture, mask = np.stack([moved(plane, 1) for plane in picture]), moved(mask, 0)
    if rng.random() < 0.5:
        picture, mask = picture[..., ::-1], mask[:, ::-1]
    if generator.upside_down and rng.random() < 0.5:
        picture, mask = picture[:, ::-1], mask[::-1]
    return picture, mask


def _draw_affine(
    rng: np.random.Generator, generator: Generator, shape: tuple[int, ...]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Matrix and offset that lead from a pixel to where it comes from: rotation, shift, shear, zoom, in this order."""
    turn, shear = np.deg2rad([rng.uniform(-most, most) for most in (generator.rotation_deg, generator.shear_deg)])
    shift = rng.uniform(-generator.shift, generator.shift, 2) * shape
    zoom = rng.uniform(1 - generator.zoom, 1 + generator.zoom, 2)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    matrix = rotation @ np.array([[1, -np.sin(shear)], [0, np.cos(shear)]]) @ np.diag(zoom)
    centre = (np.array(shape) - 1) / 2
    return matrix, centre + rotation @ shift - matrix @ centre

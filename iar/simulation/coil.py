"""The whole chain: noise of the expected spectrum as counts of a coil at 100 Hz.

Overlapping frames are drawn in the frequency domain, each with the spectrum of its moment, and added with windows whose
squares sum to one: the variance is right at every sample, and the spectrum drifts without steps.
"""

import numpy as np
import numpy.typing as npt
from scipy import fft

from iar.night import NIGHT_SAMPLES, RATE_HZ, SLOT_SAMPLES, SLOTS

FRAME = 8192
HOP = FRAME // 2
_FRAMES_AT_ONCE = 128


def frame_frequencies() -> npt.NDArray[np.float64]:
    """Frequencies at which a frame is drawn, Hz, shape (4097,)."""
    return fft.rfftfreq(FRAME, 1 / RATE_HZ)


def coil_counts(
    density_pt: npt.NDArray[np.float64],
    pt_per_count: npt.NDArray[np.float64],
    rng: np.random.Generator,
    *,
    full_scale: int,
) -> npt.NDArray[np.int32]:
    """Counts of one channel for one night.

    Parameters
    ----------
    density_pt
        Expected density at `frame_frequencies`, pT/sqrt(Hz), shape (slot, frequency).
    pt_per_count
        Inverse of coil and digitiser at the same frequencies, pT per count, shape (frequency,).
    full_scale
        Counts at which the digitiser clips.

    Returns
    -------
    int32, shape (8640000,).
    """
    frames = NIGHT_SAMPLES // HOP + 2
    window = np.sin(np.pi * (np.arange(FRAME) + 0.5) / FRAME)
    scale = np.sqrt(RATE_HZ * FRAME / 4) / pt_per_count  # E|X|^2 = P fs N / 2, half of it in each of re and im
    out = np.zeros(frames * HOP + HOP)
    for start in range(0, frames, _FRAMES_AT_ONCE):
        index = np.arange(start, min(start + _FRAMES_AT_ONCE, frames))
        amplitude = _at_frames(density_pt, index) * scale
        white = rng.standard_normal((2, len(index), len(scale)))
        spectrum = amplitude * (white[0] + 1j * white[1])
        spectrum[:, 0] = 0
        for i, frame in zip(index, fft.irfft(spectrum, FRAME, axis=1) * window, strict=True):
            out[i * HOP : i * HOP + FRAME] += frame
    night = out[HOP : HOP + NIGHT_SAMPLES]
    return np.rint(np.clip(night, -full_scale, full_scale)).astype(np.int32)


def _at_frames(density: npt.NDArray[np.float64], index: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    """Density at the middle of each frame, linear between the middles of the slots, shape (frame, frequency)."""
    place = np.clip(index * HOP / SLOT_SAMPLES - 0.5, 0, SLOTS - 1)
    below = np.minimum(place.astype(int), SLOTS - 2)
    share = (place - below)[:, None]
    return np.asarray((1 - share) * density[below] + share * density[below + 1])

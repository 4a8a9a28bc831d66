"""Fringes in real noise: the spectrum of measured counts, times what a resonator would have made of it.

The noise stays a station's own, with all that is in it, and the truth is known: where real nights have no truth, this
tells how well fringes are found there. Over counts, `inject_fringes` goes through the whole chain; over a spectrum that
is there already, `laid_over` costs a multiplication.
"""

import numpy as np
import numpy.typing as npt
import scipy

from iar.night import MISSING, RATE_HZ, SLOT_SAMPLES, SLOTS
from iar.simulation.density import fringe_gain
from iar.simulation.fringes import Fringes
from iar.simulation.ladder import Ladder

FRAME_SAMPLES = 4096
HOP_SAMPLES = FRAME_SAMPLES // 4


def inject_fringes(
    counts: npt.NDArray[np.int32], fringes: Fringes | Ladder, *, scale: float = 1.0
) -> npt.NDArray[np.int32]:
    """Counts of a night as they would be had the natural field gone through the resonator of `fringes`.

    Parameters
    ----------
    counts
        Of a whole night, shape (channel, sample), `iar.night.MISSING` where there is none.
    scale
        Factor for all counts, so that whole numbers stay fine enough.

    Returns
    -------
    Counts of the same shape; what is missing stays missing.
    """
    transform = scipy.signal.ShortTimeFFT(scipy.signal.windows.hann(FRAME_SAMPLES, sym=False), HOP_SAMPLES, RATE_HZ)
    injected = np.full(counts.shape, MISSING)
    for channel, (one, power) in enumerate(zip(counts, fringe_gain(fringes, transform.f), strict=False)):
        there = np.flatnonzero(one != MISSING)
        if not len(there):
            continue
        first, last = there[0], there[-1] + 1
        frames = transform.stft(np.where(one[first:last] == MISSING, 0, one[first:last]).astype(np.float64))
        middle = first + transform.t(last - first) * RATE_HZ
        frames *= np.sqrt(power)[np.clip(middle // SLOT_SAMPLES, 0, SLOTS - 1).astype(int)].T
        changed = scale * transform.istft(frames, k1=last - first)
        injected[channel, first:last] = np.rint(changed).astype(np.int32)
    injected[counts == MISSING] = MISSING
    return injected


def laid_over(
    density: npt.NDArray[np.float32], fringes: Fringes | Ladder, frequency_hz: npt.NDArray[np.float64]
) -> npt.NDArray[np.float32]:
    """Density of a night as it would be had the natural field gone through what makes `fringes`.

    All of the density counts as natural, the coil's floor and lines included: they are modulated as well, so lay
    fringes over what stands well above a floor.

    Parameters
    ----------
    density
        pT/sqrt(Hz), shape (channel, slot, frequency); what is missing stays NaN.
    """
    return np.asarray(density * np.sqrt(fringe_gain(fringes, frequency_hz)), dtype=np.float32)

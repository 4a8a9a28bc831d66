"""Fringes in real noise: the spectrum of measured counts, times what a resonator would have made of it.

The noise stays a station's own, with all that is in it, and the truth is known: where real nights have no truth, this
tells how well fringes are found there.
"""

import numpy as np
import numpy.typing as npt
from scipy.signal import ShortTimeFFT
from scipy.signal.windows import hann

from iar.night import MISSING, RATE_HZ, SLOT_SAMPLES, SLOTS
from iar.simulation.density import fringe_gain
from iar.simulation.fringes import Fringes

FRAME_SAMPLES = 4096
HOP_SAMPLES = FRAME_SAMPLES // 4


def inject_fringes(counts: npt.NDArray[np.int32], fringes: Fringes, *, scale: float = 1.0) -> npt.NDArray[np.int32]:
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
    transform = ShortTimeFFT(hann(FRAME_SAMPLES, sym=False), HOP_SAMPLES, RATE_HZ)
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

"""The polarisation of each harmonic in each slot."""

import numpy as np
import numpy.typing as npt

from iar.polarisation.ellipse import Polarisation


def at_frequencies(
    found: Polarisation, wanted_hz: npt.NDArray[np.floating], frequency_hz: npt.NDArray[np.float64]
) -> Polarisation:
    """Polarisation at the bins nearest to some frequencies of each slot.

    Parameters
    ----------
    found
        Of all pixels, shape (slot, frequency).
    wanted_hz
        Shape (slot, harmonic), NaN where there is none, as it is then in what comes back.
    frequency_hz
        Equally spaced, shape (frequency,).
    """
    step_hz = frequency_hz[1] - frequency_hz[0]
    place = np.rint((np.nan_to_num(wanted_hz) - frequency_hz[0]) / step_hz).astype(np.intp)
    known = np.isfinite(wanted_hz) & (place >= 0) & (place < len(frequency_hz))
    place = np.where(known, place, 0)
    parts = (np.take_along_axis(values, place, axis=1) for values in vars(found).values())
    return Polarisation(*(np.where(known, part, np.nan) for part in parts))

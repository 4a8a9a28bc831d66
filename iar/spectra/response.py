"""What a coil and its digitiser make of a magnetic field."""

import numpy as np
import numpy.typing as npt

Frequencies = npt.NDArray[np.float64]


def flat_volts_per_nt(frequency_hz: Frequencies, *, volts_per_nt: float) -> Frequencies:
    """Sensitivity of a coil that is the same at every frequency, V/nT, shape (frequency,)."""
    return np.full(len(frequency_hz), volts_per_nt)


def tabulated_volts_per_nt(
    frequency_hz: Frequencies, *, table_hz: Frequencies, table_volts_per_nt: Frequencies
) -> Frequencies:
    """Sensitivity between the rows of a calibration table, V/nT, shape (frequency,).

    Linear between the rows; the first and last row hold beyond the ends.
    """
    return np.interp(frequency_hz, table_hz, table_volts_per_nt)


def resonant_volts_per_nt(
    frequency_hz: Frequencies,
    *,
    volts_per_t_hz: float,
    inductance_h: float,
    capacitance_f: float,
    resistance_ohm: float,
) -> Frequencies:
    """Sensitivity of a coil that resonates with its own capacitance, V/nT, shape (frequency,).

    ``s f / sqrt((1 - (f/f0)^2)^2 + (2 d f/f0)^2)`` with ``f0 = 1/(2 pi sqrt(LC))`` and ``d = R/2 sqrt(C/L)``:
    Salinas et al. 2022, doi:10.1016/j.cageo.2022.105148, who state it as valid from 6 to 25 Hz.
    """
    f0_hz = 1 / (2 * np.pi * np.sqrt(inductance_h * capacitance_f))
    damping = resistance_ohm / 2 * np.sqrt(capacitance_f / inductance_h)
    x = frequency_hz / f0_hz
    return np.asarray(1e-9 * volts_per_t_hz * frequency_hz / np.hypot(1 - x**2, 2 * damping * x))


def pt_per_count(volts_per_nt: Frequencies, *, volts_per_count: float) -> Frequencies:
    """Inverse of the whole chain, pT per count, shape (frequency,)."""
    return 1e3 * volts_per_count / volts_per_nt

"""What a coil and its digitiser make of a magnetic field.

A response is complex: its amplitude is the sensitivity, its phase how far the voltage runs ahead of the field, for a
field that goes as exp(2 pi i f t).
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Frequencies = npt.NDArray[np.float64]
Response = npt.NDArray[np.complex128]


def flat_volts_per_nt(frequency_hz: Frequencies, *, volts_per_nt: float) -> Response:
    """Response of a coil that is the same at every frequency, V/nT, shape (frequency,)."""
    return np.full(len(frequency_hz), volts_per_nt, dtype=np.complex128)


def tabulated_volts_per_nt(
    frequency_hz: Frequencies, *, table_hz: Frequencies, table_volts_per_nt: Frequencies, table_phase_deg: Frequencies
) -> Response:
    """Response between the rows of a calibration table, V/nT, shape (frequency,).

    Amplitude and phase are linear between the rows, the phase by the short way round; the first and the last row hold
    beyond the ends.
    """
    amplitude = np.interp(frequency_hz, table_hz, table_volts_per_nt)
    phase = np.interp(frequency_hz, table_hz, np.unwrap(np.deg2rad(table_phase_deg)))
    return np.asarray(amplitude * np.exp(1j * phase))


def resonant_volts_per_nt(
    frequency_hz: Frequencies,
    *,
    volts_per_t_hz: float,
    inductance_h: float,
    capacitance_f: float,
    resistance_ohm: float,
) -> Response:
    """Response of a coil that resonates with its own capacitance, V/nT, shape (frequency,).

    ``i s f / (1 - (f/f0)^2 + 2 i d f/f0)`` with ``f0 = 1/(2 pi sqrt(LC))`` and ``d = R/2 sqrt(C/L)``: the voltage over
    the capacitance of a series circuit that the induced voltage drives. Its amplitude is that of Salinas et al. 2022,
    doi:10.1016/j.cageo.2022.105148, who state it as valid from 6 to 25 Hz.
    """
    f0_hz = 1 / (2 * np.pi * np.sqrt(inductance_h * capacitance_f))
    damping = resistance_ohm / 2 * np.sqrt(capacitance_f / inductance_h)
    x = frequency_hz / f0_hz
    return np.asarray(1e-9j * volts_per_t_hz * frequency_hz / (1 - x**2 + 2j * damping * x))


def poles_zeros_volts_per_nt(
    frequency_hz: Frequencies,
    *,
    zeros: Sequence[tuple[float, float]],
    poles: Sequence[tuple[float, float]],
    volts_per_nt: float,
    at_hz: float,
) -> Response:
    """Response of a coil by its transfer function, V/nT, shape (frequency,).

    ``A(s) = prod(s - z) / prod(s - p)`` with ``s = 2 pi i f`` and zeros and poles in rad/s, as real and imaginary part
    (SEED Reference Manual, blockette 53), scaled so that its amplitude at `at_hz` is `volts_per_nt`. Its phase stays.
    """

    def transfer(hz: Frequencies) -> Response:
        """A(s) at these frequencies."""
        s = 2j * np.pi * hz[:, None]
        up, down = (np.array([complex(*root) for root in roots], dtype=np.complex128) for roots in (zeros, poles))
        return np.asarray(np.prod(s - up, axis=1) / np.prod(s - down, axis=1))

    at = np.abs(transfer(np.array([at_hz])))
    return np.asarray(volts_per_nt * transfer(np.asarray(frequency_hz, dtype=np.float64)) / at)


def pt_per_count(volts_per_nt: Response, *, volts_per_count: float) -> Response:
    """Inverse of the whole chain, pT per count, complex, shape as that of the response."""
    return np.asarray(1e3 * volts_per_count / volts_per_nt)

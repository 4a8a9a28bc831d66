"""The form of the field: Lorentzians and a line, in amplitude.

    A(f) = sum_m a_m / (1 + ((f - f_m) / s_m)^2) + line

with the line given by its two ends. Parameters of each mode are a, f, s; those of the line follow.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]

START_HZ = (7.9, 14.2, 20.3, 26.3)
RANGE_HZ = ((6.8, 8.8), (12.8, 15.8), (18.5, 22.3), (24.2, 28.5))
"""Where a mode may lie: what the day and the season do to it is a tenth of that."""
HALF_WIDTH_HZ = ((0.4, 3.0), (0.4, 3.5), (0.4, 4.0), (0.4, 4.5))
UPPER_EDGE_HZ = (11.0, 17.2, 23.75, 30.0)
"""End of the fit by the number of modes: halfway to the next one."""
HALF_POWER = 2 * np.sqrt(np.sqrt(2) - 1)
"""Full width at half power of a Lorentzian in amplitude, in half widths: where the amplitude is 1/sqrt(2)."""


@dataclass(frozen=True)
class Bounds:
    """Start and limits of all parameters, shape (parameter,); amplitudes in units of the spectrum's median."""

    start: Values
    low: Values
    high: Values


def bounds_of(modes: int) -> Bounds:
    """Start and limits for so many modes: amplitudes are not negative, a mode stays in its range."""
    rows = [
        [(1.0, f, 1.4), (0.0, low, narrow), (100.0, high, wide)]
        for f, (low, high), (narrow, wide) in zip(START_HZ, RANGE_HZ, HALF_WIDTH_HZ, strict=True)
    ][:modes]
    ends = [(0.5, 0.5), (0.0, 0.0), (100.0, 100.0)]
    return Bounds(*(np.concatenate([*(row[i] for row in rows), ends[i]]) for i in range(3)))


def shape(parameters: Values, frequency_hz: Values) -> tuple[Values, Values]:
    """Amplitude, shape (row, frequency), and its derivatives, shape (row, parameter, frequency)."""
    modes = parameters[:, :-2].reshape(len(parameters), -1, 3)
    amplitude, middle, width = (modes[:, :, i, None] for i in range(3))
    detuned = (frequency_hz - middle) / width
    bell = 1 / (1 + detuned**2)
    slope = 2 * amplitude * bell**2 * detuned / width
    up = (frequency_hz - frequency_hz[0]) / (frequency_hz[-1] - frequency_hz[0])
    derivatives = np.empty((*parameters.shape, len(frequency_hz)))
    derivatives[:, :-2:3], derivatives[:, 1:-2:3], derivatives[:, 2:-2:3] = bell, slope, slope * detuned
    derivatives[:, -2], derivatives[:, -1] = 1 - up, up
    line = parameters[:, -2:-1] * (1 - up) + parameters[:, -1:] * up
    return (amplitude * bell).sum(axis=1) + line, derivatives

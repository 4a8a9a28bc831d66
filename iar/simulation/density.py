"""Density of a simulated night: what is expected, what would be measured, and the truth.

The fast path: the spectrum's scatter is drawn directly, with the distribution and the correlation between neighbouring
bins that three Hann segments give, so a night costs a tenth of a second and no FFT.
"""

import numpy as np
import numpy.typing as npt

from iar.night import CHANNELS, HARMONICS, SLOTS
from iar.simulation.scenario import Fringes, Line, Scenario

LINE_WIDTH_HZ = 0.02
MASK_HALF_WIDTH_BINS = 1.5
VISIBLE_DB = 1.2
"""A fringe shallower than this, peak to trough, is not in the mask: nobody could see it through 2.9 dB of scatter."""

Plane = npt.NDArray[np.float64]


def expected_density(scenario: Scenario, frequency_hz: npt.NDArray[np.float64]) -> Plane:
    """Density that would be measured without scatter, pT/sqrt(Hz), shape (channel, slot, frequency)."""
    frequency = np.maximum(frequency_hz, 0.1)  # below the band only leakage counts: keep 1/f finite
    power = np.empty((len(CHANNELS), SLOTS, len(frequency)))
    schumann = _schumann_power(scenario, frequency)
    for channel, level_pt in enumerate(scenario.level_pt):
        natural = (level_pt * frequency**-scenario.slope) ** 2 + scenario.floor_pt**2
        power[channel] = natural + schumann
        if scenario.fringes is not None:
            gain_db = scenario.fringes.gain[channel] * fringe_gain_db(scenario.fringes, frequency)
            power[channel] *= 10 ** (gain_db / 10)
    power *= 10 ** (scenario.burst_db[:, None] / 10)
    for line in scenario.lines:
        _add_line(power[line.channel], line, frequency)
    return np.sqrt(power)


def fringe_gain_db(fringes: Fringes, frequency_hz: npt.NDArray[np.float64]) -> Plane:
    """Gain of the ionosphere over its background, dB, shape (slot, frequency): between -depth/2 and +depth/2."""
    order = frequency_hz / fringes.delta_f_hz[:, None] - fringes.phi[:, None]
    ripple = ((1 + np.cos(2 * np.pi * order)) / 2) ** fringes.sharpness - 0.5
    return local_depth_db(fringes, frequency_hz) * ripple * np.clip(2 * order - 1, 0, 1)


def local_depth_db(fringes: Fringes, frequency_hz: npt.NDArray[np.float64]) -> Plane:
    """Depth of the fringes peak to trough, dB, shape (slot, frequency)."""
    band = np.exp(-(((frequency_hz - fringes.centre_hz) / fringes.width_hz) ** 2))
    return fringes.depth_db[:, None] * band


def measured_density(
    expected: Plane, missing: npt.NDArray[np.bool_], rng: np.random.Generator, *, segments: int = 3
) -> npt.NDArray[np.float32]:
    """One draw of the density around `expected`: the root of the mean power of Hann-windowed segments.

    Parameters
    ----------
    expected
        pT/sqrt(Hz), shape (channel, slot, frequency).
    missing
        Slots without samples, shape (channel, slot): NaN in the result.
    """
    shape = (*expected.shape[:-1], expected.shape[-1] + 2)
    power = np.zeros(expected.shape, dtype=np.float32)
    for _ in range(2 * segments):  # real and imaginary part of each segment
        white = rng.standard_normal(shape, dtype=np.float32)
        # a Hann window in time is this kernel in frequency: neighbouring bins share 2/3 of their amplitude
        power += (white[..., 1:-1] - 0.5 * (white[..., :-2] + white[..., 2:])) ** 2
    density = np.asarray(expected * np.sqrt(power / (2 * segments * 1.5)), dtype=np.float32)
    density[missing] = np.nan
    return density


def fringe_frequencies(scenario: Scenario, frequency_hz: npt.NDArray[np.float64]) -> Plane:
    """Frequency of each visible harmonic, Hz, shape (slot, harmonic); NaN where it cannot be seen."""
    if scenario.fringes is None:
        return np.full((SLOTS, HARMONICS), np.nan)
    fringes = scenario.fringes
    harmonic = np.arange(1, HARMONICS + 1)
    f_n = (harmonic + fringes.phi[:, None]) * fringes.delta_f_hz[:, None]
    depth = fringes.depth_db[:, None] * np.exp(-(((f_n - fringes.centre_hz) / fringes.width_hz) ** 2))
    seen = (depth * max(fringes.gain) >= VISIBLE_DB) & (f_n >= frequency_hz[0]) & (f_n <= frequency_hz[-1])
    seen &= ~np.all(scenario.missing, axis=0, keepdims=True).T
    return np.where(seen, f_n, np.nan)


def fringe_mask(f_n: Plane, frequency_hz: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Pixels within 1.5 bins of a fringe: bool, shape (slot, frequency), from `f_n` of shape (slot, harmonic)."""
    bin_hz = frequency_hz[1] - frequency_hz[0]
    mask = np.zeros((len(f_n), len(frequency_hz)), dtype=bool)
    for track in f_n.T:
        with np.errstate(invalid="ignore"):  # NaN: not seen, never near
            mask |= np.abs(frequency_hz - track[:, None]) <= MASK_HALF_WIDTH_BINS * bin_hz
    return mask


def _schumann_power(scenario: Scenario, frequency: npt.NDArray[np.float64]) -> Plane:
    power = np.zeros((SLOTS, len(frequency)))
    for peak_hz, share in zip(scenario.schumann_hz, (1.0, 0.7, 0.5), strict=True):
        detuning = scenario.schumann_q * (frequency / peak_hz - peak_hz / frequency)
        power += (share * scenario.schumann_pt[:, None]) ** 2 / (1 + detuning**2)
    return power


def _add_line(power: Plane, line: Line, frequency: npt.NDArray[np.float64]) -> None:
    distance = (frequency - line.frequency_hz[:, None]) / LINE_WIDTH_HZ
    at_line = np.array([np.interp(f, frequency, row) for f, row in zip(line.frequency_hz, power, strict=True)])
    power += (at_line * (10 ** (line.height_db / 10) - 1))[:, None] * np.exp(-(distance**2))

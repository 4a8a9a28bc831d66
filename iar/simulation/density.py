"""Density of a simulated night: what is expected, and what would be measured.

The fast path: the spectrum's scatter is drawn directly, with the distribution and the correlation between neighbouring
bins that three Hann segments give, so a night costs a tenth of a second and no FFT.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from iar.night import CHANNELS, SLOT_S, SLOTS
from iar.simulation.defects import defect_slots, lost_slots
from iar.simulation.fringes import Fringes, undrowned
from iar.simulation.interference import Line, Pearl
from iar.simulation.ladder import Ladder, ladder_level_db, ladder_parts
from iar.simulation.resonator import ripple_at
from iar.simulation.scenario import Scenario

FULL_SCALE_PT = 1.7e5
"""Field at which a digitiser of 24 bits clips: how far a clipped stretch jumps."""
LINE_BINS = np.arange(-4, 5)
"""Bins around a sine in which its Hann window leaves anything."""

Plane = npt.NDArray[np.float32]
Frequencies = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Parts:
    """Power of what scatters, pT^2/Hz.

    `resonant` went through the resonator; `direct` is the rest of the natural background, Schumann resonances and
    pearls included: both of shape (channel, slot, frequency). `own` is what each coil makes by itself: a number, or of
    shape (frequency,).
    """

    direct: Plane
    resonant: Plane
    own: float | Plane

    def total(self) -> Plane:
        """Sum of all, shape (channel, slot, frequency)."""
        return self.direct + self.resonant + np.asarray(self.own, dtype=np.float32)


def power_parts(scenario: Scenario, frequency_hz: Frequencies) -> Parts:
    """Power of a night's noise by its origin, at frequencies in Hz, shape (frequency,)."""
    frequency = np.maximum(frequency_hz, 0.1)  # below the band only leakage counts: keep 1/f finite
    level = background_pt(scenario, frequency)
    swell = 10 ** (scenario.swell_db / 10)
    natural = (swell[:, None] * (level**2)[:, None, :]).astype(np.float32) + _schumann_power(scenario, frequency)
    for pearl in scenario.pearls:
        _raise(natural, pearl, frequency)
    resonant = np.zeros_like(natural)
    if isinstance(scenario.fringes, Ladder):
        rung, rest = ladder_parts(scenario.fringes, frequency)
        for channel, gain in enumerate(scenario.fringes.gain):
            resonant[channel] = natural[channel] * (np.float32(gain) * rung)
            natural[channel] *= np.float32(1 - gain) + np.float32(gain) * rest
    elif scenario.fringes is not None:
        share, ripple = _resonant_share(scenario.fringes, frequency), _ripple(scenario.fringes, frequency)
        for channel, gain in enumerate(scenario.fringes.gain):
            resonant[channel] = natural[channel] * (gain * share * ripple)
            natural[channel] *= 1 - gain * share
    return Parts(natural, resonant, floor_power(scenario, frequency))


def background_pt(scenario: Scenario, frequency_hz: Frequencies) -> Frequencies:
    """Density of the background alone, no resonances in it, pT/sqrt(Hz), shape (channel, ...)."""
    each = np.array(scenario.level_pt).reshape(-1, *[1] * frequency_hz.ndim)
    level_pt = each * frequency_hz**-scenario.slope
    if scenario.knee_hz:
        level_pt *= (1 + (frequency_hz / scenario.knee_hz) ** 2) ** (-scenario.beyond_knee / 2)
    return np.asarray(level_pt)


def floor_power(scenario: Scenario, frequency_hz: Frequencies) -> float | Plane:
    """Power that each coil makes by itself, pT^2/Hz: a number where it is the same everywhere, else shape (...)."""
    if not scenario.floor_slope:
        return scenario.floor_pt**2
    return np.asarray(scenario.floor_pt**2 * (1 + frequency_hz ** (-2 * scenario.floor_slope)) / 2, dtype=np.float32)


def event_power(scenario: Scenario, frequency_hz: Frequencies) -> Plane:
    """Power of what happens in a moment, mean over its slot, pT^2/Hz, shape (channel, slot, frequency).

    Sferics come from anywhere; a jump of the level is 1/f^2. The whole chain has them as they are, in time.
    """
    power = np.zeros((len(CHANNELS), SLOTS, len(frequency_hz)), dtype=np.float32)
    power += (scenario.sferics_pt**2).astype(np.float32)[:, None]
    jump = 2 / SLOT_S / (2 * np.pi * np.maximum(frequency_hz, 0.1)) ** 2  # of one pT
    for step in scenario.steps:
        power[step.channel, int(step.second) // SLOT_S] += step.height_pt**2 * jump
    for defect in scenario.defects:
        if defect.kind == "clipped":
            power[defect.channel, defect_slots(defect)] += 2 * FULL_SCALE_PT**2 * jump
    return power


def coherence(scenario: Scenario, parts: Parts) -> npt.NDArray[np.complex64]:
    """Complex coherence of NS with EW, shape (slot, frequency): what makes the ellipse of polarisation."""
    lag = np.exp(1j * scenario.fringes.lag_rad) if scenario.fringes is not None else 0.0
    cross = scenario.coherence * np.sqrt(parts.direct[0] * parts.direct[1])
    cross = cross + np.complex64(lag) * np.sqrt(parts.resonant[0] * parts.resonant[1])
    total = parts.total()
    return np.asarray(cross / np.sqrt(total[0] * total[1]), dtype=np.complex64)


def expected_density(scenario: Scenario, frequency_hz: Frequencies) -> Plane:
    """Density that would be measured without scatter, pT/sqrt(Hz), shape (channel, slot, frequency)."""
    noise = power_parts(scenario, frequency_hz).total() + event_power(scenario, frequency_hz)
    return np.asarray(np.sqrt(noise + line_density(scenario.lines, frequency_hz) ** 2))


def measured_density(
    scenario: Scenario, frequency_hz: Frequencies, rng: np.random.Generator, *, part: slice = slice(None)
) -> Plane:
    """One draw of the density that would be measured, pT/sqrt(Hz), float32, shape (channel, slot, frequency).

    Slots without samples are NaN. `part` is a range of slots: scatter is drawn for these alone, and costs most.
    """
    noise = power_parts(scenario, frequency_hz).total() + event_power(scenario, frequency_hz)
    density = scattered(noise[:, part], line_density(scenario.lines, frequency_hz)[:, part], rng)
    density[lost_slots(scenario.missing, scenario.defects)[:, part]] = np.nan
    return density


def scattered(noise_power: Plane, lines: Plane, rng: np.random.Generator, *, segments: int = 3) -> Plane:
    """Density as Hann-windowed segments measure it: the root of their mean power.

    Parameters
    ----------
    noise_power
        Expected power of Gaussian noise, pT^2/Hz, float32, shape (channel, slot, frequency).
    lines
        Density of sines, pT/sqrt(Hz), same shape: they stand still in the scatter of the noise.
    """
    noise = np.sqrt(noise_power / np.float32(3))  # power of the kernel below, real and imaginary part
    power = np.zeros_like(noise)
    for part in range(2 * segments):  # real and imaginary part of each segment
        white = rng.standard_normal((*noise.shape[:-1], noise.shape[-1] + 2), dtype=np.float32)
        # a Hann window in time is this kernel in frequency: neighbouring bins share 2/3 of their amplitude
        amplitude = white[..., 1:-1] - np.float32(0.5) * (white[..., :-2] + white[..., 2:])
        amplitude *= noise
        if part % 2:
            amplitude += lines
        power += np.square(amplitude, out=amplitude)
    return np.asarray(np.sqrt(power / np.float32(segments)))


def line_density(lines: tuple[Line, ...], frequency_hz: Frequencies) -> Plane:
    """Density of sines at evenly spaced frequencies, pT/sqrt(Hz), shape (channel, slot, frequency)."""
    density = np.zeros((len(CHANNELS), SLOTS, len(frequency_hz)), dtype=np.float32)
    bin_hz = float(frequency_hz[1] - frequency_hz[0])
    slot = np.arange(SLOTS)[:, None]
    for line in lines:
        place = (line.frequency_hz - frequency_hz[0]) / bin_hz
        bins = np.rint(place).astype(np.intp)[:, None] + LINE_BINS
        level_pt = line.amplitude_pt[:, None] / np.sqrt(3 * bin_hz) * _hann_kernel(bins - place[:, None])
        inside = (bins >= 0) & (bins < len(frequency_hz))
        at = (line.channel, np.broadcast_to(slot, bins.shape)[inside], bins[inside])
        density[at] = np.hypot(density[at], level_pt[inside])
    return density


def _hann_kernel(offset_bins: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Amplitude of a sine `offset_bins` away from its frequency, seen through a Hann window; 1 at its frequency."""
    x = offset_bins + 1e-9  # never on the removable poles at +-1
    return np.asarray(np.abs(np.sinc(x) / (1 - x**2)))


def fringe_gain(fringes: Fringes | Ladder, frequency_hz: Frequencies) -> Plane:
    """Power on the ground over what it were without the resonator, shape (channel, slot, frequency)."""
    if isinstance(fringes, Ladder):
        raised = 10 ** (ladder_level_db(fringes, frequency_hz) / 10) - 1
        return np.stack([1 + np.float32(gain) * raised for gain in fringes.gain])
    resonant = _resonant_share(fringes, frequency_hz) * (_ripple(fringes, frequency_hz) - 1)
    return np.stack([1 + gain * resonant for gain in fringes.gain])


def _resonant_share(fringes: Fringes, frequency: Frequencies) -> Plane:
    return np.asarray(np.outer(fringes.share, undrowned(frequency, fringes.drowned_hz)), dtype=np.float32)


def _ripple(fringes: Fringes, frequency: Frequencies) -> Plane:
    """Response of the resonator at each slot and frequency, relative to its mean over a cycle."""
    orders = (1 / fringes.delta_f_hz)[:, None] * frequency
    return ripple_at(fringes.resonator, orders.astype(np.float32))


def _schumann_power(scenario: Scenario, frequency: Frequencies) -> Plane:
    shape = np.zeros(len(frequency))
    for peak_hz, share in zip(scenario.schumann_hz, (1.0, 0.7, 0.5), strict=True):
        detuning = scenario.schumann_q * (frequency / peak_hz - peak_hz / frequency)
        shape += share**2 / (1 + detuning**2)
    return np.outer(scenario.schumann_pt**2, shape).astype(np.float32)


def _raise(power: Plane, pearl: Pearl, frequency: Frequencies) -> None:
    """Raise both channels by a wave packet, in place."""
    on = np.flatnonzero(pearl.height_db > 0.01)
    distance = (frequency - pearl.frequency_hz[on, None]) / pearl.width_hz
    power[:, on] *= (1 + (10 ** (pearl.height_db[on, None] / 10) - 1) * np.exp(-(distance**2))).astype(np.float32)

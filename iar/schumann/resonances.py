"""Spectra of a night to its Schumann resonances: the modes of each ten minutes, with errors and flags."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from iar.schumann.averaging import INTERVALS, Averages, interval_averages
from iar.schumann.fitting import Fit, fit_rows
from iar.schumann.lines import line_bins
from iar.schumann.shape import HALF_POWER, UPPER_EDGE_HZ, bounds_of
from iar.spectra.averages import NEIGHBOURS, bins_worth

Values = npt.NDArray[np.float64]

MODES = len(UPPER_EDGE_HZ)
LOW_HZ = 6.35
"""Lower end of the fit, as in Salinas et al. 2022 (doi:10.1016/j.cageo.2022.105148)."""
POINT_HZ = 0.1
"""Bins are joined to points of about this width: a thirtieth of the narrowest resonance."""
LEAST_SHARE = 0.5
FAINT_SIGMAS = 3.0
POOR_CHI2 = 2.0
MOST_LINES = 0.3
FLAGS = {"few_slots": 1, "poor_fit": 2, "at_bound": 4, "faint": 8, "lines": 16}


@dataclass(frozen=True)
class Resonances:
    """Modes of each interval, NaN where none was fitted.

    `frequency_hz`, Hz; `amplitude_pt`, height of the mode above what lies under it, pT/sqrt(Hz); `q`, frequency over
    full width at half power; each with its standard error: shape (channel, interval, mode). `chi2` is the reduced
    chi2 of the interval, shape (channel, interval); `flag` the bits of `FLAGS`, shape (channel, interval, mode).
    """

    frequency_hz: Values
    frequency_sigma_hz: Values
    amplitude_pt: Values
    amplitude_sigma_pt: Values
    q: Values
    q_sigma: Values
    chi2: Values
    flag: npt.NDArray[np.uint8]


def modes_within(high_hz: float, *, most: int) -> int:
    """Modes, `most` at most, that spectra up to `high_hz` hold as a whole.

    >>> modes_within(10.5, most=3), modes_within(20.0, most=3), modes_within(45.0, most=3)
    (0, 2, 3)
    """
    return sum(edge_hz <= high_hz for edge_hz in UPPER_EDGE_HZ[:most])


def find_resonances(
    density: npt.NDArray[np.float32],
    frequency_hz: Values,
    *,
    averages: float,
    modes: int = 3,
    window_slots: int = 6,
) -> Resonances:
    """Fit all intervals of a night.

    Parameters
    ----------
    density
        pT/sqrt(Hz), shape (channel, slot, frequency), NaN slots left aside.
    frequency_hz
        Equally spaced, Hz, shape (frequency,).
    averages
        Independent spectra in a slot's power, see `iar.spectra.averages.slot_averages`.
    modes
        How many are fitted at once; frequencies up to `UPPER_EDGE_HZ` are needed, see `modes_within`.
    window_slots
        Slots that an interval's spectrum is made of, even: its own 6, or more around its middle.

    Raises
    ------
    ValueError
        If the frequencies end before.
    """
    high_hz = UPPER_EDGE_HZ[modes - 1]
    if frequency_hz[0] > LOW_HZ or frequency_hz[-1] < high_hz:
        raise ValueError(
            f"frequencies from {frequency_hz[0]:.2f} to {frequency_hz[-1]:.2f} Hz: "
            f"{modes} modes need {LOW_HZ} to {high_hz} Hz"
        )
    used = (frequency_hz >= LOW_HZ) & (frequency_hz <= high_hz)
    hz = frequency_hz[used]
    means = interval_averages(density[..., used], averages=averages, window_slots=window_slots)
    lines = line_bins(means.level, means.variance, bin_hz=float(hz[1] - hz[0]))
    points = _joined(means, lines, hz)
    found = empty_resonances(len(density))
    for channel in range(len(density)):
        _fit_coil(found, channel, points, means.share[channel], modes)
    return found


def empty_resonances(channels: int) -> Resonances:
    """Resonances of a night without any."""
    names = (name for name in Resonances.__dataclass_fields__ if name not in {"chi2", "flag"})
    each = {name: np.full((channels, INTERVALS, MODES), np.nan) for name in names}
    flag = np.zeros((channels, INTERVALS, MODES), dtype=np.uint8)
    return Resonances(**each, chi2=np.full((channels, INTERVALS), np.nan), flag=flag)


@dataclass(frozen=True)
class _Points:
    """Neighbouring bins joined, lines left out: `level`, one over its variance `weight`, `lost` the share of lines.

    Each of shape (channel, interval, point); `hz`, shape (point,). `smooth` is by how much more the errors of
    neighbours add up over what varies slowly than those of points that know nothing of each other.
    """

    hz: Values
    level: Values
    weight: Values
    lost: Values
    smooth: float


def _joined(means: Averages, lines: npt.NDArray[np.bool_], hz: Values) -> _Points:
    bins = max(round(POINT_HZ / float(hz[1] - hz[0])), 1)
    number = len(hz) // bins
    parts = (*means.level.shape[:2], number, bins)
    kept = ~lines[..., : number * bins].reshape(parts)
    level = means.level[..., : number * bins].reshape(parts)
    count = kept.sum(axis=-1)
    total = np.where(kept, np.nan_to_num(level), 0).sum(axis=-1)
    of_bins = bins / bins_worth(bins)
    weight = count / of_bins / means.variance[..., None]
    weight[~np.isfinite(weight)] = 0
    return _Points(
        hz=hz[: number * bins].reshape(number, bins).mean(axis=1),
        level=total / np.maximum(count, 1),
        weight=np.where(means.share[..., None] > 0, weight, 0),
        lost=1 - count / bins,
        smooth=(1 + 2 * sum(NEIGHBOURS)) / of_bins,
    )


def _fit_coil(found: Resonances, channel: int, points: _Points, share: Values, modes: int) -> None:
    """Fit the intervals of a coil, each from what fits the mean of all."""
    there = np.flatnonzero(share > 0)
    if not there.size:
        return
    level, weight, bounds = points.level[channel, there], points.weight[channel, there], bounds_of(modes)
    scale = np.median(level)
    level = level - scale
    of_night = weight.sum(axis=0)
    mean = (weight * level).sum(axis=0) / np.where(of_night > 0, of_night, 1)
    first = fit_rows(mean[None], of_night[None], points.hz, bounds.start[None], bounds)
    start = np.repeat(first.parameters, len(there), axis=0)
    fit = fit_rows(level, weight, points.hz, start, bounds)
    free = np.count_nonzero(weight, axis=1) - fit.parameters.shape[1]
    chi2 = fit.chi2 / np.maximum(free, 1)
    found.chi2[channel, there] = chi2
    place = (channel, there, slice(modes))
    _put(found, place, fit, np.exp(scale), np.sqrt(points.smooth * np.maximum(chi2, 1)))
    found.flag[place] = _flags(fit, share[there], chi2, points, points.lost[channel, there])


def _put(
    found: Resonances, place: tuple[int, npt.NDArray[np.intp], slice], fit: Fit, unit: float, grow: Values
) -> None:
    """Parameters of all modes with their errors, which grow with a misfit."""
    amplitude, hz, width = _by_mode(fit.parameters)
    variance = np.einsum("rpp->rp", fit.covariance)
    amplitude_sigma, hz_sigma, width_sigma = (np.sqrt(one) * grow[:, None] for one in _by_mode(variance))
    rows = np.arange(1, fit.parameters.shape[1] - 2, 3)
    both = fit.covariance[:, rows, rows + 1] * grow[:, None] ** 2
    q = hz / (HALF_POWER * width)
    relative = (hz_sigma / hz) ** 2 + (width_sigma / width) ** 2 - 2 * both / (hz * width)
    found.frequency_hz[place], found.frequency_sigma_hz[place] = hz, hz_sigma
    found.amplitude_pt[place], found.amplitude_sigma_pt[place] = amplitude * unit, amplitude_sigma * unit
    found.q[place], found.q_sigma[place] = q, q * np.sqrt(np.maximum(relative, 0))


def _by_mode(values: npt.NDArray[np.float64]) -> tuple[Values, Values, Values]:
    """Amplitude, frequency and half width of all modes, each of shape (row, mode)."""
    return values[:, :-2:3], values[:, 1:-2:3], values[:, 2:-2:3]


def _flags(fit: Fit, share: Values, chi2: Values, points: _Points, lost: Values) -> npt.NDArray[np.uint8]:
    """Bits of each mode, shape (row, mode)."""
    amplitude, hz, width = _by_mode(fit.parameters)
    sigma = np.sqrt(_by_mode(np.einsum("rpp->rp", fit.covariance))[0])
    bound = fit.bound[:, :-2].reshape(*hz.shape, 3).any(axis=2)
    near = np.abs(points.hz - hz[..., None]) <= width[..., None]
    lines = (near * lost[:, None]).sum(axis=2) / np.maximum(near.sum(axis=2), 1)
    bits = {
        "few_slots": (share < LEAST_SHARE)[:, None],
        "poor_fit": (chi2 > POOR_CHI2)[:, None],
        "at_bound": bound,
        "faint": amplitude < FAINT_SIGMAS * sigma,
        "lines": lines > MOST_LINES,
    }
    raised = [np.broadcast_to(one, hz.shape) * np.uint8(FLAGS[name]) for name, one in bits.items()]
    return np.asarray(np.bitwise_or.reduce(raised), dtype=np.uint8)

"""Samples to calibrated spectra: mean power and mean cross power of each slot's segments, response divided out."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy

from iar.night import CHANNELS, RATE_HZ, SLOT_SAMPLES, Samples
from iar.spectra.band import Band
from iar.spectra.segments import segment_blocks

Frequencies = npt.NDArray[np.float64]
Calibration = Frequencies | npt.NDArray[np.complex128]


@dataclass(frozen=True)
class Spectra:
    """Spectra of both channels.

    `density` is the root of the mean one-sided power density of a slot's segments: float32, shape (channel, slot,
    frequency), pT/sqrt(Hz), NaN for a slot without a whole segment. `cross` is the mean of NS times the conjugate of EW
    over the segments that are whole in both: complex64, shape (slot, frequency), pT^2/Hz; its real part is the
    co-spectrum, and where EW lags behind NS the imaginary part is positive.
    """

    density: npt.NDArray[np.float32]
    cross: npt.NDArray[np.complex64]


def night_spectra(samples: Samples, *, band: Band, pt_per_count: Calibration, lead_samples: int = 0) -> Spectra:
    """Spectra of each slot of both channels.

    Parameters
    ----------
    samples
        At 100 Hz, shape (channel 2, sample), `MISSING` or NaN where there is none: `lead_samples` of them before the
        first slot, then whole slots, then less than a slot. What lies outside the slots settles the filter and fills
        the segments that reach out.
    band
        Frequencies, filter and segments.
    pt_per_count
        Inverse of digitiser and coil at the band's frequencies, pT per count, or per unit of samples that are no
        counts, shape (channel, frequency), or (frequency,) for two coils that are the same. See
        `iar.spectra.response`. Where it is complex, what the coils' phases differ by goes out of the cross-spectrum.

    Raises
    ------
    ValueError
        If there are not two channels, or the response has another length than the band.
    """
    if samples.ndim != 2 or len(samples) != len(CHANNELS):
        raise ValueError(f"samples of shape {samples.shape} are not those of two channels")
    coils = _by_channel(pt_per_count)
    scale = np.stack([_pt2_per_power(band, one) for one in coils])
    slots = (samples.shape[1] - lead_samples) // SLOT_SAMPLES
    power = np.empty((len(CHANNELS), slots, scale.shape[1]), dtype=np.float32)
    cross = np.empty((slots, scale.shape[1]), dtype=np.complex64)
    for block in segment_blocks(samples, band, lead_samples=lead_samples):
        power[:, block.slots], cross[block.slots] = block.power(), block.cross()
    for spectra in (power, cross):
        _empty_edges(spectra, band.edge_slots)
    density = np.sqrt(power * scale.astype(np.float32)[:, None])
    return Spectra(density, np.multiply(cross, _cross_scale(scale, coils), dtype=np.complex64))


def amplitude_density(samples: Samples, *, band: Band, pt_per_count: Calibration) -> npt.NDArray[np.float32]:
    """Density of each slot of one channel: float32, shape (slot, frequency), pT/sqrt(Hz); see `night_spectra`.

    Parameters
    ----------
    samples
        Of whole slots at 100 Hz, shape (slot * 10000,), `MISSING` or NaN where there is none.

    Raises
    ------
    ValueError
        If the samples are not whole slots, or the response has another length than the band.
    """
    if samples.ndim != 1 or samples.size % SLOT_SAMPLES:
        raise ValueError(f"samples of shape {samples.shape} are not whole slots of {SLOT_SAMPLES} samples")
    scale = _pt2_per_power(band, pt_per_count).astype(np.float32)
    power = np.concatenate([block.power()[0] for block in segment_blocks(samples[None], band)])
    _empty_edges(power, band.edge_slots)
    return np.sqrt(power * scale)


def _empty_edges(spectra: npt.NDArray[Any], edge_slots: int) -> None:
    """Make the first and last slots of (..., slot, frequency) NaN, in place."""
    if edge_slots:
        spectra[..., :edge_slots, :] = spectra[..., -edge_slots:, :] = np.nan


def _by_channel(pt_per_count: Calibration) -> npt.NDArray[np.complex128]:
    """Calibration of each channel, shape (channel, frequency)."""
    calibration = np.asarray(pt_per_count, dtype=np.complex128)
    return calibration if calibration.ndim == 2 else np.stack([calibration] * len(CHANNELS))


def _cross_scale(scale: Frequencies, coils: npt.NDArray[np.complex128]) -> npt.NDArray[np.complex64]:
    """What turns a mean of FFT products into the cross-spectrum, shape (frequency,); real for coils of one phase."""
    turned = coils[0] * np.conj(coils[1])
    with np.errstate(invalid="ignore"):  # NaN where samples of a rate carry nothing
        return np.asarray(np.sqrt(scale[0] * scale[1]) * (turned / np.abs(turned)), dtype=np.complex64)


def _pt2_per_power(band: Band, pt_per_count: Calibration) -> Frequencies:
    """What turns the squared amplitude of a segment's FFT into one-sided power density, shape (frequency,)."""
    if len(pt_per_count) != len(band.frequency_hz):
        raise ValueError(f"response has {len(pt_per_count)} frequencies, the band {len(band.frequency_hz)}")
    window = scipy.signal.windows.hann(band.segment_samples, sym=False)
    return np.asarray((np.abs(pt_per_count) / band.filter_gain()) ** 2 * 2 / (RATE_HZ * np.sum(window**2)))

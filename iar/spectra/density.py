"""Counts to amplitude density: band-pass, Hann segments, FFT, mean power, response divided out.

Each stretch without a gap is filtered on its own, from the steady state of its first sample, so that nothing rings
across a hole; a segment that touches a missing sample does not count, and effort tells how many samples were there.
The recursive filter runs in float64 (in float32 a large offset with drift costs 4 % in band), the FFT in float32.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import fft, signal

from iar.night import MISSING, RATE_HZ, SLOT_SAMPLES
from iar.spectra.grid import first_bin, frequencies

Counts = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Band:
    """Frequencies and filter of a spectrogram; see `SpectraSettings` for the meaning of each."""

    low_hz: float = 0.5
    high_hz: float = 10.5
    filter_poles: int = 5
    filter_high_hz: float = 10.0
    segment_samples: int = 4096
    overlap: float = 0.5

    @property
    def frequency_hz(self) -> npt.NDArray[np.float64]:
        """Frequencies of the bins, Hz, shape (frequency,)."""
        return frequencies(self.low_hz, self.high_hz, self.segment_samples)

    def sos(self) -> npt.NDArray[np.float64] | None:
        """Second-order sections of the band-pass, or None where there is none."""
        if self.filter_poles == 0:
            return None
        edges = (self.low_hz, self.filter_high_hz)
        return np.asarray(signal.butter(self.filter_poles, edges, "bandpass", fs=RATE_HZ, output="sos"))


def amplitude_density(counts: Counts, *, band: Band, pt_per_count: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Amplitude density of each slot.

    Parameters
    ----------
    counts
        Samples of one channel at 100 Hz, shape (slot * 10000,), `MISSING` where there is none.
    band
        Frequencies, filter and segments.
    pt_per_count
        Inverse of digitiser and coil at the band's frequencies, pT per count, shape (frequency,). See
        `iar.spectra.response`.

    Returns
    -------
    float32, shape (slot, frequency), pT/sqrt(Hz): the root of the mean one-sided power density of the slot's segments;
    NaN for a slot without a whole segment.

    Raises
    ------
    ValueError
        If the samples are not whole slots, or the response has another length than the band.
    """
    if counts.ndim != 1 or counts.size % SLOT_SAMPLES:
        raise ValueError(f"counts of shape {counts.shape} are not whole slots of {SLOT_SAMPLES} samples")
    if len(pt_per_count) != len(band.frequency_hz):
        raise ValueError(f"response has {len(pt_per_count)} frequencies, the band {len(band.frequency_hz)}")
    present = counts != MISSING
    filtered = _filtered(counts, present, band.sos())
    power = _mean_power(filtered, present, band)
    return np.asarray(np.sqrt(power) * (pt_per_count / _filter_gain(band)), dtype=np.float32)


def effort(counts: Counts) -> npt.NDArray[np.float32]:
    """Share of each slot's samples that are there, 0 to 1: float32, shape (slot,)."""
    return np.asarray((counts.reshape(-1, SLOT_SAMPLES) != MISSING).mean(axis=1, dtype=np.float32))


def _filtered(
    counts: Counts, present: npt.NDArray[np.bool_], sos: npt.NDArray[np.float64] | None
) -> npt.NDArray[np.float32]:
    out = np.zeros(counts.size, dtype=np.float32)
    for start, stop in _stretches(present):
        stretch = counts[start:stop].astype(np.float64)
        if sos is None:
            out[start:stop] = stretch - stretch.mean()
        else:
            steady = signal.sosfilt_zi(sos) * stretch[0]
            out[start:stop] = signal.sosfilt(sos, stretch, zi=steady)[0]
    return out


def _stretches(present: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Start and end of each run of True."""
    edges = np.flatnonzero(np.diff(present, prepend=False, append=False))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _mean_power(
    filtered: npt.NDArray[np.float32], present: npt.NDArray[np.bool_], band: Band
) -> npt.NDArray[np.float32]:
    """One-sided power density of each slot, counts^2/Hz, NaN where no segment is whole."""
    n = band.segment_samples
    step = max(round(n * (1 - band.overlap)), 1)
    window = signal.windows.hann(n, sym=False).astype(np.float32)
    scale = np.float32(2 / (RATE_HZ * np.sum(window.astype(np.float64) ** 2)))
    low, bins = first_bin(band.low_hz, n), len(band.frequency_hz)
    slots, whole = filtered.reshape(-1, SLOT_SAMPLES), present.reshape(-1, SLOT_SAMPLES)
    power = np.zeros((len(slots), bins), dtype=np.float32)
    used = np.zeros((len(slots), 1), dtype=np.float32)
    for start in range(0, SLOT_SAMPLES - n + 1, step):
        complete = np.all(whole[:, start : start + n], axis=1, keepdims=True)
        spectrum = fft.rfft(slots[:, start : start + n] * window, axis=1)[:, low : low + bins]
        power += np.where(complete, spectrum.real**2 + spectrum.imag**2, 0)
        used += complete
    with np.errstate(invalid="ignore"):
        return power * scale / used  # 0/0 is NaN: a slot without a segment has no density


def _filter_gain(band: Band) -> npt.NDArray[np.float64]:
    sos = band.sos()
    if sos is None:
        return np.ones(len(band.frequency_hz))
    return np.asarray(np.abs(signal.freqz_sos(sos, band.frequency_hz, fs=RATE_HZ)[1]))

"""Samples to the FFTs of their segments: band-pass, Hann window, FFT.

Each stretch without a gap is filtered on its own, from the steady state of its first sample, so that nothing rings
across a hole; a segment that touches a missing sample does not count. The recursive filter runs in float64 (in float32
a large offset with drift costs 4 % in band), the FFT in float32, both in pieces that stay in the processor's cache.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy
from numpy.lib.stride_tricks import sliding_window_view
from scipy import fft

from iar.night import SLOT_SAMPLES, Samples, samples_there
from iar.spectra.band import Band

Places = npt.NDArray[np.intp]

_FILTERED_AT_ONCE = 80_000
_WINDOWED_AT_ONCE = 2**17


@dataclass(frozen=True)
class SegmentBlock:
    """FFTs of the segments of a few neighbouring slots.

    `slots` says which; `spectrum` is complex64 (channel, segment, frequency), 0 where a segment is not whole; `whole`
    is bool (channel, segment); `first` the place of each slot's first segment.
    """

    slots: slice
    spectrum: npt.NDArray[np.complex64]
    whole: npt.NDArray[np.bool_]
    first: Places

    def power(self) -> npt.NDArray[np.float32]:
        """Mean squared amplitude over each slot's whole segments, shape (channel, slot, frequency); NaN without any."""
        return self._mean(self.spectrum.real**2 + self.spectrum.imag**2, self.whole)

    def cross(self) -> npt.NDArray[np.complex64]:
        """Mean of the first channel times the conjugate of the second, over segments that are whole in both."""
        first, second = self.spectrum
        return self._mean(first * second.conj(), np.logical_and(*self.whole))

    def _mean(self, products: npt.NDArray[Any], whole: npt.NDArray[np.bool_]) -> npt.NDArray[Any]:
        """Mean over each slot's whole segments of `products` (..., segment, frequency), 0 where one is not whole."""
        used = np.add.reduceat(whole, self.first, axis=-1, dtype=np.float32)[..., None]
        with np.errstate(invalid="ignore"):
            return np.asarray(np.add.reduceat(products, self.first, axis=-2) / used)  # 0/0 is NaN: no segment, no value


def segment_blocks(samples: Samples, band: Band, *, lead_samples: int = 0) -> Iterator[SegmentBlock]:
    """FFTs of a night's segments, some slots at a time, in order.

    Parameters
    ----------
    samples
        At 100 Hz, shape (channel, sample), `MISSING` or NaN where there is none: `lead_samples` of them before the
        first slot, then whole slots, then less than a slot.
    band
        Frequencies, filter and segments.
    """
    slots = (samples.shape[1] - lead_samples) // SLOT_SAMPLES
    start, slot = segment_places(band, slots)
    start += lead_samples
    channels = [_Channel(one, band) for one in samples]
    slots_at_once = max(slots * _WINDOWED_AT_ONCE // (len(start) * band.segment_samples), 1)
    for from_slot, to_slot in pairwise([*range(0, slots, slots_at_once), slots]):
        of_slot = np.searchsorted(slot, np.arange(from_slot, to_slot + 1))
        here = start[of_slot[0] : of_slot[-1]]
        whole = np.stack([channel.whole(here) for channel in channels])
        spectrum = np.stack([channel.spectrum(here) for channel in channels])
        if not whole.all():
            spectrum[~whole] = 0
        yield SegmentBlock(slice(from_slot, to_slot), spectrum, whole, of_slot[:-1] - of_slot[0])


def segment_places(band: Band, slots: int) -> tuple[Places, Places]:
    """First sample of each segment, counted from the first slot, and the slot it belongs to, in order.

    Segments within slots begin anew with each slot. Continuous ones run on, a hop apart, and belong to the slot that
    holds their middle; the first and the last reach out of the slots.
    """
    n, hop = band.segment_samples, band.hop_samples
    if band.segments == "within":
        inside = np.arange(0, SLOT_SAMPLES - n + 1, hop)
        start = (np.arange(slots)[:, None] * SLOT_SAMPLES + inside).ravel()
        return start, np.repeat(np.arange(slots), len(inside))
    twice_middle = np.arange(hop, 2 * slots * SLOT_SAMPLES, 2 * hop)  # half a hop after the first slot's start, ...
    return (twice_middle - n) // 2, twice_middle // (2 * SLOT_SAMPLES)


def stretches(samples: Samples) -> npt.NDArray[np.intp]:
    """Start and end of each run of samples without a gap, shape (stretch, 2)."""
    present = samples_there(samples)
    if present.all():  # as most nights are
        return np.array([[0, samples.size]])
    return np.flatnonzero(np.diff(present, prepend=False, append=False)).reshape(-1, 2)


class _Channel:
    """Samples of one channel, ready to be cut into segments."""

    def __init__(self, samples: Samples, band: Band) -> None:
        self._band, self._stretches = band, stretches(samples)
        sos = band.sos()
        kept = samples if sos is None else _filtered(samples, self._stretches, sos)
        self._views = sliding_window_view(kept, band.segment_samples)
        self._window = scipy.signal.windows.hann(band.segment_samples, sym=False).astype(np.float32)

    def whole(self, start: Places) -> npt.NDArray[np.bool_]:
        """Whether each segment lies in one stretch."""
        if len(self._stretches) == 0:
            return np.zeros(len(start), dtype=bool)
        last = np.searchsorted(self._stretches[:, 0], start, side="right") - 1
        reaches = self._stretches[last, 1] >= start + self._band.segment_samples
        return np.asarray((last >= 0) & reaches)

    def spectrum(self, start: Places) -> npt.NDArray[np.complex64]:
        """FFT of each segment at the band's frequencies, shape (segment, frequency)."""
        samples = self._views[np.clip(start, 0, len(self._views) - 1)]
        if samples.dtype != np.float32:  # not filtered: the level goes before it costs the FFT its precision
            samples = samples - samples.mean(axis=1, keepdims=True)
        windowed: npt.NDArray[np.float32] = np.multiply(samples, self._window, dtype=np.float32)
        first = self._band.first_bin
        return fft.rfft(windowed, axis=1)[:, first : first + len(self._band.frequency_hz)]


def _filtered(samples: Samples, gapless: npt.NDArray[np.intp], sos: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Samples after the band-pass; 0 in the gaps."""
    out = np.zeros(samples.size, dtype=np.float32)
    for start, stop in gapless.tolist():
        state = scipy.signal.sosfilt_zi(sos) * samples[start]
        for at, end in pairwise([*range(start, stop, _FILTERED_AT_ONCE), stop]):
            out[at:end], state = scipy.signal.sosfilt(sos, samples[at:end].astype(np.float64), zi=state)
    return out

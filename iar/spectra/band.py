"""What a spectrogram is made with: its frequencies, its filter, its segments."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import scipy

from iar.night import RATE_HZ
from iar.spectra.grid import first_bin, frequencies

Segments = Literal["within", "continuous"]


@dataclass(frozen=True)
class Band:
    """Frequencies, filter and segments of a spectrogram; see `SpectraSettings` for the meaning of each."""

    low_hz: float = 0.5
    high_hz: float = 10.5
    filter_poles: int = 5
    filter_high_hz: float = 10.0
    segment_samples: int = 4096
    overlap: float = 0.5
    segments: Segments = "within"
    edge_slots: int = 0

    @property
    def frequency_hz(self) -> npt.NDArray[np.float64]:
        """Frequencies of the bins, Hz, shape (frequency,)."""
        return frequencies(self.low_hz, self.high_hz, self.segment_samples)

    @property
    def first_bin(self) -> int:
        """Index of the first frequency among the bins of the FFT."""
        return first_bin(self.low_hz, self.segment_samples)

    @property
    def hop_samples(self) -> int:
        """Samples from the start of one segment to the start of the next."""
        return max(round(self.segment_samples * (1 - self.overlap)), 1)

    @property
    def reach_samples(self) -> int:
        """Samples that the first and the last segment need outside the slots, at most."""
        return 0 if self.segments == "within" else (self.segment_samples + 1) // 2

    def sos(self) -> npt.NDArray[np.float64] | None:
        """Second-order sections of the Butterworth band-pass, or None where there is none."""
        if self.filter_poles == 0:
            return None
        edges = (self.low_hz, self.filter_high_hz)
        return np.asarray(scipy.signal.butter(self.filter_poles, edges, "bandpass", fs=RATE_HZ, output="sos"))

    def filter_gain(self) -> npt.NDArray[np.float64]:
        """Gain of the band-pass in amplitude, shape (frequency,)."""
        sos = self.sos()
        if sos is None:
            return np.ones(len(self.frequency_hz))
        return np.asarray(np.abs(scipy.signal.freqz_sos(sos, self.frequency_hz, fs=RATE_HZ)[1]))

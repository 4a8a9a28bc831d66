"""What a user would write instead, plainly."""

import numpy as np
from matplotlib.figure import Figure
from obspy.imaging.spectrogram import spectrogram
from scipy import ndimage, signal
from scipy.interpolate import make_lsq_spline

from iar.detection.bridging import bridge
from iar.night import RATE_HZ, SLOT_SAMPLES, dark_slots
from iar.settings import ClassicalSettings
from iar.spectra.background import residual_db
from iar.spectra.band import Band

FREQUENCY_HZ = Band().frequency_hz


def spectra_by_slot(counts: np.ndarray) -> np.ndarray:
    """The published spectra: band-pass the night, there and back, then Welch for each slot."""
    sos = signal.butter(5, (0.5, 10), "bandpass", fs=RATE_HZ, output="sos")
    slots = signal.sosfiltfilt(sos, counts.astype(np.float64)).reshape(-1, SLOT_SAMPLES)
    first, bins = 21, len(FREQUENCY_HZ)
    gain = np.abs(signal.freqz_sos(sos, FREQUENCY_HZ, fs=RATE_HZ)[1]) ** 2
    rows = [signal.welch(s, RATE_HZ, "hann", 4096, detrend=False)[1][first : first + bins] for s in slots]
    return np.sqrt(rows) / gain


def spectra_short_time(counts: np.ndarray) -> np.ndarray:
    """Spectra by SciPy's newer tool: the night band-passed there and back, one short-time transform, means by slot."""
    sos = signal.butter(5, (0.5, 10), "bandpass", fs=RATE_HZ, output="sos")
    transform = signal.ShortTimeFFT(signal.windows.hann(4096), 2048, RATE_HZ, scale_to="psd")
    power = transform.spectrogram(signal.sosfiltfilt(sos, counts.astype(np.float64)))[21:431]
    slot = np.clip(transform.t(len(counts)) * RATE_HZ // SLOT_SAMPLES, 0, len(counts) // SLOT_SAMPLES - 1)
    first = np.searchsorted(slot, np.arange(len(counts) // SLOT_SAMPLES))
    return np.sqrt(np.add.reduceat(power, first, axis=1) / np.diff(first, append=len(slot))).T


def spectra_obspy(counts: np.ndarray) -> None:
    """Spectra as a seismologist looks at them: ObsPy's picture, of segments as long and as many as ours."""
    axes = Figure().subplots()
    spectrogram(counts, RATE_HZ, wlen=40.96, per_lap=1 - SLOT_SAMPLES / 3 / 4096, mult=None, axes=axes)


def classical_by_slot(density: np.ndarray) -> np.ndarray:
    """The published detector: a spline fit and a peak search for each slot, a mean for each region in each slot."""
    ours, level = ClassicalSettings(), 20 * np.log10(density).mean(axis=0)
    knots = np.r_[[FREQUENCY_HZ[0]] * 6, np.linspace(*FREQUENCY_HZ[[0, -1]], ours.spline_pieces + 1)[1:-1],
                  [FREQUENCY_HZ[-1]] * 6]  # fmt: skip
    low_pass = np.convolve(*[np.full(ours.smoothing_bins, 1 / ours.smoothing_bins)] * 2)
    spots = np.zeros(level.shape, dtype=bool)
    for slot in np.flatnonzero(dark_slots(18, 6, 12)):
        smooth = ndimage.convolve1d(level[slot], low_pass)
        residual = smooth - make_lsq_spline(FREQUENCY_HZ, smooth, knots, k=5)(FREQUENCY_HZ)
        peaks = signal.argrelmax(residual, order=ours.peak_distance_bins)[0]
        spots[slot, peaks[residual[peaks] >= ours.min_height_db]] = True
    dilated = ndimage.binary_dilation(spots, np.ones((ours.dilate_slots, 1)))
    joined = bridge(ndimage.binary_erosion(dilated, np.ones((1, ours.erode_bins)), border_value=1))
    label, count = ndimage.label(joined, np.ones((3, 3)))
    lines, intensity = np.zeros(level.shape, dtype=bool), density.mean(axis=0)
    for region in range(1, count + 1):
        slot, column = np.nonzero(label == region)
        if len(slot) >= ours.min_region_pixels:
            for s in np.unique(slot):
                inside = column[slot == s]
                lines[s, round(np.average(inside, weights=intensity[s, inside]))] = True
    return lines


def matched_filter(density: np.ndarray) -> np.ndarray:
    """Spacing of each slot by the best of all combs (delta_f, phi) on the residual below 7 Hz, 15 slots together."""
    band = FREQUENCY_HZ < 7
    residual = ndimage.uniform_filter1d(np.nan_to_num(residual_db(density, pieces=3)).mean(axis=0)[:, band], 15, axis=0)
    trial_hz = np.geomspace(0.25, 2.2, 220)
    best, spacing = np.full(len(residual), -np.inf), np.full(len(residual), np.nan)
    for delta_f_hz in trial_hz:
        for phi in np.arange(0, 1, 1 / 16):
            comb = np.cos(2 * np.pi * (FREQUENCY_HZ[band] / delta_f_hz - phi))
            comb -= comb.mean()
            score = residual @ (comb / np.linalg.norm(comb)).astype(np.float32)
            better = score > best
            best[better], spacing[better] = score[better], delta_f_hz
    return spacing

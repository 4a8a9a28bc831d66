"""The whole chain: what a coil and its digitiser make of a simulated night, as counts at 100 Hz.

Noise is drawn in overlapping frames in the frequency domain, each with the spectrum of its moment, and added with
windows whose squares sum to one: the variance is right at every sample, and the spectrum drifts without steps. Lines
are sines, sferics are impulses: all of it goes through the coil's response, phase included. Jumps are steps of the
counts.
"""

import numpy as np
import numpy.typing as npt
from scipy import fft

from iar.night import CHANNELS, MISSING, NIGHT_SAMPLES, RATE_HZ, SLOT_S, SLOT_SAMPLES, SLOTS
from iar.simulation.defects import Defect
from iar.simulation.density import Parts, coherence, power_parts
from iar.simulation.interference import Line
from iar.simulation.scenario import Scenario

FRAME = 8192
HOP = FRAME // 2
SFERICS_PER_SLOT = 30
_FRAMES_AT_ONCE = 64
_IMPULSE = 512

Signal = npt.NDArray[np.float32]
Response = npt.NDArray[np.complex128]


def frame_frequencies() -> npt.NDArray[np.float64]:
    """Frequencies at which a frame is drawn, Hz, shape (4097,)."""
    return fft.rfftfreq(FRAME, 1 / RATE_HZ)


def by_channel(counts_per_pt: Response) -> Response:
    """Coils and digitisers of both channels, shape (channel, frequency), where one may stand for both."""
    return np.broadcast_to(counts_per_pt, (len(CHANNELS), counts_per_pt.shape[-1]))


def coil_counts(
    scenario: Scenario, counts_per_pt: Response, rng: np.random.Generator, *, full_scale: int
) -> npt.NDArray[np.int32]:
    """Counts of both channels for one night.

    Parameters
    ----------
    counts_per_pt
        Coils and digitisers at `frame_frequencies`, counts per pT, complex, shape (channel, frequency), or
        (frequency,) for two that are the same.
    full_scale
        Counts at which the digitiser clips.

    Returns
    -------
    int32, shape (channel, 8640000), `MISSING` where nothing was written.
    """
    coils = by_channel(counts_per_pt)
    parts = power_parts(scenario, frame_frequencies())
    night = noise(parts, coherence(scenario, parts), coils, rng)
    for line in scenario.lines:
        add_line(night[line.channel], line, coils[line.channel], rng)
    add_sferics(night, scenario.sferics_pt, coils, rng)
    for step in scenario.steps:
        night[step.channel, round(step.second * RATE_HZ) :] += step.height_pt * abs(_at(1.0, coils[step.channel]))
    counts = np.rint(np.clip(night, -full_scale, full_scale, out=night), out=night).astype(np.int32)
    for defect in scenario.defects:
        _spoil(counts, defect, full_scale)
    counts.reshape(len(CHANNELS), SLOTS, SLOT_SAMPLES)[scenario.missing] = MISSING
    return counts


def noise(
    parts: Parts, coherent: npt.NDArray[np.complex64], counts_per_pt: Response, rng: np.random.Generator
) -> Signal:
    """Gaussian noise of both channels with the power of `parts` at `frame_frequencies`, in counts.

    Parameters
    ----------
    coherent
        Coherence of NS with EW, shape (slot, frequency).
    """
    amplitude = np.sqrt(parts.total())
    own = np.sqrt(1 - np.minimum(np.abs(coherent) ** 2, 1))
    frames = NIGHT_SAMPLES // HOP + 2
    window = np.sin(np.pi * (np.arange(FRAME) + 0.5) / FRAME).astype(np.float32)
    # E|X|^2 = P fs N / 2, half of it in the real part and half in the imaginary one
    scale = (by_channel(counts_per_pt) * np.sqrt(RATE_HZ * FRAME / 4)).astype(np.complex64)
    out = np.zeros((len(CHANNELS), frames * HOP + HOP), dtype=np.float32)
    for start in range(0, frames, _FRAMES_AT_ONCE):
        index = np.arange(start, min(start + _FRAMES_AT_ONCE, frames))
        white = _complex_white(rng, (len(CHANNELS), len(index), scale.shape[1]))
        common = _at_frames(coherent, index).conj() * white[0]
        white[1] = common + _at_frames(own, index) * white[1]
        for channel in range(len(CHANNELS)):
            spectrum = white[channel] * (_at_frames(amplitude[channel], index) * scale[channel])
            spectrum[:, 0] = 0
            _add_frames(out[channel, start * HOP :], fft.irfft(spectrum, FRAME, axis=1) * window)
    return out[:, HOP : HOP + NIGHT_SAMPLES]


def add_line(channel: Signal, line: Line, counts_per_pt: Response, rng: np.random.Generator) -> None:
    """Add a sine to a channel, in place: its phase runs on while its frequency drifts; its amplitude goes by slots."""
    second = np.arange(SLOT_SAMPLES) / RATE_HZ
    phase = rng.uniform()
    for slot in range(SLOTS):
        here_hz, next_hz = line.frequency_hz[slot], line.frequency_hz[min(slot + 1, SLOTS - 1)]
        drift_hz = next_hz - here_hz
        if line.amplitude_pt[slot] > 0:
            turns = (phase + here_hz * second + drift_hz / (2 * SLOT_S) * second**2) % 1
            response = line.amplitude_pt[slot] * _at(here_hz, counts_per_pt)
            angle = (2 * np.pi * turns + np.angle(response)).astype(np.float32)
            channel[slot * SLOT_SAMPLES : (slot + 1) * SLOT_SAMPLES] += np.float32(abs(response)) * np.cos(angle)
        phase = (phase + here_hz * SLOT_S + drift_hz * SLOT_S / 2) % 1


def add_sferics(
    night: Signal, density_pt: npt.NDArray[np.float64], counts_per_pt: Response, rng: np.random.Generator
) -> None:
    """Add lightning from all directions, in place: impulses that together have the density of each slot."""
    impulse = np.roll(fft.irfft(by_channel(counts_per_pt), FRAME), _IMPULSE // 2, axis=1)[:, :_IMPULSE] * RATE_HZ
    for slot in np.flatnonzero(density_pt):
        # n impulses of area s in a time T have the one-sided power 2 n s^2 / T; each channel sees half of it
        area = 2 * density_pt[slot] * np.sqrt(SLOT_S / (2 * SFERICS_PER_SLOT)) / np.sqrt(2)
        starts = slot * SLOT_SAMPLES + rng.integers(SLOT_SAMPLES, size=SFERICS_PER_SLOT)
        angles = rng.uniform(0, 2 * np.pi, SFERICS_PER_SLOT)
        for start, angle in zip(starts, angles, strict=True):
            stop = min(start + _IMPULSE, NIGHT_SAMPLES)
            direction = np.array([[np.cos(angle)], [np.sin(angle)]])
            night[:, start:stop] += direction * (area * impulse[:, : stop - start])


def _spoil(counts: npt.NDArray[np.int32], defect: Defect, full_scale: int) -> None:
    """What a defect does to the counts, in place; a garbled line is one of the hour file, not of these."""
    first = defect.second * RATE_HZ
    part = counts[defect.channel, first : first + defect.length_s * RATE_HZ]
    if defect.kind == "clipped":
        part[:] = full_scale
    elif defect.kind == "stuck":
        part[:] = part[0]
    elif defect.kind == "cut":
        part[:] = MISSING


def _complex_white(rng: np.random.Generator, shape: tuple[int, ...]) -> npt.NDArray[np.complex64]:
    """Draw complex normals whose real and imaginary parts have unit variance."""
    return rng.standard_normal((*shape, 2), dtype=np.float32).view(np.complex64)[..., 0]


def _add_frames(out: Signal, frames: Signal) -> None:
    """Add overlapping frames, each `HOP` after the one before, in place."""
    for half in (0, 1):
        blocks = frames[:, half * HOP : (half + 1) * HOP].ravel()
        out[half * HOP : half * HOP + len(blocks)] += blocks


def _at(frequency_hz: float, counts_per_pt: Response) -> complex:
    """Response at one frequency."""
    return complex(np.interp(frequency_hz, frame_frequencies(), counts_per_pt))


def _at_frames(by_slot: npt.NDArray[np.generic], index: npt.NDArray[np.intp]) -> npt.NDArray[np.generic]:
    """Values at the middle of each frame, linear between the middles of the slots, shape (frame, frequency)."""
    place = np.clip(index * HOP / SLOT_SAMPLES - 0.5, 0, SLOTS - 1)
    below = np.minimum(place.astype(int), SLOTS - 2)
    share = (place - below)[:, None].astype(np.float32)
    return np.asarray((1 - share) * by_slot[below] + share * by_slot[below + 1])

"""The truth of simulated nights: where the fringes are, how far apart, and what else was drawn."""

import json
from dataclasses import asdict

import numpy as np
import numpy.typing as npt
import xarray as xr

from iar.night import HARMONICS, SLOT_S, SLOTS, night_start
from iar.simulation.defects import lost_slots
from iar.simulation.density import background_pt, floor_power
from iar.simulation.fringes import Fringes, undrowned
from iar.simulation.interference import Line
from iar.simulation.ladder import Ladder, ladder_tracks
from iar.simulation.resonator import at_slots, ripple_at
from iar.simulation.scenario import Scenario

MASK_HALF_WIDTH_BINS = 1.5
VISIBLE_DB = 1.2
"""A fringe shallower than this, peak to trough, is not in the mask: nobody could see it through 2.9 dB of scatter."""

NEAR_CREST = np.linspace(-0.3, 0.3, 25)
AFTER_CREST = np.linspace(0.1, 0.9, 21)
"""Orders around and above a maximum of the resonator, where that of the night and its minimum are sought."""

Curves = npt.NDArray[np.float64]


def harmonic_tracks(fringes: Fringes) -> tuple[Curves, Curves]:
    """Frequency (Hz) and depth (dB, peak to trough) of each harmonic: both of shape (slot, harmonic).

    A harmonic is where the power on the ground, other waves included, has its maximum, near the one of the resonator
    alone; the depth is taken to the minimum that follows. Where there is no such maximum the depth is 0.
    """
    order = at_slots(fringes.resonator.crest_order)
    trials = (order[:, :, None] + NEAR_CREST).reshape(SLOTS, -1)
    gain = _gain(fringes, trials).reshape(SLOTS, HARMONICS, -1)
    best = gain.argmax(axis=2)
    inside = np.clip(best, 1, len(NEAR_CREST) - 2)[..., None]
    left, here, right = (np.take_along_axis(gain, inside + step, axis=2)[..., 0] for step in (-1, 0, 1))
    bend = np.minimum(left - 2 * here + right, -1e-12)
    order += NEAR_CREST[inside[..., 0]] + np.diff(NEAR_CREST)[0] * np.clip((left - right) / (2 * bend), -0.5, 0.5)
    after = _gain(fringes, (order[:, :, None] + AFTER_CREST).reshape(SLOTS, -1)).reshape(SLOTS, HARMONICS, -1)
    depth_db = 10 * np.log10(here / np.minimum(after.min(axis=2), here))
    return order * fringes.delta_f_hz[:, None], np.where(best == inside[..., 0], depth_db, 0)


def _gain(fringes: Fringes, orders: Curves) -> Curves:
    """Power on the ground over what it were without the resonator, at orders of shape (slot, any); same shape."""
    share = fringes.share[:, None] * undrowned(orders * fringes.delta_f_hz[:, None], fringes.drowned_hz)
    return np.asarray(1 + share * (ripple_at(fringes.resonator, orders.astype(np.float32)) - 1))


def visible_tracks(scenario: Scenario) -> tuple[Curves, Curves]:
    """Frequency (Hz) and depth (dB) of each harmonic as it stands in the spectrum: both of shape (slot, harmonic).

    Of a ladder the depth is that in the coil that shows more of it, where its floor fills the troughs. A resonator's
    is that of `harmonic_tracks`; nothing at all where there are no fringes.
    """
    if scenario.fringes is None:
        return np.full((SLOTS, HARMONICS), np.nan), np.zeros((SLOTS, HARMONICS))
    if not isinstance(scenario.fringes, Ladder):
        return harmonic_tracks(scenario.fringes)
    f_n, depth_db = ladder_tracks(scenario.fringes)
    crest_db = scenario.fringes.depth_db * (1 - scenario.fringes.crest.mean)
    crest, trough = 10 ** (crest_db / 10), 10 ** ((crest_db - depth_db) / 10)
    reached_hz = np.maximum(f_n, 0.1)
    floor = floor_power(scenario, reached_hz) / 10 ** (scenario.swell_db / 10)[:, None]
    lost = lost_slots(scenario.missing, scenario.defects)
    seen_db = np.zeros_like(depth_db)
    for channel, gain in enumerate(scenario.fringes.gain):
        filled = floor / background_pt(scenario, reached_hz)[channel] ** 2 + 1 - gain
        channel_db = 10 * np.log10((gain * crest + filled) / (gain * trough + filled))
        seen_db = np.maximum(seen_db, np.where(lost[channel][:, None], 0, channel_db))
    return f_n, seen_db


def fringe_frequencies(scenario: Scenario, frequency_hz: npt.NDArray[np.float64]) -> Curves:
    """Frequency of each visible harmonic, Hz, shape (slot, harmonic); NaN where it cannot be seen."""
    if scenario.fringes is None:
        return np.full((SLOTS, HARMONICS), np.nan)
    f_n, depth_db = visible_tracks(scenario)
    seen = (depth_db >= VISIBLE_DB) & (f_n >= frequency_hz[0]) & (f_n <= frequency_hz[-1])
    seen &= ~np.all(lost_slots(scenario.missing, scenario.defects), axis=0)[:, None]
    return np.where(seen, f_n, np.nan)


def fringe_spacing(scenario: Scenario, f_n: Curves) -> Curves:
    """Spacing of the fringes that can be seen, Hz, shape (slot,); NaN where there are none.

    Of a ladder that of the time of flight, towards which it tends. Of a resonator the slope of their frequencies
    `f_n` (slot, harmonic) over their numbers: they are evenly spaced only within a few per cent. Where one alone
    is seen, the time of flight.
    """
    if scenario.fringes is None:
        return np.full(SLOTS, np.nan)
    seen = np.isfinite(f_n)
    count = seen.sum(axis=1)
    if isinstance(scenario.fringes, Ladder):
        return np.where(count > 0, scenario.fringes.delta_f_hz, np.nan)
    number = np.where(seen, np.arange(1.0, f_n.shape[1] + 1), 0)
    some = np.maximum(count, 1)
    number -= seen * (number.sum(axis=1) / some)[:, None]
    spread = np.where(count > 1, (number**2).sum(axis=1), 1)
    slope = (number * np.where(seen, f_n, 0)).sum(axis=1) / spread
    return np.where(count > 1, slope, np.where(count == 1, scenario.fringes.delta_f_hz, np.nan))


def fringe_mask(f_n: Curves, frequency_hz: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Pixels within 1.5 bins of a fringe: bool, shape (slot, frequency), from `f_n` of shape (slot, harmonic)."""
    bin_hz = frequency_hz[1] - frequency_hz[0]
    mask = np.zeros((len(f_n), len(frequency_hz)), dtype=bool)
    for track in f_n.T:
        with np.errstate(invalid="ignore"):  # NaN: not seen, never near
            mask |= np.abs(frequency_hz - track[:, None]) <= MASK_HALF_WIDTH_BINS * bin_hz
    return mask


def truth_dataset(
    scenarios: list[Scenario], frequency_hz: npt.NDArray[np.float64], boundary_hour: int = 12
) -> xr.Dataset:
    """Truth of nights, which begin at that hour UTC, as those of an archive do: both can be subtracted.

    Returns
    -------
    Dataset with `frequency_hz` (night, slot, harmonic), Hz, NaN where a harmonic cannot be seen; `delta_f_hz`
    (night, slot), Hz, NaN where no harmonic is seen; `mask` (night, slot, frequency), 1 on a fringe; `scenario`
    (night); `time_of_flight_hz` (night, slot), Hz, NaN on nights without fringes; `line_hz` (night, slot, line), the
    machines' lines within the band, Hz, NaN where one is off, and `line_channel` (night, line), from 0, -1 where there
    is none; `defects` (night), a list in JSON.
    """
    f_n = _as_many([fringe_frequencies(s, frequency_hz) for s in scenarios])
    spacing = np.stack([fringe_spacing(s, night) for s, night in zip(scenarios, f_n, strict=True)])
    flight = np.stack([s.fringes.delta_f_hz if s.fringes else np.full(SLOTS, np.nan) for s in scenarios])
    mask = np.stack([fringe_mask(night, frequency_hz) for night in f_n])
    line_hz, line_channel = _line_tracks(scenarios, frequency_hz)
    defects = [json.dumps([asdict(defect) for defect in s.defects]) for s in scenarios]
    return xr.Dataset(
        {
            "frequency_hz": (("night", "slot", "harmonic"), np.stack(f_n).astype(np.float32), {"units": "Hz"}),
            "delta_f_hz": (("night", "slot"), spacing.astype(np.float32), {"units": "Hz"}),
            "time_of_flight_hz": (("night", "slot"), flight.astype(np.float32), {"units": "Hz"}),
            "mask": (("night", "slot", "frequency"), mask.astype(np.uint8), {"long_name": "1 on a fringe"}),
            "line_hz": (("night", "slot", "line"), line_hz.astype(np.float32), {"units": "Hz"}),
            "line_channel": (
                ("night", "line"),
                line_channel,
                {"long_name": "channel, -1 without a line"},
            ),
            "scenario": ("night", np.array([s.name for s in scenarios], dtype=object)),
            "defects": ("night", np.array(defects, dtype=object), {"long_name": "what is wrong with the hour files"}),
        },
        {
            "night": np.array([night_start(s.night, boundary_hour) for s in scenarios], dtype="datetime64[s]"),
            "slot": ("slot", np.arange(SLOTS, dtype=np.int32) * SLOT_S, {"units": "s"}),
            "frequency": ("frequency", frequency_hz, {"units": "Hz"}),
            "harmonic": np.arange(1, f_n[0].shape[1] + 1, dtype=np.int32),
        },
        {"Conventions": "CF-1.11", "title": "Truth of simulated nights"},
    )


def _line_tracks(
    scenarios: list[Scenario], frequency_hz: npt.NDArray[np.float64]
) -> tuple[Curves, npt.NDArray[np.int8]]:
    """Lines that come into the band at some time: Hz, (night, slot, line), and channel, (night, line); one at least."""
    shown = [[(line.channel, _shown(line, frequency_hz)) for line in s.lines] for s in scenarios]
    there = [[(channel, track) for channel, track in one if np.isfinite(track).any()] for one in shown]
    most = max(1, *(len(one) for one in there))
    line_hz = np.full((len(scenarios), SLOTS, most), np.nan)
    channels = np.full((len(scenarios), most), -1, dtype=np.int8)
    for night, one in enumerate(there):
        for place, (channel, track) in enumerate(one):
            line_hz[night, :, place], channels[night, place] = track, channel
    return line_hz, channels


def _shown(line: Line, frequency_hz: npt.NDArray[np.float64]) -> Curves:
    """Frequency of a line, Hz, NaN where it is off or outside the band, shape (slot,)."""
    inside = (line.frequency_hz >= frequency_hz[0]) & (line.frequency_hz <= frequency_hz[-1])
    return np.where(inside & (line.amplitude_pt > 0), line.frequency_hz, np.nan)


def _as_many(tracks: list[Curves]) -> list[Curves]:
    """Tracks with as many harmonics each as the most that any has; those that it has not are NaN."""
    most = max(f_n.shape[1] for f_n in tracks)
    return [np.pad(f_n, ((0, 0), (0, most - f_n.shape[1])), constant_values=np.nan) for f_n in tracks]

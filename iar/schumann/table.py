"""The table of Schumann resonances: a row for each ten minutes, coil and mode. Its columns are declared here."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from iar.columns import Column
from iar.night import night_start
from iar.schumann.averaging import INTERVAL_S, INTERVALS

MEASURED = ("frequency_hz", "amplitude_pt", "q")
"""What medians are made of."""


@dataclass(frozen=True)
class ResonanceNight:
    """What the rows of a night are made of: `values` by name, shape (channel, interval, mode); chi2 without modes."""

    night: dt.date
    boundary_hour: int
    channels: tuple[str, ...]
    modes: int
    values: Mapping[str, npt.NDArray[np.float64]]

    @property
    def good(self) -> npt.NDArray[np.bool_]:
        """Fits that are there and have no flag, shape (channel, interval, mode)."""
        return np.asarray(np.isfinite(self.values["frequency_hz"]) & (self.values["flag"] == 0))


@dataclass(frozen=True)
class ModeMedian:
    """A mode of a coil over a night: medians of the intervals without a flag, `intervals` of them; NaN without any."""

    channel: str
    mode: int
    frequency_hz: float
    amplitude_pt: float
    q: float
    intervals: int


def mode_medians(night: ResonanceNight) -> list[ModeMedian]:
    """Medians of each coil and mode of a night, coil by coil."""
    found = []
    for number, mode in np.ndindex(len(night.channels), night.modes):
        good = night.good[number, :, mode]
        frequency_hz, amplitude_pt, q = (
            float(np.median(night.values[name][number, good, mode])) if good.any() else float("nan")
            for name in MEASURED
        )
        found.append(ModeMedian(night.channels[number], mode + 1, frequency_hz, amplitude_pt, q, int(good.sum())))
    return found


def _time(night: ResonanceNight, _name: str) -> npt.NDArray[np.datetime64]:
    start = night_start(night.night, night.boundary_hour)
    times = start + np.arange(INTERVALS) * np.timedelta64(INTERVAL_S, "s")
    return np.repeat(times, len(night.channels) * night.modes)


def _channel(night: ResonanceNight, _name: str) -> npt.NDArray[np.object_]:
    return np.tile(np.repeat(np.array(night.channels, dtype=object), night.modes), INTERVALS)


def _mode(night: ResonanceNight, _name: str) -> npt.NDArray[np.intp]:
    return np.tile(np.arange(1, night.modes + 1), INTERVALS * len(night.channels))


def _value(night: ResonanceNight, name: str) -> npt.NDArray[np.float64]:
    return np.swapaxes(night.values[name][..., : night.modes], 0, 1).ravel()


TABLE: tuple[Column[ResonanceNight], ...] = (
    Column("time", "", "start of the ten minutes, UTC", _time, kind="time"),
    Column("night", "", "date of the night's evening", lambda n, _: n.night.isoformat(), kind="date"),
    Column("channel", "", "coil", _channel, kind="text"),
    Column("mode", "1", "number of the mode", _mode),
    Column("frequency_hz", "Hz", "frequency of the mode", _value),
    Column("frequency_sigma_hz", "Hz", "standard error of the frequency", _value),
    Column("amplitude_pt", "pT/sqrt(Hz)", "amplitude spectral density of the mode, above what lies under it", _value),
    Column("q", "1", "frequency over full width at half power", _value),
    Column("q_sigma", "1", "standard error of q", _value),
    Column("flag", "1", "sum of 1 few slots, 2 poor fit, 4 at a bound, 8 faint, 16 lines; 0 is good", _value),
)
"""All columns, in their order; empty (NaN) where nothing was fitted."""

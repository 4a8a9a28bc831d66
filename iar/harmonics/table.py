"""The table of harmonics: a row for each slot and harmonic that was seen. Its columns stand here."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from iar.columns import Column
from iar.night import CHANNELS, slot_times

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class HarmonicNight:
    """What the rows of a night are made of: `values` by name, shaped as in the archive.

    With those of `iar.harmonics.measuring.Harmonics` come `frequency_hz` and `frequency_sigma_hz` (slot, harmonic), and
    of the night `onset_s`, `onset_sigma_s`, `end_s` and `end_sigma_s`, seconds from its start.
    """

    night: dt.date
    boundary_hour: int
    values: Mapping[str, Values]

    @cached_property
    def rows(self) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """Slot and harmonic, from 0, of each row, in order of time."""
        slot, harmonic = np.nonzero(np.isfinite(self.values["width_hz"]))
        return slot, harmonic


def _time(night: HarmonicNight, _name: str) -> npt.NDArray[np.datetime64]:
    return slot_times(night.night, night.boundary_hour)[night.rows[0]]


def _value(night: HarmonicNight, name: str) -> Values:
    return np.asarray(night.values[name][night.rows])


def _of_coil(name: str, channel: int) -> Callable[[HarmonicNight, str], Values]:
    """What is known under that name of one coil, shape (channel, slot, harmonic) in the archive."""
    return lambda night, _name: np.asarray(night.values[name][channel][night.rows])


def _of_slot(name: str) -> Callable[[HarmonicNight, str], Values]:
    """What is known under that name of a slot."""
    return lambda night, _name: np.asarray(night.values[name][night.rows[0]])


def _q(night: HarmonicNight, _name: str) -> Values:
    return _value(night, "frequency_hz") / _value(night, "width_hz")


def _of_night(night: HarmonicNight, name: str) -> Values:
    return np.full(len(night.rows[0]), float(night.values[name]))


TABLE: tuple[Column[HarmonicNight], ...] = (
    Column("time", "", "start of the slot of 100 s, UTC", _time, kind="time"),
    Column("night", "", "date of the night's evening", lambda n, _: n.night.isoformat(), kind="date"),
    Column("harmonic", "1", "number of the harmonic", lambda n, _: n.rows[1] + 1),
    Column("frequency_hz", "Hz", "frequency of the harmonic", _value),
    Column("frequency_sigma_hz", "Hz", "standard error of the frequency", _value),
    Column("width_hz", "Hz", "full width at half power, in the coil that shows more", _value),
    Column("q", "1", "frequency over width", _q),
    *(
        column
        for number, channel in enumerate(CHANNELS)
        for column in (
            Column(
                f"depth_{channel.lower()}_db",
                "1",  # UDUNITS knows no decibel
                f"depth in dB in {channel}, from crest to trough",
                _of_coil("depth_db", number),
            ),
            Column(
                f"depth_{channel.lower()}_sigma_db",
                "1",
                f"standard error of the depth in {channel}, dB",
                _of_coil("depth_sigma_db", number),
            ),
            Column(
                f"amplitude_{channel.lower()}_pt",
                "pT/sqrt(Hz)",
                f"density in {channel} of what stands above the trough, at the crest",
                _of_coil("amplitude_pt", number),
            ),
        )
    ),
    Column("fan_low_hz", "Hz", "frequency of the lowest harmonic of the slot that is seen", _of_slot("low_hz")),
    Column("fan_high_hz", "Hz", "frequency of the highest harmonic of the slot that is seen", _of_slot("high_hz")),
    Column("fan_harmonics", "1", "how many harmonics of the slot are seen, those above 12 too", _of_slot("count")),
    Column("onset_s", "s", "when the night's fan begins, from the start of the night", _of_night),
    Column("onset_sigma_s", "s", "standard error of the onset", _of_night),
    Column("end_s", "s", "when the night's fan ends, from the start of the night", _of_night),
    Column("end_sigma_s", "s", "standard error of the end", _of_night),
)
"""All columns, in their order."""

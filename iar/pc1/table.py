"""The table of Pc1 events: a row each. Its columns stand here."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from iar.columns import Column
from iar.night import night_start


@dataclass(frozen=True)
class Pc1Night:
    """What the rows of a night are made of: `values` by name, each of shape (event,), NaN beyond the last event."""

    night: dt.date
    boundary_hour: int
    values: Mapping[str, npt.NDArray[np.float64]]

    @property
    def rows(self) -> npt.NDArray[np.intp]:
        """Events that are there, in order of time."""
        return np.flatnonzero(np.isfinite(self.values["start_s"]))


def _time(night: Pc1Night, _name: str) -> npt.NDArray[np.datetime64]:
    after_s = night.values["start_s"][night.rows]
    return night_start(night.night, night.boundary_hour) + np.rint(after_s * 1000).astype("timedelta64[ms]")


def _duration(night: Pc1Night, _name: str) -> npt.NDArray[np.float64]:
    return np.asarray((night.values["end_s"] - night.values["start_s"])[night.rows])


def _value(night: Pc1Night, name: str) -> npt.NDArray[np.float64]:
    return np.asarray(night.values[name][night.rows])


TABLE: tuple[Column[Pc1Night], ...] = (
    Column("time", "", "start of the event, UTC", _time, kind="time"),
    Column("night", "", "date of the night's evening", lambda n, _: n.night.isoformat(), kind="date"),
    Column("duration_s", "s", "length of the event", _duration),
    Column("low_hz", "Hz", "lowest frequency of the event", _value),
    Column("high_hz", "Hz", "highest frequency of the event", _value),
    Column("frequency_hz", "Hz", "frequency where its level is, in the mean of its time", _value),
    Column("peak_db", "1", "highest level over the ambient spectrum, dB", _value),
    Column("power_pt2", "pT2", "power of both coils over the background, in the mean of its time", _value),
    Column("degree", "1", "degree of polarisation, 0 to 1", _value),
    Column("azimuth_deg", "degree", "azimuth of the major axis, from north over east, -90 to 90", _value),
    Column("ellipticity", "1", "minor over major axis; positive turns from north to east, seen from above", _value),
)
"""All columns, in their order; no row where there is no event."""

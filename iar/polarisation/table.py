"""The table of polarisation: a row for each slot and harmonic in which it was measured. Its columns stand here."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from iar.columns import Column
from iar.night import slot_times


@dataclass(frozen=True)
class PolarisedNight:
    """What the rows of a night are made of: `values` by name, each of shape (slot, harmonic)."""

    night: dt.date
    boundary_hour: int
    values: Mapping[str, npt.NDArray[np.float64]]

    @cached_property
    def rows(self) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """Slot and harmonic, from 0, of each row, in order of time."""
        slot, harmonic = np.nonzero(np.isfinite(self.values["degree"]))
        return slot, harmonic


def _time(night: PolarisedNight, _name: str) -> npt.NDArray[np.datetime64]:
    return slot_times(night.night, night.boundary_hour)[night.rows[0]]


def _value(night: PolarisedNight, name: str) -> npt.NDArray[np.float64]:
    return np.asarray(night.values[name][night.rows])


TABLE: tuple[Column[PolarisedNight], ...] = (
    Column("time", "", "start of the slot of 100 s, UTC", _time, kind="time"),
    Column("night", "", "date of the night's evening", lambda n, _: n.night.isoformat(), kind="date"),
    Column("harmonic", "1", "number of the harmonic", lambda n, _: n.rows[1] + 1),
    Column("degree", "1", "degree of polarisation, 0 to 1, without what chance adds", _value),
    Column("degree_sigma", "1", "standard error of the degree", _value),
    Column("azimuth_deg", "degree", "azimuth of the major axis, from north over east, -90 to 90", _value),
    Column("azimuth_sigma_deg", "degree", "standard error of the azimuth", _value),
    Column("ellipticity", "1", "minor over major axis; positive turns from north to east, seen from above", _value),
    Column("ellipticity_sigma", "1", "standard error of the ellipticity", _value),
)
"""All columns, in their order; no row where no harmonic was seen."""

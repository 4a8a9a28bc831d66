"""Indices beside nights and slots: joined by time, and never across a hole."""

import datetime as dt
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from iar.physics.sun import sun_elevation_deg

NIGHTLY = {
    "kp_mean": ("1", "mean Kp over the dark part of the night"),
    "kp_max": ("1", "highest Kp of the dark part"),
    "ap_mean": ("nT", "mean ap over the dark part"),
    "ap_day": ("nT", "Ap of the evening's date"),
    "f107_obs": ("10-22 W m-2 Hz-1", "F10.7 of the evening's date, as observed"),
    "f107_adj": ("10-22 W m-2 Hz-1", "the same, adjusted to 1 AU"),
    "f107_81d": ("10-22 W m-2 Hz-1", "mean of the observed F10.7 over the 81 days around it"),
    "sunspots": ("1", "international sunspot number of the evening's date"),
    "dark_h": ("h", "length of the dark part"),
    "sun_midnight_deg": ("degree", "lowest elevation of the sun"),
}
"""Columns of a night, each with its unit and what it means."""
SLOTWISE = {
    "kp": ("1", "Kp of the three hours in which the slot lies"),
    "ap": ("nT", "ap of these"),
    "sun_elevation_deg": ("degree", "elevation of the sun at the middle of the slot"),
}
"""Columns of a slot."""


def slot_drivers(
    three_hourly: pd.DataFrame, times: npt.NDArray[np.datetime64], latitude_deg: float, longitude_deg: float
) -> pd.DataFrame:
    """Columns `SLOTWISE` at times in UTC, shape (time,): Kp and ap of the three hours that a time lies in, and the sun.

    Parameters
    ----------
    three_hourly
        As of `iar.records.indices.Indices`.
    """
    when = pd.DatetimeIndex(times)
    table = three_hourly.reindex(when.floor("3h"))[["kp", "ap"]].set_index(when)
    return table.assign(sun_elevation_deg=sun_elevation_deg(times, latitude_deg, longitude_deg))


def night_drivers(
    daily: pd.DataFrame,
    three_hourly: pd.DataFrame,
    nights: Sequence[dt.date],
    times: Sequence[npt.NDArray[np.datetime64]],
    latitude_deg: float,
    longitude_deg: float,
) -> pd.DataFrame:
    """Columns `NIGHTLY`, a row a night.

    Parameters
    ----------
    daily, three_hourly
        As of `iar.records.indices.Indices`.
    times
        Of the dark slots of each night, UTC, equally spaced; a night without any has no columns of its own dark part.
    """
    rows = [_of_dark_part(three_hourly, dark, latitude_deg, longitude_deg) for dark in times]
    index = pd.DatetimeIndex(pd.to_datetime([str(night) for night in nights]), name="night")
    days = daily.reindex(index)
    return pd.DataFrame(rows, index=index).join(days).reindex(columns=list(NIGHTLY))


def _of_dark_part(
    three_hourly: pd.DataFrame, dark: npt.NDArray[np.datetime64], latitude_deg: float, longitude_deg: float
) -> dict[str, float]:
    if len(dark) < 2:
        return {}
    slots = slot_drivers(three_hourly, dark, latitude_deg, longitude_deg)
    hours = (dark[1] - dark[0]) / np.timedelta64(1, "h") * len(dark)
    return {
        "kp_mean": slots["kp"].mean(skipna=False), "kp_max": slots["kp"].max(skipna=False),
        "ap_mean": slots["ap"].mean(skipna=False), "dark_h": hours,
        "sun_midnight_deg": slots["sun_elevation_deg"].min(),
    }  # fmt: skip

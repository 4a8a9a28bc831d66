"""Climatology of Schumann resonances: each mode by hour and month, where a night has one vote in each hour."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from iar.schumann.averaging import INTERVAL_S, INTERVALS
from iar.schumann.table import MEASURED, ResonanceNight

MIN_INTERVALS = 2
"""Ten minutes of an hour, of 6, that need a fit without a flag for the hour to count."""
KEYS = ("month", "hour_utc", "channel", "mode")
COLUMNS = (
    *KEYS, "nights", "frequency_lower_hz", "frequency_median_hz", "frequency_upper_hz",
    "amplitude_median_pt", "q_median",
)  # fmt: skip
"""Of the table: quartiles and medians over nights of the medians of an hour."""


def hourly_medians(night: ResonanceNight) -> pd.DataFrame:
    """Medians of each hour of a night without what has a flag: a row for each hour, coil and mode that has one.

    The month is that of the night's evening, the hour that of the clock, UTC.
    """
    hour = (night.boundary_hour + np.arange(INTERVALS) * INTERVAL_S // 3600) % 24
    shape = night.values["frequency_hz"][..., : night.modes].shape
    channel, interval, mode = np.indices(shape).reshape(3, -1)
    rows = pd.DataFrame({"hour_utc": hour[interval], "channel": np.array(night.channels)[channel], "mode": mode + 1})
    for name in MEASURED:
        rows[name] = night.values[name][..., : night.modes].ravel().astype(np.float64)
    by_hour = rows[night.good[..., : night.modes].ravel()].groupby(["hour_utc", "channel", "mode"])
    medians: pd.DataFrame = by_hour[list(MEASURED)].median()[by_hour.size() >= MIN_INTERVALS].reset_index()
    medians.insert(0, "month", night.night.month)
    return medians


def resonance_climatology(nights: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Table of `COLUMNS` from the `hourly_medians` of nights, in order; without a row where there is none."""
    grouped = pd.concat(nights, ignore_index=True).groupby(list(KEYS))
    frequency = grouped["frequency_hz"]
    found = pd.DataFrame(
        {
            "nights": grouped.size(),
            "frequency_lower_hz": frequency.quantile(0.25),
            "frequency_median_hz": frequency.median(),
            "frequency_upper_hz": frequency.quantile(0.75),
            "amplitude_median_pt": grouped["amplitude_pt"].median(),
            "q_median": grouped["q"].median(),
        }
    )
    return found.reset_index()[list(COLUMNS)]

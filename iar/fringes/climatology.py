"""Climatology of fringes: how wide they lie, hour by hour and month by month, and how often there are any.

A night has one vote, however many of its slots have a spacing: slots that follow each other say the same thing. So each
hour of a night counts with its median, and the quartiles tell how nights differ.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

HOURS = 24
MIN_SLOTS = 9
"""Slots of an hour, of 36, that need a spacing for the hour to count: a quarter of it."""
Z_95 = 1.959964
"""Standard deviations of a normal distribution that hold 95 % of it."""
SPACING = ("delta_f_lower_hz", "delta_f_median_hz", "delta_f_upper_hz")
"""Quartiles and median over nights, Hz."""
OCCURRENCE = ("occurrence", "occurrence_low", "occurrence_high")
"""Share of the nights with data that have fringes, and the ends of its 95 % interval."""


@dataclass(frozen=True)
class NightFringes:
    """What a climatology takes of a night.

    `hourly_hz` is the median spacing of each hour UTC, Hz, NaN where there is none, shape (24,); `delta_f_hz` and
    `sigma_hz` are the night's median spacing and the median of its standard error, Hz, NaN without fringes.
    """

    night: dt.date
    verdict: str
    hourly_hz: npt.NDArray[np.float64]
    delta_f_hz: float
    sigma_hz: float


@dataclass(frozen=True)
class Climatology:
    """Tables, NaN where there is nothing.

    `by_month` has the months 1 to 12, `by_year` every year from the first night's to the last one's; both have columns
    ``nights`` (with data), ``nights_with_fringes``, those of `OCCURRENCE` and `SPACING`, and ``sigma_hz``, the median
    standard error of a slot's spacing. `by_hour` has all (month, hour_utc), with ``nights_with_fringes`` (in that
    hour) and `SPACING`. Where a completeness is known, the first two have the columns of
    `iar.completeness.occurrence` as well.
    """

    first: dt.date
    last: dt.date
    by_month: pd.DataFrame
    by_year: pd.DataFrame
    by_hour: pd.DataFrame

    def hours(self, column: str) -> npt.NDArray[np.float64]:
        """Return a column of `by_hour` as a picture, shape (month, hour)."""
        return self.by_hour[column].to_numpy(dtype=np.float64).reshape(-1, HOURS)


def night_fringes(
    night: dt.date,
    verdict: str,
    delta_f_hz: npt.NDArray[np.float64],
    sigma_hz: npt.NDArray[np.float64],
    *,
    boundary_hour: int,
) -> NightFringes:
    """Take what counts of a night; the spacing of one without the verdict ``fringes`` is left aside.

    Parameters
    ----------
    delta_f_hz, sigma_hz
        Spacing and its standard error, Hz, shape (slot,), NaN where there is none.
    """
    there = np.isfinite(delta_f_hz)
    if verdict != "fringes" or not there.any():
        return NightFringes(night, verdict, np.full(HOURS, np.nan), np.nan, np.nan)
    hourly = hourly_medians(delta_f_hz, boundary_hour=boundary_hour)
    return NightFringes(night, verdict, hourly, float(np.median(delta_f_hz[there])), float(np.median(sigma_hz[there])))


def hourly_medians(values: npt.NDArray[np.float64], *, boundary_hour: int) -> npt.NDArray[np.float64]:
    """Median of each hour UTC in which enough slots have a value, else NaN: (slot,) of a night to (24,)."""
    hours = np.roll(values.reshape(HOURS, -1), boundary_hour, axis=0)
    enough = np.isfinite(hours).sum(axis=1) >= MIN_SLOTS
    medians = np.full(HOURS, np.nan)
    medians[enough] = np.nanmedian(hours[enough], axis=1)
    return medians


def climatology(nights: Sequence[NightFringes]) -> Climatology:
    """Climatology of nights, of which there must be one at least; a month and a year are those of the night's date."""
    ordered = sorted(nights, key=lambda one: one.night)
    first, last = ordered[0].night, ordered[-1].night
    table = pd.DataFrame(
        {
            "month": [one.night.month for one in ordered],
            "year": [one.night.year for one in ordered],
            "data": [one.verdict != "no_data" for one in ordered],
            "fringes": [one.verdict == "fringes" for one in ordered],
            "delta_f_hz": [one.delta_f_hz for one in ordered],
            "sigma_hz": [one.sigma_hz for one in ordered],
        }
    )
    hourly = pd.DataFrame(
        {
            "month": np.repeat(table["month"].to_numpy(), HOURS),
            "hour_utc": np.tile(np.arange(HOURS), len(ordered)),
            "delta_f_hz": np.concatenate([one.hourly_hz for one in ordered]),
        }
    )
    months, years = pd.RangeIndex(1, 13, name="month"), pd.RangeIndex(first.year, last.year + 1, name="year")
    cells = pd.MultiIndex.from_product([months, range(HOURS)], names=["month", "hour_utc"])
    by_hour = hourly.groupby(["month", "hour_utc"])["delta_f_hz"]
    return Climatology(
        first=first,
        last=last,
        by_month=_summary(table, months),
        by_year=_summary(table, years),
        by_hour=_quartiles(by_hour, cells).assign(nights_with_fringes=_counts(by_hour.count(), cells)),
    )


def share_interval(
    some: npt.NDArray[np.int64], of: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Ends of Wilson's 95 % interval (https://doi.org/10.2307/2276774) of shares; NaN of none.

    It takes nights as independent of each other. They are not: quiet and disturbed ones come in runs, so the truth lies
    outside more often than 5 %.
    """
    n = np.where(of > 0, of, np.nan)
    share = some / n
    middle = (share + Z_95**2 / (2 * n)) / (1 + Z_95**2 / n)
    half = Z_95 / (1 + Z_95**2 / n) * np.sqrt(share * (1 - share) / n + Z_95**2 / (4 * n**2))
    return np.clip(middle - half, 0, None), np.clip(middle + half, None, 1)


def _summary(table: pd.DataFrame, index: pd.RangeIndex) -> pd.DataFrame:
    """Occurrence and spacing of each month or year."""
    groups = table.groupby(str(index.name))
    nights, fringes = _counts(groups["data"].sum(), index), _counts(groups["fringes"].sum(), index)
    low, high = share_interval(fringes, nights)
    counted = {"nights": nights, "nights_with_fringes": fringes}
    shares = dict(zip(OCCURRENCE, (fringes / np.where(nights > 0, nights, np.nan), low, high), strict=True))
    summary = pd.DataFrame(counted | shares, index=index).join(_quartiles(groups["delta_f_hz"], index))
    return summary.assign(sigma_hz=groups["sigma_hz"].median().reindex(index))


def _counts(values: pd.Series, index: pd.Index) -> npt.NDArray[np.int64]:
    return values.reindex(index, fill_value=0).to_numpy(dtype=np.int64)


def _quartiles(groups: Any, index: pd.Index) -> pd.DataFrame:
    columns = {name: groups.quantile(q).reindex(index) for name, q in zip(SPACING, (0.25, 0.5, 0.75), strict=True)}
    return pd.DataFrame(columns, index=index)

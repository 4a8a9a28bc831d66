"""Climatology of nights whose spacing was set by hand, and laws that hold whatever the nights are."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from iar.fringes.climatology import MIN_SLOTS, NightFringes, climatology, hourly_medians, night_fringes, share_interval
from iar.night import SLOTS, slot_times

JANUARY, JULY = dt.date(2014, 1, 10), dt.date(2014, 7, 10)


def night(date: dt.date, spacing_hz: float | None, *, hours=range(20, 24), verdict: str | None = None) -> NightFringes:
    """A night whose spacing is the same in all slots of some hours."""
    utc = slot_times(date, 12).astype("datetime64[h]").astype(int) % 24
    delta_f_hz = np.where(np.isin(utc, list(hours)), spacing_hz or np.nan, np.nan)
    name = verdict or ("fringes" if spacing_hz else "no_fringes")
    return night_fringes(date, name, delta_f_hz, 0.02 * delta_f_hz, boundary_hour=12)


def following(first: dt.date, spacings) -> list[NightFringes]:
    return [night(first + dt.timedelta(days=i), hz) for i, hz in enumerate(spacings)]


def test_each_hour_has_the_median_of_its_slots_wherever_the_night_begins():
    for boundary in (0, 12, 17):
        hour = (slot_times(JANUARY, boundary) - np.datetime64("2014-01-10")) // np.timedelta64(1, "h") % 24
        np.testing.assert_array_equal(hourly_medians(hour.astype(float), boundary_hour=boundary), np.arange(24))


def test_an_hour_of_a_few_slots_does_not_count():
    values = np.full(SLOTS, np.nan)
    values[: MIN_SLOTS - 1] = values[36 : 36 + MIN_SLOTS] = 1.0
    (there,) = np.nonzero(np.isfinite(hourly_medians(values, boundary_hour=12)))
    assert there.tolist() == [13]


def test_a_night_has_one_vote_however_long_its_fringes_last():
    short, long = night(JANUARY, 1.0, hours=[22]), night(JANUARY + dt.timedelta(days=1), 2.0, hours=range(18, 24))
    found = climatology([short, long])
    assert found.by_month.loc[1, "delta_f_median_hz"] == pytest.approx(1.5)
    assert found.by_hour.loc[(1, 22), "delta_f_median_hz"] == pytest.approx(1.5)
    assert found.by_hour.loc[(1, 20), "delta_f_median_hz"] == pytest.approx(2.0)
    assert found.by_hour.loc[(1, 20), "nights_with_fringes"] == 1


def test_quartiles_median_and_error_are_those_of_the_nights():
    found = climatology(following(JANUARY, [1.0, 1.1, 1.2, 1.3, 1.4]))
    january = found.by_month.loc[1]
    assert list(january[["delta_f_lower_hz", "delta_f_median_hz", "delta_f_upper_hz"]]) == pytest.approx(
        [1.1, 1.2, 1.3]
    )
    assert january["sigma_hz"] == pytest.approx(0.024)


def test_occurrence_is_of_nights_with_data_only():
    verdicts = ["fringes", "no_fringes", "interference", "no_data", "no_data"]
    nights = [night(JANUARY + dt.timedelta(days=i), 1.0, verdict=name) for i, name in enumerate(verdicts)]
    found = climatology(nights)
    assert found.by_month.loc[1, ["nights", "nights_with_fringes"]].tolist() == [3, 1]
    assert found.by_month.loc[1, "occurrence"] == pytest.approx(1 / 3)
    assert found.by_hour.loc[(1, 22), "nights_with_fringes"] == 1  # what stray slots of the others say is left aside


def test_months_and_years_without_a_night_are_there_with_nothing():
    found = climatology([night(dt.date(2012, 1, 1), 1.0), night(dt.date(2014, 7, 1), None)])
    assert found.by_month.index.tolist() == list(range(1, 13))
    assert found.by_year["nights"].to_dict() == {2012: 1, 2013: 0, 2014: 1}
    assert np.isnan(found.by_year.loc[2013].drop(["nights", "nights_with_fringes"]).to_numpy(dtype=float)).all()
    assert np.isnan(found.by_month.loc[7, "delta_f_median_hz"])
    assert found.by_month.loc[7, "occurrence"] == 0
    assert found.hours("delta_f_median_hz").shape == (12, 24)


def test_a_night_belongs_to_the_month_of_its_evening():
    found = climatology([night(dt.date(2014, 1, 31), 1.0, hours=[3])])
    assert found.by_hour.loc[(1, 3), "nights_with_fringes"] == 1
    assert found.by_hour.loc[2]["nights_with_fringes"].sum() == 0


@given(some=st.integers(0, 40), more=st.integers(0, 40))
def test_the_interval_is_that_of_scipy(some, more):
    low, high = share_interval(np.array([some]), np.array([some + more]))
    if some + more == 0:
        assert np.isnan(low[0])
        assert np.isnan(high[0])
    else:
        truth = binomtest(some, some + more).proportion_ci(0.95, method="wilson")
        assert (low[0], high[0]) == pytest.approx((truth.low, truth.high), abs=1e-6)


@settings(max_examples=20)
@given(order=st.permutations(range(6)))
def test_the_order_of_nights_changes_nothing(order):
    nights = following(JANUARY, [1.0, None, 1.2, 0.9, None, 1.1]) + following(JULY, [0.4])
    shuffled = climatology([nights[i] for i in order] + nights[6:])
    for name in ("by_month", "by_year", "by_hour"):
        assert getattr(shuffled, name).equals(getattr(climatology(nights), name))

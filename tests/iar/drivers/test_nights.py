"""Indices beside nights: of their own hours, and never across a hole."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from iar.drivers.nights import NIGHTLY, night_drivers, slot_drivers
from iar.night import dark_slots, slot_middles
from iar.records.indices import read_indices

NIGHT = dt.date(2014, 1, 10)
ESK = (55.3, -3.2)
DARK = slot_middles(NIGHT, 12)[dark_slots(18, 6, 12)]


def of(indices, nights=(NIGHT,), times=(DARK,)):
    return night_drivers(indices.daily, indices.three_hourly, nights, times, *ESK)


@pytest.fixture(scope="module")
def indices():
    return read_indices()


def test_a_night_has_the_kp_of_its_dark_hours(indices):
    (row,) = of(indices).itertuples()
    four = indices.three_hourly["kp"]["2014-01-10T18":"2014-01-11T03"]
    assert len(four) == 4
    assert row.kp_mean == pytest.approx(four.mean())
    assert row.kp_max == four.max()
    assert row.f107_obs == 175.1  # CelesTrak's of 10 January 2014
    assert row.dark_h == pytest.approx(12)
    assert row.sun_midnight_deg == pytest.approx(-(90 - 55.3 + 21.9), abs=0.3)  # declination -21.9 degrees


def test_a_hole_in_the_indices_is_a_hole_in_the_night(indices):
    three_hourly = indices.three_hourly.copy()
    three_hourly.loc["2014-01-11T00", "kp"] = np.nan
    table = night_drivers(indices.daily, three_hourly, [NIGHT], [DARK], *ESK)
    assert table[["kp_mean", "kp_max"]].isna().all(axis=None)
    assert table["ap_mean"].notna().all()


def test_a_night_beyond_the_file_and_one_that_is_never_dark_have_no_kp(indices):
    late = dt.date(2040, 1, 10)
    table = of(indices, [late, NIGHT], [slot_middles(late, 12)[:100], DARK[:0]])
    assert list(table.columns) == list(NIGHTLY)
    assert table["kp_mean"].isna().all()
    assert table["f107_obs"].tolist() == pytest.approx([np.nan, 175.1], nan_ok=True)  # no prediction is an observation


def test_slots_have_the_index_of_the_three_hours_they_lie_in(indices):
    times = np.array(["2014-01-09T02:59:59", "2014-01-09T03:00:00"], dtype="datetime64[s]")
    table = slot_drivers(indices.three_hourly, times, *ESK)
    assert table["kp"].tolist() == pytest.approx([3.0, 8 / 3])  # 3o and 3-
    assert list(table.index) == list(pd.DatetimeIndex(times))

"""Hours and months of Schumann resonances, of nights whose modes are known."""

import datetime as dt

import numpy as np
import pytest

from iar.schumann.averaging import INTERVALS
from iar.schumann.climatology import COLUMNS, hourly_medians, resonance_climatology
from iar.schumann.table import ResonanceNight


def night(date: dt.date, hz: float, flagged: slice = slice(0, 0)) -> ResonanceNight:
    """Mode 1 of both coils at `hz` plus a hundredth of the hour, UTC; mode 2 never; a few with a flag, far off."""
    hour = (12 + np.arange(INTERVALS) // 6) % 24
    frequency_hz = np.full((2, INTERVALS, 4), np.nan)
    frequency_hz[..., 0] = hz + hour / 100
    flag = np.zeros((2, INTERVALS, 4))
    flag[:, flagged], frequency_hz[:, flagged, 0] = 4, 6.8
    values = {"frequency_hz": frequency_hz, "amplitude_pt": frequency_hz / 20, "q": frequency_hz / 2, "flag": flag}
    return ResonanceNight(date, 12, ("NS", "EW"), 3, values)


def test_each_hour_has_the_median_over_nights_and_its_quartiles():
    nights = [night(dt.date(2014, 1, day), hz) for day, hz in ((1, 7.7), (2, 7.8), (3, 8.1))]
    found = resonance_climatology([hourly_medians(one) for one in nights])
    assert list(found.columns) == list(COLUMNS)
    assert len(found) == 24 * 2
    row = found[(found["hour_utc"] == 20) & (found["channel"] == "EW")].iloc[0]
    assert (row["month"], row["mode"], row["nights"]) == (1, 1, 3)
    assert row["frequency_median_hz"] == pytest.approx(8.0)
    assert (row["frequency_lower_hz"], row["frequency_upper_hz"]) == pytest.approx((7.95, 8.15))
    assert (row["amplitude_median_pt"], row["q_median"]) == pytest.approx((0.4, 4.0))


def test_what_has_a_flag_has_no_voice_and_an_hour_of_one_fit_no_vote():
    medians = hourly_medians(night(dt.date(2014, 2, 1), 7.8, flagged=slice(0, 11)))
    assert set(medians["hour_utc"]) == set(range(24)) - {12, 13}
    assert medians["frequency_hz"].min() > 7.7

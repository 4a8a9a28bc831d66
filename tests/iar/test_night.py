import datetime as dt
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iar import night as n
from iar.errors import InputError

DATES = st.dates(dt.date(1990, 1, 1), dt.date(2060, 12, 31))
HOURS = st.integers(0, 23)
LAW = settings(max_examples=50)


def night_of(instant: dt.datetime, boundary_hour: int) -> dt.date:
    """The definition, one instant at a time: the date on which the boundary was last passed."""
    passed = instant.replace(hour=boundary_hour, minute=0, second=0, microsecond=0)
    return passed.date() if instant >= passed else passed.date() - dt.timedelta(days=1)


def test_the_units_of_time_fit_into_each_other():
    assert n.SLOTS == 864
    assert n.NIGHT_SAMPLES == 8_640_000 == 24 * n.HOUR_SAMPLES == n.SLOTS * n.SLOT_SAMPLES


def test_missing_is_no_count_of_a_24_bit_digitiser():
    assert n.MISSING.dtype == np.int32
    assert abs(int(n.MISSING)) > 2**23


@LAW
@given(DATES)
def test_a_night_is_parsed_from_what_it_prints(night):
    assert n.parse_night(str(night)) == night


@pytest.mark.parametrize("text", ["2014-02-30", "10.01.2014", "2014-1-1", "tonight", ""])
def test_text_that_is_no_date_is_shown_in_the_error(text):
    with pytest.raises(InputError, match=f"night '{text}' is no date: expected YYYY-MM-DD"):
        n.parse_night(text)


@LAW
@given(DATES, st.integers(0, 800))
def test_a_range_holds_each_night_once_both_ends_included(first, days):
    last = first + dt.timedelta(days=days)
    nights = n.night_range(first, last)
    assert (nights[0], nights[-1], len(nights)) == (first, last, days + 1)
    assert all(b - a == dt.timedelta(days=1) for a, b in itertools.pairwise(nights))


def test_a_range_the_wrong_way_round_is_refused():
    with pytest.raises(InputError, match="last night 2014-01-09 is before first night 2014-01-10"):
        n.night_range(dt.date(2014, 1, 10), dt.date(2014, 1, 9))


def test_a_night_begins_at_noon_of_its_date_by_default():
    assert n.night_start(dt.date(2014, 1, 10), 12) == np.datetime64("2014-01-10T12:00:00.000")


@LAW
@given(DATES, HOURS)
def test_a_whole_night_touches_that_night_only(night, boundary_hour):
    start = n.night_start(night, boundary_hour)
    assert list(n.nights_touched(start, n.NIGHT_SAMPLES, boundary_hour)) == [night]


@LAW
@given(DATES, HOURS)
def test_one_sample_before_or_behind_touches_the_neighbour(night, boundary_hour):
    start = n.night_start(night, boundary_hour)
    day = dt.timedelta(days=1)
    before = n.nights_touched(start - np.timedelta64(10, "ms"), n.NIGHT_SAMPLES, boundary_hour)
    behind = n.nights_touched(start, n.NIGHT_SAMPLES + 1, boundary_hour)
    assert list(before) == [night - day, night]
    assert list(behind) == [night, night + day]


@LAW
@given(
    st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2040, 1, 1)),  # noqa: DTZ001 - all is UTC
    st.integers(1, 3 * n.NIGHT_SAMPLES),
    HOURS,
)
def test_nights_touched_are_those_from_the_first_sample_to_the_last(start, samples, boundary_hour):
    start = start.replace(microsecond=start.microsecond // 1000 * 1000)
    last = start + dt.timedelta(milliseconds=10) * (samples - 1)
    touched = list(n.nights_touched(np.datetime64(start, "ms"), samples, boundary_hour))
    assert (touched[0], touched[-1]) == (night_of(start, boundary_hour), night_of(last, boundary_hour))
    assert len(touched) == (touched[-1] - touched[0]).days + 1


@LAW
@given(DATES, HOURS)
def test_slots_follow_each_other_to_the_next_night(night, boundary_hour):
    times = n.slot_times(night, boundary_hour)
    tomorrow = n.night_start(night + dt.timedelta(days=1), boundary_hour)
    joined = np.append(times, tomorrow)
    assert times.shape == (864,)
    assert times[0] == n.night_start(night, boundary_hour)
    assert (np.diff(joined) == np.timedelta64(100, "s")).all()


def test_the_default_dark_part_is_half_a_night_around_midnight():
    dark = n.dark_slots(18, 6, 12)
    assert dark.sum() == 432
    assert dark[216:648].all()


@LAW
@given(st.floats(0, 23.99), st.floats(0, 23.99), HOURS)
def test_a_slot_is_dark_when_the_clock_at_its_middle_says_so(first_hour, last_hour, boundary_hour):
    dark = n.dark_slots(first_hour, last_hour, boundary_hour)
    times = n.slot_times(dt.date(2014, 1, 10), boundary_hour) + np.timedelta64(50, "s")
    clock = (times - times.astype("datetime64[D]")) / np.timedelta64(1, "h")
    since_dusk, length = (clock - first_hour) % 24, (last_hour - first_hour) % 24
    clear = (np.abs(since_dusk - length) > 1e-9) & (since_dusk > 1e-9) & (since_dusk < 24 - 1e-9)
    np.testing.assert_array_equal(dark[clear], (since_dusk < length)[clear])


@LAW
@given(st.integers(0, 23), st.integers(0, 23), HOURS)
def test_the_dark_part_and_the_bright_one_make_the_day(first_hour, last_hour, boundary_hour):
    dark, bright = (
        n.dark_slots(first_hour, last_hour, boundary_hour),
        n.dark_slots(last_hour, first_hour, boundary_hour),
    )
    whole = first_hour != last_hour
    assert not (dark & bright).any()
    assert (dark | bright).all() == whole


@LAW
@given(night=DATES, boundary=HOURS)
def test_the_middle_of_a_slot_is_half_a_slot_after_its_start_as_time_and_in_hours(night, boundary):
    middles = n.slot_middles(night, boundary)
    assert np.all(middles - n.slot_times(night, boundary) == np.timedelta64(50, "s"))
    hours = (middles - np.datetime64(night, "ms")) / np.timedelta64(1, "h")
    np.testing.assert_allclose(n.slot_hours(boundary), hours)


def test_january_is_winter_in_the_north_and_summer_in_the_south():
    assert [n.season_of(1, latitude) for latitude in (55.3, -35.0)] == ["winter", "summer"]
    assert [n.season_of(3, latitude) for latitude in (55.3, -35.0)] == ["equinox", "equinox"]

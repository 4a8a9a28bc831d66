import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import uniform_filter1d

from iar.errors import InputError
from iar.learning.drawn import MOST_BINS, MOST_SLOTS, best_shift, lines_mask, picture_mask
from iar.learning.training.shifting import shifted
from iar.night import SLOTS, slot_times
from iar.settings import SpectraSettings

FREQUENCY_HZ = SpectraSettings().frequency_hz
BIN_HZ = FREQUENCY_HZ[1] - FREQUENCY_HZ[0]
NIGHT = dt.date(2014, 1, 10)
START = slot_times(NIGHT, 12)


def drawn_fringe(shape, hour_to_hz):
    """Picture of a thin stroke along a fringe, whose frequency is given over the hours since 18:00."""
    drawn = np.zeros(shape, dtype=bool)
    for row in range(shape[0]):
        hz = hour_to_hz((row + 0.5) / shape[0] * 12)
        column = int((hz - 0.5) / 5.8 * shape[1])
        drawn[row, column - 1 : column + 2] = True
    return drawn


def line(*points):
    """Line through points: minutes since noon, and Hz."""
    time = START[0] + np.array([np.timedelta64(round(minutes * 60_000), "ms") for minutes, _ in points])
    return time, np.array([hz for _, hz in points], dtype=float)


@pytest.mark.parametrize("shape", [(701, 1101), (1101, 701)])
@pytest.mark.parametrize("boundary_hour", [6, 12, 18])
def test_a_stroke_lies_where_its_time_and_frequency_are(shape, boundary_hour):
    mask, covered = picture_mask(drawn_fringe(shape, lambda h: 1 + 0.3 * h), FREQUENCY_HZ, boundary_hour=boundary_hour)
    first = (18 - boundary_hour) * 36
    assert np.flatnonzero(mask.any(axis=1)).tolist() == list(range(first, first + 432))  # without a break
    for slot in (0, 100, 431):
        columns = np.flatnonzero(mask[first + slot])
        hz = 1 + 0.3 * (slot + 0.5) / 36
        assert np.abs(FREQUENCY_HZ[columns].mean() - hz) < 0.7 * BIN_HZ
        assert np.ptp(columns) <= 2
    assert not (mask & ~covered).any()


def test_a_picture_says_nothing_of_other_hours_and_higher_frequencies():
    _, covered = picture_mask(drawn_fringe((701, 1101), lambda _: 3.0), FREQUENCY_HZ, boundary_hour=12)
    slots, bins = np.flatnonzero(covered.any(axis=1)), np.flatnonzero(covered.any(axis=0))
    assert (slots[0], slots[-1]) == (216, 647)  # 18:00 to 06:00
    assert FREQUENCY_HZ[bins[0]] == FREQUENCY_HZ[0]
    assert abs(FREQUENCY_HZ[bins[-1]] - 6.3) < BIN_HZ
    assert covered.sum() == len(slots) * len(bins)


def test_a_picture_needs_nights_that_hold_its_hours_and_frequencies():
    drawn = drawn_fringe((701, 1101), lambda _: 3.0)
    with pytest.raises(InputError, match="nights that begin at 0:00 UTC do not hold the hours of a drawn mask"):
        picture_mask(drawn, FREQUENCY_HZ, boundary_hour=0)
    with pytest.raises(InputError, match=r"no drawn pixel is from 4.00 to 5.00 Hz"):
        picture_mask(drawn, np.linspace(4, 5, 41), boundary_hour=12)


def night_with_fringes(seed, depth_db=4):
    """Residual with three drifting fringes as the published scatter leaves them, and their mask."""
    rng = np.random.default_rng(seed)
    slot = np.arange(216, 648)
    mask = np.zeros((SLOTS, 410), dtype=bool)
    for start in (40, 90, 150):
        column = np.rint(start + 25 * np.sin((slot - 216) / 80)).astype(int)
        for beside in (-2, -1, 0, 1, 2):
            mask[slot, column + beside] = True
    ridge = uniform_filter1d(mask.astype(float), 3, axis=1)
    residual = rng.normal(0, 2.9, (2, SLOTS, 410)) + depth_db * ridge
    residual[:, 300:310] = np.nan
    residual[1, 400:420] = np.nan
    return residual.astype(np.float32), mask


@settings(max_examples=12)
@given(st.integers(-MOST_SLOTS, MOST_SLOTS), st.integers(-MOST_BINS, MOST_BINS), st.integers(0, 100))
def test_a_drawing_that_lies_off_is_brought_back(slots, bins, seed):
    residual, mask = night_with_fringes(seed)
    back = best_shift(shifted(mask, (slots, bins)), residual)
    assert abs(back[1] + bins) <= 1
    assert abs(back[0] + slots) <= 1


def test_where_nothing_stands_out_a_drawing_stays_where_it_is():
    _, mask = night_with_fringes(0)
    assert best_shift(mask, np.zeros((2, SLOTS, 410), dtype=np.float32)) == (0, 0)
    assert best_shift(mask, np.full((2, SLOTS, 410), np.nan, dtype=np.float32)) == (0, 0)


def test_what_is_shifted_out_is_gone_and_nothing_comes_in():
    mask = np.zeros((4, 5), dtype=bool)
    mask[0, 4] = mask[2, 2] = True
    np.testing.assert_array_equal(np.argwhere(shifted(mask, (1, -1))), [[1, 3], [3, 1]])
    np.testing.assert_array_equal(np.argwhere(shifted(mask, (-1, 0))), [[1, 2]])


def test_lines_are_straight_between_their_points_and_three_or_four_bins_wide():
    mask, covered = lines_mask([line((400, 1.0), (460, 2.0)), line((430, 3.0), (500, 3.0))], FREQUENCY_HZ, START)
    slot = 258  # its middle is 430.8 minutes after noon
    columns = np.flatnonzero(mask[slot])
    low, high = columns[FREQUENCY_HZ[columns] < 2.5], columns[FREQUENCY_HZ[columns] > 2.5]
    assert abs(FREQUENCY_HZ[low].mean() - (1 + 30.8 / 60)) < BIN_HZ / 2
    assert abs(FREQUENCY_HZ[high].mean() - 3) < BIN_HZ / 2
    assert {len(low), len(high)} <= {3, 4}
    assert np.flatnonzero(covered.any(axis=1)).tolist() == list(range(240, 300))  # 400 to 500 minutes
    assert covered[240:300].all()


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (((400, 1.0), (460, 12.0)), r"at 2014-01-10T19:40:00.000, 12 Hz is outside the band from 0.51 to 10.50 Hz"),
        (((400, 0.2), (460, 1.0)), r"0.2 Hz is outside the band"),
        (((-10, 1.0), (460, 1.0)), "point at 2014-01-10T11:50:00.000, 1 Hz is outside the night"),
        (((400, 1.0), (1441, 1.0)), "is outside the night from 2014-01-10T12:00:00.000 UTC on"),
        (((400.1, 1.0), (400.2, 1.0)), "no line is as long as a slot, 100 s"),
    ],
)  # fmt: skip
def test_points_beyond_the_night_are_errors(points, message):
    with pytest.raises(InputError, match=message):
        lines_mask([line(*points)], FREQUENCY_HZ, START)

"""Fans that are laid: as deep as asked for, where they are looked for."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iar.completeness.injections import DEPTHS_DB, FEWEST_SLOTS, deepest, depths, draw_fan
from iar.learning.judgement.evaluation import DARK
from iar.night import SLOTS
from iar.simulation.ladder import ladder_level_db

NIGHT, BAND_HZ, SPACINGS_HZ = dt.date(2014, 1, 10), (0.5, 10.5), (0.25, 2.2)


def drawn(seed, dark=DARK, depth_db=3.0, spacings_hz=SPACINGS_HZ):
    rng = np.random.default_rng(seed)
    return draw_fan(rng, NIGHT, dark, depth_db=depth_db, band_hz=BAND_HZ, spacings_hz=spacings_hz)


@given(st.integers(1, 60), st.integers(0, 9))
def test_depths_lie_one_in_each_equal_step_of_the_logarithm(count, seed):
    low, high = DEPTHS_DB
    place = np.log(depths(count, np.random.default_rng(seed)) / low) / np.log(high / low) * count
    assert sorted(np.floor(place)) == list(range(count))


@pytest.mark.parametrize("depth_db", [0.6, 2.0, 9.0])
def test_a_fan_is_as_deep_as_asked_for_on_the_spectrum(depth_db):
    frequency_hz = np.arange(0.5, 10.5, 0.01)
    for seed in range(6):
        fan = drawn(seed, depth_db=depth_db)
        level_db = ladder_level_db(fan.ladder, frequency_hz)[fan.on]
        crest_to_trough = np.median(level_db.max(axis=1) - level_db.min(axis=1))
        assert crest_to_trough == pytest.approx(depth_db, rel=0.2)
        assert np.median(deepest(fan.ladder, BAND_HZ)[fan.on]) == pytest.approx(depth_db)


def test_fans_lie_in_the_dark_part_with_spacings_that_are_looked_for():
    for seed in range(20):
        fan = drawn(seed, spacings_hz=(0.5, 1.0))
        assert 0.5 <= fan.spacing_hz <= 1.0
        assert fan.on.sum() >= FEWEST_SLOTS
        assert not fan.on[~DARK].any()


def test_the_midnight_of_a_fan_goes_with_the_dark_part():
    here, there = drawn(4), drawn(4, np.roll(DARK, 150))
    np.testing.assert_array_equal(np.roll(here.on, 150), there.on)
    np.testing.assert_array_equal(np.roll(here.ladder.delta_f_hz, 150), there.ladder.delta_f_hz)


def test_a_night_with_too_little_dark_carries_no_fan():
    short = np.arange(SLOTS) < FEWEST_SLOTS - 1
    with pytest.raises(ValueError, match=r"2014-01-10: no fan of 0\.25 to 2\.2 Hz has 54 of the 53 dark slots"):
        drawn(1, short)

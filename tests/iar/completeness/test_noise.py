"""Noise of a night, its day, and its surrogate."""

from dataclasses import replace

import numpy as np
import pytest

from iar.completeness.noise import by_day, night_noise, shuffled
from iar.fringes.judging import Rules
from iar.learning.judgement.evaluation import DARK
from iar.night import SLOTS
from iar.settings import FringeSettings
from tests.iar.completeness.fans import noise

RULES = Rules(**FringeSettings().model_dump())


def test_scatter_falls_with_the_root_of_the_pixels_that_are_averaged():
    night = noise(scatter_db=3.0)
    one_coil = night.density.copy()
    one_coil[1] = np.nan
    assert night_noise(night, RULES).scatter_db == pytest.approx(3 / np.sqrt(2 * 9), rel=0.1)
    assert night_noise(replace(night, density=one_coil), RULES).scatter_db == pytest.approx(3 / np.sqrt(9), rel=0.1)


def test_lines_that_stand_still_are_counted_and_samples_of_the_day_are_not():
    night = noise()
    night.density[0, :, [60, 120, 180]] *= 2
    night.effort[:, ~DARK] = 0
    seen = night_noise(night, RULES)
    assert (seen.lines, seen.effort) == (3, 1.0)


def test_a_night_without_samples_has_no_scatter():
    night = noise()
    empty = replace(night, density=np.full_like(night.density, np.nan), effort=0 * night.effort)
    seen = night_noise(empty, RULES)
    assert np.isnan(seen.scatter_db)
    assert (seen.effort, seen.lines) == (0, 0)


def test_a_day_lies_in_the_place_of_its_night_and_no_hour_of_the_night_does():
    night = noise()
    day = by_day(night)
    where = np.flatnonzero(DARK)
    np.testing.assert_array_equal(day.density[:, where], night.density[:, (where - SLOTS // 2) % SLOTS])
    longer = replace(night, dark=np.abs(np.arange(SLOTS) - 432) < 300)  # a winter's night: its day is shorter
    there = np.isfinite(by_day(longer).density).all(axis=(0, 2)) & longer.dark
    came_from = (np.flatnonzero(there) - SLOTS // 2) % SLOTS
    assert there.sum() == SLOTS - 599
    assert not longer.dark[came_from].any()


def test_a_surrogate_has_the_same_slots_and_none_of_the_tracks():
    night = noise(scatter_db=0.5)
    drift = np.clip(100 + (np.arange(SLOTS) - 216) // 4, 0, 400)
    night.density[:, np.arange(SLOTS), drift] *= 10
    surrogate = shuffled(night, np.random.default_rng(1))
    np.testing.assert_array_equal(surrogate.density[:, ~DARK], night.density[:, ~DARK])
    np.testing.assert_array_equal(np.sort(surrogate.density[:, DARK], axis=1), np.sort(night.density[:, DARK], axis=1))
    place = surrogate.density[0, DARK].argmax(axis=1)
    assert np.median(np.abs(np.diff(place))) > 10  # a quarter of a bin a slot in the night itself

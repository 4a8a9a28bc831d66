"""Dependences that were planted are found, with intervals that hold; where none was planted none is."""

import numpy as np
import pandas as pd
import pytest

from iar.drivers.dependence import classes_of, occurrence_by, occurrence_effects, spacing_effects
from iar.errors import InputError
from iar.records.indices import read_indices

DAYS = pd.date_range("2012-09-01", "2018-12-31", name="night")  # 2313 nights
KP, F107 = -0.4, -0.03
"""Planted: of the logarithm of the odds for a unit of Kp, and for a solar flux unit."""


@pytest.fixture(scope="module")
def drivers():
    """The sun and the field of those years, as they were."""
    there = read_indices()
    kp = there.three_hourly["kp"].resample("D").mean().reindex(DAYS)
    return pd.DataFrame({"kp_mean": kp, "f107_81d": there.daily["f107_81d"].reindex(DAYS)})


def drawn(drivers, rng, kp=KP, f107=F107):
    """Nights with fringes: winter has most."""
    season = 0.6 * np.cos(2 * np.pi * drivers.index.day_of_year / 365.25)
    logit = 0.3 + kp * (drivers["kp_mean"] - 2) + f107 * (drivers["f107_81d"] - 110) + season
    return (rng.random(len(drivers)) < 1 / (1 + np.exp(-logit))).to_numpy()


def inside(effect, planted):
    return bool(effect.low <= np.exp(planted * effect.step) <= effect.high)


def test_planted_dependences_lie_within_the_intervals_as_often_as_they_say(drivers):
    rng = np.random.default_rng(5)
    held = [
        inside(effect, planted)
        for _ in range(30)
        for effect, planted in zip(occurrence_effects(drivers, drawn(drivers, rng)), (KP, F107), strict=True)
    ]
    assert np.mean(held) > 0.87  # 60 intervals of 95 %


def test_what_was_planted_is_clear_and_what_was_not_is_not(drivers):
    rng = np.random.default_rng(6)
    assert all(effect.is_clear for effect in occurrence_effects(drivers, drawn(drivers, rng)))
    none = [effect for _ in range(15) for effect in occurrence_effects(drivers, drawn(drivers, rng, 0, 0))]
    assert np.mean([effect.is_clear for effect in none]) < 0.2


def test_points_are_what_a_step_does_to_the_share(drivers):
    rng = np.random.default_rng(7)
    found = drawn(drivers, rng)
    _, flux = occurrence_effects(drivers, found)
    more = drawn(drivers.assign(f107_81d=drivers["f107_81d"] + 1), np.random.default_rng(7))
    assert flux.points / 10 == pytest.approx(more.mean() - found.mean(), abs=0.003)


def test_spacings_with_outliers_have_the_planted_slope(drivers):
    rng = np.random.default_rng(8)
    held = []
    for _ in range(20):
        noise = 0.1 * rng.standard_t(2, size=len(drivers))
        spacing = 0.6 * np.exp(-0.005 * (drivers["f107_81d"] - 110) + noise).to_numpy()
        spacing[rng.random(len(spacing)) < 0.5] = np.nan
        kp, flux = spacing_effects(drivers, spacing)
        held += [inside(kp, 0), inside(flux, -0.005)]
    assert np.mean(held) > 0.85


def test_nights_without_an_index_are_left_out_and_not_filled(drivers):
    rng = np.random.default_rng(9)
    found, holes = drawn(drivers, rng), drivers.copy()
    holes.iloc[::2] = np.nan
    with_holes, halved = occurrence_effects(holes, found), occurrence_effects(drivers.iloc[1::2], found[1::2])
    assert with_holes == halved


def test_too_few_nights_are_said_in_numbers(drivers):
    few = drivers.iloc[:100]
    with pytest.raises(InputError, match=r"too few nights with and without fringes: 3, a model of 7 terms needs 70"):
        occurrence_effects(few, np.arange(100) < 3)
    with pytest.raises(InputError, match="too few nights with a spacing: 69"):
        spacing_effects(few, np.where(np.arange(100) < 69, 0.5, np.nan))


def test_classes_count_every_night_once_and_their_intervals_are_wilsons():
    value = np.r_[np.arange(100.0), np.nan]
    found = np.r_[np.arange(100) < 50, True]
    table = occurrence_by(value, found, classes_of(value))
    assert table["nights"].tolist() == [20] * 5
    assert table["nights_with_fringes"].tolist() == [20, 20, 10, 0, 0]
    assert table["occurrence_low"][2] == pytest.approx(0.2993, abs=1e-4)  # 10 of 20, by the published formula
    assert table["occurrence_high"][2] == pytest.approx(0.7007, abs=1e-4)


@pytest.mark.parametrize("value", [np.full(4, np.nan), np.full(4, 2.0)])
def test_a_driver_that_was_not_measured_or_never_moved_has_one_class_at_most(value):
    assert len(classes_of(value)) <= 1

"""The curve of what is found, and the detection limit that it gives."""

import numpy as np
import pytest

from iar.completeness.injections import DEPTHS_DB
from iar.completeness.limit import FEWEST, Curve, fit_curve
from iar.completeness.noise import Noise

TRUE = Curve(intercept=-4.0, depth=5.0, scatter=-3.0, effort=2.0, lines=-0.3)


def drawn(count, seed=0):
    rng = np.random.default_rng(seed)
    depth_db = np.exp(rng.uniform(*np.log(DEPTHS_DB), count))
    noise = [Noise(*values) for values in zip(rng.uniform(0.4, 1.2, count), rng.uniform(0.5, 1, count),
                                              rng.integers(0, 9, count), strict=True)]  # fmt: skip
    chance = np.array([TRUE.chance(depth, one) for depth, one in zip(depth_db, noise, strict=True)])
    return depth_db, noise, rng.random(count) < chance


def test_limits_are_those_of_the_curve_that_injections_were_drawn_from():
    fitted = fit_curve(*drawn(4000))
    for noise in (Noise(0.5, 1.0, 0), Noise(0.9, 0.8, 2), Noise(0.7, 0.6, 8)):
        assert fitted.limit_db(noise) == pytest.approx(TRUE.limit_db(noise), rel=0.06)


def test_nine_of_ten_fans_as_deep_as_the_limit_are_found():
    noise = Noise(0.8, 0.9, 3)
    assert TRUE.chance(TRUE.limit_db(noise), noise) == pytest.approx(0.9)


def test_limits_of_two_hundred_injections_scatter_by_a_fifth():
    noise = Noise(0.7, 0.9, 1)
    limits_db = [fit_curve(*drawn(200, seed)).limit_db(noise) for seed in range(30)]
    assert np.std(np.log(limits_db)) < 0.2
    assert np.median(limits_db) == pytest.approx(TRUE.limit_db(noise), rel=0.1)


def test_what_was_not_laid_is_not_reported():
    assert np.isnan(TRUE.limit_db(Noise(9.0, 0.5, 0)))  # deeper than any
    assert TRUE.limit_db(Noise(0.05, 1.0, 0)) == DEPTHS_DB[0]  # the least that was tried
    assert np.isnan(TRUE.limit_db(Noise(float("nan"), 1.0, 0)))
    assert np.isnan(TRUE.limit_db(Noise(0.7, 0.0, 0)))


def test_no_curve_from_few_injections_or_from_those_that_all_went_one_way():
    depth_db, noise, found = drawn(200)
    few = slice(FEWEST - 1)
    assert fit_curve(depth_db[few], noise[few], found[few]) is None
    for one_way in (np.ones_like(found), np.zeros_like(found)):
        assert fit_curve(depth_db, noise, one_way) is None

"""Which harmonics have a say in where the ladder is."""

import numpy as np
import pytest

from iar.fringes.frame import TOP
from iar.fringes.shifts import LEAK, OF_FAN_BEFORE, of_fan, reach_of

SLOTS = np.arange(100, 200)
SURE = np.ones((100, TOP + 1))


def reach(numbers):
    """Weights where harmonics of these numbers are six of their standard errors deep, and no other is there."""
    depth = np.zeros((100, TOP + 1))
    depth[:, numbers] = 6.0
    weight = reach_of(depth, SURE, SLOTS)
    assert np.ptp(weight, axis=0).max() < 1e-9
    return weight[0]


def test_all_of_a_fan_without_gaps_have_their_say_and_the_next_beside_it():
    np.testing.assert_allclose(reach([2, 3, 4, 5, 6])[1:8], 1)


def test_each_harmonic_that_is_not_there_takes_its_part_from_those_beyond():
    weight = reach([5, 6, 7, 9, 14, 1])
    np.testing.assert_allclose(weight[[5, 6, 7]], 1)
    assert weight[9] == pytest.approx(LEAK)
    assert weight[14] == pytest.approx(LEAK**5)
    assert weight[1] == pytest.approx(LEAK**3)


def test_where_nothing_stands_out_nothing_is_lost_nor_broken():
    assert np.isfinite(reach_of(np.zeros((100, TOP + 1)), SURE, SLOTS)).all()


def test_a_crest_on_the_ladder_is_one_of_the_fan_and_one_beside_it_is_not():
    shift = np.zeros((100, 4))
    shift[:, 1], shift[:, 2] = 0.03, 0.3
    weight = of_fan(shift, np.full(shift.shape, 100.0), SLOTS)
    assert (weight[:, 0] > 0.9).all()
    assert (weight[:, 1] > 0.85).all()
    assert (weight[:, 2] < 1e-3).all()


def test_of_what_is_not_measured_at_all_its_place_says_nothing():
    shift, hardly = np.full((100, 1), 0.3), np.full((100, 1), 1e-6)
    assert (of_fan(shift, hardly, SLOTS) < OF_FAN_BEFORE).all()
    np.testing.assert_allclose(of_fan(shift, hardly, SLOTS), of_fan(0 * shift, hardly, SLOTS), rtol=1e-3)

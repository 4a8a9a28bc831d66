import numpy as np
import pytest

from iar.night import SLOTS
from iar.simulation.curves import switched, wander


@pytest.mark.parametrize("slots", [25, 60, 150])
def test_wandering_curve_has_unit_variance_and_its_own_pace(slots):
    curves = np.array([wander(np.random.default_rng(seed), slots) for seed in range(200)])
    assert curves.shape == (200, SLOTS)
    assert curves.std() == pytest.approx(1, abs=0.1)
    assert curves.std(axis=0).min() > 0.75  # at both ends, too
    shift = 2 * slots  # white noise through a Gaussian: correlation exp(-(lag / 2 sigma)^2)
    related = np.mean(curves[:, :-shift] * curves[:, shift:])
    assert related == pytest.approx(np.exp(-1), abs=0.15)


def test_switch_goes_up_and_down_smoothly():
    curve = switched(100, 300, 20)
    assert curve[:101].max() == curve[300:].max() == 0
    assert curve[120:281].min() == 1
    assert curve[110] == pytest.approx(0.5)
    assert np.abs(np.diff(curve)).max() < 0.1


def test_switch_that_began_before_the_night_is_on_from_its_first_slot():
    assert switched(-50, 100, 5)[0] == 1

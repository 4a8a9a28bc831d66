"""Whether a fan is found: with a network that knows the truth, one that sees nothing, and one that is wrong."""

import numpy as np
import pytest

from iar.completeness.recovery import Judge, recover
from iar.fringes.judging import Rules
from iar.learning.judgement.evaluation import DARK, FREQUENCY_HZ
from iar.settings import FringeSettings
from iar.simulation.ladder import ladder_tracks
from iar.simulation.truth import fringe_mask
from tests.iar.completeness.fans import noise, plain_fan

RULES = Rules(**FringeSettings().model_dump())


def judge_that_sees(fan):
    """Judge whose network gives the pixels of a fan, whatever it is shown."""
    f_n, depth_db = ladder_tracks(fan.ladder)
    packed = np.where(fringe_mask(np.where(depth_db > 0, f_n, np.nan), FREQUENCY_HZ), 250, 0).astype(np.uint8)
    return Judge(lambda _: packed, 0.5, RULES)


def test_a_fan_that_the_network_sees_is_found_with_its_spacing():
    fan = plain_fan(6.0)
    found = recover(noise(), fan, judge_that_sees(fan), boundary_hour=12)
    assert found.found
    assert (found.depth_db, found.spacing_hz, found.slots) == (6.0, 0.8, DARK.sum())
    assert found.right_slots > 0.9 * found.slots
    assert found.error < 0.01


def test_slots_are_counted_in_their_hours():
    fan = plain_fan(6.0)
    found = recover(noise(), fan, judge_that_sees(fan), boundary_hour=12)
    assert [hour for hour, slots in enumerate(found.hours) if slots] == [0, 1, 2, 3, 4, 5, 18, 19, 20, 21, 22, 23]
    assert set(found.hours) == {0, 36}
    assert sum(found.right_hours) == found.right_slots


def test_a_fan_that_nothing_sees_is_not_found():
    blind = Judge(lambda density: np.zeros(density.shape[1:], dtype=np.uint8), 0.5, RULES)
    found = recover(noise(), plain_fan(0.6), blind, boundary_hour=12)
    assert (found.found, found.right_slots) == (False, 0)
    assert np.isnan([found.error, found.sigma_factor]).all()


def test_a_fan_of_another_spacing_is_not_the_one_that_was_laid():
    other = judge_that_sees(plain_fan(spacing_hz=1.1))
    found = recover(noise(), plain_fan(0.6, spacing_hz=0.8), other, boundary_hour=12)
    assert (found.found, found.right_slots) == (False, 0)


def test_slots_without_samples_have_no_fan():
    night = noise()
    night.density[:, 300:350] = np.nan
    fan = plain_fan(6.0)
    found = recover(night, fan, judge_that_sees(fan), boundary_hour=12)
    assert found.slots == DARK.sum() - 50


@pytest.mark.parametrize("gain", [(1.0, 0.0), (0.3, 1.0)])
def test_coils_that_show_a_fan_are_counted(gain):
    fan = plain_fan(0.6)
    object.__setattr__(fan.ladder, "gain", gain)
    assert recover(noise(), fan, judge_that_sees(fan), boundary_hour=12).coils == np.count_nonzero(gain)

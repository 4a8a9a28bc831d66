import numpy as np

from iar.fringes.stacking import PLACES, stack_tracks
from iar.simulation.ladder import Crest, ladder_tracks
from tests.iar.fringes.laid import FREQUENCY_HZ, a_ladder, residual_of


def stacked(shift=0.0):
    ladder = a_ladder(1.0, crest=Crest(0.7))
    f_n = ladder_tracks(ladder)[0][:, :12] + shift * ladder.delta_f_hz[:, None]
    inside = (f_n > FREQUENCY_HZ[0]) & (f_n < FREQUENCY_HZ[-1])
    return stack_tracks(residual_of(ladder), FREQUENCY_HZ, np.where(inside, f_n, np.nan), ladder.delta_f_hz)


def test_a_stack_is_highest_at_the_frequency_that_was_told_if_that_is_right():
    stack = stacked()
    for level_db in stack.level_db[:, 1:7].reshape(-1, len(PLACES)):
        assert abs(PLACES[np.nanargmax(level_db)]) <= 0.05


def test_one_that_is_wrong_is_seen():
    for level_db in stacked(shift=0.2).level_db[:, 1:7].reshape(-1, len(PLACES)):
        assert abs(PLACES[np.nanargmax(level_db)] + 0.2) <= 0.05


def test_a_harmonic_that_was_not_told_has_no_stack():
    stack = stacked()
    assert stack.slots[:, -1].max() == 0
    assert np.isnan(stack.level_db[:, -1]).all()
    assert (stack.sigma_db[:, 2] < 0.2).all()

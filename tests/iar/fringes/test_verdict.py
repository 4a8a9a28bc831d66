import numpy as np
import pytest

from iar.fringes.interference import Comb
from iar.fringes.verdict import judge_night

COMB = {"EW": Comb((1.4, 2.8, 4.2, 5.6), 1.4, 3)}


def spacings(slots, of=432):
    delta_f_hz = np.full(of, np.nan)
    delta_f_hz[:slots] = 0.8
    return delta_f_hz


def judge(delta_f_hz, combs=None, effort=1.0):
    return judge_night(delta_f_hz, combs or {}, effort, min_effort=0.25, min_slots=36)


def test_too_little_effort_is_no_data_whatever_else_was_found():
    verdict = judge(spacings(432), COMB, effort=0.2)
    assert verdict.name == "no_data"
    assert verdict.reason == "20% of the dark part has samples, 25% are needed"


def test_enough_spacings_are_fringes_with_their_median():
    verdict = judge(spacings(36))
    assert verdict.name == "fringes"
    assert verdict.reason == "36 dark slots have a spacing, median 0.80 Hz"


def test_too_few_spacings_are_no_fringes():
    verdict = judge(spacings(35), effort=0.25)
    assert verdict.name == "no_fringes"
    assert verdict.reason == "35 dark slots have a spacing, 36 are needed"


def test_comb_that_stands_still_is_interference():
    verdict = judge(spacings(0), COMB)
    assert verdict.name == "interference"
    assert verdict.reason == "4 lines stand still in EW (multiples of 1.400 Hz, 3 of them by day as well)"


def test_fringes_beside_a_comb_are_fringes_and_the_comb_is_reported():
    verdict = judge(spacings(100), {"NS": Comb((1.0, 2.1, 3.5), np.nan, None), **COMB})
    assert verdict.name == "fringes"
    assert "; 3 lines stand still in NS; 4 lines stand still in EW (multiples" in verdict.reason


@pytest.mark.parametrize("effort", [float("nan"), 0.0])
def test_no_effort_at_all_is_no_data(effort):
    assert judge(spacings(0), effort=effort).name == "no_data"

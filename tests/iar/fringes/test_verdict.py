import numpy as np
import pytest

from iar.fringes.verdict import judge_night, standing_lines
from iar.spectra.grid import frequencies

FREQUENCY_HZ = frequencies(0.5, 10.5, 4096)
NO_LINES = {"NS": [], "EW": []}
COMB = {"NS": [], "EW": [1.4, 2.8, 4.2, 5.6]}


def noise(slots=432, seed=0):
    return 2.8 * np.random.default_rng(seed).standard_normal((slots, 410)).astype(np.float32)


def spacings(slots, of=432):
    delta_f_hz = np.full(of, np.nan)
    delta_f_hz[:slots] = 0.8
    return delta_f_hz


def judge(delta_f_hz, lines_hz=NO_LINES, effort=1.0):
    return judge_night(delta_f_hz, lines_hz, effort, min_effort=0.25, min_slots=36)


@pytest.mark.parametrize("height_db", [2, 3, 8])
def test_lines_that_stand_in_noise_are_found_at_their_frequencies(height_db):
    residual = noise()
    columns = [50, 100, 150, 300]
    residual[:, columns] += height_db
    assert standing_lines(residual, FREQUENCY_HZ) == pytest.approx(FREQUENCY_HZ[columns].tolist())


@pytest.mark.parametrize("seed", range(5))
def test_noise_alone_has_no_standing_lines(seed):
    assert standing_lines(noise(seed=seed), FREQUENCY_HZ) == []


def test_drifting_lines_do_not_stand():
    residual = noise()
    for start in (50, 150, 250):
        residual[np.arange(432), start + np.arange(432) // 5] += 8
    assert standing_lines(residual, FREQUENCY_HZ) == []


def test_broad_hump_is_no_line():
    residual = noise() + (5 * np.exp(-(((FREQUENCY_HZ - 7.8) / 0.8) ** 2))).astype(np.float32)
    assert standing_lines(residual, FREQUENCY_HZ) == []


def test_lines_that_stand_for_half_an_hour_do_not_count():
    residual = noise()
    residual[:18, [50, 100, 150]] += 10
    assert standing_lines(residual, FREQUENCY_HZ) == []


def test_slots_without_data_are_left_aside():
    residual = noise()
    residual[:, [50, 100, 150]] += 4
    residual[100:300] = np.nan
    assert len(standing_lines(residual, FREQUENCY_HZ)) == 3


@pytest.mark.parametrize(("slots", "lines"), [(71, 0), (72, 1)])
def test_two_hours_are_needed_to_tell_what_stands(slots, lines):
    residual = np.zeros((100, 410), dtype=np.float32)
    residual[:, 100] = 9
    residual[slots:] = np.nan
    assert len(standing_lines(residual, FREQUENCY_HZ)) == lines


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
    assert verdict.reason == "4 lines stand still in EW"


def test_two_standing_lines_are_no_comb():
    assert judge(spacings(0), {"NS": [2.0], "EW": [1.4, 2.8]}).name == "no_fringes"


def test_fringes_beside_a_comb_are_fringes_and_the_comb_is_told():
    verdict = judge(spacings(100), {"NS": [1.0, 2.0, 3.0], "EW": COMB["EW"]})
    assert verdict.name == "fringes"
    assert "3 lines stand still in NS; 4 lines stand still in EW" in verdict.reason

import numpy as np
import pytest

from iar.fringes.interference import base_frequency, find_combs, standing_lines
from iar.spectra.grid import frequencies

FREQUENCY_HZ = frequencies(0.5, 10.5, 4096)
BIN_HZ = FREQUENCY_HZ[1] - FREQUENCY_HZ[0]
DARK = np.arange(864) < 432


def noise(slots=432, seed=0):
    return 2.8 * np.random.default_rng(seed).standard_normal((slots, 410)).astype(np.float32)


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


@pytest.mark.parametrize("base_hz", [0.72, 1.0, 1.416, 1.6, 3.1])
@pytest.mark.parametrize("seed", range(3))
def test_lines_at_multiples_tell_their_base(base_hz, seed):
    multiples = base_hz * np.arange(1, int(10.5 / base_hz) + 1)
    measured = multiples + np.random.default_rng(seed).uniform(-0.5, 0.5, len(multiples)) * BIN_HZ
    assert base_frequency(list(measured), BIN_HZ) == pytest.approx(base_hz, abs=BIN_HZ / 2)


def test_lines_with_the_offset_of_fringes_have_no_base():
    assert np.isnan(base_frequency(list(0.8 * (np.arange(1, 10) + 0.37)), BIN_HZ))


def test_one_line_of_another_machine_leaves_the_base():
    assert base_frequency([1.4, 2.8, 4.2, 5.1, 5.6], BIN_HZ) == pytest.approx(1.4)


def test_a_comb_is_of_its_channel_and_tells_how_much_of_it_is_there_by_day():
    residual = np.stack([noise(864, 1), noise(864, 2)])
    columns = [57, 115, 172, 229]
    residual[1][np.ix_(DARK, columns)] += 6
    residual[1][np.ix_(~DARK, columns[:2])] += 6
    combs = find_combs(residual, DARK, ("NS", "EW"), FREQUENCY_HZ)
    assert list(combs) == ["EW"]
    assert combs["EW"].by_day == 2
    np.testing.assert_allclose(combs["EW"].lines_hz, FREQUENCY_HZ[columns])


def test_a_night_without_data_by_day_tells_nothing_of_the_day():
    residual = noise(864)[None]
    residual[0][:, [50, 100, 150]] += 6
    residual[0][~DARK] = np.nan
    assert find_combs(residual, DARK, ("NS",), FREQUENCY_HZ)["NS"].by_day is None


def test_two_standing_lines_are_no_comb():
    residual = noise(864)[None]
    residual[0][:, [50, 150]] += 6
    assert find_combs(residual, DARK, ("NS",), FREQUENCY_HZ) == {}

import numpy as np

from iar.fringes.residual import SMOOTHING_SLOTS, joined_residual
from iar.spectra.grid import frequencies

FREQUENCY_HZ = frequencies(0.5, 10.5, 4096)


def noise(channels=2, slots=200, seed=0):
    return 2.8 * np.random.default_rng(seed).standard_normal((channels, slots, 410)).astype(np.float32)


def test_scatter_falls_by_the_root_of_what_is_averaged():
    joined = joined_residual(noise(), FREQUENCY_HZ)
    assert np.isclose(joined[20:-20].std(), 2.8 / np.sqrt(2 * SMOOTHING_SLOTS), rtol=0.05)


def test_one_channel_counts_whole_where_the_other_is_missing():
    residual = noise()
    residual[1, :100] = np.nan
    alone = joined_residual(residual[:1], FREQUENCY_HZ)
    np.testing.assert_allclose(joined_residual(residual, FREQUENCY_HZ)[:90], alone[:90])


def test_slots_without_data_stay_nan_and_do_not_touch_their_neighbours():
    residual = np.ones((2, 50, 410), dtype=np.float32) * np.linspace(-2, 2, 410, dtype=np.float32)
    residual[:, 20:30] = np.nan
    joined = joined_residual(residual, FREQUENCY_HZ)
    assert np.isnan(joined[20:30]).all()
    np.testing.assert_allclose(joined[19], np.linspace(-2, 2, 410), atol=1e-5)


def test_a_line_that_stands_still_is_bridged_in_its_channel():
    residual = np.zeros((2, 40, 410), dtype=np.float32)
    residual[0, :, 99:102] = 30
    joined = joined_residual(residual, FREQUENCY_HZ, [[FREQUENCY_HZ[100]], []])
    np.testing.assert_allclose(joined, 0, atol=1e-6)
    assert joined_residual(residual, FREQUENCY_HZ)[5, 100] > 3


def test_a_line_at_the_edge_of_the_band_is_bridged():
    residual = np.zeros((1, 40, 410), dtype=np.float32)
    residual[0, :, [0, 409]] = 30
    joined = joined_residual(residual, FREQUENCY_HZ, [[FREQUENCY_HZ[0], FREQUENCY_HZ[409]]])
    np.testing.assert_allclose(joined, 0, atol=1e-6)


def test_a_burst_counts_no_more_than_what_is_loud():
    residual = np.zeros((1, 60, 410), dtype=np.float32)
    residual[0, 30, 200] = 60
    assert joined_residual(residual, FREQUENCY_HZ).max() < 8 / SMOOTHING_SLOTS + 1e-6

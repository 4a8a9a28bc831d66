import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iar.fringes.ridges import MAX_RIDGES, find_ridges
from iar.spectra.grid import frequencies

FREQUENCY_HZ = frequencies(0.5, 10.5, 4096)
BIN_HZ = 1 / 40.96


def ridges_at(*ridge_hz, height=0.9, slots=30, half_width_hz=0.05):
    """Probability with Gaussian ridges; each frequency a number, or one of each slot."""
    crests = [np.broadcast_to(hz, slots)[:, None] for hz in ridge_hz]
    bumps = [height * np.exp(-(((FREQUENCY_HZ - hz) / half_width_hz) ** 2)) for hz in crests]
    return np.max(bumps, axis=0).astype(np.float32)


def found(probability, threshold=0.5):
    return find_ridges(probability, FREQUENCY_HZ, threshold=threshold)


@settings(max_examples=40)
@given(st.floats(0.8, 10.2))
def test_ridge_is_found_to_a_tenth_of_a_bin(true_hz):
    ridge_hz, weight = found(ridges_at(true_hz))
    assert np.all(np.isfinite(ridge_hz).sum(axis=1) == 1)
    np.testing.assert_allclose(ridge_hz[:, 0], true_hz, atol=0.1 * BIN_HZ)
    np.testing.assert_allclose(weight[:, 0], 0.9, rtol=0.07)


def test_drifting_ridge_is_followed():
    true_hz = np.linspace(2.0, 2.6, 100)
    ridge_hz, _ = found(ridges_at(true_hz, slots=100))
    np.testing.assert_allclose(ridge_hz[3:-3, 0], true_hz[3:-3], atol=0.5 * BIN_HZ)


def test_ridges_rise_in_frequency_and_the_rest_is_nan():
    ridge_hz, weight = found(ridges_at(6.0, 1.5, 3.0))
    assert ridge_hz.shape == weight.shape == (30, MAX_RIDGES)
    np.testing.assert_allclose(ridge_hz[:, :3], np.broadcast_to([1.5, 3.0, 6.0], (30, 3)), atol=0.1 * BIN_HZ)
    assert np.isnan(ridge_hz[:, 3:]).all()
    np.testing.assert_array_equal(np.isnan(ridge_hz), np.isnan(weight))


def test_ridges_a_quarter_hertz_apart_are_two():
    ridge_hz, _ = found(ridges_at(2.0, 2.25))
    np.testing.assert_allclose(ridge_hz[:, :2], np.broadcast_to([2.0, 2.25], (30, 2)), atol=0.3 * BIN_HZ)
    assert np.isnan(ridge_hz[:, 2:]).all()


@pytest.mark.parametrize(("height", "ridges"), [(0.45, 0), (0.55, 1)])
def test_ridge_counts_from_the_threshold_on(height, ridges):
    on_a_bin = FREQUENCY_HZ[100]
    assert np.all(np.isfinite(found(ridges_at(on_a_bin, height=height))[0]).sum(axis=1) == ridges)


def test_pixel_of_one_slot_does_not_survive():
    probability = np.zeros((30, 410), dtype=np.float32)
    probability[10, 100] = 1
    assert np.isnan(found(probability)[0]).all()


def test_flat_top_is_one_ridge_at_its_middle():
    probability = np.zeros((30, 410), dtype=np.float32)
    probability[:, 100:105] = 1
    ridge_hz, _ = found(probability)
    assert np.all(np.isfinite(ridge_hz).sum(axis=1) == 1)
    np.testing.assert_allclose(ridge_hz[:, 0], FREQUENCY_HZ[102], atol=1.1 * BIN_HZ)


def test_no_ridge_in_the_midst_of_a_gap_and_none_far_from_fringes():
    probability = ridges_at(3.0)
    probability[10:20] = np.nan
    there = np.isfinite(found(probability)[0][:, 0])
    assert not there[10:20].any()
    assert there[:10].all()
    assert there[20:].all()


def test_night_without_data_has_no_ridges():
    ridge_hz, weight = found(np.full((30, 410), np.nan, dtype=np.float32))
    assert np.isnan(ridge_hz).all()
    assert np.isnan(weight).all()


def test_no_more_than_24_ridges_are_kept_the_lowest_first():
    crests_hz = 0.6 + 0.3 * np.arange(30)
    ridge_hz, _ = found(ridges_at(*crests_hz, half_width_hz=0.03))
    np.testing.assert_allclose(ridge_hz[5], crests_hz[:MAX_RIDGES], atol=0.2 * BIN_HZ)

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from iar.fringes.spacing import HARMONICS, fit_spacing, follow_offset

RIDGES = 24
SPACING = st.floats(0.27, 2.1)
PHI = st.floats(0.03, 0.97)


def comb(delta_f_hz, phi, slots=20, low_hz=0.5, high_hz=10.5):
    """Ridges at every f_n = (n + phi) delta_f within the band: shape (slot, 24), NaN behind the last."""
    harmonic = np.arange(40)
    ridge_hz = np.full((slots, RIDGES), np.nan)
    for slot, spacing in enumerate(np.broadcast_to(delta_f_hz, slots)):
        f_n = (harmonic + phi) * spacing
        f_n = f_n[(f_n >= low_hz) & (f_n <= high_hz)][:RIDGES]
        ridge_hz[slot, : len(f_n)] = f_n
    return ridge_hz


def fit(ridge_hz):
    weight = np.where(np.isnan(ridge_hz), np.nan, 0.9)
    return fit_spacing(ridge_hz, weight, min_spacing_hz=0.25, max_spacing_hz=2.2)


def count(ridge_hz):
    return int(np.isfinite(ridge_hz[0]).sum())


def turn(phi, other):
    """Distance of two offsets on the circle."""
    return np.abs((phi - other + 0.5) % 1 - 0.5)


@settings(max_examples=60)
@given(SPACING, PHI)
def test_exact_comb_gives_its_spacing_and_offset(delta_f_hz, phi):
    ridge_hz = comb(delta_f_hz, phi)
    assume(count(ridge_hz) >= 4)
    spacing = fit(ridge_hz)
    np.testing.assert_allclose(spacing.delta_f_hz, delta_f_hz, rtol=1e-3)
    assert turn(spacing.phi, phi).max() < 5e-3
    np.testing.assert_array_equal(spacing.harmonics, count(ridge_hz))


@settings(max_examples=40)
@given(SPACING, PHI, st.integers(0, RIDGES - 1))
def test_missing_harmonic_changes_nothing(delta_f_hz, phi, missing):
    ridge_hz = comb(delta_f_hz, phi)
    assume(count(ridge_hz) >= 5)
    ridge_hz[:, missing % count(ridge_hz)] = np.nan
    spacing = fit(ridge_hz)
    np.testing.assert_allclose(spacing.delta_f_hz, delta_f_hz, rtol=1e-3)
    assert turn(spacing.phi, phi).max() < 5e-3


@settings(max_examples=30)
@given(SPACING, PHI, st.integers(0, 1000))
def test_jittered_comb_is_taken_for_neither_half_nor_double(delta_f_hz, phi, seed):
    ridge_hz = comb(delta_f_hz, phi)
    assume(count(ridge_hz) >= 5)
    jitter_hz = 0.01 * np.random.default_rng(seed).standard_normal(ridge_hz.shape)
    found_hz = fit(ridge_hz + jitter_hz).delta_f_hz
    assert np.isfinite(found_hz).mean() > 0.9
    assert np.nanmax(np.abs(found_hz / delta_f_hz - 1)) < 0.05


@pytest.mark.parametrize(("delta_f_hz", "phi"), [(0.4, 0.3), (0.8, 0.2), (1.3, 0.35), (2.0, 0.25)])
def test_standard_error_is_of_the_order_of_the_scatter_and_never_flatters(delta_f_hz, phi):
    ridge_hz = comb(delta_f_hz, phi, slots=300)
    jitter_hz = 0.01 * np.random.default_rng(0).standard_normal(ridge_hz.shape)
    spacing = fit(ridge_hz + jitter_hz)
    error_hz = spacing.delta_f_hz - delta_f_hz
    told_hz = np.sqrt(np.mean(spacing.delta_f_sigma_hz**2))
    assert 0.9 < told_hz / error_hz.std() < 2.5
    assert abs(error_hz.mean()) < 4 * error_hz.std() / np.sqrt(300)


def test_scatter_of_the_spacing_is_that_of_a_straight_line_fit():
    ridge_hz = comb(0.8, 0.2, slots=300)
    jitter_hz = 0.01 * np.random.default_rng(1).standard_normal(ridge_hz.shape)
    n = count(ridge_hz)
    theory_hz = 0.01 / np.sqrt(n * (n**2 - 1) / 12)
    assert (fit(ridge_hz + jitter_hz).delta_f_hz - 0.8).std() == pytest.approx(theory_hz, rel=0.15)


def test_drifting_spacing_is_followed_through_the_night():
    delta_f_hz = 0.7 + 0.2 * np.cos(np.linspace(0, 2 * np.pi, 432))
    spacing = fit(comb(delta_f_hz, 0.3, slots=432))
    np.testing.assert_allclose(spacing.delta_f_hz, delta_f_hz, rtol=1e-3)


def test_slots_without_ridges_are_nan_and_their_neighbours_are_not():
    ridge_hz = comb(0.8, 0.3, slots=60)
    ridge_hz[20:30] = np.nan
    spacing = fit(ridge_hz)
    for curve in (spacing.delta_f_hz, spacing.delta_f_sigma_hz, spacing.phi, spacing.harmonics, spacing.confidence):
        np.testing.assert_array_equal(np.isnan(curve), (np.arange(60) >= 20) & (np.arange(60) < 30))
    assert np.isnan(spacing.frequency_hz[20:30]).all()


def test_stray_ridge_does_not_pull_the_spacing():
    ridge_hz = comb(1.0, 0.3)
    ridge_hz[:, 10] = 4.8  # half-way between two harmonics
    ridge_hz = np.sort(ridge_hz, axis=1)
    spacing = fit(ridge_hz)
    np.testing.assert_allclose(spacing.delta_f_hz, 1.0, rtol=1e-3)
    np.testing.assert_array_equal(spacing.harmonics, count(ridge_hz) - 1)


def test_two_ridges_have_no_spacing():
    assert np.isnan(fit(comb(0.8, 0.3, high_hz=2.0)).delta_f_hz).all()


def test_ridges_at_random_have_little_confidence():
    rng = np.random.default_rng(0)
    ridge_hz = np.sort(rng.uniform(0.5, 10.5, (100, RIDGES)), axis=1)
    ridge_hz[:, 8:] = np.nan
    assert np.isfinite(fit(ridge_hz).delta_f_hz).mean() < 0.5
    assert np.isfinite(fit(comb(1.0, 0.3)).delta_f_hz).all()


def test_each_frequency_stands_under_the_number_of_its_harmonic():
    ridge_hz = comb(0.8, 0.3)
    ridge_hz[:, 3] = np.nan  # 0.5 Hz cuts n = 0 off: the columns are n = 1, 2, ...
    expected = (np.arange(1, HARMONICS + 1) + 0.3) * 0.8
    expected[3] = np.nan
    np.testing.assert_allclose(fit(ridge_hz).frequency_hz, np.broadcast_to(expected, (20, HARMONICS)), rtol=1e-9)


def test_confidence_is_a_share_and_less_where_ridges_are_less_sure():
    ridge_hz = comb(0.8, 0.3)
    sure, unsure = (
        fit_spacing(ridge_hz, np.where(np.isnan(ridge_hz), np.nan, w), min_spacing_hz=0.25, max_spacing_hz=2.2)
        for w in (0.95, 0.55)
    )
    assert np.all((unsure.confidence > 0) & (unsure.confidence < sure.confidence) & (sure.confidence <= 1))


@pytest.mark.parametrize(("first", "last"), [(0.8, 1.3), (0.3, -0.2), (0.1, 2.4)])
def test_numbers_go_on_where_the_offset_drifts_through_a_whole_spacing(first, last):
    delta_f_hz, phi = 0.8, np.linspace(first, last, 300)
    ridge_hz = np.concatenate([comb(delta_f_hz, one, slots=1) for one in phi])
    spacing = fit(ridge_hz)
    third = spacing.frequency_hz[:, 3]
    assert np.isfinite(third).all()
    assert np.abs(np.diff(third)).max() < 0.02
    np.testing.assert_allclose(np.diff(spacing.phi), np.diff(phi), atol=1e-6)
    assert 0 <= np.median(spacing.phi) < 1


def test_one_slot_that_is_half_a_turn_off_does_not_shift_those_after_it():
    offset = np.full(100, 0.3)
    offset[50] = 0.81
    followed = follow_offset(np.arange(100), offset, 100)
    np.testing.assert_allclose(np.delete(followed, 50), 0.3)


def test_an_offset_is_followed_over_a_gap():
    slots = np.r_[0:40, 70:100]
    followed = follow_offset(slots, np.full(70, 1.25), 100)
    np.testing.assert_allclose(followed, 0.25)

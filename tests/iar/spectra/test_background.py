import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iar.spectra.background import background_projection, residual_db
from iar.spectra.grid import frequencies, pieces_over

BINS = 410


def density_of_level(level_db):
    return (10 ** (np.asarray(level_db) / 20)).astype(np.float32)


@settings(max_examples=30)
@given(st.lists(st.floats(-20, 20), min_size=6, max_size=6), st.integers(1, 6))
def test_any_quintic_in_db_is_all_background(coefficients, pieces):
    level_db = np.polyval(coefficients, np.linspace(-1, 1, BINS))
    residual = residual_db(density_of_level(level_db)[None], pieces=pieces)
    np.testing.assert_allclose(residual, 0, atol=2e-3)


def test_quintic_does_not_move_what_stands_out_of_it():
    ripple_db = 3 * np.cos(2 * np.pi * np.arange(BINS) / 30)
    quintic_db = np.polyval([5, -3, 8, 2, -20, 1], np.linspace(-1, 1, BINS))
    alone, above = (
        residual_db(density_of_level(level)[None], pieces=3) for level in (ripple_db, ripple_db + quintic_db)
    )
    np.testing.assert_allclose(above, alone, atol=2e-3)
    np.testing.assert_allclose(alone[0, 40:-40], ripple_db[40:-40], atol=0.5)


@pytest.mark.parametrize("pieces", [1, 3, 8])
def test_projection_is_symmetric_and_projecting_twice_changes_nothing(pieces):
    projection = background_projection(BINS, pieces).astype(np.float64)
    np.testing.assert_allclose(projection, projection.T, atol=1e-7)
    np.testing.assert_allclose(projection @ projection, projection, atol=1e-6)
    assert np.trace(projection) == pytest.approx(pieces + 5, abs=1e-4)  # its degrees of freedom


def test_projection_shared_by_all_cannot_be_changed_by_one():
    with pytest.raises(ValueError, match="read-only"):
        background_projection(BINS, 3)[0, 0] = 1


def test_nan_slots_stay_nan_and_touch_no_other():
    rng = np.random.default_rng(0)
    density = rng.uniform(0.1, 1, (2, 6, BINS)).astype(np.float32)
    holed = density.copy()
    holed[0, 2] = holed[1, 4] = np.nan
    residual = residual_db(holed, pieces=3)
    missing = np.isnan(holed)
    np.testing.assert_array_equal(np.isnan(residual), missing)
    np.testing.assert_allclose(residual[~missing], residual_db(density, pieces=3)[~missing], atol=1e-3)


def test_dead_channel_stands_out_nowhere():
    residual = residual_db(np.zeros((1, 3, BINS), dtype=np.float32), pieces=3)
    np.testing.assert_allclose(residual, 0, atol=1e-2)


def test_too_few_bins_raise():
    background_projection(8, 3)
    with pytest.raises(ValueError, match="7 bins cannot carry a spline of 3 pieces: at least 8"):
        background_projection(7, 3)


@pytest.mark.parametrize(("high_hz", "pieces"), [(10.5, 3), (20.5, 6), (49.0, 15), (1.0, 1)])
def test_spline_is_as_supple_over_every_band(high_hz, pieces):
    assert pieces_over(frequencies(0.5, high_hz, 4096), pieces_per_10_hz=3) == pieces


def test_resonances_of_the_cavity_leave_less_above_a_wide_background_than_above_a_stiff_one():
    frequency_hz = frequencies(0.5, 49.0, 4096)
    peaks = sum(1 / (1 + (4.5 * (frequency_hz / f - f / frequency_hz)) ** 2) for f in (7.8, 14.1, 20.3, 26.4, 32.5))
    density = np.sqrt(0.6 / frequency_hz**2 + 0.05 * peaks + 0.01).astype(np.float32)
    supple, stiff = (
        np.abs(residual_db(density[None], pieces=pieces)[0, frequency_hz < 9.5]).max()
        for pieces in (pieces_over(frequency_hz, pieces_per_10_hz=3), 3)
    )
    assert 2 * supple < stiff


@pytest.mark.parametrize("order", [1, 2, 4, 6])
def test_spline_of_one_piece_is_the_polynomial_of_its_degree(order):
    x, level = np.linspace(-1, 1, BINS), np.random.default_rng(0).normal(size=BINS)
    fitted = np.polyval(np.polyfit(x, level, order - 1), x)
    np.testing.assert_allclose(level @ background_projection(BINS, 1, order), fitted, atol=1e-4)

import numpy as np
import pytest

from iar.fringes.autocorrelation import autocorrelation_spacing
from iar.fringes.matched import NOISE_SCORE, matched_spacing
from iar.fringes.residual import joined_residual
from iar.spectra.grid import frequencies

FREQUENCY_HZ = frequencies(0.5, 10.5, 4096)
SLOTS = 150
RANGE_HZ = {"min_spacing_hz": 0.25, "max_spacing_hz": 2.2}


def noise(seed=0, channels=2):
    return 2.8 * np.random.default_rng(seed).standard_normal((channels, SLOTS, 410)).astype(np.float32)


def wave(delta_f_hz, phi, amplitude_db):
    """Fringes as a cosine over frequency, shape (slot, frequency)."""
    turns = FREQUENCY_HZ / np.broadcast_to(delta_f_hz, SLOTS)[:, None] - phi
    return (amplitude_db * np.cos(2 * np.pi * turns)).astype(np.float32)


def match(residual):
    return matched_spacing(joined_residual(residual, FREQUENCY_HZ), FREQUENCY_HZ, **RANGE_HZ)


def correlate(residual):
    return autocorrelation_spacing(joined_residual(residual, FREQUENCY_HZ), FREQUENCY_HZ, **RANGE_HZ)


@pytest.mark.parametrize("delta_f_hz", [0.27, 0.35, 0.5, 0.8, 1.3, 2.0])
@pytest.mark.parametrize("phi", [0.05, 0.4, 0.9])
def test_a_pure_wave_gives_its_spacing_its_offset_and_the_whole_score(delta_f_hz, phi):
    found = match(wave(delta_f_hz, phi, 3)[None])
    np.testing.assert_allclose(found.delta_f_hz, delta_f_hz, rtol=6e-3)
    assert np.abs((found.phi - phi + 0.5) % 1 - 0.5).max() < 0.1
    assert found.score.min() > 0.9


@pytest.mark.parametrize("depth_db", [2, 4, 6])
@pytest.mark.parametrize("delta_f_hz", [0.4, 0.8, 1.3])
def test_fringes_in_noise_are_found_within_the_error_that_is_reported(delta_f_hz, depth_db):
    errors = []
    for seed in range(4):
        found = match(noise(seed) + wave(delta_f_hz, 0.3, depth_db / 2))
        np.testing.assert_allclose(found.reported_hz, delta_f_hz, rtol=0.12)
        errors.append((found.delta_f_hz - delta_f_hz) / found.sigma_hz)
    assert np.median(np.abs(errors)) < 1.5


def test_a_drift_is_followed():
    delta_f_hz = np.linspace(0.6, 0.9, SLOTS)
    found = match(noise() + wave(delta_f_hz, 0.3, 3))
    np.testing.assert_allclose(found.delta_f_hz[8:-8], delta_f_hz[8:-8], rtol=0.05)


@pytest.mark.parametrize("seed", range(6))
def test_noise_is_hardly_ever_reported(seed):
    assert np.isfinite(match(noise(seed)).reported_hz).mean() < 0.02


@pytest.mark.parametrize("seed", range(3))
def test_the_score_on_noise_is_a_quarter_of_that_of_faint_fringes_at_most(seed):
    assert np.median(match(noise(seed)).score) < np.median(match(noise(seed) + wave(0.6, 0.3, 1.5)).score) / 4


def test_slots_without_data_have_no_number():
    residual = noise() + wave(0.8, 0.3, 3)
    residual[:, 40:60] = np.nan
    found, correlated = match(residual), correlate(residual)
    for curve in (found.delta_f_hz, found.phi, found.score, found.reported_hz, correlated.coefficient):
        assert np.isnan(curve[40:60]).all()
        assert np.isfinite(np.delete(curve, slice(40, 60))).all()


@pytest.mark.parametrize("find", [match, correlate])
def test_a_night_without_any_data_has_no_number(find):
    found = find(np.full((2, SLOTS, 410), np.nan, dtype=np.float32))
    assert all(np.isnan(curve).all() for name, curve in vars(found).items() if name != "middle_hz")


@pytest.mark.parametrize("find", [match, correlate])
def test_a_flat_night_has_no_spacing(find):
    found = find(np.zeros((2, SLOTS, 410), dtype=np.float32))
    assert np.isnan(found.reported_hz if find is match else found.delta_f_hz).all()


@pytest.mark.parametrize("delta_f_hz", [0.4, 0.8, 1.3])
def test_autocorrelation_finds_deep_fringes(delta_f_hz):
    found = correlate(noise() + wave(delta_f_hz, 0.3, 4))
    assert np.median(found.coefficient) > 0.7
    assert np.median(np.abs(found.delta_f_hz / delta_f_hz - 1)) < 0.03


def test_autocorrelation_walks_into_the_trap_of_a_comb_and_the_matched_filter_does_not():
    residual = noise(channels=1)
    columns = np.searchsorted(FREQUENCY_HZ, 1.416 * np.arange(1, 8))
    residual[:, :, columns] += 9
    found = correlate(residual)
    assert np.median(found.coefficient) > 0.5
    np.testing.assert_allclose(np.median(found.delta_f_hz), 1.416, atol=0.03)
    lines_hz = [FREQUENCY_HZ[columns].tolist()]
    joined = joined_residual(residual, FREQUENCY_HZ, lines_hz)
    assert np.nanmedian(matched_spacing(joined, FREQUENCY_HZ, **RANGE_HZ).score) < NOISE_SCORE

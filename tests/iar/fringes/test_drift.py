import numpy as np
import pytest

from iar.fringes.crest import TERMS, fit_shape, lay_over, lay_over_each
from iar.fringes.drift import DRIFTS, drift_crests
from iar.simulation.ladder import Crest

PLACES = np.tile(np.linspace(-0.5, 0.5, 640, endpoint=False), (12, 1))
NUMBER = np.repeat(np.arange(1, 13), 640).reshape(12, 640).astype(np.int32)


def drifted(away, *, noise_db=1.0, seed=1, depth_db=4.0):
    """Drift and covariance of twelve harmonics whose crests lie `away` from where they are thought to be."""
    rng = np.random.default_rng(seed)
    level = depth_db * (Crest().height(PLACES - np.asarray(away)[:, None]) - 0.5)
    level = level + noise_db * rng.standard_normal(level.shape)
    pixels = level, np.ones_like(level), np.full_like(level, depth_db), PLACES
    coefficients = fit_shape(*lay_over(*pixels), variance=noise_db**2, terms=TERMS)
    return drift_crests(*lay_over_each(*pixels, NUMBER, 12), coefficients, variance=noise_db**2)


def test_crests_that_move_with_their_number_are_followed():
    away = 0.06 - 0.01 * np.arange(12)
    drift, covariance = drifted(away)
    off = drift - (away - away.mean())
    assert np.abs(off).max() < 0.02
    assert (np.abs(off) < 3 * np.sqrt(np.diag(covariance))).all()


def test_crests_that_are_alike_stay_where_all_of_them_are():
    drift, covariance = drifted(np.zeros(12))
    assert np.abs(drift).max() < 0.004
    assert np.sqrt(np.diag(covariance)).max() < 0.012


def test_where_all_crests_are_is_not_a_drift():
    here, there = drifted(np.zeros(12))[0], drifted(np.full(12, 0.05))[0]
    np.testing.assert_allclose(here, there, atol=0.004)


def test_what_noise_hides_is_not_sure():
    clear, hidden = (np.sqrt(np.diag(drifted(np.zeros(12), noise_db=db)[1])).mean() for db in (0.5, 12.0))
    assert hidden > 2 * clear


def test_a_single_harmonic_has_no_drift():
    information = np.zeros((12, 64))
    information[2] = 100.0
    drift, covariance = drift_crests(np.zeros((12, 64)), information, np.array([0.5 + 0j]), variance=1.0)
    assert not drift.any()
    assert np.diag(covariance) == pytest.approx(DRIFTS[0] ** 2)

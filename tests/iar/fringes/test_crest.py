import numpy as np
import pytest

from iar.fringes.crest import TERMS, find_crest, fit_shape, lay_over, shape_of
from iar.simulation.ladder import Crest

PLACES = np.linspace(-0.5, 0.5, 6400, endpoint=False)


def laid(crest, shift=0.0, noise_db=0.0, depth_db=4.0):
    rng = np.random.default_rng(1)
    level = depth_db * (crest.height(PLACES - shift) - crest.mean) + noise_db * rng.standard_normal(len(PLACES))
    return lay_over(level, np.ones_like(level), np.full_like(level, depth_db), PLACES)


@pytest.mark.parametrize("shift", [-0.2, 0.0, 0.13])
@pytest.mark.parametrize("rise", [0.3, 0.5, 0.7])
@pytest.mark.parametrize("power", [1.0, 4.0])
def test_the_crest_is_found_whatever_side_is_steeper(rise, power, shift):
    profile, information = laid(Crest(rise, power), shift)
    place, _ = find_crest(
        profile, information, fit_shape(profile, information, variance=0.1, terms=TERMS), variance=0.1
    )
    assert place == pytest.approx(shift, abs=0.008)


def test_its_error_tells_how_far_off_it_is():
    found = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        level = 4 * Crest().height(PLACES) + 6 * rng.standard_normal(len(PLACES))
        profile, information = lay_over(level, np.ones_like(level), np.full_like(level, 4.0), PLACES)
        coefficients = fit_shape(profile, information, variance=36.0, terms=TERMS)
        found.append(find_crest(profile, information, coefficients, variance=36.0))
    place, sigma = np.array(found).T
    assert 0.5 < np.std(place) / np.sqrt(np.mean(sigma**2)) < 1.5


def test_a_series_has_the_coefficients_that_it_is_made_of():
    wanted = np.array([0.4 + 0.1j, -0.05 + 0.02j, 0.01j])
    angle = 2 * np.pi * np.outer(PLACES, [1, 2, 3])
    level = np.cos(angle) @ wanted.real + np.sin(angle) @ wanted.imag
    profile, information = lay_over(level, np.ones_like(level), np.ones_like(level), PLACES)
    found = fit_shape(profile, information, variance=1e-9, terms=3)
    np.testing.assert_allclose(found, wanted, atol=1e-3)


def test_the_slope_of_a_shape_is_its_derivative():
    shape = shape_of(np.array([0.5 + 0.2j, 0.1j]))
    np.testing.assert_allclose(np.gradient(shape.height, 1 / 256)[2:-2], shape.slope[2:-2], atol=2e-3)


def test_a_profile_without_a_crest_is_not_sure_of_any():
    profile, information = np.zeros(64), np.ones(64)
    _, sigma = find_crest(profile, information, np.array([1e-9 + 0j]), variance=1.0)
    assert sigma >= 0.02

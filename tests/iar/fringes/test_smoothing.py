import numpy as np
import pytest

from iar.fringes.smoothing import smooth_wandering


def least_squares(value, variance, step):
    """The same from the normal equations of all measurements and all steps at once."""
    count = len(value)
    steps = np.diff(np.eye(count), axis=0) / step
    seen = np.isfinite(value)
    normal = steps.T @ steps + np.diag(np.where(seen, 1 / variance, 0))
    return np.linalg.solve(normal, np.where(seen, value / variance, 0)), np.diag(np.linalg.inv(normal))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("step", [0.01, 0.3])
def test_it_is_the_least_squares_solution_with_its_variance(seed, step):
    rng = np.random.default_rng(seed)
    value, variance = rng.standard_normal(60), rng.uniform(0.01, 0.5, 60)
    value[rng.random(60) < 0.4] = np.nan
    value[:5] = value[-5:] = np.nan
    expected = least_squares(value, variance, step)
    np.testing.assert_allclose(smooth_wandering(value, variance, step=step), expected, rtol=1e-6, atol=1e-9)


def test_one_measurement_is_the_whole_course():
    value = np.array([np.nan, 3.0, np.nan])
    course, variance = smooth_wandering(value, np.full(3, 0.04), step=0.1)
    np.testing.assert_allclose(course, 3)
    np.testing.assert_allclose(variance, [0.05, 0.04, 0.05])


def test_nothing_measured_gives_nothing():
    assert np.isnan(smooth_wandering(np.full(5, np.nan), np.full(5, np.nan), step=0.1)).all()

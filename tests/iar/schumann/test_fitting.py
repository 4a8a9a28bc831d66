"""The fit of many spectra at once, against other people's fits of real spectra, and against itself."""

import h5py
import numpy as np
import pytest

from iar.schumann.fitting import fit_rows
from iar.schumann.shape import RANGE_HZ, bounds_of, shape
from tests.data import real_data

HZ = np.linspace(6, 24, 150)


def test_derivatives_are_those_of_the_shape():
    at = bounds_of(3).start[None] + 0.1
    _, derivatives = shape(at, HZ)
    for number in range(at.shape[1]):
        step = np.zeros_like(at)
        step[0, number] = 1e-6
        slope = (shape(at + step, HZ)[0] - shape(at - step, HZ)[0]) / 2e-6
        np.testing.assert_allclose(derivatives[0, number], slope[0], atol=1e-6)


@pytest.mark.parametrize("modes", [1, 2, 3])
def test_rows_without_noise_come_back_each_as_it_was(modes):
    bounds, rng = bounds_of(modes), np.random.default_rng(modes)
    hz = np.linspace(6, (11, 17, 24)[modes - 1], 200)
    truth = bounds.start * rng.uniform(0.97, 1.03, (20, len(bounds.start)))
    level = np.log(shape(truth, hz)[0])
    fit = fit_rows(level, np.full(level.shape, 1e6), hz, np.repeat(bounds.start[None], 20, axis=0), bounds)
    np.testing.assert_allclose(fit.parameters[:, 1::3][:, :modes], truth[:, 1::3][:, :modes], atol=2e-3)
    assert not fit.bound.any()


def test_no_mode_leaves_its_range_whatever_the_spectrum():
    level = np.random.default_rng(0).normal(size=(50, len(HZ)))
    bounds = bounds_of(3)
    fit = fit_rows(level, np.full(level.shape, 1.0), HZ, np.repeat(bounds.start[None], 50, axis=0), bounds)
    for mode, (low_hz, high_hz) in enumerate(RANGE_HZ[:3]):
        middle = fit.parameters[:, 3 * mode + 1]
        assert ((middle >= low_hz) & (middle <= high_hz)).all()
    assert np.isfinite(fit.covariance).all()


def test_a_day_of_mikhnevo_has_the_frequencies_that_were_published_of_it():
    with h5py.File(real_data("mikhnevo") / "test.h5") as file:
        spectra, published = file["fourier spectrum"][:], file["approximation curve parameters"][:, 3:6]
    hz = 5 + 0.12544802867 * np.arange(spectra.shape[1])
    used = (hz >= 6) & (hz <= 24)  # as there
    level = np.log(spectra[:, used])
    level -= np.median(level)
    bounds = bounds_of(3)
    start = np.repeat(bounds.start[None], len(level), axis=0)
    middle = fit_rows(level, np.full(level.shape, 400.0), hz[used], start, bounds).parameters[:, 1:-2:3]
    assert (np.abs(np.nanmedian(middle - published, axis=0)) < [0.03, 0.03, 0.05]).all()
    assert np.nanmedian(np.abs(middle - published)[:, 0]) < 0.03

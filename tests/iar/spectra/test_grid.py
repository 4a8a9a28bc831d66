import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from iar.spectra.grid import first_bin, frequencies


def test_default_band_has_410_bins_of_one_over_41_seconds():
    frequency_hz = frequencies(0.5, 10.5, 4096)
    assert len(frequency_hz) == 410
    np.testing.assert_allclose(np.diff(frequency_hz), 1 / 40.96, rtol=1e-12)


def test_band_holds_every_bin_of_the_transform_within_its_limits():
    every_hz = np.fft.rfftfreq(4096, 1 / 100)
    inside = every_hz[(every_hz >= 0.5) & (every_hz <= 10.5)]
    np.testing.assert_allclose(frequencies(0.5, 10.5, 4096), inside, rtol=1e-12)


def test_limits_that_fall_on_bins_are_in():
    frequency_hz = frequencies(1.0, 2.0, 1000)
    np.testing.assert_allclose(frequency_hz, np.arange(10, 21) / 10, rtol=1e-12)


@settings(max_examples=50)
@given(low_hz=st.floats(0.1, 10), width_hz=st.floats(1, 30), samples=st.integers(256, 10_000))
def test_no_bin_within_the_limits_is_left_out_and_none_beyond_them_is_in(low_hz, width_hz, samples):
    frequency_hz = frequencies(low_hz, low_hz + width_hz, samples)
    bin_hz = 100 / samples
    assert frequency_hz[0] == first_bin(low_hz, samples) * bin_hz
    assert low_hz - 1e-6 <= frequency_hz[0] <= low_hz + bin_hz + 1e-6
    assert low_hz + width_hz - bin_hz - 1e-6 <= frequency_hz[-1] <= low_hz + width_hz + 1e-6
    assert len(frequency_hz) == round((frequency_hz[-1] - frequency_hz[0]) / bin_hz) + 1

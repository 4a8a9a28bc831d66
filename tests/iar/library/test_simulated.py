import numpy as np
import pytest
import xarray as xr

import iar
from iar.errors import InputError


@pytest.fixture(scope="module")
def night():
    return iar.simulate("2014-01-10", seed=3, samples=True)


def test_the_same_arguments_give_the_same_night_and_others_another(night):
    xr.testing.assert_identical(iar.simulate(seed=3), night.drop_vars("field"))
    assert not iar.simulate(seed=4).density.equals(night.density)
    assert iar.simulate("2014-07-01", seed=3).time.values[0] == np.datetime64("2014-07-01T12:00")


def test_truth_lies_where_the_density_is_high(night):
    level = 20 * np.log10(night.density.mean("channel"))
    local = level - level.rolling(frequency=41, center=True).mean()
    assert float(local.where(night.mask).mean() - local.where(~night.mask).mean()) > 1
    assert night.delta_f_hz.attrs["units"] == "Hz"
    seen = np.isfinite(night.delta_f_hz)
    np.testing.assert_array_equal(night.mask.any("frequency"), seen)


def test_field_and_density_are_the_same_night(night):
    density = iar.spectrogram(night.field, start=night.time[0])
    np.testing.assert_array_equal(density.time, night.time)
    ratio = np.sqrt((density**2).mean(["time", "frequency"]) / (night.density**2).mean(["time", "frequency"]))
    np.testing.assert_allclose(ratio, 1, atol=0.1)
    found = iar.spacing(density).delta_f_hz
    assert float(np.abs(found - night.delta_f_hz).median()) < 0.015
    assert np.isfinite(found.where(np.isfinite(night.delta_f_hz))).sum() > 0.8 * np.isfinite(night.delta_f_hz).sum()


def test_a_quiet_night_has_no_fringes():
    quiet = iar.simulate(scenario="quiet")
    assert not quiet.mask.any()
    assert iar.spacing(quiet).attrs["verdict"] == "no_fringes"


def test_what_cannot_be_is_named():
    with pytest.raises(InputError, match="scenario 'loud' is none of quiet, fringes"):
        iar.simulate(scenario="loud")
    with pytest.raises(InputError, match="night 'tomorrow' is no date"):
        iar.simulate("tomorrow")

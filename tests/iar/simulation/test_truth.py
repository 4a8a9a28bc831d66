import datetime as dt

import numpy as np
import pytest
import xarray as xr

from iar.simulation.scenario import draw_scenario
from iar.simulation.truth import truth_dataset
from iar.spectra.grid import frequencies

FREQUENCY_HZ = frequencies(0.5, 10.5, 4096)
NIGHTS = [dt.date(2014, 1, 10), dt.date(2014, 1, 11)]


@pytest.fixture(scope="module")
def scenarios():
    return [draw_scenario(name, night, 7) for name, night in zip(("fringes", "quiet"), NIGHTS, strict=True)]


@pytest.fixture(scope="module")
def truth(scenarios):
    return truth_dataset(scenarios, FREQUENCY_HZ)


def test_names_and_dimensions_are_those_that_outside_checks_rely_on(truth):
    assert {name: array.dims for name, array in truth.data_vars.items()} == {
        "frequency_hz": ("night", "slot", "harmonic"),
        "delta_f_hz": ("night", "slot"),
        "mask": ("night", "slot", "frequency"),
        "scenario": ("night",),
    }
    assert dict(truth.sizes) == {"night": 2, "slot": 864, "harmonic": 12, "frequency": 410}


def test_units_are_told(truth):
    assert truth.frequency_hz.units == truth.delta_f_hz.units == truth.frequency.units == "Hz"
    assert truth.slot.units == "s"
    assert truth.attrs["Conventions"].startswith("CF-")


def test_scenario_and_night_of_each_are_told(truth):
    assert truth.scenario.values.tolist() == ["fringes", "quiet"]
    assert truth.night.dt.strftime("%Y-%m-%d").values.tolist() == ["2014-01-10", "2014-01-11"]


def test_spacing_is_there_where_a_harmonic_is_seen_and_nowhere_else(truth):
    seen = np.isfinite(truth.frequency_hz).any("harmonic")
    np.testing.assert_array_equal(np.isfinite(truth.delta_f_hz), seen)
    assert seen.sel(night="2014-01-10").any()
    assert not seen.sel(night="2014-01-11").any()


def test_neighbouring_harmonics_are_one_spacing_apart(truth):
    apart_hz = truth.frequency_hz.diff("harmonic")
    ratio = (apart_hz / truth.delta_f_hz).values
    np.testing.assert_allclose(ratio[np.isfinite(ratio)], 1, rtol=1e-4)
    assert np.isfinite(ratio).sum() > 100


def test_mask_is_true_at_each_harmonic(truth):
    night = truth.sel(night="2014-01-10")
    for harmonic in range(1, 13):
        track_hz = night.frequency_hz.sel(harmonic=harmonic).dropna("slot")
        at_track = night.mask.sel(slot=track_hz.slot).sel(frequency=track_hz.astype(np.float64), method="nearest")
        assert (at_track == 1).all()
    assert not truth.mask.sel(night="2014-01-11").any()


def test_truth_comes_back_from_its_file(truth, tmp_path):
    path = tmp_path / "truth.nc"
    truth.to_netcdf(path, engine="h5netcdf")
    with xr.open_dataset(path, engine="h5netcdf", decode_timedelta=False) as back:
        xr.testing.assert_equal(back.load(), truth)
        assert back.frequency_hz.dims == ("night", "slot", "harmonic")

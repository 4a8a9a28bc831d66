import datetime as dt
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iar.errors import InputError
from iar.physics.alfven import HEIGHT_KM, ChapmanLayer
from iar.physics.ionosphere import (
    FLUX_EXPONENT,
    FLUX_RANGE,
    MIDWINTER_SHARE,
    SOLAR_CYCLE_DAYS,
    SOLAR_MAXIMUM,
    chapman_profiles,
    iri_profiles,
    night_peak_per_m3,
    solar_flux,
)

HOURS = np.arange(16.0, 33.0, 2.0)
MIDNIGHT = np.array([24.0])
ESKDALEMUIR = (55.314, -3.206)
DATES = st.dates(dt.date(1900, 1, 1), dt.date(2199, 12, 31))


@pytest.fixture(scope="module")
def winter():
    """The reference ionosphere of a winter night at the sun's maximum."""
    return iri_profiles(dt.date(2014, 1, 10), HOURS, HEIGHT_KM, *ESKDALEMUIR)


def peak_without_the_cycle(date, latitude_deg):
    return night_peak_per_m3(date, MIDNIGHT, latitude_deg)[0] / solar_flux(date) ** FLUX_EXPONENT


@given(DATES)
def test_solar_flux_stays_within_its_range_and_comes_back_after_a_cycle(date):
    assert FLUX_RANGE[0] <= solar_flux(date) <= FLUX_RANGE[1]
    after = date + dt.timedelta(days=SOLAR_CYCLE_DAYS)
    assert solar_flux(after) == pytest.approx(solar_flux(date), abs=0.05)


def test_solar_flux_was_high_in_2014_and_low_in_2009_and_2019():
    assert solar_flux(SOLAR_MAXIMUM) == FLUX_RANGE[1]
    low = [solar_flux(dt.date(year, 1, 10)) for year in (2009, 2019)]
    assert max(low) < 75  # observed: 70 and 71, against 146 in April 2014


def test_ionosphere_is_thinnest_in_winter_on_either_side_of_the_equator():
    months = range(1, 13)
    north, south = (
        [peak_without_the_cycle(dt.date(2014, month, 5), latitude) for month in months] for latitude in (55, -55)
    )
    assert np.argmin(north) + 1 == 1
    assert np.argmin(south) + 1 in {7, 8}
    assert min(north) / max(north) == pytest.approx(MIDWINTER_SHARE, rel=0.02)


@given(DATES)
def test_southern_seasons_are_the_northern_ones_half_a_year_later(date):
    later = date + dt.timedelta(days=183)
    assert peak_without_the_cycle(later, -40.0) == pytest.approx(peak_without_the_cycle(date, 40.0), rel=0.05)


def test_sun_at_its_maximum_makes_the_night_three_times_as_dense():
    quiet, active = (night_peak_per_m3(dt.date(year, 1, 10), MIDNIGHT, 55)[0] for year in (2019, 2014))
    assert active / quiet == pytest.approx(2.9, rel=0.1)  # (146 / 71) ** 1.5


def test_density_falls_through_the_night_with_minima_near_22_and_4_hours():
    hours = np.arange(19.0, 31.0, 0.1)
    peak = night_peak_per_m3(dt.date(2014, 1, 10), hours, 55)
    minima = hours[1:-1][(peak[1:-1] < peak[:-2]) & (peak[1:-1] < peak[2:])]
    np.testing.assert_allclose(minima, [22, 28], atol=0.3)
    assert peak[-1] < peak[0]


def test_profiles_have_the_peak_of_their_hour_and_the_shape_of_their_layer():
    layer = ChapmanLayer(height_km=300.0)
    date = dt.date(2014, 1, 10)
    profiles = chapman_profiles(date, HOURS, HEIGHT_KM, 55.3, layer)
    assert profiles.shape == (len(HOURS), len(HEIGHT_KM))
    peak = night_peak_per_m3(date, HOURS, 55.3) * (1 + layer.topside_per_m3 / layer.peak_per_m3 / 2)
    np.testing.assert_allclose(profiles.max(axis=1), peak)
    assert np.all(HEIGHT_KM[profiles.argmax(axis=1)] == 300)


class TestTheInternationalReferenceIonosphere:
    def test_is_a_layer_of_electrons_with_its_peak_in_the_f_region(self, winter):
        assert winter.shape == (len(HOURS), len(HEIGHT_KM))
        assert np.all(winter > 0)
        peak_km = HEIGHT_KM[winter.argmax(axis=1)]
        assert np.all((peak_km >= 220) & (peak_km <= 420))
        assert np.all((winter.max(axis=1) > 3e10) & (winter.max(axis=1) < 2e12))

    def test_knows_no_order_of_the_hours(self, winter):
        backwards = iri_profiles(dt.date(2014, 1, 10), HOURS[::-1], HEIGHT_KM, *ESKDALEMUIR)
        np.testing.assert_allclose(backwards[::-1], winter, rtol=1e-9)

    @pytest.mark.parametrize("longitude_deg", [-120.0, 0.0, 150.0])
    def test_has_its_noon_at_local_noon(self, longitude_deg):
        noon, midnight = iri_profiles(
            dt.date(2014, 1, 10), np.array([12.0, 24.0]), HEIGHT_KM, ESKDALEMUIR[0], longitude_deg
        )
        assert noon.max() > 3 * midnight.max()

    def test_is_denser_when_the_sun_is_active(self, winter):
        quiet = iri_profiles(dt.date(2019, 1, 10), HOURS, HEIGHT_KM, *ESKDALEMUIR)
        assert np.all(quiet.max(axis=1) < winter.max(axis=1))

    def test_is_an_input_error_that_names_the_extra_where_pyiri_is_not(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "PyIRI", None)
        with pytest.raises(InputError, match=r"'iri' needs PyIRI: pip install -e '\.\[physics\]'"):
            iri_profiles(dt.date(2014, 1, 10), HOURS, HEIGHT_KM, *ESKDALEMUIR)


@settings(max_examples=30)
@given(DATES, st.floats(-90, 90))
def test_density_is_positive_on_any_date_at_any_latitude(date, latitude_deg):
    profiles = chapman_profiles(date, HOURS, HEIGHT_KM, latitude_deg, ChapmanLayer())
    assert np.all(np.isfinite(profiles))
    assert np.all(profiles > 0)

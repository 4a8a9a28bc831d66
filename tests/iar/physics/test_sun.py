import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iar.physics.sun import sun_elevation_deg

ESKDALEMUIR = (55.314, -3.206)
TILT_DEG = 23.44


def almanac_elevation_deg(times, latitude_deg, longitude_deg):
    """Low-precision formulas of the Astronomical Almanac (0.01 degrees from 1950 to 2050), and the sidereal time."""
    days = (times - np.datetime64("2000-01-01T12:00")) / np.timedelta64(1, "D")
    anomaly = np.deg2rad(357.528 + 0.9856003 * days)
    longitude = np.deg2rad(280.460 + 0.9856474 * days + 1.915 * np.sin(anomaly) + 0.020 * np.sin(2 * anomaly))
    tilt = np.deg2rad(23.439 - 4e-7 * days)
    ascension = np.arctan2(np.cos(tilt) * np.sin(longitude), np.cos(longitude))
    declination = np.arcsin(np.sin(tilt) * np.sin(longitude))
    sidereal = np.deg2rad(15 * (18.697374558 + 24.06570982441908 * days) + longitude_deg)
    latitude = np.deg2rad(latitude_deg)
    hour_angle = sidereal - ascension
    sine = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(declination) * np.cos(hour_angle)
    return np.rad2deg(np.arcsin(sine))


def day_of(date, step_s=100):
    return np.arange(np.datetime64(f"{date}T00:00:00"), np.datetime64(f"{date}T23:59:59"), np.timedelta64(step_s, "s"))


@given(
    second=st.integers(0, 80 * 365 * 86_400),
    latitude_deg=st.floats(-89, 89),
    longitude_deg=st.floats(-180, 180),
)
def test_elevation_is_the_almanacs_everywhere_and_at_all_times(second, latitude_deg, longitude_deg):
    times = np.datetime64("1970-01-01T00:00:00") + np.array([second], dtype="timedelta64[s]")
    found = sun_elevation_deg(times, latitude_deg, longitude_deg)
    np.testing.assert_allclose(found, almanac_elevation_deg(times, latitude_deg, longitude_deg), atol=0.02)


def test_the_sun_of_whole_days_is_the_almanacs():
    for date in ("2012-02-29", "2014-06-21", "2019-12-31"):
        times = day_of(date).astype("datetime64[ms]")
        found = sun_elevation_deg(times, *ESKDALEMUIR)
        assert found.shape == times.shape
        np.testing.assert_allclose(found, almanac_elevation_deg(times, *ESKDALEMUIR), atol=0.02)


@pytest.mark.parametrize("latitude_deg", [55.314, 37.035, 0.0, -45.0])
@pytest.mark.parametrize(("date", "declination_deg"), [("2014-06-21", TILT_DEG), ("2014-12-21", -TILT_DEG)])
def test_the_solstice_sun_culminates_at_the_tilt_of_the_earth(latitude_deg, date, declination_deg):
    highest = sun_elevation_deg(day_of(date), latitude_deg, 0.0).max()
    assert highest == pytest.approx(90 - abs(latitude_deg - declination_deg), abs=0.02)


@pytest.mark.parametrize(("latitude_deg", "longitude_deg"), [ESKDALEMUIR, (37.035, -3.322), (0.0, 100.0)])
def test_the_equinox_sun_rises_at_six_of_local_mean_time(latitude_deg, longitude_deg):
    times = day_of("2014-03-20")
    local = (times + np.timedelta64(round(longitude_deg * 240), "s") - times[0]) / np.timedelta64(1, "h") % 24
    elevation = sun_elevation_deg(times, latitude_deg, longitude_deg)
    rising = np.flatnonzero((elevation[:-1] < 0) & (elevation[1:] >= 0))
    assert len(rising) == 1
    assert local[rising[0]] == pytest.approx(6 + 7.5 / 60, abs=2 / 60)  # the sundial is 7.5 minutes late on that day


def test_midsummer_has_no_night_at_eskdalemuir():
    lowest = sun_elevation_deg(day_of("2014-06-21"), *ESKDALEMUIR).min()
    assert -12 < lowest < -6  # nautical twilight all night
    assert lowest == pytest.approx(-(90 - 55.314 - TILT_DEG), abs=0.02)


def test_refraction_is_left_out():
    times = day_of("2014-03-20", step_s=10)
    elevation = sun_elevation_deg(times, 0.0, 0.0)
    up = (elevation > 0).sum() * 10 / 3600
    assert up == pytest.approx(12, abs=0.02)  # refraction would make it 5 minutes longer

import datetime as dt

import numpy as np
import pytest

from iar.physics.alfven import HEIGHT_KM, ChapmanLayer, alfven_speed, field_strength, time_of_flight_spacing
from iar.physics.inversion import Modelled, invert_spacing, modelled_night
from iar.physics.ionosphere import chapman_profiles
from iar.simulation.scenario import draw_scenario

ESKDALEMUIR = (55.314, -3.206)
NIGHT = dt.date(2014, 1, 10)
HOURS = np.linspace(12, 36, 50)


@pytest.mark.parametrize("factor", [0.3, 1.0, 2.5])
def test_electrons_that_were_put_in_come_out(factor):
    """A profile of the model's shape with so many times its electrons, through the time of flight, and back."""
    model = modelled_night(NIGHT, HOURS, *ESKDALEMUIR)
    at = 24.0
    profile = factor * chapman_profiles(NIGHT, np.array([at - 3.206 / 15]), HEIGHT_KM, 55.314, ChapmanLayer())[0]
    field_t, dip_deg = field_strength(*ESKDALEMUIR, HEIGHT_KM, NIGHT)
    measured_hz = time_of_flight_spacing(alfven_speed(field_t, profile, HEIGHT_KM), HEIGHT_KM, dip_deg=dip_deg)
    here = Modelled(*(np.interp([at], HOURS, curve) for curve in (model.delta_f_hz, model.peak_per_m3)))
    found = invert_spacing(np.array([measured_hz]), np.array([0.01]), here)
    assert found.peak_per_m3[0] == pytest.approx(profile.max(), rel=0.01)
    assert found.fof2_mhz[0] == pytest.approx(8.98e-6 * np.sqrt(profile.max()), rel=0.005)


def test_errors_are_those_of_a_small_change_of_the_spacing():
    model = modelled_night(NIGHT, HOURS, *ESKDALEMUIR)
    spacing, sigma = np.full(50, 0.8), np.full(50, 0.004)
    below, above = (invert_spacing(spacing + sign * sigma, sigma, model) for sign in (-1, 1))
    found = invert_spacing(spacing, sigma, model)
    np.testing.assert_allclose(found.peak_sigma_per_m3, (below.peak_per_m3 - above.peak_per_m3) / 2, rtol=1e-3)
    np.testing.assert_allclose(found.fof2_sigma_mhz, (below.fof2_mhz - above.fof2_mhz) / 2, rtol=1e-3)


def test_no_spacing_gives_no_density():
    model = modelled_night(NIGHT, HOURS, *ESKDALEMUIR)
    found = invert_spacing(np.full(50, np.nan), np.full(50, np.nan), model)
    assert all(np.isnan(curve).all() for curve in vars(found).values())


@pytest.mark.parametrize("iri", [False, True])
@pytest.mark.parametrize(
    ("night", "least_hz", "most_hz"),
    [(dt.date(2014, 4, 15), 0.32, 0.65), (dt.date(2014, 1, 10), 0.58, 1.39), (dt.date(2019, 1, 10), 1.2, 2.1)],
)
def test_the_model_expects_what_was_seen_at_eskdalemuir(night, least_hz, most_hz, iri):
    """Ranges of DESIGN.md, within a quarter: a model is no measurement."""
    spacing_hz = modelled_night(night, HOURS, *ESKDALEMUIR, iri=iri).delta_f_hz[(HOURS > 19) & (HOURS < 29)]
    assert spacing_hz.min() > 0.75 * least_hz
    assert spacing_hz.max() < 1.25 * most_hz
    assert least_hz < np.median(spacing_hz) < most_hz


@pytest.mark.parametrize("boundary_hour", [0, 6, 18])
def test_the_hour_decides_and_not_where_the_night_begins(boundary_hour):
    noon, other = (modelled_night(NIGHT, h + np.arange(24.0), *ESKDALEMUIR) for h in (12, boundary_hour))
    by_hour = dict(zip((12 + np.arange(24)) % 24, noon.delta_f_hz, strict=True))
    np.testing.assert_allclose(other.delta_f_hz, [by_hour[(boundary_hour + i) % 24] for i in range(24)])


def test_spacings_are_wider_in_winter_and_at_the_suns_minimum():
    def median_hz(night):
        return np.median(modelled_night(night, HOURS, *ESKDALEMUIR).delta_f_hz)

    assert median_hz(dt.date(2014, 1, 10)) > 1.5 * median_hz(dt.date(2014, 6, 20))
    assert median_hz(dt.date(2019, 1, 10)) > 1.2 * median_hz(dt.date(2014, 1, 10))


def test_the_spacing_of_a_simulated_night_tells_its_peak_within_the_spread_of_shapes():
    """Its layer has another shape than the model's: that is what makes it an estimate."""
    model = modelled_night(NIGHT, HOURS, *ESKDALEMUIR)
    expected_mhz = np.median(8.98e-6 * np.sqrt(model.peak_per_m3))
    found_mhz = []
    for seed in range(12):
        drawn = draw_scenario("fringes", NIGHT, seed)
        spacing_hz = np.interp(HOURS, 12 + (np.arange(864) + 0.5) / 36, drawn.fringes.delta_f_hz)
        found_mhz.append(np.median(invert_spacing(spacing_hz, 0.01 * spacing_hz, model).fof2_mhz))
    assert 0.7 < np.median(found_mhz) / expected_mhz < 1.4


@pytest.mark.parametrize(("latitude_deg", "longitude_deg"), [(-12.0, -77.0), (8.0, 10.0)])
def test_near_the_magnetic_equator_no_model_is_made(latitude_deg, longitude_deg):
    """Jicamarca, where the field lies flat, and northern Nigeria."""
    found = modelled_night(dt.date(2014, 1, 10), np.arange(18.0, 30.0), latitude_deg, longitude_deg)
    assert np.isnan(found.delta_f_hz).all()
    assert np.isnan(found.peak_per_m3).all()
    inverted = invert_spacing(np.full(12, 0.8), np.full(12, 0.01), found)
    assert np.isnan(inverted.fof2_mhz).all()

import dataclasses
import datetime as dt
from itertools import pairwise

import numpy as np
import pytest
from scipy.signal import find_peaks

from iar.physics.alfven import (
    MU0,
    TRANSITION_KM,
    ChapmanLayer,
    alfven_speed,
    electron_density,
    field_strength,
    ground_response,
    time_of_flight_spacing,
)

HEIGHT_KM = np.arange(100.0, 1001.0, 5.0)
FREQUENCY_HZ = np.arange(0.05, 10.0, 0.002)
ORDERS = np.arange(0.2, 9.0, 0.004)
"""Frequencies in units of the spacing."""
PEDERSEN_S = 0.2
SCALES = (0.15, 0.25, 0.5, 1.0, 2.0, 4.0)
"""Densities from a winter night at the sun's minimum to a summer night at its maximum, of the default layer."""
WINTER = 0.25


@pytest.fixture(scope="module")
def eskdalemuir():
    return field_strength(55.314, -3.206, HEIGHT_KM, dt.date(2014, 1, 10))


def layer_of(scale):
    layer = ChapmanLayer()
    return dataclasses.replace(
        layer, peak_per_m3=scale * layer.peak_per_m3, topside_per_m3=scale * layer.topside_per_m3
    )


@pytest.fixture(scope="module")
def fringes(eskdalemuir):
    """Of the layer at each scale: spacing by time of flight (Hz), peaks on the ground (Hz), over their troughs."""
    field_t, dip_deg = eskdalemuir
    found = {}
    for scale in SCALES:
        speed = alfven_speed(field_t, electron_density(HEIGHT_KM, layer_of(scale)), HEIGHT_KM)
        flight_hz = time_of_flight_spacing(speed, HEIGHT_KM, dip_deg=dip_deg)
        response = ground_response(ORDERS * flight_hz, speed, HEIGHT_KM, dip_deg=dip_deg, pedersen_s=PEDERSEN_S)
        peaks = find_peaks(response)[0]
        troughs = [start + response[start:stop].argmin() for start, stop in pairwise(peaks)]
        found[scale] = (flight_hz, ORDERS[peaks] * flight_hz, response[peaks[:-1]] / response[troughs])
    return found


def test_field_at_eskdalemuir_is_that_of_the_chart(eskdalemuir):
    field_t, dip_deg = eskdalemuir
    assert 47.5e-6 <= field_t[0] <= 50e-6
    assert dip_deg == pytest.approx(69, abs=1)


def test_field_falls_with_the_cube_of_the_distance(eskdalemuir):
    field_t, _ = eskdalemuir
    earth_km = 6371.2
    dipole = ((earth_km + 100) / (earth_km + 1000)) ** 3
    assert field_t[-1] / field_t[0] == pytest.approx(dipole, rel=0.03)


def test_field_beyond_the_last_year_of_the_model_is_that_of_the_last_year(capfd):
    last, later = (field_strength(55.3, -3.2, HEIGHT_KM, dt.date(year, 7, 1)) for year in (2030, 2199))
    np.testing.assert_array_equal(last[0], later[0])
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("latitude_deg", [-90.0, 90.0])
def test_field_at_a_pole_is_steep(latitude_deg):
    field_t, dip_deg = field_strength(latitude_deg, 0.0, HEIGHT_KM, dt.date(2014, 1, 10))
    assert 50e-6 <= field_t[0] <= 60e-6
    assert 70 <= abs(dip_deg) <= 90
    assert np.sign(dip_deg) == np.sign(latitude_deg)


def test_field_south_of_the_equator_dips_upwards():
    assert field_strength(-55.0, -3.2, HEIGHT_KM[:1], dt.date(2014, 1, 10))[1] < 0


def test_electrons_peak_at_the_height_of_the_layer():
    layer = ChapmanLayer(peak_per_m3=5e11, height_km=320.0)
    density = electron_density(HEIGHT_KM, layer)
    assert HEIGHT_KM[density.argmax()] == 320
    assert density.max() == pytest.approx(5e11 + layer.topside_per_m3 / 2, rel=1e-6)
    far_above = 5e11 * np.exp((1 - (1000 - 320) / layer.top_scale_km) / 2)  # e-folding over two scale heights
    assert density[-1] == pytest.approx(layer.topside_per_m3 + far_above, rel=1e-3)


def test_electrons_below_the_layer_are_cut_off_faster_than_above():
    layer = ChapmanLayer(topside_per_m3=0.0)
    below, above = electron_density(np.array([layer.height_km - 120, layer.height_km + 120]), layer)
    assert below < 0.01 * layer.peak_per_m3 < above


@pytest.mark.parametrize(("height_km", "ion_mass"), [(100.0, 16), (TRANSITION_KM, 8.5), (2000.0, 1)])
def test_alfven_speed_is_that_of_the_plasma_formulary(height_km, ion_mass):
    # NRL plasma formulary: 2.18e11 B / sqrt(mu n) cm/s, B in gauss, n per cm^3
    field_t, electrons_per_m3 = 4.5e-5, 1e11
    formulary_m_s = 1e-2 * 2.18e11 * (1e4 * field_t) / np.sqrt(ion_mass * 1e-6 * electrons_per_m3)
    speed = alfven_speed(np.array([field_t]), np.array([electrons_per_m3]), np.array([height_km]))
    assert speed[0] == pytest.approx(formulary_m_s, rel=2e-3)


@pytest.mark.parametrize(("dip_deg", "path_km"), [(90.0, 900.0), (30.0, 1800.0), (69.0, 964.03)])
def test_time_of_flight_of_a_constant_speed_is_the_path_over_the_speed(dip_deg, path_km):
    speed = np.full(len(HEIGHT_KM), 1.2e6)
    spacing_hz = time_of_flight_spacing(speed, HEIGHT_KM, dip_deg=dip_deg)
    assert spacing_hz == pytest.approx(1.2e6 / (2e3 * path_km), rel=1e-5)


def test_uniform_medium_has_no_fringes():
    speed = np.full(len(HEIGHT_KM), 1e6)
    response = ground_response(FREQUENCY_HZ, speed, HEIGHT_KM, dip_deg=69, pedersen_s=PEDERSEN_S)
    np.testing.assert_allclose(response, 1 / (PEDERSEN_S + 1 / (MU0 * 1e6)), rtol=1e-9)


def test_two_media_respond_like_a_slab_with_a_reflection_at_its_top():
    below, above, thick_km, sin_dip = 5e5, 3e6, 400.0, np.sin(np.radians(60.0))
    height_km = np.array([100.0, 100.0 + thick_km, 100.000001 + thick_km, 1000.0])
    speed = np.array([below, below, above, above])
    response = ground_response(FREQUENCY_HZ, speed, height_km, dip_deg=60.0, pedersen_s=PEDERSEN_S)
    own, end = 1 / (MU0 * below), 1 / (MU0 * above)
    reflected = (own - end) / (own + end) * np.exp(4j * np.pi * FREQUENCY_HZ / below * 1e3 * thick_km / sin_dip)
    slab = 1 / np.abs(PEDERSEN_S + own * (1 - reflected) / (1 + reflected))
    np.testing.assert_allclose(response, slab, rtol=1e-3)


@pytest.mark.parametrize("scale", SCALES)
def test_peaks_on_the_ground_are_spaced_as_the_time_of_flight_says(fringes, scale):
    flight_hz, peaks_hz, _ = fringes[scale]
    assert len(peaks_hz) >= 7
    assert np.polyfit(np.arange(len(peaks_hz)), peaks_hz, 1)[0] == pytest.approx(flight_hz, rel=0.03)
    np.testing.assert_allclose(np.diff(peaks_hz), flight_hz, rtol=0.06)


@pytest.mark.parametrize("scale", SCALES)
def test_first_peak_lies_above_the_spacing(fringes, scale):
    flight_hz, peaks_hz, _ = fringes[scale]
    assert 1.15 <= peaks_hz[0] / flight_hz <= 1.45


@pytest.mark.parametrize("scale", SCALES)
def test_higher_fringes_are_shallower(fringes, scale):
    depths = fringes[scale][2]
    assert np.all(np.diff(depths) < 0)
    assert 2.5 <= depths[0] <= 4.5
    assert depths[-1] < 1.2


def test_winters_first_fringe_is_2_8_deep_and_its_third_1_4(fringes):
    depths = fringes[WINTER][2]
    assert depths[0] == pytest.approx(2.8, rel=0.1)
    assert depths[2] == pytest.approx(1.4, rel=0.1)


def test_denser_plasma_has_narrower_fringes(fringes):
    flight_hz = [fringes[scale][0] for scale in SCALES]
    peaks_hz = [np.diff(fringes[scale][1]).mean() for scale in SCALES]
    assert flight_hz == sorted(flight_hz, reverse=True)
    assert peaks_hz == sorted(peaks_hz, reverse=True)
    assert all(0.3 <= spacing <= 2.1 for spacing in flight_hz)  # what is seen at Eskdalemuir


def test_four_times_the_density_is_twice_the_time_of_flight(fringes):
    assert fringes[1.0][0] == pytest.approx(2 * fringes[4.0][0], rel=1e-9)


def test_conducting_ground_layer_makes_fringes_shallower(eskdalemuir):
    field_t, dip_deg = eskdalemuir
    speed = alfven_speed(field_t, electron_density(HEIGHT_KM, ChapmanLayer()), HEIGHT_KM)
    band_hz = FREQUENCY_HZ[(FREQUENCY_HZ > 1) & (FREQUENCY_HZ < 3)]
    depths = []
    for pedersen_s in (0.05, 0.2, 1.0, 5.0):
        response = ground_response(band_hz, speed, HEIGHT_KM, dip_deg=dip_deg, pedersen_s=pedersen_s)
        depths.append(response.max() / response.min())
    assert depths == sorted(depths, reverse=True)

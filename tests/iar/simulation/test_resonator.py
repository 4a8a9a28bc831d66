import datetime as dt

import numpy as np
import pytest
from scipy.signal import find_peaks

from iar.night import HARMONICS, SLOTS
from iar.physics.alfven import ChapmanLayer, alfven_speed, field_strength, ground_response, time_of_flight_spacing
from iar.physics.ionosphere import chapman_profiles
from iar.simulation.resonator import (
    HEIGHT_KM,
    KNOT_HOURS,
    ORDERS,
    at_slots,
    knots_at_slots,
    make_resonator,
    ripple_at,
    spacing_at_slots,
)

NIGHT = dt.date(2014, 1, 10)
ESKDALEMUIR = (55.314, -3.206)
PEDERSEN_S = 0.2
AT_KNOT = (KNOT_HOURS * SLOTS / 24).round().astype(int)


@pytest.fixture(scope="module")
def electrons():
    return chapman_profiles(NIGHT, 12 + KNOT_HOURS, HEIGHT_KM, ESKDALEMUIR[0], ChapmanLayer())


@pytest.fixture(scope="module")
def resonator(electrons):
    return make_resonator(electrons, NIGHT, ESKDALEMUIR, pedersen_s=PEDERSEN_S)


@pytest.fixture(scope="module")
def speeds(electrons):
    """Alfvén speed at each knot, and the dip."""
    field_t, dip_deg = field_strength(*ESKDALEMUIR, HEIGHT_KM, NIGHT)
    return [alfven_speed(field_t, profile, HEIGHT_KM) for profile in electrons], dip_deg


def test_spacing_at_the_knots_is_the_time_of_flight(resonator, speeds):
    flight_hz = [time_of_flight_spacing(speed, HEIGHT_KM, dip_deg=speeds[1]) for speed in speeds[0]]
    np.testing.assert_allclose(resonator.spacing_hz[AT_KNOT], flight_hz, rtol=0.01)


def test_crests_are_where_the_response_on_the_ground_has_its_maxima(resonator, speeds):
    for knot in (0, 4, 8):
        flight_hz = time_of_flight_spacing(speeds[0][knot], HEIGHT_KM, dip_deg=speeds[1])
        fine = np.arange(0.5, 6.7, 0.002)
        response = ground_response(
            fine * flight_hz, speeds[0][knot], HEIGHT_KM, dip_deg=speeds[1], pedersen_s=PEDERSEN_S
        )
        maxima = fine[find_peaks(response)[0]]
        np.testing.assert_allclose(resonator.crest_order[knot, : len(maxima)], maxima, rtol=0.01, atol=0.03)
        assert resonator.crest_order[knot, 0] == pytest.approx(maxima[0], abs=0.02)


def test_ripple_is_a_gain_about_one(resonator):
    cycles = (ORDERS >= 2) & (ORDERS < 10)
    np.testing.assert_allclose(np.log(resonator.ripple[:, cycles]).mean(axis=1), 0, atol=0.02)
    assert np.all(resonator.crest[:, :6] > 1)
    assert np.all(resonator.trough[:, :6] < 1)


def test_ripple_has_the_depth_of_the_response(resonator, speeds):
    knot = 4
    flight_hz = time_of_flight_spacing(speeds[0][knot], HEIGHT_KM, dip_deg=speeds[1])
    orders = np.arange(2.0, 3.5, 0.002)
    response = ground_response(orders * flight_hz, speeds[0][knot], HEIGHT_KM, dip_deg=speeds[1], pedersen_s=PEDERSEN_S)
    second = find_peaks(response)[0][0]
    depth = (response[second] / response[second:].min()) ** 2  # power
    assert resonator.crest[knot, 1] / resonator.trough[knot, 1] == pytest.approx(
        depth, rel=0.15
    )  # which falls on the way


def test_crests_are_one_order_apart(resonator):
    assert resonator.crest_order.shape == (len(KNOT_HOURS), HARMONICS)
    assert np.all((resonator.crest_order[:, 0] > 1.15) & (resonator.crest_order[:, 0] < 1.45))
    np.testing.assert_allclose(np.diff(resonator.crest_order, axis=1), 1, atol=0.1)


def test_conducting_ionosphere_makes_a_shallow_ripple(electrons):
    poor, rich = (make_resonator(electrons, NIGHT, ESKDALEMUIR, pedersen_s=s) for s in (0.1, 3.0))
    assert np.all(rich.crest[:, 0] / rich.trough[:, 0] < poor.crest[:, 0] / poor.trough[:, 0])


def test_values_at_slots_are_those_of_the_knots_there_and_stay_by_day():
    values = np.arange(len(KNOT_HOURS)) ** 2.0
    np.testing.assert_allclose(at_slots(values)[AT_KNOT], values, atol=0.25)  # half a slot off
    assert np.all(at_slots(values)[: AT_KNOT[0]] == values[0])
    np.testing.assert_allclose(at_slots(values)[AT_KNOT[-1] :], values[-1])
    before, share = knots_at_slots()
    assert before.min() >= 0
    assert before.max() + 1 < len(KNOT_HOURS)
    assert np.all((share >= 0) & (share <= 1))


def test_spacing_between_the_knots_is_smooth(resonator):
    night = np.log(resonator.spacing_hz[AT_KNOT[0] + 1 : AT_KNOT[-1] - 1])
    assert np.abs(np.diff(night, 2)).max() < 1e-3
    constant = spacing_at_slots(np.full(len(KNOT_HOURS), 0.7))
    np.testing.assert_allclose(constant, 0.7)


def test_ripple_at_the_tabulated_orders_is_the_table(resonator):
    orders = np.broadcast_to(ORDERS[:-2].astype(np.float32), (SLOTS, len(ORDERS) - 2))
    table = at_slots(resonator.ripple)[:, :-2]
    np.testing.assert_allclose(ripple_at(resonator, orders), table, rtol=2e-3)


def test_ripple_beyond_the_table_stays_finite(resonator):
    assert np.isfinite(ripple_at(resonator, np.full((SLOTS, 2), 1e3, dtype=np.float32))).all()

"""The resonator above a station through one night: time of flight, and the ground's response in units of it.

The response is computed at a few knots of the night, at frequencies in units of the spacing there (the order, f /
delta_f): in these units it hardly changes from knot to knot, so what lies between is interpolated.
"""

import datetime as dt
import functools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy
from scipy.interpolate import CubicSpline
from scipy.ndimage import uniform_filter1d

from iar.night import HARMONICS, SLOTS
from iar.physics.alfven import HEIGHT_KM, alfven_speed, field_strength, ground_response, time_of_flight_spacing

Curve = npt.NDArray[np.float64]

KNOT_HOURS = np.arange(4.0, 21.0, 2.0)
"""Hours after the night's first noon at which the response is computed; before and after, it stays."""
ORDER_STEP = 0.04
ORDERS = np.arange(0.0, HARMONICS + 4, ORDER_STEP)
FIRST_ORDER = 1.25
"""Where the first maximum is sought."""
_CYCLE = round(1 / ORDER_STEP)


@dataclass(frozen=True)
class Resonator:
    """Response of a night's ionosphere.

    `spacing_hz` (slot) is 1 / time of flight, Hz; `ripple` (knot, order) the power on the ground at `ORDERS`, relative
    to its mean over a cycle; `crest_order` (knot, harmonic) where it has its maxima; `crest`, `trough` (knot, harmonic)
    its values there and in the minimum that follows.
    """

    spacing_hz: Curve
    ripple: Curve
    crest_order: Curve
    crest: Curve
    trough: Curve


def knots_at_slots() -> tuple[npt.NDArray[np.intp], Curve]:
    """Knot before each slot, and the share of the one after it: both of shape (slot,)."""
    hour = (np.arange(SLOTS) + 0.5) * 24 / SLOTS
    place = np.clip((hour - KNOT_HOURS[0]) / np.diff(KNOT_HOURS)[0], 0, len(KNOT_HOURS) - 1)
    before = np.minimum(place.astype(np.intp), len(KNOT_HOURS) - 2)
    return before, place - before


def spacing_at_slots(at_knots: Curve) -> Curve:
    """Spacings between the knots, smooth in time: (knot,) to (slot,)."""
    before, share = knots_at_slots()
    return np.asarray(np.exp(CubicSpline(np.arange(len(at_knots)), np.log(at_knots))(before + share)))


def at_slots(at_knots: Curve) -> Curve:
    """Values between the knots, linear in time: (knot, ...) to (slot, ...)."""
    before, share = knots_at_slots()
    share = share.reshape(-1, *[1] * (at_knots.ndim - 1)).astype(at_knots.dtype)
    return np.asarray((1 - share) * at_knots[before] + share * at_knots[before + 1])


def ripple_at(resonator: Resonator, orders: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Power on the ground relative to its mean over a cycle, at orders of shape (slot, any); same shape."""
    rows = at_slots(resonator.ripple.astype(np.float32))
    place = np.minimum(orders * np.float32(1 / ORDER_STEP), rows.shape[1] - 2)
    below = place.astype(np.intp)
    share = place - below
    below += (np.arange(SLOTS) * rows.shape[1])[:, None]
    flat = rows.ravel()
    low = flat.take(below)
    return np.asarray(low + share * (flat.take(below + 1) - low))


def make_resonator(
    electrons_per_m3: Curve, date: dt.date, position: tuple[float, float], *, pedersen_s: float
) -> Resonator:
    """Resonator of a night.

    Parameters
    ----------
    electrons_per_m3
        Profiles at `KNOT_HOURS` over `HEIGHT_KM`, 1/m^3, shape (knot, height).
    position
        Latitude and longitude, degrees.
    pedersen_s
        Height-integrated Pedersen conductance, siemens.
    """
    field_t, dip_deg = _field(*position, date.year)
    spacing, ripple = [], []
    for profile in electrons_per_m3:
        speed = alfven_speed(field_t, profile, HEIGHT_KM)
        spacing_hz = time_of_flight_spacing(speed, HEIGHT_KM, dip_deg=dip_deg)
        response = ground_response(ORDERS * spacing_hz, speed, HEIGHT_KM, dip_deg=dip_deg, pedersen_s=pedersen_s)
        spacing.append(spacing_hz)
        ripple.append(_ripple(response))
    crests = [_crests(row) for row in ripple]
    crest_order, crest, trough = (np.array(part) for part in zip(*crests, strict=True))
    return Resonator(spacing_at_slots(np.array(spacing)), np.array(ripple), crest_order, crest, trough)


def _ripple(response: Curve) -> Curve:
    """Power of a response relative to its mean over a cycle, which starts between the first two maxima."""
    level = 2 * np.log(response)
    trend = uniform_filter1d(level, _CYCLE, mode="nearest")
    first = round(1.75 / ORDER_STEP)
    trend[:first] = trend[first]  # further down it would shift the first maximum
    return np.asarray(np.exp(np.clip(level - trend, -5, 3)))


def _crests(ripple: Curve) -> tuple[Curve, Curve, Curve]:
    """Order and height of the maximum of each harmonic, and the height of the minimum within the cycle above it.

    Where the ripple has no maximum within a fifth of a cycle of where it should be, it is taken to be there.
    """
    maxima = scipy.signal.find_peaks(ripple)[0]
    order, crest, trough = np.empty(HARMONICS), np.empty(HARMONICS), np.empty(HARMONICS)
    expected = FIRST_ORDER
    for n in range(HARMONICS):
        near = maxima[np.abs(ORDERS[maxima] - expected) < 1 / 5]
        i = int(near[ripple[near].argmax()]) if len(near) else round(expected / ORDER_STEP)
        order[n] = ORDERS[i] + (_summit(ripple[i - 1 : i + 2]) if len(near) else 0.0)
        crest[n], trough[n] = ripple[i], ripple[i : i + _CYCLE].min()
        expected = order[n] + 1
    return order, crest, trough


def _summit(around: Curve) -> float:
    """Where the parabola through three values has its maximum, from the middle one, in orders."""
    left, here, right = around
    return float(0.5 * ORDER_STEP * (left - right) / (left - 2 * here + right))


@functools.lru_cache(maxsize=64)
def _field(latitude_deg: float, longitude_deg: float, year: int) -> tuple[Curve, float]:
    return field_strength(latitude_deg, longitude_deg, HEIGHT_KM, dt.date(year, 7, 1))

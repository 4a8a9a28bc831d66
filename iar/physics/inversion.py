"""The spacing that a model of the ionosphere expects, and the density that a measured spacing tells with its help.

The time of flight goes with the root of the density, whatever the shape of its profile: a spacing that is half of the
model's means four times its electrons at every height. So the answer depends on the model's shape, on where its oxygen
turns into protons, and on the IGRF; the reported error is that of the spacing alone.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from iar.physics.alfven import HEIGHT_KM, ChapmanLayer, alfven_speed, field_strength, time_of_flight_spacing
from iar.physics.ionosphere import chapman_profiles, iri_profiles

Curve = npt.NDArray[np.float64]

LOCAL_HOURS = np.arange(12.0, 37.0)
"""From noon to noon: a night's midnight is 24, wherever the station's night begins."""
LEAST_DIP_DEG = 20.0
"""Nearer to the magnetic equator a line of the field bends down below 1000 km: there is no time of flight to there."""
CRITICAL_HZ = 8.98
"""Plasma frequency of one electron in a cubic metre, Hz: e / (2 pi sqrt(epsilon_0 m_e))."""


@dataclass(frozen=True)
class Modelled:
    """A model's ionosphere at some times: spacing by time of flight, Hz, and peak density, 1/m^3, shape (time,)."""

    delta_f_hz: Curve
    peak_per_m3: Curve


@dataclass(frozen=True)
class Inverted:
    """Peak density, 1/m^3, and critical frequency foF2, MHz, each with the error of the spacing; shape (time,)."""

    peak_per_m3: Curve
    peak_sigma_per_m3: Curve
    fof2_mhz: Curve
    fof2_sigma_mhz: Curve


def modelled_night(
    night: dt.date, hour_utc: Curve, latitude_deg: float, longitude_deg: float, *, iri: bool = False
) -> Modelled:
    """Ionosphere of a night above a station.

    Parameters
    ----------
    hour_utc
        Hours after 0 UTC of the night's date, shape (time,).
    latitude_deg, longitude_deg
        Position of the station, degrees.
    iri
        The International Reference Ionosphere in place of a Chapman layer of the season. Both take the sun's flux of a
        mean cycle (`iar.physics.ionosphere.solar_flux`), not that of the day.

    Returns
    -------
    Its ionosphere; NaN near the magnetic equator, where the field dips by less than `LEAST_DIP_DEG`.

    Raises
    ------
    InputError
        If the IRI is wanted and PyIRI is not installed.
    """
    if iri:
        profiles = iri_profiles(night, LOCAL_HOURS, HEIGHT_KM, latitude_deg, longitude_deg)
    else:
        profiles = chapman_profiles(night, LOCAL_HOURS, HEIGHT_KM, latitude_deg, ChapmanLayer())
    field_t, dip_deg = field_strength(latitude_deg, longitude_deg, HEIGHT_KM, night)
    if abs(dip_deg) < LEAST_DIP_DEG:
        return Modelled(np.full(len(hour_utc), np.nan), np.full(len(hour_utc), np.nan))
    spacing_hz = [
        time_of_flight_spacing(alfven_speed(field_t, profile, HEIGHT_KM), HEIGHT_KM, dip_deg=dip_deg)
        for profile in profiles
    ]
    at_knots = (np.array(spacing_hz), profiles.max(axis=1))
    local_hour = (hour_utc + longitude_deg / 15 - LOCAL_HOURS[0]) % 24 + LOCAL_HOURS[0]
    return Modelled(*(np.exp(np.interp(local_hour, LOCAL_HOURS, np.log(values))) for values in at_knots))


def invert_spacing(delta_f_hz: Curve, sigma_hz: Curve, model: Modelled) -> Inverted:
    """Density that makes the model's time of flight that of the measured spacing.

    Parameters
    ----------
    delta_f_hz, sigma_hz
        Spacing and its standard error, Hz, shape (time,), NaN where there is none.
    """
    relative = sigma_hz / delta_f_hz
    peak = model.peak_per_m3 * (model.delta_f_hz / delta_f_hz) ** 2
    fof2_mhz = 1e-6 * CRITICAL_HZ * np.sqrt(peak)
    return Inverted(peak, 2 * relative * peak, fof2_mhz, relative * fof2_mhz)

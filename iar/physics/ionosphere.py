"""Electrons above a station through a night: the IRI where PyIRI is installed, else a Chapman layer of the season.

The Chapman layer's peak density is fitted to the spacings seen at Eskdalemuir: 0.32 to 0.65 Hz in April 2014, 0.58 to
1.39 in January 2014 (Beggan & Musur 2018, doi:10.1029/2018JA025264), and 1.2 to 2.1 in January 2019, after that paper.
"""

import datetime as dt

import numpy as np
import numpy.typing as npt

from iar.errors import InputError
from iar.physics.alfven import ChapmanLayer, electron_density

Profiles = npt.NDArray[np.float64]

SOLAR_MAXIMUM = dt.date(2014, 4, 15)
SOLAR_CYCLE_DAYS = 11.0 * 365.25
FLUX_RANGE = (70.0, 146.0)
"""F10.7 at the minima around the 24th cycle and at its maximum, solar flux units."""
MIDSUMMER_PEAK_PER_M3 = 6.0e11
"""Peak density at midnight in summer at the cycle's maximum."""
MIDWINTER_SHARE = 0.17
FLUX_EXPONENT = 1.5


def solar_flux(date: dt.date) -> float:
    """F10.7 of a date, solar flux units, from a cycle of 11 years like the 24th."""
    low, high = FLUX_RANGE
    phase = 2 * np.pi * (date - SOLAR_MAXIMUM).days / SOLAR_CYCLE_DAYS
    return float(low + (high - low) * (1 + np.cos(phase)) / 2)


def night_peak_per_m3(date: dt.date, local_hour: Profiles, latitude_deg: float) -> Profiles:
    """Peak density of the layer, 1/m^3, at local hours of a night (24 is midnight), shape (hour,).

    It falls through the night, with minima (the widest spacing) near 22 and 4 h.
    """
    since_midwinter = (date - dt.date(date.year, 1, 5)).days / 365.25 + (0 if latitude_deg >= 0 else 0.5)
    winter = ((1 + np.cos(2 * np.pi * since_midwinter)) / 2) ** 2
    season = MIDWINTER_SHARE**winter
    flux = (solar_flux(date) / FLUX_RANGE[1]) ** FLUX_EXPONENT
    hours = np.exp(-0.06 * (local_hour - 24)) * (1 + 0.25 * np.cos(2 * np.pi * (local_hour - 25) / 6))
    return np.asarray(MIDSUMMER_PEAK_PER_M3 * season * flux * hours)


def chapman_profiles(
    date: dt.date, local_hour: Profiles, height_km: Profiles, latitude_deg: float, layer: ChapmanLayer
) -> Profiles:
    """Electrons per cubic metre of the season's Chapman layer, shape (hour, height).

    `layer` gives the shape; its peak and topside are scaled to the peak of each hour.
    """
    scale = night_peak_per_m3(date, local_hour, latitude_deg) / layer.peak_per_m3
    return np.asarray(scale[:, None] * electron_density(height_km, layer))


def iri_profiles(
    date: dt.date, local_hour: Profiles, height_km: Profiles, latitude_deg: float, longitude_deg: float
) -> Profiles:
    """Electrons per cubic metre of the International Reference Ionosphere, shape (hour, height).

    Raises
    ------
    InputError
        If PyIRI is not installed.
    """
    try:
        import PyIRI
        from PyIRI import main_library
    except ImportError:
        raise InputError("the ionosphere 'iri' needs PyIRI: pip install -e '.[physics]'") from None
    hour = (local_hour - longitude_deg / 15) % 24
    place = (np.array([longitude_deg]), np.array([latitude_deg]))
    *_, density = main_library.IRI_density_1day(
        date.year, date.month, date.day, hour, *place, height_km, solar_flux(date), PyIRI.coeff_dir, 0
    )
    return np.asarray(density[:, :, 0])

"""Alfvén speed above a station, and what follows from it: the time of flight and the ground's response.

Lysak 1993 (in "Auroral Plasma Dynamics", AGU Monograph 80) and Beggan & Musur 2018 (doi:10.1029/2018JA025264) describe
the resonator. The admittance is stepped down through thin layers, each taken as a transmission line.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

MU0 = 4e-7 * np.pi
PROTON_KG = 1.672_621_92e-27
OXYGEN_KG = 16 * PROTON_KG
TRANSITION_KM = 700.0
"""Height at which half of the ions are protons."""
TRANSITION_WIDTH_KM = 120.0
"""Scale of that transition. A sharp one would reflect waves by itself, and so widen the fringes."""
HEIGHT_KM = np.arange(100.0, 1001.0, 10.0)
"""From the bottom of the resonator to its top."""
IGRF_ENDS = dt.date(2030, 1, 1)
"""Last date that the 14th generation of the IGRF covers."""

Profile = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ChapmanLayer:
    """The F2 layer: peak density (1/m^3), its height, scale heights below and above it (km); protonosphere (1/m^3)."""

    peak_per_m3: float = 2e11
    height_km: float = 320.0
    bottom_scale_km: float = 40.0
    top_scale_km: float = 60.0
    topside_per_m3: float = 8e9


def electron_density(height_km: Profile, layer: ChapmanLayer) -> Profile:
    """Electrons per cubic metre at each height: an alpha-Chapman layer that fades into a constant topside."""
    above = height_km - layer.height_km
    z = above / np.where(above < 0, layer.bottom_scale_km, layer.top_scale_km)
    topside = layer.topside_per_m3 / (1 + np.exp(-above / layer.top_scale_km))
    return np.asarray(layer.peak_per_m3 * np.exp(0.5 * (1 - z - np.exp(-z))) + topside)


def field_strength(
    latitude_deg: float, longitude_deg: float, height_km: Profile, date: dt.date
) -> tuple[Profile, float]:
    """Strength of the main field at each height (T), and its dip at the lowest (degrees), from the IGRF.

    After the last year of the model the field stays.
    """
    import ppigrf

    known = min(date, IGRF_ENDS)
    when = dt.datetime(known.year, known.month, known.day)  # noqa: DTZ001 - ppigrf wants it naive
    off_pole_deg = min(latitude_deg, 89.99)  # the east component is 0/0 at the north pole itself
    east, north, up = ppigrf.igrf(longitude_deg, off_pole_deg, height_km, when)
    east, north, up = (np.asarray(c, dtype=np.float64).ravel() for c in (east, north, up))
    horizontal = np.hypot(east, north)
    return 1e-9 * np.hypot(horizontal, up), float(np.degrees(np.arctan2(-up[0], horizontal[0])))


def declination_deg(latitude_deg: float, longitude_deg: float, date: dt.date) -> float:
    """Direction of the main field's horizontal part on the ground, degrees from north over east, from the IGRF.

    After the last year of the model the field stays.
    """
    import ppigrf

    known = min(date, IGRF_ENDS)
    when = dt.datetime(known.year, known.month, known.day)  # noqa: DTZ001 - ppigrf wants it naive
    east, north, _ = ppigrf.igrf(longitude_deg, min(latitude_deg, 89.99), 0.0, when)
    return float(np.degrees(np.arctan2(np.ravel(east)[0], np.ravel(north)[0])))


def alfven_speed(field_t: Profile, electrons_per_m3: Profile, height_km: Profile) -> Profile:
    """V_A = B / sqrt(mu0 n m), m/s, with oxygen ions below 700 km turning into protons above."""
    protons = 0.5 * (1 + np.tanh((height_km - TRANSITION_KM) / TRANSITION_WIDTH_KM))
    mass = protons * PROTON_KG + (1 - protons) * OXYGEN_KG
    return np.asarray(field_t / np.sqrt(MU0 * electrons_per_m3 * mass))


def time_of_flight_spacing(speed_m_s: Profile, height_km: Profile, *, dip_deg: float) -> float:
    """Spacing of fringes by time of flight, Hz: 1 / (2 integral ds / V_A) along the inclined field."""
    along_m = 1e3 * height_km / np.sin(np.radians(abs(dip_deg)))
    return float(1 / (2 * np.trapezoid(1 / speed_m_s, along_m)))


def ground_response(
    frequency_hz: Profile, speed_m_s: Profile, height_km: Profile, *, dip_deg: float, pedersen_s: float
) -> Profile:
    """Amplitude of the field on the ground, arbitrary units: 1 / |Sigma_P + Y|, shape (frequency,).

    The admittance of the Alfvén wave is stepped down from the top, layer by layer,
    ``Y <- Yc (Y - i Yc tan(k ds)) / (Yc - i Y tan(k ds))`` with ``Yc = 1/(mu0 V_A)`` and ``k = 2 pi f / V_A``.

    Parameters
    ----------
    frequency_hz
        Hz, shape (frequency,).
    speed_m_s, height_km
        Alfvén speed at rising heights, shape (height,); the lowest is the bottom of the ionosphere.
    dip_deg
        Of the field, which the wave follows, degrees; not 0.
    pedersen_s
        Height-integrated Pedersen conductance, siemens.
    """
    step_m = 1e3 * np.diff(height_km) / np.sin(np.radians(abs(dip_deg)))
    speed = (speed_m_s[1:] + speed_m_s[:-1]) / 2
    admittance = np.full(len(frequency_hz), 1 / (MU0 * speed_m_s[-1]), dtype=complex)
    for ds, v in zip(step_m[::-1], speed[::-1], strict=True):
        own = 1 / (MU0 * v)
        turn = np.tan(2 * np.pi * frequency_hz / v * ds)
        admittance = own * (admittance - 1j * own * turn) / (own - 1j * admittance * turn)
    return np.asarray(1 / np.abs(pedersen_s + admittance))

"""A station's settings as the plain numbers that the core wants."""

import datetime as dt
from typing import Any

import numpy as np
import numpy.typing as npt

from iar.archive.store import archive_station
from iar.night import dark_slots, slot_middles
from iar.physics.alfven import declination_deg
from iar.physics.sun import sun_elevation_deg
from iar.records.resampling import carried_hz, resampling_gain
from iar.settings import DarkHours, FlatResponse, Station, TableResponse, load_station
from iar.spectra.response import flat_volts_per_nt, pt_per_count, resonant_volts_per_nt, tabulated_volts_per_nt


def choose_station(given: str | None, archive: str | None = None) -> Station:
    """Station that somebody gave, by name or file; else that of the archive at a URL, if it is there; else Eskdalemuir.

    Raises
    ------
    InputError
        If it is neither built in nor a file, or one of its fields is wrong.
    """
    if given:
        return load_station(given)
    there = archive_station(archive) if archive else None
    return there or load_station("eskdalemuir")


def station_dark(station: Station, night: dt.date) -> npt.NDArray[np.bool_]:
    """Dark slots of a night: bool, shape (864,). A slot is as dark as its middle; in summer none may be."""
    dark, boundary = station.dark, station.boundary_hour
    if isinstance(dark, DarkHours):
        return dark_slots(dark.from_hour, dark.to_hour, boundary)
    middle = slot_middles(night, boundary)
    return np.asarray(sun_elevation_deg(middle, station.latitude_deg, station.longitude_deg) < dark.below_deg)


def no_dark_reason(station: Station) -> str:
    """Why a night of the station has no dark slot."""
    dark = station.dark
    if isinstance(dark, DarkHours):
        return f"no slot lies between {dark.from_hour:g} and {dark.to_hour:g} h UTC"
    return f"the sun is never below {dark.below_deg:g} degrees"


def dark_settings(station: Station) -> dict[str, Any]:
    """Settings that decide which slots are dark, for the signatures of what is made from them."""
    return station.model_dump(include={"dark", "boundary_hour", "latitude_deg", "longitude_deg"})


def coil_response(station: Station, frequency_hz: npt.NDArray[np.float64]) -> npt.NDArray[np.complex128]:
    """Response of a station's coils, complex, V/nT, shape (frequency,)."""
    response = station.response
    if isinstance(response, FlatResponse):
        return flat_volts_per_nt(frequency_hz, volts_per_nt=response.volts_per_nt)
    if isinstance(response, TableResponse):
        return tabulated_volts_per_nt(
            frequency_hz,
            table_hz=np.array(response.frequency_hz),
            table_volts_per_nt=np.array(response.volts_per_nt),
            table_phase_deg=np.array(response.phase_deg),
        )
    return resonant_volts_per_nt(frequency_hz, **response.model_dump(exclude={"kind"}))


def station_pt_per_count(station: Station, frequency_hz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Inverse of a station's coils, digitiser and resampling, pT per count, shape (frequency,).

    NaN above what samples of its rate carry: there is no measuring there.
    """
    coil = pt_per_count(coil_response(station, frequency_hz), volts_per_count=station.volts_per_count)
    carried = frequency_hz <= carried_hz(station.rate_hz)
    return np.where(carried, coil / resampling_gain(frequency_hz, station.rate_hz), np.nan)


def coil_azimuths_deg(station: Station, night: dt.date) -> tuple[float, float] | None:
    """Azimuths of both coils from geographic north in a night, degrees; None where they are north and east by name.

    Those from magnetic north follow its way through the years, in steps of a hundredth of a degree.
    """
    if station.azimuth_deg is None or station.azimuth_from == "geographic":
        return station.azimuth_deg
    declination = round(declination_deg(station.latitude_deg, station.longitude_deg, night), 2)
    return station.azimuth_deg[0] + declination, station.azimuth_deg[1] + declination


def carried_band(station: Station, frequency_hz: npt.NDArray[np.float64]) -> tuple[float, float]:
    """First and last of the frequencies that samples of the station carry, Hz; equal ones where they carry none."""
    low_hz = float(frequency_hz[0])
    return low_hz, max(low_hz, min(float(frequency_hz[-1]), carried_hz(station.rate_hz)))

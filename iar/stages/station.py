"""A station's settings as the plain numbers that the core wants."""

import datetime as dt
from typing import Any

import numpy as np
import numpy.typing as npt

from iar.archive.manifest import signature_of
from iar.archive.store import archive_station
from iar.night import dark_slots, slot_middles
from iar.physics.alfven import declination_deg
from iar.physics.sun import sun_elevation_deg
from iar.records.resampling import carried_hz, resampling_gain
from iar.settings import (
    CALIBRATION_FIELDS,
    STATIONS,
    DarkHours,
    FlatResponse,
    FormulaResponse,
    PolesZerosResponse,
    Response,
    Station,
    TableResponse,
    load_station,
)
from iar.spectra.formula import formula_volts_per_nt
from iar.spectra.response import (
    flat_volts_per_nt,
    poles_zeros_volts_per_nt,
    pt_per_count,
    resonant_volts_per_nt,
    tabulated_volts_per_nt,
)

Complex = npt.NDArray[np.complex128]


def choose_station(given: str | None, archive: str | None = None) -> Station:
    """Station that somebody gave, by name or file; else that of the archive at a URL, if it is there; else Eskdalemuir.

    An archive of a station that is built in keeps the calibration that it was made with, also where that station's name
    is given and a later version knows a better one.

    Raises
    ------
    InputError
        If it is neither built in nor a file, or one of its fields is wrong.
    """
    if given and given not in STATIONS:
        return load_station(given)
    there = archive_station(archive) if archive else None
    if given is None:
        return there or load_station("eskdalemuir")
    built_in = load_station(given)
    if there is None or there.name != given:
        return built_in
    return built_in.model_copy(update={field: getattr(there, field) for field in CALIBRATION_FIELDS})


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


def response_at(response: Response, frequency_hz: npt.NDArray[np.float64]) -> Complex:
    """Response of a coil, complex, V/nT, shape (frequency,)."""
    if isinstance(response, TableResponse):
        return tabulated_volts_per_nt(
            frequency_hz,
            table_hz=np.array(response.frequency_hz),
            table_volts_per_nt=np.array(response.volts_per_nt),
            table_phase_deg=np.array(response.phase_deg),
        )
    numbers = response.model_dump(exclude={"kind"})
    if isinstance(response, FlatResponse):
        return flat_volts_per_nt(frequency_hz, **numbers)
    if isinstance(response, PolesZerosResponse):
        return poles_zeros_volts_per_nt(frequency_hz, **numbers)
    if isinstance(response, FormulaResponse):
        return formula_volts_per_nt(frequency_hz, formula=response.volts_per_nt)
    return resonant_volts_per_nt(frequency_hz, **numbers)


def coils_pt_per_count(station: Station, night: dt.date, frequency_hz: npt.NDArray[np.float64]) -> Complex:
    """Inverse of a station's coils and digitisers in a night, pT per count, complex, shape (channel, frequency)."""
    chains = station.chains(night)
    return np.stack(
        [pt_per_count(response_at(one.response, frequency_hz), volts_per_count=one.volts_per_count) for one in chains]
    )


def station_pt_per_count(station: Station, night: dt.date, frequency_hz: npt.NDArray[np.float64]) -> Complex:
    """Inverse of a station's coils, digitisers and resampling in a night, pT per count, shape (channel, frequency).

    Complex: its phase is the coils'. NaN above what samples of its rate carry: there is no measuring there.
    """
    coils = coils_pt_per_count(station, night, frequency_hz)
    carried = frequency_hz <= carried_hz(station.rate_hz)
    return np.where(carried, coils / resampling_gain(frequency_hz, station.rate_hz), np.nan)


def calibration_settings(station: Station, night: dt.date) -> tuple[Any, ...]:
    """What decides how counts of a night become field, for signatures.

    Of two coils that are the same it is what it was when there was no other: seals of then stay valid.
    """
    first, second = ((one.volts_per_count, one.response.model_dump()) for one in station.chains(night))
    coils = first if first == second else (first, second)
    return (*coils, station.full_scale_counts, station.rate_hz)


def calibration_note(station: Station, night: dt.date) -> dict[str, dict[str, Any]]:
    """What the seal of a night says of each coil: V per count, kind of response, and what tells two of a kind apart."""
    described = {}
    for name, one in zip(station.channels, station.chains(night), strict=True):
        (at_1_hz,) = np.abs(response_at(one.response, np.array([1.0])))
        described[name] = {
            "volts_per_count": one.volts_per_count,
            "response": one.response.kind,
            "volts_per_nt_at_1_hz": float(f"{at_1_hz:.6g}"),
            "digest": signature_of(one.response.model_dump(mode="json")),
        }
    return described


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

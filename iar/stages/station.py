"""A station's settings as the plain numbers that the core wants."""

import numpy as np
import numpy.typing as npt

from iar.night import dark_slots
from iar.settings import FlatResponse, Station, TableResponse
from iar.spectra.response import flat_volts_per_nt, pt_per_count, resonant_volts_per_nt, tabulated_volts_per_nt


def station_dark(station: Station) -> npt.NDArray[np.bool_]:
    """Dark slots of a station's nights: bool, shape (864,)."""
    return dark_slots(station.dark_from_hour, station.dark_to_hour, station.boundary_hour)


def coil_response(station: Station, frequency_hz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Sensitivity of a station's coils, V/nT, shape (frequency,)."""
    response = station.response
    if isinstance(response, FlatResponse):
        return flat_volts_per_nt(frequency_hz, volts_per_nt=response.volts_per_nt)
    if isinstance(response, TableResponse):
        table_hz, table_volts = np.array(response.frequency_hz), np.array(response.volts_per_nt)
        return tabulated_volts_per_nt(frequency_hz, table_hz=table_hz, table_volts_per_nt=table_volts)
    return resonant_volts_per_nt(frequency_hz, **response.model_dump(exclude={"kind"}))


def station_pt_per_count(station: Station, frequency_hz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Inverse of a station's coils and digitiser, pT per count, shape (frequency,)."""
    return pt_per_count(coil_response(station, frequency_hz), volts_per_count=station.volts_per_count)

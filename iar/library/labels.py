"""Units and times as people write them, as plain numbers; and the labels that answers carry."""

import re
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from iar.errors import InputError

Seconds = npt.NDArray[np.float64]

DENSITY_UNIT = "pT/sqrt(Hz)"
_PREFIX = {"": 1e12, "m": 1e9, "u": 1e6, "µ": 1e6, "n": 1e3, "p": 1.0, "f": 1e-3}
_FIELD = re.compile(r"(?P<prefix>[munpfµ]?)(T|tesla)(?P<rest>.*)")


def pt_per_unit(units: str) -> float | None:
    """Factor that makes pT of a unit of the magnetic field; None of another.

    >>> pt_per_unit("nT"), pt_per_unit("T"), pt_per_unit("V"), pt_per_unit("nT/s")
    (1000.0, 1000000000000.0, None, None)
    """
    found = _FIELD.fullmatch(units.strip())
    return _PREFIX[found["prefix"]] if found and not found["rest"] else None


def density_factor(units: str) -> float:
    """Factor that makes pT/sqrt(Hz) of a unit of density, of none 1; an InputError of another.

    >>> density_factor("nT/sqrt(Hz)"), density_factor("T Hz-0.5"), density_factor("")
    (1000.0, 1000000000000.0, 1.0)
    """
    if units in ("", "1"):
        return 1.0
    found = _FIELD.fullmatch(units.strip())
    if not found or "Hz" not in found["rest"]:
        raise InputError(f"density in {units!r}: expected {DENSITY_UNIT}, or another unit of the field over sqrt(Hz)")
    return _PREFIX[found["prefix"]]


def seconds(time: Any) -> tuple[Seconds, np.datetime64 | None]:
    """Seconds after the first time, and that time, UTC; seconds as they are, and None, where times are no dates."""
    given = time if isinstance(time, pd.Index) else np.asarray(time)
    if given.ndim != 1 or not given.size:
        raise InputError(f"time has shape {given.shape}: expected one dimension")
    if pd.api.types.is_numeric_dtype(given.dtype):
        return np.asarray(given, dtype=np.float64), None
    try:
        stamps = pd.to_datetime(given, utc=True).tz_localize(None).to_numpy("datetime64[ns]")
    except (TypeError, ValueError):
        raise InputError(f"time begins with {given[0]!r}: expected datetime64, UTC, or seconds") from None
    return (stamps - stamps[0]) / np.timedelta64(1, "s"), stamps[0]


def check_rising(name: str, values: Seconds) -> None:
    """Raise an InputError, with the place, unless each value is above the one before; NaN is not."""
    place = np.flatnonzero(~(np.diff(values) > 0))
    if len(place):
        at = int(place[0])
        raise InputError(f"{name}: value {at + 1} is {values[at + 1]:g} after {values[at]:g}: expected to rise")


def time_label(start_s: Seconds, origin: np.datetime64 | None) -> xr.DataArray:
    """Starts of slots as a coordinate: dates, or seconds where no date is known."""
    if origin is None:
        return xr.DataArray(start_s, dims="time", attrs={"long_name": "start of the slot", "units": "s"})
    stamps = origin + np.rint(start_s * 1e9).astype("timedelta64[ns]")
    return xr.DataArray(stamps, dims="time", attrs={"long_name": "start of the slot, UTC"})


def frequency_label(frequency_hz: npt.NDArray[np.float64]) -> xr.DataArray:
    """Frequencies as a coordinate."""
    attrs = {"long_name": "frequency", "standard_name": "wave_frequency", "units": "Hz"}
    return xr.DataArray(frequency_hz, dims="frequency", attrs=attrs)

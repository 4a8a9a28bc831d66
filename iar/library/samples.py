"""Samples that a caller has, NumPy or xarray, each in its place; and their rate, start, unit and names."""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from iar.errors import InputError
from iar.library.labels import check_rising, seconds
from iar.night import CHANNELS, samples_there

Floats: TypeAlias = npt.NDArray[np.float64]
Place: TypeAlias = npt.NDArray[np.intp]

_HOLE = 1.5
"""Steps from which the time between two samples is a hole."""


@dataclass(frozen=True)
class Samples:
    """Samples at an even rate.

    `values`, shape (channel, sample), NaN where there are none; `rate_hz`; `origin`, datetime64 of the first, None
    where no date is known; `units`, None where nothing is said; `channels` their names, None of a single coil.
    """

    values: Floats
    rate_hz: float
    origin: np.datetime64 | None
    units: str | None
    channels: tuple[str, ...] | None


def read_samples(samples: npt.ArrayLike | xr.DataArray, rate_hz: float | None, start: Any) -> Samples:
    """Samples from what somebody has; see `iar.spectrogram`."""
    origin = None if start is None else _date(start)
    if isinstance(samples, xr.DataArray):
        return _of_labels(samples, rate_hz, origin)
    if rate_hz is None:
        raise InputError("rate_hz is not given, and no times tell it: expected samples a second")
    values = _floats(samples)
    channels = CHANNELS if values.ndim == 2 else None
    return Samples(np.atleast_2d(values), float(rate_hz), origin, None, channels)


def _of_labels(samples: xr.DataArray, rate_hz: float | None, origin: np.datetime64 | None) -> Samples:
    """Samples whose labels say what the caller does not."""
    samples = samples.rename({"sample": "time"}) if "sample" in samples.dims else samples
    order = [name for name in ("channel", "time") if name in samples.dims]
    if len(order) != samples.ndim or order[-1:] != ["time"]:
        raise InputError(f"samples with dimensions {', '.join(map(str, samples.dims))}: expected (channel,) time")
    values = np.atleast_2d(_floats(samples.transpose(*order).values))
    if "time" in samples.coords:
        since_s, first = seconds(samples["time"].values)
        check_rising("time", since_s)
        rate_hz = rate_hz or _rate_hz(since_s)
        values = _with_holes(values, _places(since_s, rate_hz))
        origin = first if origin is None else origin
    plain = read_samples(values, rate_hz or samples.attrs.get("sampling_rate_hz"), origin)
    named = samples["channel"].values if "channel" in samples.coords else CHANNELS
    channels = tuple(str(name) for name in np.atleast_1d(named)) if "channel" in order else None
    return Samples(plain.values, plain.rate_hz, origin, samples.attrs.get("units"), channels)


def _floats(samples: npt.ArrayLike) -> Floats:
    array: np.ma.MaskedArray[Any, Any] = np.ma.asarray(samples)
    if array.ndim not in (1, 2) or not array.size or (array.ndim == 2 and len(array) > len(CHANNELS)):
        raise InputError(f"samples of shape {array.shape}: expected (sample,) or (channel 1 or 2, sample)")
    if array.dtype.kind not in "iuf":
        raise InputError(f"samples of dtype {array.dtype}: expected integers or floats")
    there = samples_there(array.data) & ~np.ma.getmaskarray(array)
    return np.where(there, array.data, np.nan).astype(np.float64)


def _date(start: Any) -> np.datetime64:
    (_, origin) = seconds(np.atleast_1d(np.asarray(start)))
    if origin is None:
        raise InputError(f"start is {start!r}: expected a date and time, UTC, such as 2014-01-10T18:00")
    return origin


def _rate_hz(since_s: Floats) -> float:
    step = np.diff(since_s)
    if not len(step):
        raise InputError("one sample has no rate: expected rate_hz")
    return float(1 / step[step < _HOLE * np.median(step)].mean())


def _places(since_s: Floats, rate_hz: float) -> Place:
    """Number of each sample, counted from the first, shape (sample,)."""
    number = np.rint((since_s - since_s[0]) * rate_hz).astype(np.intp)
    close = np.flatnonzero(np.diff(number) < 1)
    if len(close):
        at = int(close[0])
        raise InputError(f"sample {at + 1} comes {np.diff(since_s)[at]:g} s after the one before, at {rate_hz:g} Hz")
    return np.asarray(number)


def _with_holes(values: Floats, place: Place) -> Floats:
    holed = np.full((len(values), place[-1] + 1), np.nan)
    holed[:, place] = values
    return holed

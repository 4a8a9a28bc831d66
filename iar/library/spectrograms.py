"""Samples of any rate to a spectrogram."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from iar.errors import InputError
from iar.library.labels import DENSITY_UNIT, frequency_label, pt_per_unit, time_label
from iar.library.samples import Floats, read_samples
from iar.night import SLOT_S, SLOT_SAMPLES
from iar.records.resampling import carried_hz, resample_samples, resampling_gain
from iar.settings import SpectraSettings
from iar.settings.faults import in_one_line
from iar.spectra.band import Band
from iar.spectra.density import amplitude_density
from iar.spectra.quality import effort

Calibration = float | Callable[[Floats], npt.ArrayLike] | None

MOST_RATE_HZ = 1e5


def spectrogram(
    samples: npt.ArrayLike | xr.DataArray,
    rate_hz: float | None = None,
    *,
    start: Any = None,
    pt_per_count: Calibration = None,
    band_hz: tuple[float, float] = (0.5, 10.5),
) -> xr.DataArray:
    """Amplitude density of samples, shape (time, frequency) or (channel, time, frequency), in slots of 100 s.

    Parameters
    ----------
    samples
        Of one coil, shape (sample,), or of two, shape (channel, sample): integers, `iar.night.MISSING` where there is
        none, or floats, NaN where there is none. With xarray the dimensions are ``channel`` and ``time`` or ``sample``,
        in any order; holes between times are holes.
    rate_hz
        Samples a second. Times of a labelled array tell it, or its attribute ``sampling_rate_hz``.
    start
        Time of the first sample, UTC, as datetime64 understands it. Times of a labelled array tell it; without any,
        the answer counts seconds.
    pt_per_count
        pT for each unit of the samples: a number, or a function of frequencies in Hz, shape (frequency,), where coil
        and digitiser are not flat. Where nothing is said a labelled array's unit of the magnetic field is taken, and
        other samples are pT.
    band_hz
        Lowest and highest frequency, the corners of the band-pass as in an archive's settings.

    Returns
    -------
    float32, pT/sqrt(Hz), with the filter, the segments and the calibration of an archive: NaN in slots without a whole
    segment, and at frequencies that the rate does not carry: above 0.4 of it, or above 37 Hz where it is higher than
    100 Hz. The last slot may be a piece of one.
    Its coordinate ``effort`` is the share of a slot's samples that are there.

    Raises
    ------
    InputError
        If shapes, rate, times, units or band cannot be.
    """
    read, band = read_samples(samples, rate_hz, start), _band(band_hz)
    hz = band.frequency_hz
    _check_rate(read.rate_hz, band)
    coils = np.stack([_whole_slots(resample_samples(one, read.rate_hz)) for one in read.values])
    scale = _pt_per_count(pt_per_count, read.units, hz) / resampling_gain(hz, read.rate_hz)
    scale[hz > carried_hz(read.rate_hz)] = np.nan
    density = np.stack([amplitude_density(one, band=band, pt_per_count=scale) for one in coils])
    labels = {"time": time_label(SLOT_S * np.arange(density.shape[1], dtype=float), read.origin)}
    return _labelled(density, effort(coils), labels | {"frequency": frequency_label(hz)}, read.channels)


def _check_rate(rate_hz: float, band: Band) -> None:
    if not (0 < rate_hz <= MOST_RATE_HZ and carried_hz(rate_hz) > band.low_hz):  # also where it is NaN
        raise InputError(
            f"rate_hz is {rate_hz:g}: expected up to {MOST_RATE_HZ:g} Hz, and enough for a band from {band.low_hz:g} Hz"
        )


def _band(band_hz: tuple[float, float]) -> Band:
    low_hz, high_hz = band_hz
    with in_one_line("band_hz", SpectraSettings):
        settings = SpectraSettings(low_hz=low_hz, high_hz=high_hz)
    return Band(low_hz=low_hz, high_hz=high_hz, filter_high_hz=settings.corner_hz)


def _whole_slots(samples: Floats) -> Floats:
    """As many slots as the samples begin, missing at the end of the last."""
    return np.pad(samples, (0, -len(samples) % SLOT_SAMPLES), constant_values=np.nan)


def _pt_per_count(given: Calibration, units: str | None, hz: Floats) -> Floats:
    """Calibration, pT for each unit of the samples, at each frequency, shape (frequency,)."""
    if given is None:
        given = 1.0 if units is None else pt_per_unit(units)
    if given is None:
        raise InputError(f"samples in {units!r}: expected pt_per_count, or a unit of the magnetic field")
    factor = np.asarray(given(hz) if callable(given) else given, dtype=np.float64)
    if factor.shape not in ((), hz.shape) or not (factor > 0).all() or not np.isfinite(factor).all():
        raise InputError(f"pt_per_count gives {factor}: expected a number above 0, or one for each of {len(hz)} Hz")
    return np.broadcast_to(factor, hz.shape)


def _labelled(
    density: npt.NDArray[np.float32],
    share: npt.NDArray[np.float32],
    labels: dict[str, xr.DataArray],
    channels: tuple[str, ...] | None,
) -> xr.DataArray:
    """Density with its coordinates; one coil without names has no dimension of channels."""
    dims = ("channel", "time", "frequency")
    meaning = {"long_name": "share of the slot's samples that are there", "units": "1"}
    attrs = {"long_name": "amplitude spectral density of the magnetic field", "units": DENSITY_UNIT}
    picture = xr.DataArray(density, labels, dims, "density", attrs)
    picture = picture.assign_coords(effort=(dims[:2], share, meaning))
    if channels is None:
        return picture.isel(channel=0)
    name = {"long_name": "direction that the coil measures"}
    return picture.assign_coords(channel=("channel", list(channels), name))

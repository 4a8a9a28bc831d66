"""Polarisation of a night's fringes, from the spectra of both coils and their cross-spectrum."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import numpy as np

from iar.archive.layout import NAN, ArraySpec, Layout
from iar.archive.manifest import Manifest
from iar.archive.reader import Reader
from iar.polarisation.ellipse import Polarisation, polarisation
from iar.polarisation.harmonics import at_frequencies
from iar.polarisation.stokes import averaged_stokes
from iar.polarisation.table import PolarisedNight
from iar.settings import PolarisationSettings
from iar.spectra.averages import bins_worth
from iar.stages.averages import night_averages
from iar.stages.night_view import NightView
from iar.stages.searched import sealed_bins
from iar.stages.spectra import cross_spectrum
from iar.stages.stage import Arrays, Computed, Setup, Stage


def read_polarisation(store: Reader, night: dt.date) -> PolarisedNight:
    """Polarisation of a night's harmonics; a NightNotSealedError if it was not looked at."""
    return PolarisedNight(night, store.station.boundary_hour, store.read_named(night, "polarisation", *_ARRAYS))


def is_polarised(manifest: Manifest) -> bool:
    """Whether a night was looked at for polarisation and has harmonics with a degree."""
    return manifest.is_sealed("polarisation") and manifest.noted("polarisation", "measured") > 0


def polarisation_pixels(night: NightView, settings: PolarisationSettings) -> Polarisation:
    """Polarisation of every pixel in which fringes were looked for, computed anew from the sealed spectra."""
    bins = sealed_bins(night, "probability")
    density, cross = night.read("spectra", "spectra/density")[..., :bins], cross_spectrum(night, bins)
    stokes = averaged_stokes(density, cross, **settings.model_dump())
    worth = night_averages(night) * settings.window_slots * bins_worth(settings.window_bins)
    return polarisation(stokes, averages=worth)


def _inputs(_night: NightView, setup: Setup) -> tuple[Any, ...]:
    return (setup.processing.polarisation.model_dump(),)


def _compute(night: NightView, setup: Setup) -> Computed:
    settings = setup.processing.polarisation
    wanted_hz = night.read("fringes", "fringes/frequency_hz")
    if np.isfinite(wanted_hz).any():
        pixels = polarisation_pixels(night, settings)
        found = at_frequencies(pixels, wanted_hz, night.store.frequency_hz[: pixels.degree.shape[1]])
    else:  # most nights
        found = Polarisation(*(np.full(wanted_hz.shape, np.nan) for _ in _ARRAYS))
    measured = int(np.isfinite(found.degree).sum())
    note = {"settings": settings.model_dump(), "measured": measured}
    return {f"polarisation/{name}": values for name, values in vars(found).items()}, note


def _lost(arrays: Arrays, manifest: Manifest) -> Iterator[str]:
    """The degree without a value where there were some; what it is 0 in has no other."""
    if manifest.noted("polarisation", "measured") and np.isnan(arrays["polarisation/degree"]).all():
        yield "polarisation/degree"


_HARMONIC = ("slot", "harmonic")
_ARRAYS = {
    "polarisation/degree": ArraySpec(
        _HARMONIC, "float32", NAN,
        {"long_name": "degree of polarisation at the harmonic, without what chance adds", "units": "1"},
    ),
    "polarisation/degree_sigma": ArraySpec(
        _HARMONIC, "float32", NAN, {"long_name": "standard error of the degree", "units": "1"}
    ),
    "polarisation/azimuth_deg": ArraySpec(
        _HARMONIC, "float32", NAN,
        {"long_name": "azimuth of the major axis, from north over east", "units": "degree"},
    ),
    "polarisation/azimuth_sigma_deg": ArraySpec(
        _HARMONIC, "float32", NAN, {"long_name": "standard error of the azimuth", "units": "degree"}
    ),
    "polarisation/ellipticity": ArraySpec(
        _HARMONIC, "float32", NAN,
        {"long_name": "minor over major axis, positive where the vector turns from north to east", "units": "1"},
    ),
    "polarisation/ellipticity_sigma": ArraySpec(
        _HARMONIC, "float32", NAN, {"long_name": "standard error of the ellipticity", "units": "1"}
    ),
}  # fmt: skip
POLARISATION: Stage = Stage(
    name="polarisation",
    made_from=("fringes",),
    version=1,
    layout=Layout(_ARRAYS),
    inputs=_inputs,
    compute=_compute,
    lost=_lost,
)

"""Schumann resonances of a night, from its spectra: none where those end below the first."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import numpy as np

from iar.archive.layout import NAN, ArraySpec, Dimension, Layout, flags
from iar.archive.manifest import Manifest
from iar.archive.reader import Reader
from iar.errors import NightNotSealedError
from iar.schumann.averaging import INTERVAL_S, INTERVALS
from iar.schumann.resonances import (
    FLAGS,
    LOW_HZ,
    MODES,
    Resonances,
    empty_resonances,
    find_resonances,
    modes_within,
)
from iar.schumann.shape import UPPER_EDGE_HZ
from iar.schumann.table import ResonanceNight
from iar.stages.averages import night_averages
from iar.stages.night_view import NightView
from iar.stages.stage import Arrays, Computed, Setup, Stage
from iar.stages.station import carried_band


def read_resonances(store: Reader, night: dt.date) -> ResonanceNight:
    """Schumann resonances of a night.

    Raises
    ------
    NightNotSealedError
        If it was not looked at for them, or its spectra end below the first: the message says which.
    """
    manifest = store.sealed_manifest(night, "schumann")
    modes = manifest.noted("schumann", "modes")
    if not modes:
        reason = manifest.noted("schumann", "reason")
        raise NightNotSealedError(f"night {night} of {store.url} has no Schumann resonances: {reason}")
    named = store.read_named(night, "schumann", *_ARRAYS)
    return ResonanceNight(night, store.station.boundary_hour, store.channels, modes, named)


def has_resonances(manifest: Manifest) -> bool:
    """Whether a night was looked at for them in spectra that reach that far."""
    return manifest.is_sealed("schumann") and manifest.noted("schumann", "modes") > 0


def _inputs(_night: NightView, setup: Setup) -> tuple[Any, ...]:
    return (setup.processing.schumann.model_dump(),)


def _compute(night: NightView, setup: Setup) -> Computed:
    settings, channels = setup.processing.schumann, night.store.channels
    low_hz, high_hz = carried_band(night.store.station, night.store.frequency_hz)
    modes = modes_within(high_hz, most=settings.modes) if low_hz <= LOW_HZ else 0
    found = _fitted(night, modes, settings.window_slots) if modes else empty_resonances(len(channels))
    fitted = np.isfinite(found.chi2).sum(axis=1).tolist()
    return {f"schumann/{name}": values for name, values in vars(found).items()}, {
        "settings": settings.model_dump(),
        "modes": modes,
        "intervals": dict(zip(channels, fitted, strict=True)),
        "reason": _reason(low_hz, high_hz, modes, settings.modes),
    }


def _fitted(night: NightView, modes: int, window_slots: int) -> Resonances:
    density, hz = night.read("spectra", "spectra/density"), night.store.frequency_hz
    return find_resonances(density, hz, averages=night_averages(night), modes=modes, window_slots=window_slots)


def _reason(low_hz: float, high_hz: float, modes: int, asked: int) -> str:
    """What the spectra allow, in words."""
    if low_hz > LOW_HZ:
        return f"the spectra begin at {low_hz:.1f} Hz, a fit needs them from {LOW_HZ} Hz"
    fitted = f"{modes} of {asked} modes fitted"
    if modes == asked:
        return f"{fitted}, from {LOW_HZ} to {UPPER_EDGE_HZ[modes - 1]} Hz"
    return f"{fitted}: the spectra end at {high_hz:.1f} Hz, mode {modes + 1} needs {UPPER_EDGE_HZ[modes]:g} Hz"


def _lost(arrays: Arrays, manifest: Manifest) -> Iterator[str]:
    """Arrays without a value where intervals were fitted."""
    if sum(manifest.noted("schumann", "intervals").values()):
        yield from (
            path for path in _ARRAYS if path in arrays and path != "schumann/flag" and np.isnan(arrays[path]).all()
        )


_MODE = ("channel", "interval", "mode")
_ARRAYS = {
    "schumann/frequency_hz": ArraySpec(_MODE, "float32", NAN, {"long_name": "frequency of the mode", "units": "Hz"}),
    "schumann/frequency_sigma_hz": ArraySpec(
        _MODE, "float32", NAN, {"long_name": "standard error of the frequency", "units": "Hz"}
    ),
    "schumann/amplitude_pt": ArraySpec(
        _MODE, "float32", NAN,
        {"long_name": "amplitude spectral density of the mode at its peak, above what lies under it",
         "units": "pT/sqrt(Hz)"},
    ),
    "schumann/amplitude_sigma_pt": ArraySpec(
        _MODE, "float32", NAN, {"long_name": "standard error of the amplitude", "units": "pT/sqrt(Hz)"}
    ),
    "schumann/q": ArraySpec(
        _MODE, "float32", NAN, {"long_name": "frequency over full width at half power", "units": "1"}
    ),
    "schumann/q_sigma": ArraySpec(_MODE, "float32", NAN, {"long_name": "standard error of q", "units": "1"}),
    "schumann/chi2": ArraySpec(
        ("channel", "interval"), "float32", NAN, {"long_name": "reduced chi2 of the fit", "units": "1"}
    ),
    "schumann/flag": ArraySpec(
        _MODE, "uint8", 0, {"long_name": "what is to be said of the fit", **flags(FLAGS, "flag_masks")}
    ),
}  # fmt: skip
_DIMENSIONS = {
    "interval": Dimension(
        np.arange(INTERVALS, dtype="int32") * INTERVAL_S,
        {"long_name": "start of the interval in its night", "units": "s"},
    ),
    "mode": Dimension(np.arange(1, MODES + 1, dtype="int32"), {"long_name": "number of the mode", "units": "1"}),
}
SCHUMANN: Stage = Stage(
    name="schumann",
    made_from=("spectra",),
    version=1,
    layout=Layout(_ARRAYS, _DIMENSIONS),
    inputs=_inputs,
    compute=_compute,
    lost=_lost,
)

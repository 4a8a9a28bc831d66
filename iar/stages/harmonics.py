"""Depth, width and amplitude of a night's harmonics, and when their fan begins and ends."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import numpy as np

from iar.archive.layout import NAN, ArraySpec, Layout
from iar.archive.manifest import Manifest
from iar.archive.reader import Reader
from iar.harmonics.fan import NO_EDGE
from iar.harmonics.measuring import measure_harmonics, night_edges, no_harmonics
from iar.harmonics.table import HarmonicNight
from iar.night import SLOT_S, SLOTS
from iar.stages.averages import night_averages
from iar.stages.fringes import measured, rules_of, spacing_of
from iar.stages.night_view import NightView
from iar.stages.stage import Arrays, Computed, Setup, Stage
from iar.stages.station import dark_settings


def read_harmonics(store: Reader, night: dt.date) -> HarmonicNight:
    """Harmonics of a night in full; a NightNotSealedError if they were not measured."""
    known = store.read_named(night, "fringes", "fringes/frequency_hz", "fringes/frequency_sigma_hz")
    return HarmonicNight(night, store.station.boundary_hour, store.read_named(night, "harmonics", *_ARRAYS) | known)


def has_harmonics(manifest: Manifest) -> bool:
    """Whether the harmonics of a night were measured, and there are some."""
    return manifest.is_sealed("harmonics") and manifest.noted("harmonics", "measured") > 0


def _inputs(night: NightView, setup: Setup) -> tuple[Any, ...]:
    return setup.processing.harmonics.model_dump(), dark_settings(night.store.station)


def _compute(night: NightView, setup: Setup) -> Computed:
    settings = setup.processing.harmonics
    spacing = spacing_of(night)
    found, edges = no_harmonics(len(night.store.channels), SLOTS), (NO_EDGE, NO_EDGE)
    if np.isfinite(spacing.delta_f_hz).any():  # most nights have none
        seen, rules = measured(night), rules_of(night)
        found = measure_harmonics(seen, spacing, rules, averages=night_averages(night), **settings.model_dump())
        edges = night_edges(found, seen)
    arrays: dict[str, Any] = {f"harmonics/{name}": values for name, values in vars(found).items()}
    note = {"settings": settings.model_dump(), "measured": int(np.isfinite(found.width_hz).sum())}
    for name, edge in zip(("onset", "end"), edges, strict=True):
        note[name] = edge.bound
        arrays |= {f"harmonics/{name}_s": edge.slot * SLOT_S, f"harmonics/{name}_sigma_s": edge.sigma * SLOT_S}
    return arrays, note


def _lost(arrays: Arrays, manifest: Manifest) -> Iterator[str]:
    """Arrays without a value where there were some."""
    if manifest.noted("harmonics", "measured"):
        yield from (path for path in _ARRAYS if path in arrays and arrays[path].ndim and np.isnan(arrays[path]).all())


_OF_COIL, _OF_BOTH = ("channel", "slot", "harmonic"), ("slot", "harmonic")
_ARRAYS = {
    "harmonics/depth_db": ArraySpec(
        _OF_COIL, "float32", NAN, {"long_name": "depth of the harmonic, dB from crest to trough", "units": "1"}
    ),
    "harmonics/depth_sigma_db": ArraySpec(
        _OF_COIL, "float32", NAN, {"long_name": "standard error of the depth, dB", "units": "1"}
    ),
    "harmonics/amplitude_pt": ArraySpec(
        _OF_COIL, "float32", NAN,
        {"long_name": "amplitude spectral density of what stands above the trough, at the crest",
         "units": "pT/sqrt(Hz)"},
    ),
    "harmonics/width_hz": ArraySpec(
        _OF_BOTH, "float32", NAN, {"long_name": "full width at half power, in the coil that shows more", "units": "Hz"}
    ),
    "harmonics/low_hz": ArraySpec(
        ("slot",), "float32", NAN, {"long_name": "frequency of the lowest harmonic that is seen", "units": "Hz"}
    ),
    "harmonics/high_hz": ArraySpec(
        ("slot",), "float32", NAN, {"long_name": "frequency of the highest harmonic that is seen", "units": "Hz"}
    ),
    "harmonics/count": ArraySpec(
        ("slot",), "float32", NAN, {"long_name": "number of harmonics that are seen", "units": "1"}
    ),
    "harmonics/fan_depth_db": ArraySpec(
        ("slot",), "float32", NAN, {"long_name": "depth of the fan: that of its deepest harmonic, dB", "units": "1"}
    ),
    "harmonics/fan_depth_sigma_db": ArraySpec(
        ("slot",), "float32", NAN, {"long_name": "standard error of the depth of the fan, dB", "units": "1"}
    ),
    "harmonics/onset_s": ArraySpec(
        (), "float32", NAN, {"long_name": "when the fan begins, from the start of the night", "units": "s"}
    ),
    "harmonics/onset_sigma_s": ArraySpec((), "float32", NAN, {"long_name": "its standard error", "units": "s"}),
    "harmonics/end_s": ArraySpec(
        (), "float32", NAN, {"long_name": "when the fan ends, from the start of the night", "units": "s"}
    ),
    "harmonics/end_sigma_s": ArraySpec((), "float32", NAN, {"long_name": "its standard error", "units": "s"}),
}  # fmt: skip
HARMONICS: Stage = Stage(
    name="harmonics",
    made_from=("fringes",),
    version=1,
    layout=Layout(_ARRAYS),
    inputs=_inputs,
    compute=_compute,
    lost=_lost,
)

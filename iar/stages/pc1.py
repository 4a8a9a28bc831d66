"""Pc1 events of a night, from its spectra; what follows its fringes is none."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import numpy as np

from iar.archive.layout import NAN, ArraySpec, Dimension, Layout
from iar.archive.manifest import Manifest
from iar.archive.reader import Reader
from iar.pc1.events import find_events
from iar.pc1.measuring import Pc1, measure_events
from iar.pc1.table import Pc1Night
from iar.stages.averages import night_averages
from iar.stages.fringes import measured, rules_of, spacing_of
from iar.stages.night_view import NightView
from iar.stages.spectra import cross_spectrum
from iar.stages.stage import Arrays, Computed, Setup, Stage

EVENTS = 64
"""Events of a night that are kept, the highest ones."""


def read_pc1(store: Reader, night: dt.date) -> Pc1Night:
    """Pc1 events of a night; a NightNotSealedError if it was not looked at for them."""
    return Pc1Night(night, store.station.boundary_hour, store.read_named(night, "pc1", *_ARRAYS))


def has_pc1(manifest: Manifest) -> bool:
    """Whether a night was looked at for Pc1, and has some."""
    return manifest.is_sealed("pc1") and manifest.noted("pc1", "events") > 0


def _compute(night: NightView, _setup: Setup) -> Computed:
    seen = measured(night).carried
    found = _found(night) if np.isfinite(seen.density).any() and not seen.too_narrow else None
    arrays: dict[str, Any] = {path: np.full(EVENTS, np.nan) for path in _ARRAYS}
    events = 0 if found is None else len(found.start_s)
    if found is not None:
        kept = np.sort(np.argsort(-found.peak_db, kind="stable")[:EVENTS])
        for name, values in vars(found).items():
            arrays[f"pc1/{name}"][: len(kept)] = values[kept]
    return arrays, {"events": events}


def _found(night: NightView) -> Pc1:
    seen = measured(night).carried
    residual = seen.residual(rules_of(night))
    return measure_events(
        find_events(residual, seen.frequency_hz, spacing_of(night)),
        seen.density,
        seen.density / 10 ** (residual / 20),
        cross_spectrum(night, len(seen.frequency_hz)),
        seen.frequency_hz,
        averages=night_averages(night),
    )


def _lost(arrays: Arrays, manifest: Manifest) -> Iterator[str]:
    """Starts that are not there of events that are noted."""
    if manifest.noted("pc1", "events") and np.isnan(arrays["pc1/start_s"]).all():
        yield "pc1/start_s"


_MEANING = {
    "start_s": ("start of the event in its night", "s"),
    "end_s": ("end of the event in its night", "s"),
    "low_hz": ("lowest frequency of the event", "Hz"),
    "high_hz": ("highest frequency of the event", "Hz"),
    "frequency_hz": ("frequency where its level is, in the mean of its time", "Hz"),
    "peak_db": ("highest level over the ambient spectrum, dB", "1"),
    "power_pt2": ("power of both coils over the background, in the mean of its time", "pT2"),
    "degree": ("degree of polarisation", "1"),
    "azimuth_deg": ("azimuth of the major axis, from north over east", "degree"),
    "ellipticity": ("minor over major axis, positive where the vector turns from north to east", "1"),
}
_ARRAYS = {
    f"pc1/{name}": ArraySpec(("event",), "float32", NAN, {"long_name": meaning, "units": unit})
    for name, (meaning, unit) in _MEANING.items()
}
_DIMENSIONS = {
    "event": Dimension(
        np.arange(1, EVENTS + 1, dtype="int32"), {"long_name": "number of the event in its night", "units": "1"}
    )
}
PC1: Stage = Stage(
    name="pc1",
    made_from=("fringes",),
    version=1,
    layout=Layout(_ARRAYS, _DIMENSIONS),
    compute=_compute,
    lost=_lost,
)

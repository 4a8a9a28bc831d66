"""The network's probability of fringe, from a night's spectra."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from iar.archive.layout import ArraySpec, Layout
from iar.archive.manifest import Manifest
from iar.detection.bundle import load_bundle
from iar.detection.inference import MISSING_PROBABILITY, bundle_probability, pack_probability
from iar.detection.runtime import runtime
from iar.stages.night_view import NightView
from iar.stages.searched import searched_bins, searched_input, searched_note
from iar.stages.stage import Arrays, Computed, Setup, Stage


def _inputs(night: NightView, setup: Setup) -> tuple[Any, ...]:
    """Digest of the bundle, in whose card stands what it computes in; and what runs it here and now."""
    return setup.digest, runtime(), *searched_input(night, setup)


def _compute(night: NightView, setup: Setup) -> Computed:
    loaded = load_bundle(setup.bundle)
    card, bins = loaded.card, searched_bins(night, setup)
    density = night.read("spectra", "spectra/density")
    probability = np.full(density.shape[1:], np.nan, dtype=np.float32)
    probability[:, :bins] = bundle_probability(loaded, density[..., :bins], night.store.frequency_hz[:bins])
    note = {"bundle": card.name, "digest": loaded.digest, "threshold": card.threshold, "runtime": runtime()}
    return {"detection/probability": pack_probability(probability)}, {**note, **searched_note(night, setup)}


def _lost(arrays: Arrays, _manifest: Manifest) -> Iterator[str]:
    density, marks = arrays.get("spectra/density"), arrays["detection/probability"]
    if density is not None and not np.isnan(density).all() and (marks == MISSING_PROBABILITY).all():
        yield "detection/probability"


_ARRAYS = {
    "detection/probability": ArraySpec(
        ("slot", "frequency"), "uint8", 255,
        {"long_name": "probability of fringe, of the U-net", "units": "1", "scale_factor": 1 / 250, "_FillValue": 255},
    ),
}  # fmt: skip
PROBABILITY: Stage = Stage(
    name="probability",
    made_from=("spectra",),
    version=1,
    layout=Layout(_ARRAYS),
    inputs=_inputs,
    compute=_compute,
    lost=_lost,
    place="gpu",
)

"""Probability to fringes: spacing and verdict of a night."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from iar.archive.layout import NAN, ArraySpec, Layout, flags
from iar.archive.manifest import Manifest
from iar.archive.reader import Reader
from iar.errors import NightNotSealedError
from iar.fringes.estimates import OTHERS, SURE
from iar.fringes.interference import standing_lines
from iar.fringes.judging import Measured, Rules, judge_lines, judge_probability
from iar.fringes.spacing import Spacing
from iar.fringes.verdict import Verdict
from iar.settings import ClassicalSettings, FringeSettings
from iar.stages.classical import view_steps
from iar.stages.night_view import NightView
from iar.stages.searched import sealed_bins
from iar.stages.stage import Arrays, Computed, Setup, Stage
from iar.stages.station import dark_settings, no_dark_reason, station_dark

VERDICTS = {"no_data": 0, "no_fringes": 1, "fringes": 2, "interference": 3}
NO_VERDICT = 255
KEPT = (*OTHERS, *SURE)
"""What is kept of a night beside its spacing."""
_SPACING = tuple(f"fringes/{name}" for name in Spacing.__dataclass_fields__ if name != "frequency_hz")
_SURE = ("fringes/matched_score", "fringes/autocorrelation")


def read_verdict(store: Reader, night: dt.date) -> Verdict:
    """Verdict of a night; a NightNotSealedError if it has none yet."""
    return sealed_verdict(store.sealed_manifest(night, "fringes"))


def sealed_verdict(manifest: Manifest) -> Verdict:
    """Verdict that a manifest seals."""
    return Verdict(manifest.noted("fringes", "name"), manifest.noted("fringes", "reason"))


def read_spacing(store: Reader, night: dt.date) -> Spacing:
    """Spacing of a night; a NightNotSealedError if it has none yet."""
    names = list(Spacing.__dataclass_fields__)
    return Spacing(*store.read_sealed(night, "fringes", *(f"fringes/{name}" for name in names)))


def read_estimators(store: Reader, night: dt.date) -> dict[str, npt.NDArray[np.float32]]:
    """The other estimators of a night by name, and how sure its harmonics are, see `iar.fringes.measuring.Certainty`.

    Raises
    ------
    NightNotSealedError
        If it has no verdict yet, or one of an earlier version, which had not all of these.
    """
    note = store.sealed_manifest(night, "fringes").stages["fringes"].note
    if not {*KEPT} <= {*note.get("estimators", ())}:
        raise NightNotSealedError(
            f"night {night} of {store.url} was processed by an earlier version, which had not all estimators: "
            "process it again"
        )
    return dict(zip(KEPT, store.read_sealed(night, "fringes", *(f"fringes/{name}" for name in KEPT)), strict=True))


def classical_fringes(store: Reader, night: dt.date) -> tuple[Verdict, Spacing]:
    """Verdict and spacing that the lines of the published detector give, as it stands, by the settings of the night.

    Raises
    ------
    NightNotSealedError
        If the night has no verdict yet.
    """
    view = NightView(store, night)
    rules = rules_of(view)
    steps = view_steps(view, view.settings("classical", ClassicalSettings), sealed_bins(view, "probability"))
    spacing, verdict = judge_lines(steps.line_hz, steps.line_weight, measured(view), rules=rules)
    return verdict, spacing


def read_standing_lines(store: Reader, night: dt.date, settings: FringeSettings) -> dict[str, list[float]]:
    """Lines that stand still in the dark part of each channel, Hz: those that the verdict is made of."""
    seen = measured(NightView(store, night))
    residual = seen.residual(Rules(**settings.model_dump()))[:, seen.dark]
    return {name: standing_lines(r, seen.frequency_hz) for name, r in zip(store.channels, residual, strict=True)}


def _inputs(night: NightView, setup: Setup) -> tuple[Any, ...]:
    station = night.store.station
    return setup.processing.fringes.model_dump(), (dark_settings(station), station.channels)


def _compute(night: NightView, setup: Setup) -> Computed:
    settings = setup.processing.fringes
    seen = measured(night)
    estimates, verdict = judge_probability(
        night.read("probability", "detection/probability")[:, : len(seen.frequency_hz)],
        seen,
        threshold=night.manifest.noted("probability", "threshold"),
        rules=Rules(**settings.model_dump()),
    )
    arrays: dict[str, Any] = {f"fringes/{name}": values for name, values in estimates.arrays().items()}
    note = asdict(verdict) | {"settings": settings.model_dump(), "estimators": list(KEPT)}
    return {**arrays, "fringes/verdict": VERDICTS[verdict.name]}, note


def rules_of(night: NightView) -> Rules:
    """Rules by which a night's fringes were judged; raises as `NightView.settings` does."""
    return Rules(**night.settings("fringes", FringeSettings).model_dump())


def spacing_of(night: NightView) -> Spacing:
    """Spacing of an opened night; a NightNotSealedError if it has none yet."""
    return Spacing(*(night.read("fringes", f"fringes/{name}") for name in Spacing.__dataclass_fields__))


def measured(night: NightView) -> Measured:
    """What the judge sees of a night, where it was searched; a NightNotSealedError without sealed spectra."""
    store, bins = night.store, sealed_bins(night, "probability")
    return Measured(
        density=night.read("spectra", "spectra/density")[..., :bins],
        effort=night.read("spectra", "spectra/effort"),
        dark=station_dark(store.station, night.night),
        frequency_hz=store.frequency_hz[:bins],
        channels=store.channels,
        no_dark=no_dark_reason(store.station),
    )


def _lost(arrays: Arrays, manifest: Manifest) -> Iterator[str]:
    """Arrays without a value where others ask for some, and the verdict if it is not the manifest's.

    A spacing has all of its numbers, but not in every night the frequency of a harmonic. The other estimators look at
    every slot, and say how sure they are also where they report no spacing of their own.
    """
    verdict = manifest.noted("fringes", "name")
    there = {
        path: not np.isnan(arrays[path]).all()
        for path in arrays
        if path.startswith("fringes/") and path != "fringes/verdict"
    }
    for together in (_SPACING, _SURE):
        known = [path for path in together if path in there]  # an earlier version had fewer
        if verdict == "fringes" or any(there[path] for path in known):
            yield from (path for path in known if not there[path])
    if verdict == "fringes" and not there["fringes/frequency_hz"]:
        yield "fringes/frequency_hz"
    if arrays["fringes/verdict"] != VERDICTS[verdict]:
        yield "fringes/verdict"


_ARRAYS = {
    "fringes/delta_f_hz": ArraySpec(("slot",), "float32", NAN, {"long_name": "spacing of fringes", "units": "Hz"}),
    "fringes/delta_f_sigma_hz": ArraySpec(
        ("slot",), "float32", NAN, {"long_name": "standard error of the spacing", "units": "Hz"}
    ),
    "fringes/phi": ArraySpec(("slot",), "float32", NAN, {"long_name": "offset of the fringes", "units": "1"}),
    "fringes/harmonics": ArraySpec(
        ("slot",), "float32", NAN, {"long_name": "number of harmonics that were seen", "units": "1"}
    ),
    "fringes/confidence": ArraySpec(
        ("slot",), "float32", NAN, {"long_name": "confidence in the spacing, 0 to 1", "units": "1"}
    ),
    "fringes/frequency_hz": ArraySpec(
        ("slot", "harmonic"), "float32", NAN, {"long_name": "frequency of each harmonic", "units": "Hz"}
    ),
    "fringes/frequency_sigma_hz": ArraySpec(
        ("slot", "harmonic"), "float32", NAN, {"long_name": "standard error of the frequency", "units": "Hz"}
    ),
    "fringes/number_probability": ArraySpec(
        ("slot",), "float32", NAN, {"long_name": "probability that harmonics have the right number", "units": "1"}
    ),
    "fringes/matched_delta_f_hz": ArraySpec(
        ("slot",), "float32", NAN, {"long_name": "spacing of fringes by the matched filter alone", "units": "Hz"}
    ),
    "fringes/matched_score": ArraySpec(
        ("slot",), "float32", NAN,
        {"long_name": "share of the residual's variance that the matched filter explains", "units": "1"},
    ),
    "fringes/autocorrelation_delta_f_hz": ArraySpec(
        ("slot",), "float32", NAN,
        {"long_name": "spacing by autocorrelation, which takes combs for fringes, too", "units": "Hz"},
    ),
    "fringes/autocorrelation": ArraySpec(
        ("slot",), "float32", NAN, {"long_name": "coefficient of autocorrelation at that spacing", "units": "1"}
    ),
    "fringes/verdict": ArraySpec(
        (), "uint8", NO_VERDICT,
        {"long_name": "verdict of the night", "_FillValue": NO_VERDICT, **flags(VERDICTS, "flag_values")},
    ),
}  # fmt: skip
FRINGES: Stage = Stage(
    name="fringes",
    made_from=("probability",),
    version=5,
    layout=Layout(_ARRAYS),
    inputs=_inputs,
    compute=_compute,
    lost=_lost,
)

"""Probability to fringes: spacing and verdict of a night."""

import datetime as dt
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from iar.archive.layout import VERDICTS
from iar.archive.store import Archive
from iar.errors import NightNotSealedError
from iar.fringes.estimates import OTHERS
from iar.fringes.interference import standing_lines
from iar.fringes.judging import Measured, Rules, judge_lines, judge_probability
from iar.fringes.spacing import Spacing
from iar.fringes.verdict import Verdict
from iar.settings import ClassicalSettings, FringeSettings, Processing
from iar.stages.detection import classical_steps
from iar.stages.sealing import Computed, run_stage, sealed_settings, stage_signature
from iar.stages.station import dark_settings, no_dark_reason, station_dark


def run_fringes(archive: Archive, night: dt.date, processing: Processing) -> bool:
    """Stage ``fringes``: spacing of each dark slot, and the verdict. Returns whether it had to run."""
    settings = processing.fringes
    return run_stage(
        archive,
        night,
        "fringes",
        lambda: fringes_signature(archive, night, settings),
        lambda: _compute_fringes(archive, night, settings),
    )


def fringes_signature(archive: Archive, night: dt.date, settings: FringeSettings) -> str:
    """Signature of the fringes that these settings would make of the night's probability now."""
    station = archive.station
    where = (dark_settings(station), station.channels)
    return stage_signature(archive, night, "fringes", "probability", settings.model_dump(), where)


def read_verdict(archive: Archive, night: dt.date) -> Verdict:
    """Verdict of a night; a NightNotSealedError if it has none yet."""
    manifest = archive.sealed_manifest(night, "fringes")
    return Verdict(manifest.noted("fringes", "name"), manifest.noted("fringes", "reason"))


def read_spacing(archive: Archive, night: dt.date) -> Spacing:
    """Spacing of a night; a NightNotSealedError if it has none yet."""
    names = list(Spacing.__dataclass_fields__)
    return Spacing(*archive.read_sealed(night, "fringes", *(f"fringes/{name}" for name in names)))


def read_estimators(archive: Archive, night: dt.date) -> dict[str, npt.NDArray[np.float32]]:
    """The other estimators of a night by name, shape (slot,).

    Raises
    ------
    NightNotSealedError
        If it has no verdict yet, or one of an earlier version, which had no other estimators.
    """
    note = archive.sealed_manifest(night, "fringes").stages["fringes"].note
    if "estimators" not in note:
        raise NightNotSealedError(
            f"night {night} of {archive.url} was processed by an earlier version, which had no other estimators: "
            "process it again"
        )
    return dict(
        zip(OTHERS, archive.read_sealed(night, "fringes", *(f"fringes/{name}" for name in OTHERS)), strict=True)
    )


def classical_fringes(archive: Archive, night: dt.date) -> tuple[Verdict, Spacing]:
    """Verdict and spacing that the lines of the published detector give, as it stands, by the settings of the night.

    Raises
    ------
    NightNotSealedError
        If the night has no verdict yet.
    """
    settings = sealed_settings(archive, night, "fringes", FringeSettings)
    steps = classical_steps(archive, night, sealed_settings(archive, night, "classical", ClassicalSettings))
    spacing, verdict = judge_lines(
        steps.line_hz, steps.line_weight, _read_measured(archive, night), rules=Rules(**settings.model_dump())
    )
    return verdict, spacing


def read_standing_lines(archive: Archive, night: dt.date, settings: FringeSettings) -> dict[str, list[float]]:
    """Lines that stand still in the dark part of each channel, Hz: those that the verdict is made of."""
    measured = _read_measured(archive, night)
    residual = measured.residual(Rules(**settings.model_dump()))[:, measured.dark]
    return {name: standing_lines(r, archive.frequency_hz) for name, r in zip(archive.channels, residual, strict=True)}


def _compute_fringes(archive: Archive, night: dt.date, settings: FringeSettings) -> Computed:
    (packed,) = archive.read_sealed(night, "probability", "detection/probability")
    threshold = archive.sealed_manifest(night, "probability").noted("probability", "threshold")
    rules = Rules(**settings.model_dump())
    estimates, verdict = judge_probability(packed, _read_measured(archive, night), threshold=threshold, rules=rules)
    arrays: dict[str, Any] = {f"fringes/{name}": values for name, values in estimates.arrays().items()}
    note = asdict(verdict) | {"settings": settings.model_dump(), "estimators": list(OTHERS)}
    return {**arrays, "fringes/verdict": np.uint8(VERDICTS[verdict.name])}, note


def _read_measured(archive: Archive, night: dt.date) -> Measured:
    """What the judge sees of a night with sealed spectra."""
    density, effort = archive.read_sealed(night, "spectra", "spectra/density", "spectra/effort")
    station = archive.station
    return Measured(
        density, effort, station_dark(station, night), archive.frequency_hz, archive.channels,
        no_dark_reason(station),
    )  # fmt: skip

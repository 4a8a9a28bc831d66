"""Probability to fringes: spacing and verdict of a night."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from iar.archive.layout import VERDICTS
from iar.archive.store import Archive
from iar.detection.inference import unpack_probability
from iar.errors import NightNotSealedError
from iar.fringes.estimates import OTHERS, estimate_night
from iar.fringes.interference import Comb, find_combs, standing_lines
from iar.fringes.residual import Residual
from iar.fringes.spacing import Spacing, fit_spacing
from iar.fringes.verdict import Verdict, judge_night
from iar.settings import ClassicalSettings, FringeSettings, Processing
from iar.spectra.background import residual_db
from iar.spectra.grid import pieces_over
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
    spacing = fit_spacing(
        steps.line_hz, steps.line_weight, min_spacing_hz=settings.min_spacing_hz, max_spacing_hz=settings.max_spacing_hz
    )
    dark = station_dark(archive.station, night)
    combs = find_combs(_read_residual(archive, night, settings), dark, archive.channels, archive.frequency_hz)
    return _judge(archive, night, settings, spacing, dark, combs), spacing


def read_standing_lines(archive: Archive, night: dt.date, settings: FringeSettings) -> dict[str, list[float]]:
    """Lines that stand still in the dark part of each channel, Hz: those that the verdict is made of."""
    residual = _read_residual(archive, night, settings)[:, station_dark(archive.station, night)]
    return {name: standing_lines(r, archive.frequency_hz) for name, r in zip(archive.channels, residual, strict=True)}


def _compute_fringes(archive: Archive, night: dt.date, settings: FringeSettings) -> Computed:
    (packed,) = archive.read_sealed(night, "probability", "detection/probability")
    threshold = archive.sealed_manifest(night, "probability").noted("probability", "threshold")
    dark, frequency_hz = station_dark(archive.station, night), archive.frequency_hz
    residual = _read_residual(archive, night, settings)
    estimates = estimate_night(
        unpack_probability(packed),
        residual,
        dark,
        frequency_hz,
        threshold=threshold,
        min_spacing_hz=settings.min_spacing_hz,
        max_spacing_hz=settings.max_spacing_hz,
    )
    arrays: dict[str, Any] = {f"fringes/{name}": values for name, values in estimates.arrays().items()}
    combs = find_combs(residual, dark, archive.channels, frequency_hz)
    verdict = _judge(archive, night, settings, estimates.spacing, dark, combs)
    note = asdict(verdict) | {"settings": settings.model_dump(), "estimators": list(OTHERS)}
    return {**arrays, "fringes/verdict": np.uint8(VERDICTS[verdict.name])}, note


def _read_residual(archive: Archive, night: dt.date, settings: FringeSettings) -> Residual:
    """Height of both channels above their background, dB, shape (channel, slot, frequency)."""
    (density,) = archive.read_sealed(night, "spectra", "spectra/density")
    return residual_db(density, pieces=pieces_over(archive.frequency_hz, pieces_per_10_hz=settings.spline_pieces))


def _judge(
    archive: Archive,
    night: dt.date,
    settings: FringeSettings,
    spacing: Spacing,
    dark: npt.NDArray[np.bool_],
    combs: Mapping[str, Comb],
) -> Verdict:
    if not dark.any():
        return Verdict("no_data", no_dark_reason(archive.station))
    (share,) = archive.read_sealed(night, "spectra", "spectra/effort")
    return judge_night(
        spacing.delta_f_hz[dark],
        combs,
        float(share[:, dark].max(axis=0).mean()),
        min_effort=settings.min_effort,
        min_slots=settings.min_slots,
    )

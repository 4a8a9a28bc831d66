"""Probability to fringes: spacing and verdict of a night."""

import datetime as dt
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from iar.archive.layout import VERDICTS
from iar.archive.store import Archive
from iar.detection.inference import unpack_probability
from iar.fringes.ridges import find_ridges
from iar.fringes.spacing import Spacing, fit_spacing
from iar.fringes.verdict import Verdict, judge_night, standing_lines
from iar.settings import FringeSettings, Processing
from iar.spectra.background import residual_db
from iar.spectra.grid import pieces_over
from iar.stages.sealing import Computed, run_stage, stage_signature
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
    note = archive.sealed_manifest(night, "fringes").stages["fringes"].note
    return Verdict(note["name"], note["reason"])


def read_spacing(archive: Archive, night: dt.date) -> Spacing:
    """Spacing of a night; a NightNotSealedError if it has none yet."""
    names = list(Spacing.__dataclass_fields__)
    return Spacing(*archive.read_sealed(night, "fringes", *(f"fringes/{name}" for name in names)))


def read_standing_lines(archive: Archive, night: dt.date, settings: FringeSettings) -> dict[str, list[float]]:
    """Lines that stand still in the dark part of each channel, Hz: those that the verdict is made of."""
    (density,) = archive.read_sealed(night, "spectra", "spectra/density")
    pieces = pieces_over(archive.frequency_hz, pieces_per_10_hz=settings.spline_pieces)
    residual = residual_db(density[:, station_dark(archive.station, night)], pieces=pieces)
    return {name: standing_lines(r, archive.frequency_hz) for name, r in zip(archive.channels, residual, strict=True)}


def _compute_fringes(archive: Archive, night: dt.date, settings: FringeSettings) -> Computed:
    (packed,) = archive.read_sealed(night, "probability", "detection/probability")
    threshold = archive.sealed_manifest(night, "probability").stages["probability"].note["threshold"]
    dark, frequency_hz = station_dark(archive.station, night), archive.frequency_hz
    probability = np.where(dark[:, None], unpack_probability(packed), np.nan)
    ridge_hz, weight = find_ridges(probability, frequency_hz, threshold=threshold)
    spacing = fit_spacing(
        ridge_hz, weight, min_spacing_hz=settings.min_spacing_hz, max_spacing_hz=settings.max_spacing_hz
    )
    verdict = _judge(archive, night, settings, spacing, dark)
    note = asdict(verdict) | {"settings": settings.model_dump()}
    arrays: dict[str, Any] = {f"fringes/{name}": values for name, values in asdict(spacing).items()}
    return {**arrays, "fringes/verdict": np.uint8(VERDICTS[verdict.name])}, note


def _judge(
    archive: Archive, night: dt.date, settings: FringeSettings, spacing: Spacing, dark: npt.NDArray[np.bool_]
) -> Verdict:
    if not dark.any():
        return Verdict("no_data", no_dark_reason(archive.station))
    (share,) = archive.read_sealed(night, "spectra", "spectra/effort")
    return judge_night(
        spacing.delta_f_hz[dark],
        read_standing_lines(archive, night, settings),
        float(share[:, dark].max(axis=0).mean()),
        min_effort=settings.min_effort,
        min_slots=settings.min_slots,
    )

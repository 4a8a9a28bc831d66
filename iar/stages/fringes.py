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
from iar.fringes.estimates import estimate_spacing
from iar.fringes.interference import Comb, find_combs, standing_lines
from iar.fringes.residual import Residual
from iar.fringes.ridges import find_ridges
from iar.fringes.spacing import Spacing
from iar.fringes.verdict import Verdict, judge_night
from iar.night import SLOTS
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
    residual = _read_residual(archive, night, settings)[:, station_dark(archive.station, night)]
    return {name: standing_lines(r, archive.frequency_hz) for name, r in zip(archive.channels, residual, strict=True)}


def _compute_fringes(archive: Archive, night: dt.date, settings: FringeSettings) -> Computed:
    (packed,) = archive.read_sealed(night, "probability", "detection/probability")
    threshold = archive.sealed_manifest(night, "probability").stages["probability"].note["threshold"]
    dark, frequency_hz = station_dark(archive.station, night), archive.frequency_hz
    residual = _read_residual(archive, night, settings)
    lit = ~dark[:, None]
    probability = np.where(lit, np.nan, unpack_probability(packed))
    searched = _from_first_to_last(dark)
    estimates = estimate_spacing(
        *find_ridges(probability[searched], frequency_hz, threshold=threshold),
        np.where(lit, np.nan, residual)[:, searched],
        frequency_hz,
        min_spacing_hz=settings.min_spacing_hz,
        max_spacing_hz=settings.max_spacing_hz,
    )
    arrays: dict[str, Any] = {}
    for name, values in estimates.arrays().items():
        arrays[f"fringes/{name}"] = np.full((SLOTS, *values.shape[1:]), np.nan)
        arrays[f"fringes/{name}"][searched] = values
    combs = find_combs(residual, dark, archive.channels, frequency_hz)
    verdict = _judge(archive, night, settings, estimates.spacing, dark, combs)
    note = asdict(verdict) | {"settings": settings.model_dump()}
    return {**arrays, "fringes/verdict": np.uint8(VERDICTS[verdict.name])}, note


def _from_first_to_last(dark: npt.NDArray[np.bool_]) -> slice:
    """Slots from the first dark one to the last, or all: what lies before and after would only take time."""
    there = np.flatnonzero(dark)
    return slice(int(there[0]), int(there[-1]) + 1) if len(there) else slice(None)


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
        spacing.delta_f_hz,
        combs,
        float(share[:, dark].max(axis=0).mean()),
        min_effort=settings.min_effort,
        min_slots=settings.min_slots,
    )

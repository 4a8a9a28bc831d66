"""Probability to fringes: spacing and verdict of a night."""

import datetime as dt
from dataclasses import asdict
from typing import Any

import numpy as np

from iar.archive.layout import VERDICTS
from iar.archive.store import Archive
from iar.detection.inference import unpack_probability
from iar.fringes.ridges import find_ridges
from iar.fringes.spacing import Spacing, fit_spacing
from iar.fringes.verdict import Verdict, judge_night, standing_lines
from iar.settings import FringeSettings, Processing
from iar.spectra.background import residual_db
from iar.stages.signatures import stage_signature
from iar.stages.station import station_dark


def run_fringes(archive: Archive, night: dt.date, processing: Processing) -> bool:
    """Stage ``fringes``: spacing of each dark slot, and the verdict. Returns whether it had to run."""
    settings, station = processing.fringes, archive.station
    signature = fringes_signature(archive, night, settings)
    if archive.manifest(night).is_sealed("fringes", signature):
        return False
    (packed,) = archive.read_sealed(night, "probability", "detection/probability")
    density, share = archive.read_sealed(night, "spectra", "spectra/density", "spectra/effort")
    dark = station_dark(station)
    probability = unpack_probability(packed)
    probability[~dark] = np.nan
    ridge_hz, weight = find_ridges(probability, archive.frequency_hz, threshold=settings.threshold)
    spacing = fit_spacing(
        ridge_hz, weight, min_spacing_hz=settings.min_spacing_hz, max_spacing_hz=settings.max_spacing_hz
    )
    residual = residual_db(density, pieces=settings.spline_pieces)
    verdict = judge_night(
        spacing.delta_f_hz[dark],
        {
            name: standing_lines(channel[dark], archive.frequency_hz)
            for name, channel in zip(archive.channels, residual, strict=True)
        },
        float(share[:, dark].max(axis=0).mean()),
        min_effort=settings.min_effort,
        min_slots=settings.min_slots,
    )
    arrays: dict[str, Any] = {f"fringes/{name}": values for name, values in asdict(spacing).items()}
    archive.write(night, {**arrays, "fringes/verdict": np.array(VERDICTS[verdict.name], dtype=np.uint8)})
    archive.seal(night, "fringes", signature, asdict(verdict))
    return True


def fringes_signature(archive: Archive, night: dt.date, settings: FringeSettings) -> str:
    """Signature of the fringes that these settings would make of the night's probability now."""
    window = (archive.station.dark_from_hour, archive.station.dark_to_hour)
    return stage_signature(archive, night, "fringes", "probability", settings.model_dump(), window)


def read_verdict(archive: Archive, night: dt.date) -> Verdict:
    """Verdict of a night; a NightNotSealedError if it has none yet."""
    note = archive.sealed_manifest(night, "fringes").stages["fringes"].note
    return Verdict(note["name"], note["reason"])


def read_spacing(archive: Archive, night: dt.date) -> Spacing:
    """Spacing of a night; a NightNotSealedError if it has none yet."""
    names = list(Spacing.__dataclass_fields__)
    return Spacing(*archive.read_sealed(night, "fringes", *(f"fringes/{name}" for name in names)))

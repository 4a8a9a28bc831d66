"""Spectra to fringe pixels: the published detector, and the network."""

import datetime as dt
from pathlib import Path

import numpy as np

from iar.archive.store import Archive
from iar.detection.bundle import SHIPPED, bundle_digest, load_bundle
from iar.detection.classical import detect_lines, find_spots
from iar.detection.inference import fringe_probability, pack_probability
from iar.settings import ClassicalSettings, Processing
from iar.stages.sealing import Computed, run_stage, stage_signature
from iar.stages.station import dark_settings, station_dark


def run_classical(archive: Archive, night: dt.date, processing: Processing) -> bool:
    """Stage ``classical``: regions (1) and lines (2) of the published detector. Returns whether it had to run."""
    settings = processing.classical
    return run_stage(
        archive,
        night,
        "classical",
        lambda: classical_signature(archive, night, settings),
        lambda: _compute_classical(archive, night, settings),
    )


def run_probability(archive: Archive, night: dt.date, bundle: Path = SHIPPED) -> bool:
    """Stage ``probability``: the network's probability of fringe. Returns whether it had to run."""
    return run_stage(
        archive,
        night,
        "probability",
        lambda: probability_signature(archive, night, bundle),
        lambda: _compute_probability(archive, night, bundle),
    )


def classical_signature(archive: Archive, night: dt.date, settings: ClassicalSettings) -> str:
    """Signature of what the published detector would make of the night's spectra now."""
    return stage_signature(
        archive, night, "classical", "spectra", settings.model_dump(), dark_settings(archive.station)
    )


def probability_signature(archive: Archive, night: dt.date, bundle: Path) -> str:
    """Signature of what the network in `bundle` would make of the night's spectra now."""
    return stage_signature(archive, night, "probability", "spectra", bundle_digest(bundle))


def _compute_classical(archive: Archive, night: dt.date, settings: ClassicalSettings) -> Computed:
    (density,) = archive.read_sealed(night, "spectra", "spectra/density")
    spots = find_spots(
        density,
        smoothing_bins=settings.smoothing_bins,
        pieces=settings.spline_pieces,
        min_height_db=settings.min_height_db,
    )
    spots[~station_dark(archive.station, night)] = False
    steps = detect_lines(
        spots,
        np.nan_to_num(density).mean(axis=0),
        dilate_slots=settings.dilate_slots,
        erode_bins=settings.erode_bins,
        min_region_pixels=settings.min_region_pixels,
    )
    return {"detection/classical": np.where(steps.lines, 2, steps.regions).astype(np.uint8)}, {}


def _compute_probability(archive: Archive, night: dt.date, bundle: Path) -> Computed:
    (density,) = archive.read_sealed(night, "spectra", "spectra/density")
    loaded = load_bundle(bundle)
    card = loaded.card
    probability = fringe_probability(density, loaded.model, depth=card.unet.depth, pieces=card.spline_pieces)
    note = {"bundle": card.name, "digest": loaded.digest, "threshold": card.threshold}
    return {"detection/probability": pack_probability(probability)}, note

"""Spectra to fringe pixels: the published detector, and the network."""

import datetime as dt
from pathlib import Path

import numpy as np

from iar.archive.store import Archive
from iar.detection.bundle import SHIPPED, bundle_digest, load_bundle
from iar.detection.classical import detect_lines, find_spots
from iar.detection.inference import fringe_probability, pack_probability
from iar.settings import ClassicalSettings, Processing
from iar.stages.signatures import stage_signature
from iar.stages.station import station_dark


def run_classical(archive: Archive, night: dt.date, processing: Processing) -> bool:
    """Stage ``classical``: regions (1) and lines (2) of the published detector. Returns whether it had to run."""
    settings = processing.classical
    signature = classical_signature(archive, night, settings)
    if archive.manifest(night).is_sealed("classical", signature):
        return False
    (density,) = archive.read_sealed(night, "spectra", "spectra/density")
    spots = find_spots(
        density,
        smoothing_bins=settings.smoothing_bins,
        pieces=settings.spline_pieces,
        min_height_db=settings.min_height_db,
    )
    spots[~station_dark(archive.station)] = False
    steps = detect_lines(
        spots,
        np.nan_to_num(density).mean(axis=0),
        dilate_slots=settings.dilate_slots,
        erode_bins=settings.erode_bins,
        min_region_pixels=settings.min_region_pixels,
    )
    picture = np.where(steps.lines, 2, steps.regions).astype(np.uint8)
    archive.write(night, {"detection/classical": picture})
    archive.seal(night, "classical", signature)
    return True


def classical_signature(archive: Archive, night: dt.date, settings: ClassicalSettings) -> str:
    """Signature of what the published detector would make of the night's spectra now."""
    return stage_signature(archive, night, "classical", "spectra", settings.model_dump())


def run_probability(archive: Archive, night: dt.date, bundle: Path = SHIPPED) -> bool:
    """Stage ``probability``: the network's probability of fringe. Returns whether it had to run."""
    signature = probability_signature(archive, night, bundle)
    if archive.manifest(night).is_sealed("probability", signature):
        return False
    (density,) = archive.read_sealed(night, "spectra", "spectra/density")
    loaded = load_bundle(bundle)
    card = loaded.card
    probability = fringe_probability(density, loaded.model, depth=card.unet.depth, pieces=card.spline_pieces)
    archive.write(night, {"detection/probability": pack_probability(probability)})
    archive.seal(night, "probability", signature, {"bundle": card.name, "digest": loaded.digest})
    return True


def probability_signature(archive: Archive, night: dt.date, bundle: Path) -> str:
    """Signature of what the network in `bundle` would make of the night's spectra now."""
    return stage_signature(archive, night, "probability", "spectra", bundle_digest(bundle))

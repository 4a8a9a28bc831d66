"""Spectra to fringe pixels: the published detector, and the network."""

import datetime as dt
from pathlib import Path

import numpy as np
import numpy.typing as npt

from iar.archive.store import Archive
from iar.detection.bundle import SHIPPED, bundle_digest, load_bundle
from iar.detection.classical import (
    NO_DATA,
    ClassicalSteps,
    find_spots,
    join_spots,
    label_regions,
    line_pixels,
    mean_of_channels,
    slots_with_data,
    trace_lines,
)
from iar.detection.inference import fringe_probability, pack_probability
from iar.detection.runtime import runtime
from iar.errors import InputError
from iar.learning.registry.versions import Registry
from iar.settings import ClassicalSettings, Processing
from iar.spectra.grid import pieces_over
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
        lambda: probability_signature(archive, night, bundle_digest(bundle)),
        lambda: _compute_probability(archive, night, bundle),
    )


def choose_bundle(bundle: Path | None, registry: str | None, version: str = "champion") -> Path | None:
    """Folder of the bundle that somebody named, or of a version in a registry; None if neither: the shipped one.

    Raises
    ------
    InputError
        If both are named, or there is no such registry or version.
    """
    if registry is None:
        return bundle
    if bundle is not None:
        raise InputError(f"bundle {bundle} and registry {registry} name two networks: give one")
    return Registry(registry).bundle_folder(version)


def classical_signature(archive: Archive, night: dt.date, settings: ClassicalSettings) -> str:
    """Signature of what the published detector would make of the night's spectra now."""
    return stage_signature(
        archive, night, "classical", "spectra", settings.model_dump(), dark_settings(archive.station)
    )


def probability_signature(archive: Archive, night: dt.date, digest: str) -> str:
    """Signature of what the network in the bundle of that `digest` would make of the night's spectra here and now.

    What it computes in is in the bundle's card, so in the digest; what it runs on is this process's own affair.
    """
    return stage_signature(archive, night, "probability", "spectra", digest, runtime())


def classical_steps(archive: Archive, night: dt.date, settings: ClassicalSettings) -> ClassicalSteps:
    """Every step of the published detector for a night, computed anew from its sealed spectra."""
    (density,) = archive.read_sealed(night, "spectra", "spectra/density")
    return detect_classical(density, archive.frequency_hz, station_dark(archive.station, night), settings)


def detect_classical(
    density: npt.NDArray[np.float32],
    frequency_hz: npt.NDArray[np.float64],
    dark: npt.NDArray[np.bool_],
    settings: ClassicalSettings,
) -> ClassicalSteps:
    """Every step of the published detector for a density in pT/sqrt(Hz), shape (channel, slot, frequency).

    `frequency_hz` are its frequencies, `dark` its dark slots.
    """
    present = slots_with_data(density)
    spots = find_spots(
        density,
        smoothing_bins=settings.smoothing_bins,
        pieces=pieces_over(frequency_hz, pieces_per_10_hz=settings.spline_pieces),
        order=settings.spline_order,
        min_height_db=settings.min_height_db,
        peak_distance_bins=settings.peak_distance_bins,
    )
    joined = join_spots(
        spots,
        dark & present.any(axis=0),
        dilate_slots=settings.dilate_slots,
        erode_bins=settings.erode_bins,
        widen_slots=settings.widen_slots,
        widen_bins=settings.widen_bins,
    )
    region = label_regions(joined, min_region_pixels=settings.min_region_pixels, neighbours=settings.neighbours)
    intensity = mean_of_channels(density, present)
    line_hz, weight = trace_lines(region, spots, intensity, frequency_hz, support_slots=settings.dilate_slots)
    return ClassicalSteps(spots, joined, region > 0, line_pixels(line_hz, frequency_hz), line_hz, weight)


def _compute_classical(archive: Archive, night: dt.date, settings: ClassicalSettings) -> Computed:
    (density,) = archive.read_sealed(night, "spectra", "spectra/density")
    steps = detect_classical(density, archive.frequency_hz, station_dark(archive.station, night), settings)
    marks = np.where(steps.lines, 2, steps.regions).astype(np.uint8)
    marks[~slots_with_data(density).any(axis=0)] = NO_DATA  # no data is not no fringes
    return {"detection/classical": marks}, {"settings": settings.model_dump()}


def _compute_probability(archive: Archive, night: dt.date, bundle: Path) -> Computed:
    (density,) = archive.read_sealed(night, "spectra", "spectra/density")
    loaded = load_bundle(bundle)
    card = loaded.card
    pieces = pieces_over(archive.frequency_hz, pieces_per_10_hz=card.spline_pieces)
    probability = fringe_probability(density, loaded.network, step=card.unet.step, pieces=pieces)
    note = {"bundle": card.name, "digest": loaded.digest, "threshold": card.threshold, "runtime": runtime()}
    return {"detection/probability": pack_probability(probability)}, note

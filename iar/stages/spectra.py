"""Counts to spectra: density, cross-spectrum, effort and quality of a night."""

import datetime as dt
from dataclasses import asdict
from functools import cache

import numpy as np

from iar.archive.rounding import round_mantissa
from iar.archive.store import Archive
from iar.errors import InputError
from iar.night import MISSING, NIGHT_SAMPLES, SLOT_SAMPLES, Counts
from iar.settings import Processing, SpectraSettings
from iar.spectra.band import Band
from iar.spectra.density import night_spectra
from iar.spectra.quality import effort, quality
from iar.stages.sealing import Computed, run_stage, stage_signature
from iar.stages.station import station_pt_per_count

Edges = tuple[str | None, str | None]

LEAD_SAMPLES = SLOT_SAMPLES
"""Samples of the night before that are read: a filter from 0.5 Hz forgets within 20 s, one from
0.05 Hz within these 100 s; segments reach out by half a slot."""


def run_spectra(archive: Archive, night: dt.date, processing: Processing) -> bool:
    """Stage ``spectra``: density, cross-spectrum, effort and quality from counts. Returns whether it had to run."""
    settings = processing.spectra

    @cache
    def edges() -> Edges:
        """Edges of the neighbours, asked for once: who ingests into those meanwhile does not come between."""
        return _edges_read(archive, night, _band(settings))

    return run_stage(
        archive,
        night,
        "spectra",
        lambda: spectra_signature(archive, night, settings, edges()),
        lambda: _compute_spectra(archive, night, settings, edges()),
    )


def spectra_signature(archive: Archive, night: dt.date, settings: SpectraSettings, edges: Edges | None = None) -> str:
    """Signature of the spectra that these settings would make of the night's counts and its neighbours' edges now."""
    station = archive.station
    calibration = (station.volts_per_count, station.response.model_dump(), station.full_scale_counts)
    band = _band(settings)
    neighbours = _edges_read(archive, night, band) if edges is None else edges
    return stage_signature(archive, night, "spectra", "counts", neighbours, asdict(band), calibration)


def _compute_spectra(archive: Archive, night: dt.date, settings: SpectraSettings, edges: Edges) -> Computed:
    check_band(archive, settings)
    station, band = archive.station, _band(settings)
    counts = _counts_with_neighbours(archive, night, band, edges)
    calibration = station_pt_per_count(station, band.frequency_hz)
    spectra = night_spectra(counts, band=band, pt_per_count=calibration, lead_samples=LEAD_SAMPLES)
    own = counts[:, LEAD_SAMPLES : LEAD_SAMPLES + NIGHT_SAMPLES]
    return {
        "spectra/density": round_mantissa(spectra.density),
        "spectra/cross_real": round_mantissa(spectra.cross.real),
        "spectra/cross_imag": round_mantissa(spectra.cross.imag),
        "spectra/effort": effort(own),
        "spectra/quality": quality(own, full_scale=station.full_scale_counts),
    }, {"settings": settings.model_dump()}


def _band(settings: SpectraSettings) -> Band:
    return Band(**settings.model_dump() | {"filter_high_hz": settings.corner_hz})


def _edges_read(archive: Archive, night: dt.date, band: Band) -> Edges:
    """Digests of what is read of the nights before and after: of a slot each, None where nothing is.

    The filter starts in the last slot before; continuous segments reach out to both sides.
    """
    day = dt.timedelta(days=1)
    before = _edge(archive, night - day, "last") if band.filter_poles or band.reach_samples else None
    return before, _edge(archive, night + day, "first") if band.reach_samples else None


def _edge(archive: Archive, night: dt.date, name: str) -> str | None:
    """Digest of the first or last slot of a night's sealed counts; None if no sample is there."""
    counts = archive.manifest(night).stages.get("counts")
    return None if counts is None else counts.note.get("edges", {}).get(name)


def _counts_with_neighbours(archive: Archive, night: dt.date, band: Band, edges: Edges) -> Counts:
    """Counts of a night between the last slot of the night before and what the last segment needs of the next.

    Shape (channel, 10000 + 8640000 + the band's reach); what is not there is missing.
    """
    archive.sealed_manifest(night, "counts")
    day, tail_samples = dt.timedelta(days=1), band.reach_samples
    out = np.empty((len(archive.channels), LEAD_SAMPLES + NIGHT_SAMPLES + tail_samples), dtype=np.int32)
    out[:, :LEAD_SAMPLES], out[:, LEAD_SAMPLES + NIGHT_SAMPLES :] = MISSING, MISSING
    archive.read_into(out[:, LEAD_SAMPLES : LEAD_SAMPLES + NIGHT_SAMPLES], night, "counts/counts")
    before, after = edges
    if before is not None:
        last_slot = slice(NIGHT_SAMPLES - LEAD_SAMPLES, NIGHT_SAMPLES)
        out[:, :LEAD_SAMPLES] = archive.read(night - day, "counts/counts", part=last_slot)
    if after is not None:
        out[:, LEAD_SAMPLES + NIGHT_SAMPLES :] = archive.read(night + day, "counts/counts", part=slice(tail_samples))
    return out


def check_band(archive: Archive, settings: SpectraSettings) -> None:
    """Raise an InputError if the settings ask for other frequencies than the archive has places for."""
    ours, theirs = settings.frequency_hz, archive.frequency_hz
    if len(ours) != len(theirs) or not np.allclose(ours, theirs):
        raise InputError(
            f"settings ask for {len(ours)} frequencies from {ours[0]:.3f} to {ours[-1]:.3f} Hz, "
            f"the archive {archive.url} holds {len(theirs)} from {theirs[0]:.3f} to {theirs[-1]:.3f} Hz: "
            f"its first ingest decides; give the --processing of that one"
        )

"""Counts to spectra: density, effort and quality of a night."""

import datetime as dt

import numpy as np
import numpy.typing as npt

from iar.archive.layout import QUALITY_FLAGS
from iar.archive.rounding import round_mantissa
from iar.archive.store import Archive
from iar.errors import InputError
from iar.night import MISSING, NIGHT_SAMPLES, SLOT_SAMPLES
from iar.settings import Processing, SpectraSettings
from iar.spectra.density import Band, amplitude_density, effort
from iar.stages.sealing import Computed, run_stage, stage_signature
from iar.stages.station import station_pt_per_count

Counts = npt.NDArray[np.int32]


def run_spectra(archive: Archive, night: dt.date, processing: Processing) -> bool:
    """Stage ``spectra``: density, effort and quality from counts. Returns whether it had to run."""
    settings = processing.spectra
    return run_stage(
        archive,
        night,
        "spectra",
        lambda: spectra_signature(archive, night, settings),
        lambda: _compute_spectra(archive, night, settings),
    )


def spectra_signature(archive: Archive, night: dt.date, settings: SpectraSettings) -> str:
    """Signature of the spectra that these settings would make of the night's counts now."""
    station = archive.station
    calibration = (station.volts_per_count, station.response.model_dump(), station.full_scale_counts)
    lead = _lead_digests(archive, night)
    return stage_signature(archive, night, "spectra", "counts", lead, settings.model_dump(), calibration)


def _compute_spectra(archive: Archive, night: dt.date, settings: SpectraSettings) -> Computed:
    station, band = archive.station, Band(**settings.model_dump())
    _check_band(archive, band)
    counts = _counts_with_lead(archive, night)
    calibration = station_pt_per_count(station, band.frequency_hz)
    density = np.stack([amplitude_density(c, band=band, pt_per_count=calibration)[1:] for c in counts])
    own = counts[:, SLOT_SAMPLES:]
    return {
        "spectra/density": round_mantissa(density),
        "spectra/effort": np.stack([effort(c) for c in own]),
        "spectra/quality": np.stack([_quality(c, station.full_scale_counts) for c in own]),
    }, {}


def _lead_digests(archive: Archive, night: dt.date) -> list[str]:
    """Sources of the night before that reach into its last slot: the filter starts there."""
    lead = NIGHT_SAMPLES - SLOT_SAMPLES
    sources = archive.manifest(night - dt.timedelta(days=1)).sources
    return [s.digest for s in sources if not s.unreadable and s.first_sample + s.span > lead]


def _counts_with_lead(archive: Archive, night: dt.date) -> Counts:
    """Counts of a night with the last slot of the night before in front, shape (channel, 8650000)."""
    (counts,) = archive.read_sealed(night, "counts", "counts/counts")
    before = night - dt.timedelta(days=1)
    lead = np.full((len(counts), SLOT_SAMPLES), MISSING)
    if _lead_digests(archive, night):
        lead = archive.read(before, "counts/counts", part=slice(NIGHT_SAMPLES - SLOT_SAMPLES, NIGHT_SAMPLES))
    return np.concatenate([lead, counts], axis=1)


def _check_band(archive: Archive, band: Band) -> None:
    ours, theirs = band.frequency_hz, archive.frequency_hz
    if len(ours) != len(theirs) or not np.allclose(ours, theirs):
        raise InputError(
            f"settings ask for {len(ours)} frequencies from {ours[0]:.3f} to {ours[-1]:.3f} Hz, "
            f"the archive {archive.url} holds {len(theirs)} from {theirs[0]:.3f} to {theirs[-1]:.3f} Hz"
        )


def _quality(counts: Counts, full_scale: int) -> npt.NDArray[np.uint8]:
    """Flags of each slot, shape (slot,)."""
    slots = counts.reshape(-1, SLOT_SAMPLES)
    present = slots != MISSING
    highest = slots.max(axis=1)
    lowest = np.where(present, slots, np.iinfo(np.int32).max).min(axis=1)
    some = present.any(axis=1)
    flags = np.where(present.all(axis=1), 0, QUALITY_FLAGS["incomplete"])
    flags |= np.where(some & ((highest >= full_scale) | (lowest <= -full_scale)), QUALITY_FLAGS["clipped"], 0)
    flags |= np.where(some & (highest == lowest), QUALITY_FLAGS["constant"], 0)
    return flags.astype(np.uint8)

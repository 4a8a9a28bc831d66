"""Counts to spectra: density, cross-spectrum, effort and quality of a night."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from iar.archive.layout import NAN, ArraySpec, Layout, flags
from iar.archive.manifest import Manifest
from iar.archive.reader import Reader
from iar.archive.rounding import round_mantissa
from iar.errors import DamagedArchiveError, InputError
from iar.night import MISSING, NIGHT_SAMPLES, SLOT_SAMPLES, Counts
from iar.settings import SpectraSettings
from iar.spectra.band import Band
from iar.spectra.density import Spectra, night_spectra
from iar.spectra.quality import QUALITY_FLAGS, effort, quality
from iar.spectra.turning import turn_spectra
from iar.stages.counts import PATH, counts_digest
from iar.stages.night_view import NightView
from iar.stages.stage import Arrays, Computed, Setup, Stage
from iar.stages.station import calibration_note, calibration_settings, coil_azimuths_deg, station_pt_per_count

LEAD_SAMPLES = SLOT_SAMPLES
"""Samples of the night before that are read: a filter from 0.5 Hz forgets within 20 s, one from
0.05 Hz within these 100 s; segments reach out by half a slot."""
_MOST_COUNTS, _FINEST = 2.0**29, 4
"""Counts that are made finer stay below this, a quarter of what 32 bits hold; at most so many bits are added."""


def cross_spectrum(night: NightView, bins: int) -> npt.NDArray[np.complexfloating]:
    """North times the conjugate of east, pT^2/Hz, shape (slot, `bins`); a NightNotSealedError without any."""
    real, imaginary = (night.read("spectra", f"spectra/cross_{part}")[..., :bins] for part in ("real", "imag"))
    return np.asarray(real + 1j * imaginary)


def _inputs(night: NightView, setup: Setup) -> tuple[Any, ...]:
    """Edges of the neighbours, which the filter and the segments reach into; band; calibration."""
    station, band = night.store.station, band_of(setup.processing.spectra)
    azimuths = coil_azimuths_deg(station, night.night)
    turned = () if azimuths is None else (azimuths,)  # without them the signature stays as it was
    return _edges_read(night, band), asdict(band), calibration_settings(station, night.night), *turned


def _compute(night: NightView, setup: Setup) -> Computed:
    settings = setup.processing.spectra
    check_band(night.store, settings)
    station, band = night.store.station, band_of(settings)
    counts = _counts_with_neighbours(night, band)
    spectra = _spectra(night, counts, band)
    azimuths = coil_azimuths_deg(station, night.night)
    own = counts[:, LEAD_SAMPLES : LEAD_SAMPLES + NIGHT_SAMPLES]
    return {
        "spectra/density": round_mantissa(spectra.density),
        "spectra/cross_real": round_mantissa(spectra.cross.real),
        "spectra/cross_imag": round_mantissa(spectra.cross.imag),
        "spectra/effort": effort(own),
        "spectra/quality": quality(own, full_scale=station.full_scale_counts),
    }, {
        "settings": settings.model_dump(),
        "calibration": calibration_note(station, night.night),
        **({} if azimuths is None else {"azimuth_deg": azimuths}),
    }


def changed_density(night: NightView, change: Callable[[Counts, float], Counts]) -> npt.NDArray[np.float32] | None:
    """Density of a sealed night as it would be had its counts been others; None where the archive has none of them.

    Parameters
    ----------
    change
        Gives counts, (channel, sample), for the night's own and a factor by which they are to be finer: whole numbers
        then lose nothing.

    Raises
    ------
    NightNotSealedError
        If the night has no spectra.
    """
    band = band_of(night.settings("spectra", SpectraSettings))
    counts = _counts_with_neighbours(night, band)
    missing = counts == MISSING
    if missing.all():
        return None
    whole = np.where(missing, 0, counts)
    finer = int(2 ** np.clip(np.log2(_MOST_COUNTS / max(np.abs(whole).max(), 1)) // 1, 0, _FINEST))
    changed, own = np.where(missing, MISSING, whole * finer), slice(LEAD_SAMPLES, LEAD_SAMPLES + NIGHT_SAMPLES)
    changed[:, own] = change(counts[:, own], finer)
    return np.asarray(round_mantissa(_spectra(night, changed, band).density / np.float32(finer)))


def _spectra(night: NightView, counts: Counts, band: Band) -> Spectra:
    """Spectra of counts with their neighbours, along the station's directions."""
    station = night.store.station
    calibration = station_pt_per_count(station, night.night, band.frequency_hz)
    spectra = night_spectra(counts, band=band, pt_per_count=calibration, lead_samples=LEAD_SAMPLES)
    azimuths = coil_azimuths_deg(station, night.night)
    return spectra if azimuths is None else turn_spectra(spectra, azimuths)


def band_of(settings: SpectraSettings) -> Band:
    """Frequencies, filter and segments that the settings ask for."""
    return Band(**settings.model_dump() | {"filter_high_hz": settings.corner_hz})


def _edges_read(night: NightView, band: Band) -> tuple[str | None, str | None]:
    """Digests of what is read of the nights before and after: of a slot each, None where nothing is.

    The filter starts in the last slot before; continuous segments reach out to both sides.
    """
    before = _edge(night.neighbour(-1), "last") if band.filter_poles or band.reach_samples else None
    return before, _edge(night.neighbour(1), "first") if band.reach_samples else None


def _edge(manifest: Manifest, name: str) -> str | None:
    """Digest of the first or last slot of a night's sealed counts; None if no sample is there."""
    counts = manifest.stages.get("counts")
    return None if counts is None else counts.note.get("edges", {}).get(name)


def _counts_with_neighbours(night: NightView, band: Band) -> Counts:
    """Counts of a night between the last slot of the night before and what the last segment needs of the next.

    Shape (channel, 10000 + 8640000 + the band's reach); what is not there is missing.
    """
    store, tail_samples = night.store, band.reach_samples
    out = np.empty((len(store.channels), LEAD_SAMPLES + NIGHT_SAMPLES + tail_samples), dtype=np.int32)
    out[:, :LEAD_SAMPLES], out[:, LEAD_SAMPLES + NIGHT_SAMPLES :] = MISSING, MISSING
    own = out[:, LEAD_SAMPLES : LEAD_SAMPLES + NIGHT_SAMPLES]
    store.read_into(own, night.night, PATH)
    store.check_whole(night.manifest, "counts", PATH, own)
    before, after = _edges_read(night, band)
    if before is not None:
        out[:, :LEAD_SAMPLES] = _read_edge(night, -1, slice(NIGHT_SAMPLES - LEAD_SAMPLES, NIGHT_SAMPLES), before)
    if after is not None:
        first_slot = _read_edge(night, 1, slice(SLOT_SAMPLES), after)
        out[:, LEAD_SAMPLES + NIGHT_SAMPLES :] = first_slot[:, :tail_samples]
    return out


def _read_edge(night: NightView, days: int, slot: slice, sealed: str) -> Counts:
    """Counts of a slot at the edge of a neighbour; a DamagedArchiveError if they are not those that were `sealed`."""
    neighbour = night.neighbour(days).night
    counts: Counts = night.store.read(neighbour, PATH, part=slot)
    if counts_digest(counts) != sealed:
        raise DamagedArchiveError(
            f"{PATH} of night {neighbour} in {night.store.url} does not hold the samples beside night "
            f"{night.night} that were sealed: is a copy under way?"
        )
    return counts


def check_band(archive: Reader, settings: SpectraSettings) -> None:
    """Raise an InputError if the settings ask for other frequencies than the archive has places for."""
    ours, theirs = settings.frequency_hz, archive.frequency_hz
    if len(ours) != len(theirs) or not np.allclose(ours, theirs):
        raise InputError(
            f"settings ask for {len(ours)} frequencies from {ours[0]:.3f} to {ours[-1]:.3f} Hz, "
            f"the archive {archive.url} holds {len(theirs)} from {theirs[0]:.3f} to {theirs[-1]:.3f} Hz: "
            f"its first ingest decides; give the --processing of that one"
        )


def _lost(arrays: Arrays, manifest: Manifest) -> Iterator[str]:
    """Arrays of the spectra that hold nothing, or not what the counts' gaps and the effort ask for."""
    share, edge = arrays["spectra/effort"], manifest.stages["spectra"].note.get("settings", {}).get("edge_slots", 0)
    counts = arrays.get("counts/counts")
    bits = arrays["spectra/quality"]
    moves = bits & QUALITY_FLAGS["constant"] == 0  # the effort of others is 0, and was not in version 2
    if np.isnan(share).any() or (counts is not None and not np.array_equal(share[moves], effort(counts)[moves])):
        yield "spectra/effort"
        return
    if np.any(((bits & QUALITY_FLAGS["incomplete"] > 0) != (share < 1)) & moves):
        yield "spectra/quality"
    full = share[:, edge : share.shape[1] - edge] == 1
    if "azimuth_deg" in manifest.stages["spectra"].note:  # a direction is made of both coils
        full = np.broadcast_to(full.all(axis=0), full.shape)
    for path, expected in (("density", full), ("cross_real", full.all(axis=0)), ("cross_imag", full.all(axis=0))):
        if expected.any() and np.isnan(arrays[f"spectra/{path}"]).all():
            yield f"spectra/{path}"


FREQUENCY_CHUNK = 410
"""The frequencies of spectra to 10.5 Hz: those of fringes are read without what lies above, where there is more."""
_BY_BAND = {"frequency": FREQUENCY_CHUNK}
_ARRAYS = {
    "spectra/density": ArraySpec(
        ("channel", "slot", "frequency"), "float32", NAN,
        {"long_name": "amplitude spectral density of the magnetic field", "units": "pT/sqrt(Hz)",
         "comment": "the square is in pT2 Hz-1: UDUNITS knows no half powers, and reads Hz-0.5 as a factor"},
        _BY_BAND,
    ),
    "spectra/cross_real": ArraySpec(
        ("slot", "frequency"), "float32", NAN,
        {"long_name": "co-spectrum of the two channels: real part of the first times the conjugate of the second",
         "units": "pT2 Hz-1"},
        _BY_BAND,
    ),
    "spectra/cross_imag": ArraySpec(
        ("slot", "frequency"), "float32", NAN,
        {"long_name": "quadrature spectrum of the two channels: imaginary part, positive where the second lags behind",
         "units": "pT2 Hz-1"},
        _BY_BAND,
    ),
    "spectra/effort": ArraySpec(
        ("channel", "slot"), "float32", NAN,
        {"long_name": "share of the slot's samples that are there", "units": "1", "valid_range": [0, 1]},
    ),
    "spectra/quality": ArraySpec(
        ("channel", "slot"), "uint8", 0,
        {"long_name": "what is wrong with the slot", **flags(QUALITY_FLAGS, "flag_masks")},
    ),
}  # fmt: skip
SPECTRA: Stage = Stage(
    name="spectra",
    made_from=("counts",),
    version=3,
    layout=Layout(_ARRAYS),
    inputs=_inputs,
    compute=_compute,
    lost=_lost,
)

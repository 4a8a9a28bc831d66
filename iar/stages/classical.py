"""The published detector on a night's spectra: its regions and lines."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from iar.archive.layout import ArraySpec, Layout
from iar.archive.manifest import Manifest
from iar.archive.reader import Reader
from iar.detection.classical import (
    LINE,
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
from iar.settings import ClassicalSettings
from iar.spectra.background import carried_bins
from iar.spectra.grid import pieces_over
from iar.stages.night_view import NightView
from iar.stages.searched import sealed_bins, searched_bins, searched_input, searched_note
from iar.stages.stage import Arrays, Computed, Setup, Stage
from iar.stages.station import dark_settings, station_dark


def classical_steps(store: Reader, night: dt.date, settings: ClassicalSettings) -> ClassicalSteps:
    """Every step of the published detector for a night, computed anew from its sealed spectra.

    They lie on the frequencies in which the night was searched.
    """
    view = NightView(store, night)
    return view_steps(view, settings, sealed_bins(view, "classical"))


def view_steps(night: NightView, settings: ClassicalSettings, bins: int) -> ClassicalSteps:
    """Every step of the published detector on the first so many frequencies of a night that somebody looks at."""
    dark = station_dark(night.store.station, night.night)
    density = night.read("spectra", "spectra/density")[..., :bins]
    return detect_classical(density, night.store.frequency_hz[:bins], dark, settings)


def detect_classical(
    density: npt.NDArray[np.float32],
    frequency_hz: npt.NDArray[np.float64],
    dark: npt.NDArray[np.bool_],
    settings: ClassicalSettings,
) -> ClassicalSteps:
    """Every step of the published detector for a density in pT/sqrt(Hz), shape (channel, slot, frequency).

    `frequency_hz` are its frequencies, `dark` its dark slots. Nobody looks at frequencies at the end that no slot has.
    """
    bins = carried_bins(density)
    if bins < len(frequency_hz):
        return _widened(detect_classical(density[..., :bins], frequency_hz[:bins], dark, settings), len(frequency_hz))
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


def _widened(steps: ClassicalSteps, bins: int) -> ClassicalSteps:
    """Steps on a part of the frequencies, as ones on all `bins` of them: nothing is found in the others."""
    names = ("spots", "joined", "regions", "lines")
    pad = ((0, 0), (0, bins - steps.spots.shape[1]))
    return replace(steps, **{name: np.pad(getattr(steps, name), pad) for name in names})


def _inputs(night: NightView, setup: Setup) -> tuple[Any, ...]:
    settings = setup.processing.classical.model_dump(), dark_settings(night.store.station)
    return *settings, *searched_input(night, setup)


def _compute(night: NightView, setup: Setup) -> Computed:
    settings = setup.processing.classical
    steps = view_steps(night, settings, searched_bins(night, setup))
    density = night.read("spectra", "spectra/density")
    searched = density[..., : steps.lines.shape[1]]
    bins = carried_bins(searched)
    marks = np.full(density.shape[1:], NO_DATA, dtype=np.uint8)
    marks[:, :bins] = np.where(steps.lines, LINE, steps.regions)[:, :bins]
    marks[~slots_with_data(searched[..., :bins]).any(axis=0)] = NO_DATA  # that is not no fringes
    return {"detection/classical": marks}, {"settings": settings.model_dump(), **searched_note(night, setup)}


def _lost(arrays: Arrays, _manifest: Manifest) -> Iterator[str]:
    density = arrays.get("spectra/density")
    if density is None:
        return
    there = slots_with_data(density[..., : carried_bins(density)]).any()
    if there and (arrays["detection/classical"] == NO_DATA).all():
        yield "detection/classical"


_ARRAYS = {
    "detection/classical": ArraySpec(
        ("slot", "frequency"), "uint8", 255,
        {"long_name": "fringe regions of the classical detector (Beggan 2014)", "flag_values": [0, 1, 2],
         "flag_meanings": "background region line", "_FillValue": 255},
    ),
}  # fmt: skip
CLASSICAL: Stage = Stage(
    name="classical",
    made_from=("spectra",),
    version=2,
    layout=Layout(_ARRAYS),
    inputs=_inputs,
    compute=_compute,
    lost=_lost,
)

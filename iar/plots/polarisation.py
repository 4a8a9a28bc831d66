"""The picture of a night's polarisation: degree, azimuth and ellipticity of every pixel, below each other."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from iar.night import slot_hours
from iar.plots.paper import Box, Head, Paper, paper_style
from iar.plots.sheet import tick_hours
from iar.polarisation.ellipse import Polarisation

WIDTH_MM = 254.0
SURE_SIGMAS = 3.0
"""Degree over its standard error from which on a pixel has an ellipse."""
_PANELS = (
    ("degree", "degree", "magma", (0.0, 1.0)),
    ("azimuth_deg", "azimuth (°)", "twilight_shifted", (-90.0, 90.0)),
    ("ellipticity", "ellipticity", "RdBu_r", (-1.0, 1.0)),
)


@dataclass(frozen=True)
class PolarisationPicture:
    """What the picture shows: the pixels of a night at `frequency_hz`, and the frequencies of its harmonics."""

    station: str
    night: dt.date
    boundary_hour: int
    frequency_hz: npt.NDArray[np.float64]
    pixels: Polarisation
    harmonic_hz: npt.NDArray[np.floating]


def plot_polarisation(picture: PolarisationPicture, *, width_mm: float = WIDTH_MM) -> Figure:
    """Figure of three panels, time to the right; azimuth and ellipticity only where the degree is sure.

    Parameters
    ----------
    width_mm
        Width on paper; the height follows from it.
    """
    with paper_style():
        paper = Paper(width_mm)
        title = f"{picture.station}, night of {picture.night}: polarisation"
        reason = (
            f"azimuth and ellipticity where the degree is {SURE_SIGMAS:g} standard errors or more; azimuth of the "
            "major axis, from north over east; ellipticity positive (red) where the vector turns from north to east, "
            "seen from above; dots: harmonics"
        )
        head = Head(paper, title, reason, [])
        font = paper.font_pt
        left, right, panel = 3.6 * font, 6.0 * font, 0.13 * paper.width_pt + 4 * font
        top, gap = head.height_pt + 0.6 * font, 0.8 * font
        figure = paper.figure(top + 3 * (panel + gap) + 3.2 * font)
        head.draw(figure)
        width = paper.width_pt - left - right
        for number in range(len(_PANELS)):
            above = top + number * (panel + gap)
            boxes = Box(left, above, width, panel), Box(left + width + 0.8 * font, above, font, panel)
            _show(figure, paper, boxes, picture, number)
    return figure


def _show(figure: Figure, paper: Paper, boxes: tuple[Box, Box], picture: PolarisationPicture, number: int) -> None:
    """One panel and its colour bar."""
    name, label, colours, limits = _PANELS[number]
    axis, beside = (paper.axes(figure, box) for box in boxes)
    values, pixels = getattr(picture.pixels, name), picture.pixels
    sure = pixels.degree >= SURE_SIGMAS * pixels.degree_sigma
    shown = values if name == "degree" else np.where(sure, values, np.nan)
    start = picture.boundary_hour
    extent = (start, start + 24, picture.frequency_hz[0], picture.frequency_hz[-1])
    image = axis.imshow(
        shown.T, origin="lower", aspect="auto", extent=extent, cmap=colours, vmin=limits[0], vmax=limits[1],
        interpolation="nearest",
    )  # fmt: skip
    axis.set_facecolor("0.85")
    hours = np.repeat(slot_hours(start), picture.harmonic_hz.shape[1])
    axis.plot(hours, picture.harmonic_hz.ravel(), ",", color="0.2", alpha=0.5)
    axis.set(xlim=extent[:2], ylim=extent[2:], ylabel="frequency (Hz)")
    tick_hours(axis, start, 2)
    last = number == len(_PANELS) - 1
    axis.tick_params(labelbottom=last)
    if last:
        axis.set_xlabel(f"hour (UTC), from {picture.night} on")
    bar = figure.colorbar(image, cax=beside)
    bar.set_label(label, size=paper.font_pt)

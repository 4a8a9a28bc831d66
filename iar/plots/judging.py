"""The picture that a person judges a night by: the dark part of both channels, large, and their residual; no words."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from iar.fringes.spacing import no_spacing
from iar.plots.fan import show_residual, smooth_residual
from iar.plots.overlays import number_fringes, show_channel
from iar.plots.panels import (
    RESIDUAL_LABEL,
    Frame,
    bar_box,
    bar_room_pt,
    colour_bar,
    log_norm,
    tick_frequency,
)
from iar.plots.paper import Box, Paper, paper_style
from iar.plots.picture import NightPicture

WIDTH_MM, HEIGHT_SHARE = 300.0, 0.46
"""Of a screen that is wider than high, with a line of buttons below."""
FAN_SHARE = 1.5
"""Height of the residual, in which a fan is seen best, over that of a channel."""
AROUND_H = 1.0
"""Hours shown before and after the dark part."""


def plot_judging(picture: NightPicture, *, over: Collection[str] = (), width_mm: float = WIDTH_MM) -> Figure:
    """Figure of the dark part, time to the right; with or without something over it, every pixel is at the same place.

    Parameters
    ----------
    over
        What is drawn over the density, of `iar.plots.picture.OVERLAYS`.
    width_mm
        Width on paper.
    """
    with paper_style():
        paper, frame, norm = Paper(width_mm), Frame(picture), log_norm(picture.density)
        font, height = paper.font_pt, HEIGHT_SHARE * paper.width_pt
        figure = paper.figure(height)
        boxes = _boxes(paper, height, bar_room_pt(paper, norm), len(picture.channels) + 1)
        axes = [paper.axes(figure, box) for box in boxes]
        for axis in axes:
            axis.set_xlim(*shown_hours(picture))
            axis.set_ylim(*picture.band_hz)
            axis.set_ylabel("frequency (Hz)")
            tick_frequency(axis.yaxis, 6)
            frame.tick_time(axis.xaxis, 1)
            axis.tick_params(axis="x", which="both", labelbottom=axis is axes[-1])
        *panels, fan = axes
        shown = [show_channel(axis, frame, n, norm, over=over, size_pt=font) for n, axis in enumerate(panels)]
        residual = show_residual(fan, frame, smooth_residual(picture), size_pt=font)
        if "fringes" in over:
            number_fringes(fan, frame, there=picture.seen, size_pt=font)
        fan.set_xlabel(frame.time_label)
        colour_bar(figure, paper, bar_box(paper, boxes[:-1]), shown[0])
        colour_bar(figure, paper, bar_box(paper, boxes[-1:]), residual, label=RESIDUAL_LABEL)
    return figure


def blinded(picture: NightPicture) -> NightPicture:
    """Picture without anything that was found in the night: a person who sees it judges by the data alone."""
    return replace(picture, standing_hz={}, spacing=no_spacing(len(picture.times)), verdict=None, classical=None)


def panel_places(figure: Figure, picture: NightPicture) -> dict[str, Any]:
    """Where the panels of that picture lie, so that times and frequencies can be found in it.

    `panels`: left, top, width and height of each, as shares of the picture; `hours` after 0 h UTC of the night's date
    and `band_hz`, Hz: what they show.
    """
    boxes = [axis.get_position() for axis in figure.axes[: len(picture.channels) + 1]]
    return {
        "panels": [[box.x0, 1 - box.y1, box.width, box.height] for box in boxes],
        "hours": shown_hours(picture),
        "band_hz": [float(edge) for edge in picture.band_hz],
    }


def shown_hours(picture: NightPicture) -> tuple[float, float]:
    """First and last hour that are shown: the dark part and an hour around it; the whole night where none is dark."""
    (dark,), hours = np.nonzero(picture.dark), picture.hours
    if not len(dark):
        return float(hours[0]), float(hours[-1])
    return (
        float(max(hours[dark[0]] - AROUND_H, hours[0])),
        float(min(hours[dark[-1] + 1] + AROUND_H, hours[-1])),
    )


def _boxes(paper: Paper, height_pt: float, right_pt: float, panels: int) -> list[Box]:
    font = paper.font_pt
    left, top, bottom, gap = 3.8 * font, 0.6 * font, 3.4 * font, 0.6 * font
    each = (height_pt - top - bottom - (panels - 1) * gap) / (panels - 1 + FAN_SHARE)
    heights, width = [*[each] * (panels - 1), FAN_SHARE * each], paper.width_pt - left - right_pt
    return [Box(left, top + n * (each + gap), width, height) for n, height in enumerate(heights)]

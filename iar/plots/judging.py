"""The picture that a person judges a night by: the dark part of both channels, large, and their residual; no words."""

from collections.abc import Collection
from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from iar.fringes.spacing import no_spacing
from iar.plots.fan import RESIDUAL_NORM, smooth_residual
from iar.plots.overlays import number_fringes, show_channel
from iar.plots.panels import (
    BAR_GAP,
    RESIDUAL_LABEL,
    Frame,
    bar_room_pt,
    colour_bar,
    log_norm,
    name_panel,
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
        residual = _show_fan(fan, frame, numbers="fringes" in over, size_pt=font)
        colour_bar(figure, paper, _beside(boxes[:-1], font), shown[0])
        colour_bar(figure, paper, _beside(boxes[-1:], font), residual, label=RESIDUAL_LABEL)
    return figure


def _show_fan(axis: Axes, frame: Frame, *, numbers: bool, size_pt: float) -> AxesImage:
    picture = frame.picture
    residual = frame.show(axis, smooth_residual(picture), RESIDUAL_NORM)
    frame.mark_dark(axis)
    if numbers:
        number_fringes(axis, frame, there=picture.seen, size_pt=size_pt)
    name_panel(axis, "residual", size_pt, empty=not picture.seen.any())
    axis.set_xlabel(frame.time_label)
    return residual


def blinded(picture: NightPicture) -> NightPicture:
    """Picture without anything that was found in the night: a person who sees it judges by the data alone."""
    return replace(picture, standing_hz={}, spacing=no_spacing(len(picture.times)), verdict=None, classical=None)


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


def _beside(boxes: list[Box], font_pt: float) -> Box:
    """Colour bar along these panels."""
    first, last = boxes[0], boxes[-1]
    return Box(first.left + first.width + BAR_GAP * font_pt, first.top, font_pt, last.top + last.height - first.top)

"""The picture of a night: the sun, both channels, what was found in them, the fan alone, effort, spacing and error."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from iar.plots.fan import show_residual, smooth_residual
from iar.plots.overlays import number_fringes, overlay_entries, show_channel
from iar.plots.panels import (
    RESIDUAL_LABEL,
    Frame,
    bar_box,
    bar_room_pt,
    colour_bar,
    log_norm,
    no_data_entries,
    standing_entries,
    tick_frequency,
)
from iar.plots.paper import Box, Head, Paper, paper_style, text_width_pt
from iar.plots.picture import NightPicture
from iar.plots.strips import flag_entries, show_effort, show_sun, sky_entries

WIDTH_MM = 254.0
"""Of a screen."""
SPACING_COLOUR, ERROR_COLOUR = "#0b3c5d", "#a9c6dc"
_MOST_BEYOND_HZ = 0.25
"""An error that reaches farther than this does not squeeze the curve of the spacing."""


def plot_night(picture: NightPicture, *, over: Collection[str] = ("fringes",), width_mm: float = WIDTH_MM) -> Figure:
    """Figure of a night, time to the right: sun, a panel for each channel, their residual, effort, spacing.

    Parameters
    ----------
    over
        What is drawn over the density, of `iar.plots.picture.OVERLAYS`.
    width_mm
        Width on paper; the height follows from it.
    """
    with paper_style():
        paper, frame = Paper(width_mm), Frame(picture)
        head = Head(paper, picture.verdict_title, picture.reason, _entries(frame, over, paper))
        norm = log_norm(picture.density)
        left, right = _left_pt(picture, paper), bar_room_pt(paper, norm)
        sheet = _Sheet(paper, head.height_pt, left, right, len(picture.channels), picture.under_sun)
        figure = paper.figure(sheet.height_pt)
        head.draw(figure)
        *sun, fan, effort, spacing = axes = [paper.axes(figure, box) for box in sheet.boxes]
        panels = sun[-len(picture.channels) :]
        if picture.under_sun:
            show_sun(axes[0], frame)
            axes[0].set_ylabel("sun (°)")
        for number, axis in enumerate(panels):
            show_channel(axis, frame, number, norm, over=over, size_pt=paper.font_pt)
        show_residual(fan, frame, smooth_residual(picture), size_pt=paper.font_pt)
        number_fringes(fan, frame, there=picture.seen, size_pt=paper.font_pt)
        for axis in (*panels, fan):
            axis.set_ylabel("frequency (Hz)")
            tick_frequency(axis.yaxis, 6)
        colour_bar(figure, paper, sheet.bar, panels[0].images[0])
        colour_bar(figure, paper, sheet.fan_bar, fan.images[0], label=RESIDUAL_LABEL)
        show_effort(effort, frame, paper.font_pt)
        effort.tick_params(axis="y", length=0)
        effort.set_ylabel("effort")
        _show_spacing(spacing, picture, paper.font_pt)
        _share_time(frame, axes, width_mm)
    return figure


@dataclass(frozen=True)
class _Sheet:
    """Where the panels lie: one below the other, the colour bar to the right."""

    paper: Paper
    top: float
    left: float
    right: float
    channels: int
    under_sun: bool

    @property
    def _rows(self) -> list[tuple[float, float]]:
        """Height of each row and the gap above it."""
        font, panel = self.paper.font_pt, 0.125 * self.paper.width_pt + 4.5 * self.paper.font_pt
        channels = [(panel, 0.7 * font)] * self.channels
        sun = [(4.2 * font, 0.0)] * self.under_sun
        return [
            *sun,
            *channels,
            (panel, 0.7 * font),
            (max(1.8 * self.channels, 3.2) * font, 0.7 * font),
            (0.55 * panel, 0.9 * font),
        ]

    @property
    def width(self) -> float:
        """Width of the panels."""
        return self.paper.width_pt - self.left - self.right

    @property
    def boxes(self) -> Iterator[Box]:
        """Sun where it is known, channels, their residual, effort, spacing."""
        top = self.top
        for height, gap in self._rows:
            yield Box(self.left, top + gap, self.width, height)
            top += gap + height

    @property
    def bar(self) -> Box:
        """Colour bar, along all channels."""
        *above, _, _, _ = self.boxes
        return bar_box(self.paper, above[-self.channels :])

    @property
    def fan_bar(self) -> Box:
        """Colour bar along the residual."""
        *_, fan, _, _ = self.boxes
        return bar_box(self.paper, [fan])

    @property
    def height_pt(self) -> float:
        """Height of the whole: below the last row there is room for its hours and their label."""
        return self.top + sum(height + gap for height, gap in self._rows) + 3.6 * self.paper.font_pt


def _left_pt(picture: NightPicture, paper: Paper) -> float:
    """Room for the numbers and the names at the left, and for what they are."""
    names = [*picture.channels, "0.00", "−60"]
    return max(text_width_pt(name, paper.font_pt) for name in names) + 2.9 * paper.font_pt


def _entries(frame: Frame, over: Collection[str], paper: Paper) -> list[Artist]:
    font = paper.font_pt
    return [
        *overlay_entries(over, frame.picture, font),
        *standing_entries(frame, font),
        *flag_entries(frame.picture, font),
        *no_data_entries(frame.picture),
        *(sky_entries(frame.picture) if frame.picture.under_sun else ()),
    ]


def _show_spacing(axis: Axes, picture: NightPicture, size_pt: float) -> None:
    spacing, sigma = picture.spacing.delta_f_hz, picture.spacing.delta_f_sigma_hz
    there = np.flatnonzero(np.isfinite(spacing))
    hours, delta_f, error = (picture.hours[there] + picture.hours[there + 1]) / 2, spacing[there], sigma[there]
    axis.vlines(hours, delta_f - error, delta_f + error, color=ERROR_COLOUR, linewidth=0.13 * size_pt, gid="error")
    axis.plot(
        hours, delta_f, linestyle="none", marker="o", markersize=0.2 * size_pt, markeredgewidth=0,
        color=SPACING_COLOUR, gid="spacing",
    )  # fmt: skip
    axis.set_ylabel("spacing (Hz)")
    axis.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    if len(there):
        axis.grid(color="0.9", linewidth=0.5)
        axis.set_axisbelow(True)
        beyond = np.minimum(error, _MOST_BEYOND_HZ)
        low, high = (delta_f - beyond).min(), (delta_f + beyond).max()
        margin = max(0.08 * (high - low), 0.02)
        axis.set_ylim(low - margin, high + margin)
    else:
        axis.set_ylim(0, 2.2)
        axis.text(0.5, 0.5, "no spacing", transform=axis.transAxes, ha="center", va="center", size=size_pt, color="0.4")


def _share_time(frame: Frame, axes: list[Axes], width_mm: float) -> None:
    left, right, *_ = frame.extent
    every_h = (3 if width_mm < 130 else 2 if width_mm < 320 else 1) * max(round((right - left) / 24), 1)
    for axis in axes:
        frame.tick_time(axis.xaxis, every_h)
        axis.set_xlim(left, right)
        axis.tick_params(axis="x", which="both", labelbottom=axis is axes[-1])
    axes[-1].set_xlabel(frame.time_label)

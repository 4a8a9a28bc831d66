"""The picture of a day as it is published: frequency to the right, time upwards, lines over the density."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from iar.plots.overlays import overlay_entries, show_channel
from iar.plots.panels import (
    Frame,
    colour_bar,
    log_norm,
    no_data_entries,
    standing_entries,
    tick_frequency,
)
from iar.plots.paper import Box, Head, Paper, paper_style, text_width_pt
from iar.plots.picture import NightPicture
from iar.plots.strips import show_sky, sky_entries

WIDTH_MM = 170.0
"""Of a page: higher than wide, a picture as wide as a screen would not fit on it."""


def plot_day(picture: NightPicture, *, over: Collection[str] = ("lines",), width_mm: float = WIDTH_MM) -> Figure:
    """Figure of a day, as in Beggan 2014 (doi:10.5194/angeo-32-951-2014): a panel for each channel.

    Parameters
    ----------
    over
        What is drawn over the density, of `iar.plots.picture.OVERLAYS`.
    width_mm
        Width on paper; the height follows from it.
    """
    with paper_style():
        paper, frame = Paper(width_mm), Frame(picture, upright=True)
        font = paper.font_pt
        entries = overlay_entries(over, picture, font) + standing_entries(frame, font)
        entries += [*no_data_entries(picture), *sky_entries(picture)]
        head = Head(paper, picture.verdict_title, picture.reason, entries)
        sheet = _Sheet(paper, head.height_pt, len(picture.channels))
        figure = paper.figure(sheet.height_pt)
        head.draw(figure)
        *panels, sky = (paper.axes(figure, box) for box in sheet.boxes)
        _show_channels(figure, sheet, frame, panels, over)
        show_sky(sky, frame)
        sky.set_xticks([])
        sky.tick_params(axis="y", which="both", labelleft=False)
        for axis in (*panels, sky):
            share_time(axis, frame)
        panels[0].set_ylabel(frame.time_label)
    return figure


def share_time(axis: Axes, frame: Frame) -> None:
    """Hours upwards, the whole day."""
    frame.tick_time(axis.yaxis, 2)
    axis.set_ylim(*frame.extent[2:])


@dataclass(frozen=True)
class _Sheet:
    """Where the panels lie: side by side, the sky to the right, the colour bar below."""

    paper: Paper
    top: float
    channels: int

    @property
    def boxes(self) -> Iterator[Box]:
        """Channels and sky."""
        font = self.paper.font_pt
        left = text_width_pt("00", font) + 2.8 * font
        gap, sky, top = 1.2 * font, 1.2 * font, self.top + 0.8 * font
        across = self.paper.width_pt - left - 0.5 * font - sky - self.paper.edge_pt
        width = (across - gap * (self.channels - 1)) / self.channels
        for number in range(self.channels):
            yield Box(left + number * (width + gap), top, width, self.paper.width_pt)
        yield Box(left + across + 0.5 * font, top, sky, self.paper.width_pt)

    @property
    def bar(self) -> Box:
        """Colour bar, along all channels."""
        first, *_, last, _ = self.boxes
        font = self.paper.font_pt
        return Box(first.left, last.top + last.height + 3.9 * font, last.left + last.width - first.left, font)

    @property
    def height_pt(self) -> float:
        """Height of the whole: below the colour bar there is room for its numbers and their label."""
        return self.bar.top + self.bar.height + 3.5 * self.paper.font_pt


def _show_channels(figure: Figure, sheet: _Sheet, frame: Frame, panels: list[Axes], over: Collection[str]) -> None:
    norm = log_norm(frame.picture.density)
    for number, axis in enumerate(panels):
        mesh = show_channel(axis, frame, number, norm, over=over, size_pt=sheet.paper.font_pt)
        axis.set_xlabel("frequency (Hz)")
        tick_frequency(axis.xaxis, 6)
        axis.tick_params(axis="y", which="both", labelleft=number == 0)
    colour_bar(figure, sheet.paper, sheet.bar, mesh, lying=True)

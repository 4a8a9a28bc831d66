"""The residual of a night, large: the fan as the spectrum itself shows it, and below the same with what was found."""

from collections.abc import Collection

from matplotlib.figure import Figure

from iar.plots.fan import RESIDUAL_NORM, show_residual, smooth_residual
from iar.plots.overlays import draw_overlays, number_fringes, overlay_entries
from iar.plots.panels import (
    RESIDUAL_LABEL,
    Frame,
    bar_box,
    bar_room_pt,
    colour_bar,
    no_data_entries,
    tick_frequency,
)
from iar.plots.paper import Box, Head, Paper, paper_style, text_width_pt
from iar.plots.picture import NightPicture

WIDTH_MM = 254.0
_NAMES = ("residual", "and what was found")
_HEIGHT = 0.27
"""Height of a panel, in widths of the paper."""


def plot_residual(picture: NightPicture, *, over: Collection[str] = ("fringes",), width_mm: float = WIDTH_MM) -> Figure:
    """Figure of the mean of the coils above their background, twice: with nothing over it, and with what is asked for.

    Parameters
    ----------
    over
        Of `iar.plots.picture.OVERLAYS`.
    width_mm
        Width on paper; the height follows from it.
    """
    with paper_style():
        paper, frame = Paper(width_mm), Frame(picture)
        font = paper.font_pt
        entries = [*overlay_entries(over, picture, font), *no_data_entries(picture)]
        head = Head(paper, f"{picture.verdict_title}, residual of both coils", picture.reason, entries)
        left, right = text_width_pt("10", font) + 2.9 * font, bar_room_pt(paper, RESIDUAL_NORM)
        width, height = paper.width_pt - left - right, _HEIGHT * paper.width_pt
        boxes = [Box(left, head.height_pt + (0.7 * font + height) * row, width, height) for row in range(len(_NAMES))]
        figure = paper.figure(boxes[-1].top + height + 3.6 * font)
        head.draw(figure)
        axes, residual = [paper.axes(figure, box) for box in boxes], smooth_residual(picture)
        for axis, name in zip(axes, _NAMES, strict=True):
            image = show_residual(axis, frame, residual, size_pt=font, name=name)
            axis.set_ylabel("frequency (Hz)")
            tick_frequency(axis.yaxis, 6)
            frame.tick_time(axis.xaxis, 3 if width_mm < 130 else 2)
            axis.set_xlim(*frame.extent[:2])
        number_fringes(axes[0], frame, there=picture.seen, size_pt=font)
        draw_overlays(axes[1], frame, over, there=picture.seen, size_pt=font)
        axes[0].tick_params(axis="x", which="both", labelbottom=False)
        axes[1].set_xlabel(frame.time_label)
        colour_bar(figure, paper, bar_box(paper, boxes), image, label=RESIDUAL_LABEL)
    return figure

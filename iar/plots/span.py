"""Many nights at a glance: the spacing of each slot in colour, a month with nights downwards, a year to the right."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

from iar.night import SLOTS
from iar.plots.paper import Box, Head, Paper, paper_style

WIDTH_MM = 254.0
_MOST_ROWS = 31
"""Nights that have a row each; more have a column."""
_GROUND = {"": "white", "no_data": "0.80", "no_fringes": "#f1f1f1", "fringes": "#dfeaf2", "interference": "#f3dfea"}
"""Behind the spacings, by verdict: faint, so that the colours of spacings stand out; white was not processed."""
_COUNTED = {
    "fringes": "with fringes", "no_fringes": "without fringes", "interference": "of interference",
    "no_data": "without data",
}  # fmt: skip
_LEAST_RANGE_HZ = 0.2
_LEAST_ROWS = 8
"""Height of the panel, in letters, at least: the colours need room for their numbers."""
_LEFT, _BAR_ROOM, _FOOT = 5.2, 6.2, 3.8
"""Room beside and below the panel, in letters."""


@dataclass(frozen=True)
class SpanPicture:
    """What nights at a glance show.

    `nights` in order, none left out; `spacing_hz` of those with fringes, shape (slot,), NaN where there is none;
    `verdict` of those that have one. `boundary_hour` is that at which a night begins, UTC.
    """

    title: str
    nights: list[dt.date]
    verdict: Mapping[dt.date, str]
    spacing_hz: Mapping[dt.date, npt.NDArray[np.floating]]
    boundary_hour: int


def plot_span(picture: SpanPicture) -> Figure:
    """Figure of nights: each a row of its hours, or, where they are more than a month, a column."""
    with paper_style():
        paper = Paper(WIDTH_MM)
        font, upright = paper.font_pt, len(picture.nights) > _MOST_ROWS
        head = Head(paper, picture.title, _subtitle(picture), _entries(picture))
        height = 30 * font if upright else max(1.25 * len(picture.nights) + 0.5, _LEAST_ROWS) * font
        box = Box(_LEFT * font, head.height_pt, paper.width_pt - (_LEFT + _BAR_ROOM) * font, height)
        figure = paper.figure(box.top + box.height + _FOOT * font)
        head.draw(figure)
        axis = paper.axes(figure, box)
        image = _show(axis, picture, upright=upright)
        _tick(axis, picture, upright=upright)
        bar_box = Box(box.left + box.width + 1.1 * font, box.top, 0.9 * font, min(box.height, 20 * font))
        bar = figure.colorbar(image, cax=paper.axes(figure, bar_box))
        bar.outline.set_linewidth(0.6)
        bar.long_axis.set_major_locator(MaxNLocator(5))
        bar.set_label("spacing (Hz)", size=font)
    return figure


def _subtitle(picture: SpanPicture) -> str:
    there = list(picture.verdict.values())
    parts = [f"{there.count(name)} {word}" for name, word in _COUNTED.items() if name in there]
    left = len(picture.nights) - len(there)
    parts += [f"{left} not there or not processed"] if left and parts else []
    medians = [float(np.nanmedian(one)) for one in picture.spacing_hz.values() if np.isfinite(one).any()]
    parts += [f"median spacing {np.median(medians):.2f} Hz"] if medians else []
    return f"{len(picture.nights)} nights: {', '.join(parts) or 'none processed'}."


def _entries(picture: SpanPicture) -> list[Patch]:
    there = {picture.verdict.get(night, "") for night in picture.nights}
    names = {"": "not there or not processed", "fringes": "fringes, no spacing at this hour"}
    return [
        Patch(facecolor=colour, edgecolor="0.5", linewidth=0.5, label=names.get(name, name.replace("_", " ")))
        for name, colour in _GROUND.items()
        if name in there
    ]


def _show(axis: Axes, picture: SpanPicture, *, upright: bool) -> AxesImage:
    """Verdict as the ground, spacings above it."""
    grounds, count = list(_GROUND), len(picture.nights)
    ground = np.array([[grounds.index(picture.verdict.get(night, ""))] for night in picture.nights])
    spacing = np.full((count, SLOTS), np.nan)
    for row, night in enumerate(picture.nights):
        if night in picture.spacing_hz:
            spacing[row] = picture.spacing_hz[night]
    hours = (float(picture.boundary_hour), picture.boundary_hour + 24.0)
    edges = (-0.5, count - 0.5)
    extent = (*edges, *hours) if upright else (*hours, *edges[::-1])
    there = spacing[np.isfinite(spacing)]
    low, high = (float(x) for x in np.quantile(there, [0.01, 0.99])) if there.size else (0.25, 2.2)
    middle, half = (low + high) / 2, max((high - low) / 2, _LEAST_RANGE_HZ / 2)
    layers = (
        (ground, ListedColormap(list(_GROUND.values())), Normalize(-0.5, len(_GROUND) - 0.5)),
        (np.ma.masked_invalid(spacing), "viridis", Normalize(middle - half, middle + half)),
    )
    for values, colours, norm in layers:
        image = axis.imshow(
            values.T if upright else values, origin="lower" if upright else "upper", aspect="auto", extent=extent,
            cmap=colours, norm=norm, interpolation="nearest",
        )  # fmt: skip
    if not upright:
        axis.hlines(np.arange(count - 1) + 0.5, *hours, color="white", linewidth=0.6)
    return image


def _tick(axis: Axes, picture: SpanPicture, *, upright: bool) -> None:
    hours, nights = (axis.yaxis, axis.xaxis) if upright else (axis.xaxis, axis.yaxis)
    hours.set_major_locator(MultipleLocator(2))
    hours.set_major_formatter(FuncFormatter(lambda hour, _: f"{hour % 24:02.0f}"))
    hours.set_label_text("time (UTC)")
    if upright:
        firsts = [place for place, night in enumerate(picture.nights) if night.day == 1]
        nights.set_ticks(firsts, [f"{picture.nights[place]:%b}" for place in firsts])
        nights.set_label_text("night")
        return
    names = [f"{night:%a} {night.day}" for night in picture.nights]
    nights.set_ticks(range(len(names)), names)
    nights.set_tick_params(length=0)

"""Many nights of Schumann resonances at a glance: a row of panels for each coil, a column for each mode."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from iar.plots.paper import Box, Head, Paper, paper_style
from iar.plots.sheet import tick_hours
from iar.schumann.averaging import INTERVALS

WIDTH_MM = 254.0
_LEFT, _GAP, _BAR, _OVER, _FOOT = 5.6, 5.6, 0.8, 2.3, 3.4
"""Room beside, between, of a colour bar, above and below the panels, in letters."""
_QUANTILES = (0.02, 0.98)


@dataclass(frozen=True)
class ResonanceSpan:
    """What the picture shows.

    `nights` in order, none left out; `frequency_hz` of those that have resonances, shape (channel, interval, mode), NaN
    where a fit has a flag; `boundary_hour` is that at which a night begins, UTC.
    """

    title: str
    nights: list[dt.date]
    channels: tuple[str, ...]
    modes: int
    frequency_hz: Mapping[dt.date, npt.NDArray[np.floating]]
    boundary_hour: int


def plot_resonance_span(picture: ResonanceSpan) -> Figure:
    """Figure of nights: frequency of each mode by the hour, a night a row, the first at the top."""
    with paper_style():
        paper = Paper(WIDTH_MM)
        font, modes, coils = paper.font_pt, picture.modes, len(picture.channels)
        subtitle = f"{len(picture.frequency_hz)} of {len(picture.nights)} nights have any; what has a flag is left out"
        head = Head(paper, picture.title, subtitle, [])
        height = min(max(1.0 * len(picture.nights), 8), 30) * font
        width = (paper.width_pt - (_LEFT + 4.4) * font - (modes - 1) * _GAP * font) / modes
        figure = paper.figure(head.height_pt + coils * (height + _OVER * font) + _FOOT * font)
        head.draw(figure)
        values = _stacked(picture)
        for coil in range(coils):
            top = head.height_pt + (coil + 1) * _OVER * font + coil * height
            for mode in range(modes):
                left = _LEFT * font + mode * (width + _GAP * font)
                axis = paper.axes(figure, Box(left, top, width, height))
                bar = paper.axes(figure, Box(left + width + 0.4 * font, top, _BAR * font, height))
                _show(axis, bar, picture, values[:, coil, :, mode], values[..., mode])
                axis.set_title(f"{picture.channels[coil]}, mode {mode + 1} (Hz)", size=font)
                axis.tick_params(labelbottom=coil == coils - 1, labelleft=mode == 0)
                if coil == coils - 1:
                    axis.set_xlabel("time (UTC)")
    return figure


def _stacked(picture: ResonanceSpan) -> npt.NDArray[np.float64]:
    """Frequencies of all nights, shape (night, channel, interval, mode); NaN where there are none."""
    values = np.full((len(picture.nights), len(picture.channels), INTERVALS, picture.modes), np.nan)
    for row, night in enumerate(picture.nights):
        if night in picture.frequency_hz:
            values[row] = picture.frequency_hz[night][..., : picture.modes]
    return values


def _show(
    axis: Axes, bar: Axes, picture: ResonanceSpan, shown: npt.NDArray[np.float64], of_mode: npt.NDArray[np.float64]
) -> None:
    """One coil and mode, in the colours of both coils."""
    there = of_mode[np.isfinite(of_mode)]
    low, high = np.quantile(there, _QUANTILES) if there.size else (0.0, 1.0)
    start, count = picture.boundary_hour, len(picture.nights)
    image = axis.imshow(
        shown, aspect="auto", extent=(start, start + 24, count - 0.5, -0.5), vmin=low, vmax=max(high, low + 0.05),
        cmap="viridis", interpolation="nearest",
    )  # fmt: skip
    axis.set_facecolor("0.9")
    tick_hours(axis, start, 6)
    rows = np.unique(np.linspace(0, count - 1, min(count, 8)).round().astype(int))
    axis.set_yticks(rows, [f"{picture.nights[row]:%d %b}" for row in rows])
    colours = axis.figure.colorbar(image, cax=bar)
    colours.locator = MaxNLocator(4)
    colours.update_ticks()

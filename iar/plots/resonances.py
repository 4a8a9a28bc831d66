"""The picture of a night's Schumann resonances: a column for each mode; frequency, amplitude and Q below each other."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from iar.plots.paper import Box, Head, Paper, paper_style
from iar.plots.sheet import tick_hours
from iar.schumann.averaging import INTERVAL_S, INTERVALS
from iar.schumann.table import ResonanceNight

WIDTH_MM = 254.0
COLOURS = ("#0072b2", "#d55e00")
"""Of the coils: told apart by every eye (Okabe and Ito)."""
_ROWS = (
    ("frequency_hz", "frequency_sigma_hz", "frequency (Hz)"),
    ("amplitude_pt", "amplitude_sigma_pt", "amplitude (pT/√Hz)"),
    ("q", "q_sigma", "Q"),
)
_SHOWN = (0.02, 0.98)
"""Quantiles of the values between which an axis reaches at least, and not much farther: outliers are cut."""


@dataclass(frozen=True)
class ResonancePicture:
    """What the picture shows: the resonances of a night, and whose they are."""

    station: str
    reason: str
    found: ResonanceNight

    @property
    def hours(self) -> npt.NDArray[np.float64]:
        """Middles of the intervals, hours after 0 h UTC of the night's date, shape (interval,)."""
        return self.found.boundary_hour + (np.arange(INTERVALS) + 0.5) * INTERVAL_S / 3600


def plot_resonances(picture: ResonancePicture, *, width_mm: float = WIDTH_MM) -> Figure:
    """Figure of a night's modes, time to the right; what has a flag is pale.

    Parameters
    ----------
    width_mm
        Width on paper; the height follows from it.
    """
    found = picture.found
    with paper_style():
        paper = Paper(width_mm)
        title = f"{picture.station}, night of {found.night}: Schumann resonances"
        entries = [
            Line2D([], [], color=colour, marker="o", markersize=3, linestyle="none", label=name)
            for name, colour in zip(found.channels, COLOURS, strict=True)
        ]
        entries.append(Line2D([], [], color="0.75", marker="o", markersize=3, linestyle="none", label="with a flag"))
        head = Head(paper, title, picture.reason, entries)
        boxes, height_pt = _boxes(paper, head.height_pt, found.modes)
        figure = paper.figure(height_pt)
        head.draw(figure)
        for number, box in enumerate(boxes):
            row, mode = divmod(number, found.modes)
            axis = paper.axes(figure, box)
            _show(axis, picture, row, mode, paper.font_pt)
            _label(axis, found, row, mode, paper.font_pt)
    return figure


def _boxes(paper: Paper, top: float, modes: int) -> tuple[list[Box], float]:
    """Room of each panel, row by row, and height of the whole."""
    font = paper.font_pt
    left, gap, over = 4.6 * font, 3.2 * font, 0.7 * font
    width = (paper.width_pt - left - paper.edge_pt - (modes - 1) * gap) / modes
    height = max(0.11 * paper.width_pt, 10.5 * font)
    top += 1.4 * font
    boxes = [
        Box(left + mode * (width + gap), top + row * (height + over), width, height)
        for row in range(len(_ROWS))
        for mode in range(modes)
    ]
    return boxes, top + len(_ROWS) * (height + over) + 3.0 * font


def _show(axis: Axes, picture: ResonancePicture, row: int, mode: int, size_pt: float) -> None:
    name, error, _ = _ROWS[row]
    values, sigma = (picture.found.values[key][..., mode] for key in (name, error))
    sure = picture.found.good[..., mode]
    for value, above, kept, colour in zip(values, sigma, sure, COLOURS, strict=True):
        for part, shade in ((np.isfinite(value) & ~kept, "0.75"), (kept, colour)):
            axis.errorbar(
                picture.hours[part], value[part], above[part], color=shade, linestyle="none", marker="o",
                markersize=0.2 * size_pt, markeredgewidth=0, elinewidth=0.06 * size_pt, alpha=0.9,
            )  # fmt: skip
    good = values[sure]
    if good.size:
        low, high = np.quantile(good, _SHOWN)
        margin = max(0.35 * (high - low), 0.01 * high)
        axis.set_ylim(low - margin, high + margin)
    axis.grid(color="0.92", linewidth=0.5)
    axis.set_axisbelow(True)


def _label(axis: Axes, found: ResonanceNight, row: int, mode: int, size_pt: float) -> None:
    """Mode above the first row, quantity at the first column, hours below the last."""
    axis.set_xlim(found.boundary_hour, found.boundary_hour + 24)
    tick_hours(axis, found.boundary_hour, 6)
    axis.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    axis.tick_params(labelbottom=row == len(_ROWS) - 1)
    if row == 0:
        axis.set_title(f"mode {mode + 1}", size=size_pt)
    if mode == 0:
        axis.set_ylabel(_ROWS[row][2])
    if row == len(_ROWS) - 1:
        axis.set_xlabel(f"hour (UTC), from {found.night} on")

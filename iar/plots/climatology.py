"""The picture of a climatology: spacing by hour and month with its spread, by month and year, and the occurrence."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import FormatStrFormatter, MaxNLocator, PercentFormatter

from iar.completeness.occurrence import CORRECTED
from iar.fringes.climatology import HOURS, OCCURRENCE, SPACING, Climatology
from iar.plots.panels import NO_DATA
from iar.plots.paper import Box, Head, Paper, paper_style
from iar.plots.sheet import title_panel

WIDTH_MM = 254.0
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SPACING, _OCCURRENCE, _BAR = "#0b3c5d", "#0072b2", "#a9c6dc"
_CORRECTED, _BESIDE = "#d55e00", 0.22
"""Of the corrected occurrence, and how far it lies beside the raw one."""
_FEW = 3
"""Nights below which an hour of a month is hatched: no more than an anecdote."""
_ROWS, _PANEL, _BETWEEN, _LEFT, _BAR_ROOM = 3, 14.5, 6.4, 4.8, 5.4
"""Rows of panels; their height, the gap below, the room at their left and for a colour bar; in letters."""
_LEAST_RANGE_HZ = 0.05
"""Of the colours: where nights hardly differ, it shows."""
_NOON = 12
_EVENING = (18, 6)
"""Hours that are shown where no night has fringes."""


def plot_climatology(found: Climatology, station: str) -> Figure:
    """Figure of six panels: median and spread of the spacing by hour and month; spacing and occurrence by month, year.

    Parameters
    ----------
    station
        Name of the station, for the title.
    """
    with paper_style():
        paper = Paper(WIDTH_MM)
        head = _head(found, station, paper)
        figure = paper.figure(_top(head, 3))
        head.draw(figure)
        _show_hours(figure, paper, found, [_box(head, 0, column) for column in (0, 1)])
        years = [str(year) for year in found.by_year.index]
        for column, (table, names) in enumerate(((found.by_month, _MONTHS), (found.by_year, years))):
            spacing, often = (paper.axes(figure, _box(head, row, column)) for row in (1, 2))
            _show_spacing(spacing, table, paper)
            _finish(spacing, table["nights_with_fringes"], names, "nights with fringes")
            title_panel(spacing, f"Spacing by {table.index.name}", paper.font_pt)
            _show_occurrence(often, table)
            _finish(often, table["nights"], names, "nights with data")
            title_panel(often, f"Occurrence by {table.index.name}: share of the nights with data", paper.font_pt)
    return figure


def _head(found: Climatology, station: str, paper: Paper) -> Head:
    nights, fringes = (int(found.by_month[name].sum()) for name in ("nights", "nights_with_fringes"))
    title = f"{station}, {found.first} to {found.last}: fringes in {fringes} of {nights} nights with data"
    caption = "Points and colours: median over nights. Bars: quartiles of the spacing, 95 % interval of the occurrence."
    few = Patch(facecolor="white", edgecolor="0.3", hatch="////", linewidth=0.5, label=f"fewer than {_FEW} nights")
    none = Patch(facecolor=NO_DATA, edgecolor="0.5", linewidth=0.5, label="no fringes, or no data")
    if CORRECTED[0] not in found.by_month:
        return Head(paper, title, caption, [few, none])
    label = "occurrence corrected by completeness"
    mark = Line2D([], [], color=_CORRECTED, marker="D", markersize=4, linewidth=1.1, label=label)
    return Head(paper, title, caption, [few, none, mark])


def _top(head: Head, row: int) -> float:
    """Upper edge of a row of panels; of the row after the last one, the lower edge of the paper."""
    font = head.paper.font_pt
    return head.height_pt + (1.8 * (row < _ROWS) + row * (_PANEL + _BETWEEN)) * font


def _box(head: Head, row: int, column: int) -> Box:
    """Place of a panel; those of the first row leave room for a colour bar."""
    font, half = head.paper.font_pt, head.paper.width_pt / 2
    right = _BAR_ROOM if row == 0 else 1.0
    return Box(column * half + _LEFT * font, _top(head, row), half - (_LEFT + right) * font, _PANEL * font)


def _show_hours(figure: Figure, paper: Paper, found: Climatology, boxes: Sequence[Box]) -> None:
    """Median, and half the range between the quartiles, of each hour and month."""
    lower, median, upper = (found.hours(name) for name in SPACING)
    shown = (
        ("Spacing by hour and month (Hz)", median),
        ("Half the range between its quartiles (Hz)", (upper - lower) / 2),
    )
    nights, hours = found.hours("nights_with_fringes"), _shown_hours(found)
    for box, (title, values) in zip(boxes, shown, strict=True):
        axis = paper.axes(figure, box)
        mesh = _show_cells(axis, values[:, hours], nights[:, hours])
        axis.set_xticks(range(len(hours)), [f"{hour:02d}" if i % 2 == 0 else "" for i, hour in enumerate(hours)])
        axis.set_xlabel("hour (UTC)")
        title_panel(axis, title, paper.font_pt)
        bar_box = Box(box.left + box.width + 0.8 * paper.font_pt, box.top, 0.9 * paper.font_pt, box.height)
        bar = figure.colorbar(mesh, cax=paper.axes(figure, bar_box))
        bar.outline.set_linewidth(0.6)
        bar.long_axis.set_major_locator(MaxNLocator(5))
        bar.long_axis.set_major_formatter(FormatStrFormatter("%.2f"))


def _show_cells(axis: Axes, values: npt.NDArray[np.float64], nights: npt.NDArray[np.float64]) -> QuadMesh:
    """Values by month, downwards, and hour; grey where there is none, hatched where there are few nights."""
    there = values[np.isfinite(values)]
    low, most = (float(there.min()), float(there.max())) if there.size else (0.0, 1.0)
    axis.set_facecolor(NO_DATA)
    mesh = axis.pcolormesh(
        np.arange(values.shape[1] + 1) - 0.5, np.arange(len(_MONTHS) + 1) - 0.5, np.ma.masked_invalid(values),
        cmap="viridis", norm=Normalize(low, max(most, low + _LEAST_RANGE_HZ)), edgecolors="white", linewidth=0.4,
    )  # fmt: skip
    for month, hour in np.argwhere((nights > 0) & (nights < _FEW)):
        corner = (hour - 0.5, month - 0.5)
        axis.add_patch(Rectangle(corner, 1, 1, fill=False, hatch="////", edgecolor="white", linewidth=0, gid="few"))
    axis.invert_yaxis()
    axis.set_yticks(range(len(_MONTHS)), _MONTHS)
    axis.tick_params(length=0)
    return mesh


def _shown_hours(found: Climatology) -> npt.NDArray[np.intp]:
    """Hours from the first with fringes to the last one, through midnight: from noon on they lie in a row."""
    in_order = (np.arange(HOURS) + _NOON) % HOURS
    (there,) = np.nonzero(found.hours("nights_with_fringes").sum(axis=0)[in_order])
    if not len(there):
        return in_order[_EVENING[0] - _NOON : _EVENING[1] + HOURS - _NOON]
    return in_order[there[0] : there[-1] + 1]


def _show_spacing(axis: Axes, table: pd.DataFrame, paper: Paper) -> None:
    places = np.arange(len(table))
    lower, median, upper = (table[name].to_numpy() for name in SPACING)
    axis.vlines(places, lower, upper, color=_BAR, linewidth=0.55 * paper.font_pt, gid="quartiles")
    axis.plot(
        places, median, linestyle="none", marker="o", color=_SPACING, markersize=0.5 * paper.font_pt, gid="median"
    )
    axis.set_ylabel("spacing (Hz)")
    axis.set_ylim(0, 1.12 * np.nanmax(upper, initial=0.0) or 2.0)


def _show_occurrence(axis: Axes, table: pd.DataFrame) -> None:
    places = np.arange(len(table))
    share, low, high = (table[name].to_numpy() for name in OCCURRENCE)
    axis.bar(places, np.nan_to_num(share), width=0.68, color=_OCCURRENCE, gid="occurrence")
    axis.vlines(places, low, high, color="black", linewidth=1.1, gid="interval")
    if CORRECTED[0] in table:
        share, lower, upper = (table[name].to_numpy() for name in CORRECTED)
        axis.vlines(places + _BESIDE, lower, upper, color=_CORRECTED, linewidth=1.1, gid="corrected interval")
        axis.plot(
            places + _BESIDE, share, linestyle="none", marker="D", markersize=4, color=_CORRECTED, gid="corrected"
        )
        high = np.fmax(high, upper)
    axis.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axis.set_ylabel("nights with fringes")
    axis.set_ylim(0, min(1.0, 1.1 * np.nanmax(high, initial=0.0)) or 1.0)


def _finish(axis: Axes, nights: pd.Series, names: Sequence[str], label: str) -> None:
    """Ticks with the number of nights below each, grey where there is none."""
    for place in np.flatnonzero(nights.to_numpy() == 0):
        axis.axvspan(place - 0.5, place + 0.5, color=NO_DATA, zorder=0, linewidth=0, gid="nothing")
    axis.set_xticks(range(len(names)), [f"{name}\n{count}" for name, count in zip(names, nights, strict=True)])
    axis.set_xlim(-0.5, len(names) - 0.5)
    axis.grid(axis="y", color="0.9", linewidth=0.5)
    axis.set_axisbelow(True)
    axis.tick_params(axis="x", length=0)
    axis.set_xlabel(label)

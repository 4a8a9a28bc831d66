"""The picture of what drives the fringes: occurrence and spacing over F10.7, Kp and the depth of the night."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from iar.drivers.dependence import Effect, classes_of, occurrence_by, occurrence_effects, spacing_effects
from iar.errors import InputError
from iar.plots.paper import Box, Head, Paper, paper_style
from iar.plots.sheet import title_panel

Values = npt.NDArray[np.float64]

WIDTH_MM = 254.0
SHOWN = {
    "f107_81d": ("F10.7, mean of 81 days (sfu)", "F10.7"),
    "kp_mean": ("Kp, mean of the dark part", "Kp"),
    "sun_midnight_deg": ("lowest elevation of the sun (degrees)", "the sun's depth"),
}
"""Drivers that have a column of panels: label of the axis, and the word in titles."""
_STEPS = {"kp_mean": "1 of Kp", "f107_81d": "10 sfu of F10.7"}
_OFTEN, _SPACING, _NIGHT = "#0072b2", "#0b3c5d", "#a9c6dc"
_PANEL, _BETWEEN, _LEFT, _RIGHT, _TITLE = 14.0, 4.6, 5.2, 0.9, 1.8
"""Height of a panel, the gap below, the room at its left and right and for its title, in letters."""


def plot_dependence(nights: pd.DataFrame, station: str) -> Figure:
    """Figure of six panels: occurrence above, spacing below, over each of `SHOWN`.

    Parameters
    ----------
    nights
        A row a night with data, by date: ``found``, whether it has fringes, ``delta_f_hz`` (Hz, NaN without), drivers.
    station
        Name of the station, for the title.
    """
    found = nights["found"].to_numpy()
    with paper_style():
        paper = Paper(WIDTH_MM)
        first, last = (str(when)[:10] for when in (nights.index.min(), nights.index.max()))
        title = f"{station}, {first} to {last}: what {found.sum()} of {len(nights)} nights with fringes depend on"
        head = Head(paper, title, _summary(nights, found), [])
        figure = paper.figure(head.height_pt + 2 * (_TITLE + _PANEL + _BETWEEN) * paper.font_pt)
        head.draw(figure)
        for column, (name, (label, word)) in enumerate(SHOWN.items()):
            often, spacing = (paper.axes(figure, _box(head, row, column)) for row in (0, 1))
            _show_occurrence(often, nights[name].to_numpy(), found, label)
            title_panel(often, f"Occurrence over {word}", paper.font_pt)
            _show_spacing(spacing, nights[name].to_numpy(), nights["delta_f_hz"].to_numpy(), label)
            title_panel(spacing, f"Spacing over {word}", paper.font_pt)
    return figure


def _summary(nights: pd.DataFrame, found: npt.NDArray[np.bool_]) -> str:
    """Effects in words: each with its 95 % interval, or why there is none."""
    often = _in_words(partial(occurrence_effects, nights, found))
    wide = _in_words(partial(spacing_effects, nights, nights["delta_f_hz"].to_numpy()))
    return (
        f"With the season held: odds of fringes {often}; spacing {wide}. Bars and brackets: 95 % intervals; points: "
        "medians of classes with as many nights each."
    )


def _in_words(effects: Callable[[], Sequence[Effect]]) -> str:
    """Effects of a step of each driver, as ``× 0.81 (0.75 to 0.88) for 10 sfu``, or why there is none."""
    try:
        found = effects()
    except InputError as error:
        return f"unknown ({error})"
    return ", ".join(f"× {one.factor:.2f} ({one.low:.2f} to {one.high:.2f}) for {_STEPS[one.driver]}" for one in found)


def _box(head: Head, row: int, column: int) -> Box:
    """Place of a panel."""
    font, width = head.paper.font_pt, head.paper.width_pt / len(SHOWN)
    top = head.height_pt + (_TITLE + row * (_TITLE + _PANEL + _BETWEEN)) * font
    return Box(column * width + _LEFT * font, top, width - (_LEFT + _RIGHT) * font, _PANEL * font)


def _show_occurrence(axis: Axes, value: Values, found: npt.NDArray[np.bool_], label: str) -> None:
    edges = classes_of(value)
    if edges:
        table = occurrence_by(value, found, edges)
        axis.vlines(table["median"], table["occurrence_low"], table["occurrence_high"], color=_OFTEN, linewidth=1.4,
                    gid="interval")  # fmt: skip
        axis.plot(table["median"], table["occurrence"], marker="o", markersize=5, linewidth=0.6, color=_OFTEN,
                  gid="occurrence")  # fmt: skip
    axis.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axis.set_ylim(0, 1)
    _finish(axis, label, "nights with fringes")


def _show_spacing(axis: Axes, value: Values, delta_f_hz: Values, label: str) -> None:
    there = np.isfinite(value) & np.isfinite(delta_f_hz)
    axis.plot(value[there], delta_f_hz[there], linestyle="none", marker=".", markersize=3, color=_NIGHT, gid="nights")
    edges = classes_of(value[there])
    classes = np.digitize(value, edges) - 1
    medians = [
        (np.median(value[there & (classes == k)]), np.median(delta_f_hz[there & (classes == k)]))
        for k in range(len(edges) - 1)
        if (there & (classes == k)).any()
    ]
    if medians:
        axis.plot(*np.array(medians).T, marker="o", markersize=5, linewidth=0.6, color=_SPACING, gid="median")
    axis.set_ylim(0, None)
    _finish(axis, label, "spacing (Hz)")


def _finish(axis: Axes, label: str, what: str) -> None:
    axis.set_xlabel(label)
    axis.set_ylabel(what)
    axis.grid(axis="y", color="0.9", linewidth=0.5)
    axis.set_axisbelow(True)

"""Pictures of a study: how its best value fell, and which parameters decided."""

from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from iar.plots.paper import Box, Head, Paper, paper_style, text_width_pt

_TRIAL, _BEST = "#0072b2", "#d55e00"
_SPOTS = {"trial": (_TRIAL, "o"), "left before its end": ("#999999", "x"), "diverged": (_BEST, "^")}
"""Colour, of Okabe and Ito's set for the colour-blind, and mark of each kind of trial."""
_COURSE: dict[str, Any] = {"color": _BEST, "linewidth": 1.5, "drawstyle": "steps-post"}


def plot_history(
    value: npt.NDArray[np.float64], pruned: npt.NDArray[np.bool_], *, quantity: str, width_mm: float = 254
) -> Figure:
    """Figure of the value of each trial in its order, and of the best up to there.

    Parameters
    ----------
    value
        Shape (trial,); infinite for a training that diverged, which is marked at the upper edge.
    pruned
        Whether each trial was left before its end, shape (trial,).
    quantity
        What the value is, for the axis.
    """
    best = np.minimum.accumulate(np.where(pruned, np.inf, value))
    least = float(best[-1]) if len(best) else float("inf")
    title = f"Best {quantity}: {least:.4g}" if np.isfinite(least) else "No trial came to its end yet"
    reason = f"{len(value)} trials, {int(pruned.sum())} of them left before their end"
    with paper_style():
        paper = Paper(width_mm)
        spots = {name: _spots(name, paper) for name in _chosen(value, pruned)}
        entries = [Line2D([], [], **style, label=name) for name, style in spots.items()]
        head = Head(paper, title, reason, [*entries, Line2D([], [], **_COURSE, label="best so far")])
        room = Box(6 * paper.font_pt, head.height_pt, paper.width_pt - 7 * paper.font_pt, 0.45 * paper.width_pt)
        figure = paper.figure(room.top + room.height + 4 * paper.font_pt)
        head.draw(figure)
        axis = paper.axes(figure, room)
        _show_trials(axis, value, pruned, spots)
        known = np.flatnonzero(np.isfinite(best))
        axis.plot(known + 1, best[known], **_COURSE, zorder=1)
        axis.set_xlabel("trial")
        axis.set_ylabel(quantity)
        axis.set_xlim(0.5, max(len(value), 1) + 0.5)
        axis.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=10))
        axis.grid(visible=True, color="0.9", linewidth=0.6)
        axis.set_axisbelow(True)
    return figure


def plot_importance(names: list[str], share: npt.NDArray[np.float64], *, width_mm: float = 254) -> Figure:
    """Figure of how much each parameter decides whether a trial is among the best: the largest share at the top.

    Parameters
    ----------
    names
        Names of the parameters.
    share
        Share of each, 0 to 1.
    """
    with paper_style():
        paper = Paper(width_mm)
        order = np.argsort(share, kind="stable")[::-1]
        title = f"{names[order[0]]} decides most" if len(names) else "Too few trials to say what decides"
        head = Head(paper, title, "how much each parameter decides whether a trial is among the best", [])
        left = max((text_width_pt(name, paper.font_pt) for name in names), default=0.0) + 2 * paper.font_pt
        height = 2.0 * paper.font_pt * max(len(names), 1)
        room = Box(left, head.height_pt + 0.8 * paper.font_pt, paper.width_pt - left - 5 * paper.font_pt, height)
        figure = paper.figure(room.top + height + 4 * paper.font_pt)
        head.draw(figure)
        axis = paper.axes(figure, room)
        rows = np.arange(len(names))
        axis.barh(rows, share[order], height=0.65, color=_TRIAL)
        for row, value in zip(rows, share[order], strict=True):
            axis.annotate(
                f"{value:.0%}", (value, row), (0.4 * paper.font_pt, 0), textcoords="offset points", va="center",
                size=paper.font_pt,
            )  # fmt: skip
        axis.set_yticks(rows, [names[i] for i in order])
        axis.set_ylim(max(len(names), 1) - 0.5, -0.5)
        axis.set_xlim(0, 1)
        axis.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        axis.set_xlabel("share")
        axis.tick_params(axis="y", length=0)
        axis.spines[["top", "right"]].set_visible(False)
    return figure


def _chosen(value: npt.NDArray[np.float64], pruned: npt.NDArray[np.bool_]) -> dict[str, npt.NDArray[np.intp]]:
    """Places of the trials of each kind, of those kinds that there are; of plain ones always."""
    finite = np.isfinite(value)
    kinds = {"trial": finite & ~pruned, "left before its end": finite & pruned, "diverged": ~finite}
    return {name: np.flatnonzero(chosen) for name, chosen in kinds.items() if name == "trial" or chosen.any()}


def _show_trials(
    axis: Axes, value: npt.NDArray[np.float64], pruned: npt.NDArray[np.bool_], spots: dict[str, dict[str, Any]]
) -> None:
    for name, places in _chosen(value, pruned).items():
        if name == "diverged":
            edge = np.full(len(places), 0.98)
            axis.plot(places + 1, edge, **spots[name], transform=axis.get_xaxis_transform())
        elif len(places):
            axis.plot(places + 1, value[places], **spots[name])


def _spots(name: str, paper: Paper) -> dict[str, Any]:
    colour, marker = _SPOTS[name]
    return {"color": colour, "linestyle": "none", "marker": marker, "markersize": 0.5 * paper.font_pt}

"""Pictures of a study: how its best value fell, and which parameters decided."""

from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from iar.plots.paper import Box, Head, Paper, text_width_pt

_TRIAL, _PRUNED, _BEST = "#0072b2", "#999999", "#d55e00"
"""Of Okabe and Ito's set for the colour-blind; the marks differ, too."""


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
    paper = Paper(width_mm)
    number = np.arange(1, len(value) + 1)
    finite, done = np.isfinite(value), ~pruned
    best = np.minimum.accumulate(np.where(done, value, np.inf))
    entries = [_spots("trial", _TRIAL, "o", paper)]
    if pruned.any():
        entries.append(_spots("left before its end", _PRUNED, "x", paper))
    if not finite.all():
        entries.append(_spots("diverged", _BEST, "^", paper))
    entries.append(Line2D([], [], color=_BEST, linewidth=1.5, drawstyle="steps-post", label="best so far"))
    reason = f"{len(value)} trials, {int(pruned.sum())} of them left before their end"
    least = float(best[-1]) if len(best) else float("inf")
    title = f"Best {quantity}: {least:.4g}" if np.isfinite(least) else "No trial came to its end yet"
    head = Head(paper, title, reason, entries)
    room = Box(6 * paper.font_pt, head.height_pt, paper.width_pt - 7 * paper.font_pt, 0.45 * paper.width_pt)
    figure = paper.figure(room.top + room.height + 4 * paper.font_pt)
    head.draw(figure)
    axis = paper.axes(figure, room)
    for chosen, entry in ((finite & done, entries[0]), (finite & pruned, entries[1])):
        if chosen.any() and isinstance(entry, Line2D):
            axis.plot(number[chosen], value[chosen], **_look(entry))
    if not finite.all():
        axis.plot(
            number[~finite], np.full(int((~finite).sum()), 0.98), transform=axis.get_xaxis_transform(),
            **_look(_spots("diverged", _BEST, "^", paper)),
        )  # fmt: skip
    known = np.isfinite(best)
    axis.plot(number[known], best[known], color=_BEST, linewidth=1.5, drawstyle="steps-post", zorder=1)
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


def _spots(label: str, colour: str, marker: str, paper: Paper) -> Line2D:
    return Line2D([], [], color=colour, linestyle="none", marker=marker, markersize=0.5 * paper.font_pt, label=label)


def _look(line: Line2D) -> dict[str, Any]:
    """What makes other spots look like these."""
    return {name: getattr(line, f"get_{name}")() for name in ("color", "linestyle", "marker", "markersize")}

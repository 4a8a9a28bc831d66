"""The picture of a completeness: share found over depth, spacing and hour, and the detection limit of each night."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from iar.completeness.injections import DEPTHS_DB
from iar.completeness.limit import NINE_OF_TEN, Curve
from iar.completeness.noise import Noise
from iar.completeness.shares import DEEP_DB, DEPTH_EDGES_DB, Share
from iar.plots.panels import NO_DATA
from iar.plots.paper import Box, Head, Paper, paper_style
from iar.plots.sheet import title_panel

WIDTH_MM = 254.0
_SHARE, _CURVE, _LIMIT = "#0072b2", "#0b3c5d", "#0072b2"
_PANEL, _BETWEEN, _LEFT, _RIGHT, _TITLE = 14.5, 6.2, 5.4, 1.2, 1.8
"""Height of a panel, the gap below, the room at its left and right and for its title, in letters."""
_MOST_LABELS = 14
"""Classes that are named below a panel; of more every other one is."""


@dataclass(frozen=True)
class CompletenessPicture:
    """What is shown.

    `shares` by ``depth``, ``spacing`` and ``hour``; `curve` and the `typical` noise that it is drawn for, None without
    one; `limits_db` of each night, dB, NaN where no fan that was laid is deep enough; `summary` is below the title.
    """

    station: str
    summary: str
    shares: Mapping[str, Sequence[Share]]
    curve: Curve | None
    typical: Noise
    limits_db: Mapping[dt.date, float]


def plot_completeness(shown: CompletenessPicture) -> Figure:
    """Figure of four panels: share found over depth, over spacing and over hour; detection limit over the nights."""
    with paper_style():
        paper = Paper(WIDTH_MM)
        first, last = min(shown.limits_db), max(shown.limits_db)
        head = Head(paper, f"{shown.station}, {first} to {last}: what would have been found", shown.summary, [])
        figure = paper.figure(head.height_pt + 2 * (_TITLE + _PANEL + _BETWEEN) * paper.font_pt)
        head.draw(figure)
        depth, spacing, hour, nights = (
            paper.axes(figure, _box(head, row, column)) for row in (0, 1) for column in (0, 1)
        )
        _show_depth(depth, shown)
        title_panel(depth, "Fans found, over depth", paper.font_pt)
        for axis, name, label in ((spacing, "spacing", "spacing (Hz)"), (hour, "hour", "hour (UTC)")):
            _show_shares(axis, shown.shares[name], label)
            title_panel(axis, f"Fans of {DEEP_DB:g} dB and more found, over {name}", paper.font_pt)
        _show_limits(nights, shown.limits_db)
        title_panel(nights, "Detection limit: depth at which nine of ten fans are found", paper.font_pt)
    return figure


def _box(head: Head, row: int, column: int) -> Box:
    """Place of a panel."""
    font, half = head.paper.font_pt, head.paper.width_pt / 2
    top = head.height_pt + (_TITLE + row * (_TITLE + _PANEL + _BETWEEN)) * font
    return Box(column * half + _LEFT * font, top, half - (_LEFT + _RIGHT) * font, _PANEL * font)


def _show_depth(axis: Axes, shown: CompletenessPicture) -> None:
    """Shares at the middle of each class, on a logarithmic axis, and the curve in typical noise."""
    middle = np.sqrt(np.array(DEPTH_EDGES_DB[:-1]) * np.array(DEPTH_EDGES_DB[1:]))
    _show_points(axis, middle, shown.shares["depth"])
    if shown.curve is not None:
        depth_db = np.geomspace(*DEPTHS_DB, 200)
        axis.plot(depth_db, shown.curve.chance(depth_db, shown.typical), color=_CURVE, linewidth=1.1, gid="curve")
    axis.axhline(NINE_OF_TEN, color="0.6", linewidth=0.6, linestyle="--", gid="nine of ten")
    axis.set_xscale("log")
    axis.set_xlim(*DEPTHS_DB)
    axis.set_xticks(DEPTH_EDGES_DB, [f"{edge:g}" for edge in DEPTH_EDGES_DB])
    axis.minorticks_off()
    axis.set_xlabel("depth, peak to trough (dB)")


def _show_shares(axis: Axes, shares: Sequence[Share], label: str) -> None:
    """Shares side by side, with the number of fans below each."""
    places = np.arange(float(len(shares)))
    _show_points(axis, places, shares)
    for place in places[[share.fans == 0 for share in shares]]:
        axis.axvspan(place - 0.5, place + 0.5, color=NO_DATA, zorder=0, linewidth=0, gid="nothing")
    names = [share.label.split()[0] for share in shares]
    labels = [f"{name}\n{share.fans}" for name, share in zip(names, shares, strict=True)]
    every = -(-len(labels) // _MOST_LABELS)
    axis.set_xticks(places, [label if i % every == 0 else "" for i, label in enumerate(labels)])
    axis.set_xlim(-0.5, max(len(shares), 1) - 0.5)
    axis.tick_params(axis="x", length=0)
    axis.set_xlabel(f"{label}; number of fans")


def _show_points(axis: Axes, places: npt.NDArray[np.float64], shares: Sequence[Share]) -> None:
    low, share, high = (np.array([getattr(one, name) for one in shares]) for name in ("low", "share", "high"))
    axis.vlines(places, low, high, color=_SHARE, linewidth=1.4, gid="interval")
    axis.plot(places, share, linestyle="none", marker="o", markersize=5, color=_SHARE, gid="share")
    axis.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axis.set_ylim(0, 1.03)
    axis.set_ylabel("found")
    axis.grid(axis="y", color="0.9", linewidth=0.5)
    axis.set_axisbelow(True)


def _show_limits(axis: Axes, limits_db: Mapping[dt.date, float]) -> None:
    """Limit of each night; those beyond what was laid at the upper edge."""
    nights, limit_db = np.array(list(limits_db), dtype="datetime64[D]"), np.array(list(limits_db.values()))
    beyond = np.isnan(limit_db)
    axis.plot(nights[~beyond], limit_db[~beyond], linestyle="none", marker="o", markersize=3, color=_LIMIT, gid="limit")
    top = max(1.15 * float(np.nanmax(limit_db)), 2.0) if not beyond.all() else DEPTHS_DB[1]
    axis.plot(nights[beyond], np.full(beyond.sum(), top), linestyle="none", marker="^", markersize=5, color="0.4",
              clip_on=False, gid="beyond")  # fmt: skip
    axis.set_ylim(0, top)
    locator = AutoDateLocator(maxticks=6)
    axis.xaxis.set_major_locator(locator)
    axis.xaxis.set_major_formatter(ConciseDateFormatter(locator, show_offset=False))
    axis.set_ylabel("depth (dB)")
    axis.set_xlabel("night; triangles: deeper than any fan that was laid" if beyond.any() else "night")
    axis.grid(axis="y", color="0.9", linewidth=0.5)

"""Charts of an evaluation: scores over the threshold, calibration, groups of nights, spacing, false pixels.

The network and the published detector are told apart by shape and lightness as well as by colour (blue and vermilion of
Okabe and Ito, which the colour-blind tell apart, too).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from iar.plots.paper import Paper, paper_style
from iar.plots.sheet import WITH_LEGEND, Sheet, legend_panel, title_panel

WIDTH_MM = 200.0
NETWORK, CLASSICAL = "#0072b2", "#d55e00"
_AT_SAME_RECALL = "#56b4e9"
_CURVES: dict[str, dict[str, Any]] = {
    "precision": {"color": NETWORK, "linestyle": "-"},
    "recall": {"color": CLASSICAL, "linestyle": (0, (5, 2))},
    "F1": {"color": "black", "linestyle": "-", "linewidth": 2.0},
    "IoU": {"color": "#009e73", "linestyle": (0, (1, 1.2))},
}
_MARKS: dict[str, dict[str, Any]] = {
    "network": {"color": NETWORK, "marker": "o"},
    "classical": {"color": CLASSICAL, "marker": "s", "markerfacecolor": "white"},
}
_PAIR = 0.16
"""Half the distance between the two marks of a group."""
_LEAST_FALSE = 0.01
"""False pixels a night that fewer are drawn as, which a logarithmic axis could not show."""

Curve = npt.NDArray[np.float64]
Scored = Mapping[str, Mapping[str, float]]
"""Of each group of nights, a number of each detector; NaN where there is nothing to show."""


def plot_sweep(
    curves: Mapping[str, Curve], false_a_night: Curve, *, threshold: float, classical: tuple[float, float] | None
) -> Figure:
    """Figure of two panels: scores over the threshold, and false pixels over the recall.

    Parameters
    ----------
    curves
        ``precision``, ``recall``, ``F1``, ``IoU`` at thresholds evenly spaced from 0 to 1, shape (threshold,).
    false_a_night
        False pixels a night at the same thresholds.
    threshold
        The one that is used.
    classical
        Recall, and false pixels a night, of the published detector.
    """
    with paper_style():
        paper = Paper(WIDTH_MM)
        figure, (left, right) = Sheet(
            paper, 1, 2, 0.34 * paper.width_pt, left=4.6, between=5.5, above=WITH_LEGEND
        ).draw()
        steps = np.linspace(0, 1, len(false_a_night))
        for name, style in _CURVES.items():
            left.plot(steps[1:], curves[name][1:], **style, label=name, gid=name)
        left.axvline(threshold, color="0.6", linewidth=0.8, zorder=0)
        _label(left, "score", "threshold of the probability", "Scores at every threshold", paper)
        left.set(xlim=(0, 1), ylim=(0, 1.02))
        _sweep_false(right, curves["recall"][1:], false_a_night[1:], classical, paper)
        at = max(round(threshold * (len(steps) - 1)), 1)
        right.plot(
            curves["recall"][at], max(false_a_night[at], _LEAST_FALSE), **_MARKS["network"], linestyle="none",
            label=f"at {threshold:g}",
        )  # fmt: skip
        for axis in (left, right):
            legend_panel(axis, paper.font_pt)
    return figure


def _sweep_false(
    axis: Axes, recall: Curve, false_a_night: Curve, classical: tuple[float, float] | None, paper: Paper
) -> None:
    axis.plot(recall, np.maximum(false_a_night, _LEAST_FALSE), color=NETWORK, label="network", gid="network")
    if classical is not None:
        axis.plot(*classical, **_MARKS["classical"], linestyle="none", label="published detector", gid="classical")
        axis.axvline(classical[0], color=CLASSICAL, linewidth=0.8, linestyle=(0, (2, 2)), zorder=0)
    _scale_by_decades(axis)
    axis.set(xlim=(0, 1), ylim=(_LEAST_FALSE / 2, None))
    _label(axis, "false pixels a night", "recall", "What a higher recall costs", paper)


def plot_reliability(mean: Curve, true_share: Curve, pixels: npt.NDArray[np.int64]) -> Figure:
    """Figure of two panels: share of true pixels over the probability, and how many pixels have it.

    Parameters
    ----------
    mean, true_share, pixels
        Mean probability, share of true pixels and number of pixels in evenly spaced bins, shape (bin,), NaN where a bin
        is empty.
    """
    with paper_style():
        paper = Paper(WIDTH_MM)
        figure, (left, right) = Sheet(
            paper, 1, 2, 0.34 * paper.width_pt, left=4.6, between=5.5, above=WITH_LEGEND
        ).draw()
        left.plot([0, 1], [0, 1], color="0.6", linewidth=0.8, label="as it should be")
        left.plot(mean, true_share, color=NETWORK, marker="o", label="network", gid="network")
        left.set(xlim=(0, 1), ylim=(0, 1))
        _label(left, "share of true pixels", "probability", "How often a probability is right", paper)
        legend_panel(left, paper.font_pt)
        edges = np.linspace(0, 1, len(pixels) + 1)
        right.bar(edges[:-1], pixels, width=np.diff(edges), align="edge", color=NETWORK, edgecolor="white")
        _scale_by_decades(right)
        right.set(xlim=(0, 1))
        _label(right, "pixels", "probability", "How many pixels have it", paper)
    return figure


def plot_groups(groups: Mapping[str, Scored]) -> Figure:
    """Figure of a panel for each way to group nights: F1 of both detectors in each group, 0 to 1."""
    with paper_style():
        paper = Paper(WIDTH_MM)
        sheet = Sheet(paper, 1, len(groups), 0.3 * paper.width_pt, between=1.2, below=2.0, above=WITH_LEGEND)
        figure, axes = sheet.draw()
        for axis, (name, scored) in zip(axes, groups.items(), strict=True):
            _mark_pairs(axis, scored)
            axis.set(ylim=(0, 1.02))
            _label(axis, "F1 of fringe pixels" if axis is axes[0] else "", "", f"By {name}", paper)
            axis.tick_params(axis="y", labelleft=axis is axes[0])
        legend_panel(axes[0], paper.font_pt)
    return figure


def plot_spacing(errors_hz: Mapping[str, Mapping[str, Curve]]) -> Figure:
    """Figure of one panel: error of the spacing in each group, as median and from the 10th to the 90th percentile.

    Parameters
    ----------
    errors_hz
        Of each group, and each detector, the errors of its slots, Hz; NaN is left aside.
    """
    with paper_style():
        paper = Paper(WIDTH_MM)
        figure, (axis,) = Sheet(paper, 1, 1, 0.27 * paper.width_pt, left=5.6, below=2.0, above=WITH_LEGEND).draw()
        detectors = list(dict.fromkeys(name for group in errors_hz.values() for name in group))
        for place, name in enumerate(detectors):
            x = np.arange(len(errors_hz)) + _offset(place, len(detectors))
            low, middle, high = np.array([_quantiles(group.get(name)) for group in errors_hz.values()]).T
            axis.vlines(x, low, high, color=_MARKS[name]["color"], linewidth=1.4)
            axis.plot(x, middle, **_MARKS[name], linestyle="none", label=_word(name), gid=name)
        _scale_by_decades(axis)
        _name_groups(axis, list(errors_hz))
        _label(axis, "error of the spacing (Hz)", "", "Median error, and 10 to 90 % of all slots", paper)
        legend_panel(axis, paper.font_pt)
    return figure


def plot_noise(false_a_night: Scored) -> Figure:
    """Figure of one panel: false pixels a night in each scenario, of ``classical``, ``network`` and ``same recall``."""
    styles: dict[str, dict[str, Any]] = {
        "classical": {"color": "white", "edgecolor": CLASSICAL, "hatch": "////", "label": "published detector"},
        "network": {"color": NETWORK, "label": "network at its threshold"},
        "same recall": {"color": _AT_SAME_RECALL, "label": "network at the published detector's recall"},
    }
    with paper_style():
        paper = Paper(WIDTH_MM)
        figure, (axis,) = Sheet(paper, 1, 1, 0.28 * paper.width_pt, left=4.6, below=2.0, above=WITH_LEGEND).draw()
        shown = [name for name in styles if any(name in group for group in false_a_night.values())]
        width = 0.84 / len(shown)
        for place, name in enumerate(shown):
            values = np.array([group.get(name, np.nan) for group in false_a_night.values()])
            x = np.arange(len(values)) + (place - (len(shown) - 1) / 2) * width
            bars = axis.bar(x, values, width=0.92 * width, **styles[name])
            labels = [_bar_number(value) for value in values]
            axis.bar_label(bars, labels, padding=1, fontsize=0.85 * paper.font_pt)
        _name_groups(axis, list(false_a_night))
        axis.margins(y=0.1)
        _label(axis, "false pixels a night", "", "Pixels found where there is no fringe", paper)
        legend_panel(axis, paper.font_pt)
    return figure


def _mark_pairs(axis: Axes, scored: Scored) -> None:
    """Marks of both detectors side by side in each group."""
    detectors = list(dict.fromkeys(name for group in scored.values() for name in group))
    for place, name in enumerate(detectors):
        values = [group.get(name, np.nan) for group in scored.values()]
        x = np.arange(len(values)) + _offset(place, len(detectors))
        axis.plot(x, values, **_MARKS[name], linestyle="none", label=_word(name), gid=name)
    _name_groups(axis, list(scored))


def _scale_by_decades(axis: Axes) -> None:
    """Logarithmic axis with names at full decades only."""
    axis.set_yscale("log")
    axis.yaxis.set_minor_formatter(NullFormatter())


def _name_groups(axis: Axes, names: Sequence[str]) -> None:
    axis.set_xticks(range(len(names)), names)
    axis.set_xlim(-0.6, len(names) - 0.4)
    axis.tick_params(axis="x", length=0)


def _label(axis: Axes, y: str, x: str, title: str, paper: Paper) -> None:
    axis.set_ylabel(y)
    axis.set_xlabel(x)
    title_panel(axis, title, paper.font_pt)
    axis.grid(axis="y" if not x else "both", color="0.9", linewidth=0.5)
    axis.set_axisbelow(True)


def _bar_number(value: float) -> str:
    if np.isnan(value):
        return ""
    return "< 1" if 0 < value < 0.5 else f"{value:.0f}"


def _offset(place: int, number: int) -> float:
    return _PAIR * (2 * place - number + 1)


def _word(name: str) -> str:
    return "published detector" if name == "classical" else name


def _quantiles(errors_hz: Curve | None) -> tuple[float, float, float]:
    """10th percentile, median and 90th of their sizes, NaN where there are none."""
    size = np.abs(errors_hz[np.isfinite(errors_hz)]) if errors_hz is not None else np.empty(0)
    low, middle, high = np.quantile(size, [0.1, 0.5, 0.9]) if len(size) else (np.nan,) * 3
    return float(low), float(middle), float(high)

"""How a network learnt, and what its layers make of a picture."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from iar.plots.evaluation import WIDTH_MM
from iar.plots.paper import Head, Paper, paper_style
from iar.plots.sheet import Sheet, title_panel

MAPS = 8
"""Filters shown of each layer."""
_PANELS = {"loss": "Loss", "iou_fringe": "IoU of fringe"}
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "black")
_MARKERS = "osD^vP*"

History = Sequence[Mapping[str, float]]
"""One mapping an epoch: ``loss``, ``iou_fringe``, and the same with ``held_`` before it for the nights held out."""


def plot_training(histories: Mapping[str, History]) -> Figure:
    """Figure of two panels, loss and IoU of fringe over the epochs: solid on nights learnt from, dashed held out.

    Parameters
    ----------
    histories
        Of each run, such as a fold, by its name.
    """
    with paper_style():
        paper = Paper(WIDTH_MM)
        head = Head(paper, "Training, epoch by epoch", "", _runs(list(histories)))
        above = 1.9 + head.height_pt / paper.font_pt
        figure, axes = Sheet(paper, 1, 2, 0.32 * paper.width_pt, between=5.0, above=above, below=3.2).draw()
        head.draw(figure)
        for axis, (key, title) in zip(axes, _PANELS.items(), strict=True):
            for place, history in enumerate(histories.values()):
                colour, marker = _COLOURS[place % len(_COLOURS)], _MARKERS[place % len(_MARKERS)]
                for name, dashes, filling in ((key, "-", colour), (f"held_{key}", (0, (4, 2)), "white")):
                    epochs = [epoch for epoch, row in enumerate(history, 1) if name in row]
                    axis.plot(
                        epochs, [history[epoch - 1][name] for epoch in epochs], linestyle=dashes, gid=name,
                        color=colour, marker=marker, markersize=3.5, markerfacecolor=filling,
                    )  # fmt: skip
            axis.set_xlim(0.5, max(map(len, histories.values()), default=1) + 0.5)
            axis.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
            axis.set_xlabel("epoch")
            axis.grid(color="0.9", linewidth=0.5)
            title_panel(axis, title, paper.font_pt)
    return figure


def _runs(names: Sequence[str]) -> list[Line2D]:
    """What the legend says of runs, and of the two kinds of nights."""
    runs = [
        Line2D([], [], color=_COLOURS[i % len(_COLOURS)], marker=_MARKERS[i % len(_MARKERS)], label=name)
        for i, name in enumerate(names)
    ]
    return [
        *runs,
        Line2D([], [], color="0.3", marker="o", label="learnt from"),
        Line2D([], [], color="0.3", marker="o", markerfacecolor="white", linestyle=(0, (4, 2)), label="held out"),
    ]


def plot_activations(maps: Mapping[str, npt.NDArray[np.float32]]) -> Figure:
    """Figure of a row for each layer: its first filters over time (to the right) and frequency (upwards).

    Parameters
    ----------
    maps
        Of each layer, by its name, float32 (slot, frequency, filter). Each map has the colours of its own range, since
        filters differ by far.
    """
    with paper_style():
        paper = Paper(WIDTH_MM)
        side = (paper.width_pt - (1.6 + 0.3 * (MAPS - 1)) * paper.font_pt) / MAPS
        sheet = Sheet(paper, len(maps), MAPS, side, left=0.8, between=0.3, above=1.7, below=0.4)
        figure, axes = sheet.draw()
        for row, (name, values) in enumerate(maps.items()):
            panels = axes[row * MAPS : (row + 1) * MAPS]
            slots, bins, filters = values.shape
            title = f"{name} layer: {min(filters, MAPS)} of {filters} filters, {slots} × {bins} values each"
            title_panel(panels[0], title, 0.95 * paper.font_pt)
            for axis, one in zip(panels, np.moveaxis(values, -1, 0), strict=False):
                low, high = np.quantile(one, [0.01, 0.995])
                axis.imshow(
                    one.T, origin="lower", aspect="auto", cmap="viridis", vmin=low, vmax=max(high, low + 1e-6),
                    interpolation="auto",
                )  # fmt: skip
            for axis in panels:
                axis.set(xticks=[], yticks=[])
                axis.set_visible(bool(axis.images))
    return figure

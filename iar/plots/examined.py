"""Pictures of nights that were examined: what was measured, what is true, what was found at which threshold."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MultipleLocator

from iar.plots.evaluation import CLASSICAL, NETWORK, WIDTH_MM
from iar.plots.panels import DENSITY_COLOURS, NO_DATA, tick_frequency
from iar.plots.paper import Box, Paper, paper_style
from iar.plots.sheet import Sheet, title_panel

THRESHOLDS = (0.4, 0.5, 0.6)
_RESIDUAL = Normalize(-3, 9)
"""dB above the background."""
_PROBABILITY = Normalize(0, 1)
_INK = ListedColormap(["white", "black"])
_BOTH, _ONLY_CLASSICAL, _ONLY_NETWORK = "black", CLASSICAL, NETWORK
_OVERLAY = ListedColormap(["white", _BOTH, _ONLY_CLASSICAL, _ONLY_NETWORK])
_LABELS = {"residual": "above background (dB)", "probability": "probability of fringe"}

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class ExaminedNight:
    """A night, or a part of one, or several in a row.

    `hours` first and last, after 0 h UTC of its date; `band_hz` lowest and highest frequency, Hz; `residual` dB above
    the background in the channel where it is higher, and `probability`, NaN without data; `truth` and `classical`, the
    published detector's lines: all (slot, frequency).
    """

    name: str
    hours: tuple[float, float]
    band_hz: tuple[float, float]
    residual: npt.NDArray[np.float32]
    probability: npt.NDArray[np.float32]
    truth: Mask
    classical: Mask

    def found(self, threshold: float) -> Mask:
        """Pixels that the network takes for fringe."""
        return np.nan_to_num(self.probability) >= threshold


def plot_heat_map(night: ExaminedNight) -> Figure:
    """Figure of two panels, each with its colour bar: what was measured, and the probability of fringe."""
    with paper_style():
        paper = Paper(WIDTH_MM)
        sheet = Sheet(paper, 1, 2, 0.36 * paper.width_pt, left=3.4, between=2.0, below=7.6)
        figure, axes = sheet.draw()
        pictures = {"residual": (night.residual, _RESIDUAL), "probability": (night.probability, _PROBABILITY)}
        for place, (axis, (name, (values, norm))) in enumerate(zip(axes, pictures.items(), strict=True)):
            _show(axis, night, values, norm, DENSITY_COLOURS)
            title = night.name if place == 0 else "What the network makes of it"
            _frame(axis, paper, title, first=place == 0, lowest=True)
            font = paper.font_pt
            left = sheet.left * font + place * (sheet.width_pt + sheet.between * font)
            box = Box(left, (sheet.above + 3.4) * font + sheet.height_pt, sheet.width_pt, 0.7 * font)
            bar = figure.colorbar(axis.images[0], cax=paper.axes(figure, box), orientation="horizontal")
            bar.set_label(_LABELS[name], size=font, labelpad=0.2 * font)
            bar.ax.set_gid("colour bar")
    return figure


def plot_thresholds(night: ExaminedNight, thresholds: Sequence[float] = THRESHOLDS) -> Figure:
    """Figure of a row of panels: the truth, and what is found at each threshold."""
    with paper_style():
        paper = Paper(WIDTH_MM)
        figure, axes = _row_sheet(paper, 1, 1 + len(thresholds)).draw()
        _show_mask(axes[0], night, night.truth)
        _frame(axes[0], paper, "true fringes", first=True, lowest=True)
        for axis, threshold in zip(axes[1:], thresholds, strict=True):
            _show_mask(axis, night, night.found(threshold))
            _frame(axis, paper, f"threshold {threshold:g}", first=False, lowest=True)
    return figure


def plot_overlay(nights: Sequence[ExaminedNight], *, threshold: float) -> Figure:
    """Figure of a row for each night: measured, true, published detector, network, and these two over each other."""
    titles = ("", "true fringes", "published detector", "network", "overlay")
    with paper_style():
        paper = Paper(WIDTH_MM)
        figure, axes = replace(_row_sheet(paper, len(nights), len(titles)), foot=3.4).draw()
        for row, night in enumerate(nights):
            panels = axes[row * len(titles) : (row + 1) * len(titles)]
            found = night.found(threshold)
            _show(panels[0], night, night.residual, _RESIDUAL, DENSITY_COLOURS)
            for axis, mask in zip(panels[1:4], (night.truth, night.classical, found), strict=True):
                _show_mask(axis, night, mask)
            grade = np.select([found & night.classical, night.classical, found], [1, 2, 3], 0)
            _show(panels[4], night, np.where(_there(night), grade, np.nan), Normalize(0, 3), _OVERLAY)
            for axis, title in zip(panels, (night.name, *titles[1:]), strict=True):
                _frame(axis, paper, title, first=axis is panels[0], lowest=row == len(nights) - 1)
        entries = {"both": _BOTH, "published detector alone": _ONLY_CLASSICAL, "network alone": _ONLY_NETWORK}
        figure.legend(
            handles=[Patch(color=colour, label=label) for label, colour in entries.items()], loc="lower right",
            ncols=3, frameon=False, fontsize=paper.font_pt, borderaxespad=0.2,
        )  # fmt: skip
    return figure


def plot_controls(nights: Sequence[ExaminedNight], thresholds: Sequence[float] = THRESHOLDS[:2]) -> Figure:
    """Figure of a row for each night without fringes: measured, published lines, probability, found at thresholds."""
    with paper_style():
        paper = Paper(WIDTH_MM)
        columns = 3 + len(thresholds)
        figure, axes = _row_sheet(paper, len(nights), columns).draw()
        for row, night in enumerate(nights):
            panels = axes[row * columns : (row + 1) * columns]
            masks = {"published": night.classical} | {f"above {limit:g}": night.found(limit) for limit in thresholds}
            _show(panels[0], night, night.residual, _RESIDUAL, DENSITY_COLOURS)
            _show(panels[2], night, night.probability, _PROBABILITY, DENSITY_COLOURS)
            for axis, mask in zip((panels[1], *panels[3:]), masks.values(), strict=True):
                _show_mask(axis, night, mask)
            sizes = [f"{name}: {mask.sum()} px" for name, mask in masks.items()]
            titles = (night.name, sizes[0], "probability", *sizes[1:])
            for axis, title in zip(panels, titles, strict=True):
                _frame(axis, paper, title, first=axis is panels[0], lowest=row == len(nights) - 1)
    return figure


def plot_large(night: ExaminedNight) -> Figure:
    """Figure of three panels over each other for a picture that is longer than those learnt from."""
    with paper_style():
        paper = Paper(WIDTH_MM)
        figure, axes = Sheet(paper, 3, 1, 0.15 * paper.width_pt, left=3.4, above=1.6, below=1.5, foot=1.5).draw()
        _show(axes[0], night, night.residual, _RESIDUAL, DENSITY_COLOURS)
        _show_mask(axes[1], night, night.truth)
        _show(axes[2], night, night.probability, _PROBABILITY, DENSITY_COLOURS)
        for axis, title in zip(axes, (night.name, "true fringes", "probability, 0 to 1"), strict=True):
            _frame(axis, paper, title, first=True, lowest=axis is axes[-1])
    return figure


def _row_sheet(paper: Paper, rows: int, columns: int) -> Sheet:
    """Panels that are square, close to each other."""
    side = (paper.width_pt - (3.4 + 0.8 + 0.8 * (columns - 1)) * paper.font_pt) / columns
    return Sheet(paper, rows, columns, side, left=3.4, between=0.8, above=1.6, below=1.7, foot=1.5)


def _show(
    axis: Axes, night: ExaminedNight, values: npt.NDArray[np.floating], norm: Normalize, colours: str | Colormap
) -> None:
    """Values (slot, frequency), time to the right; NaN is grey."""
    axis.set_facecolor(NO_DATA)
    axis.imshow(
        np.ma.masked_invalid(values.T), origin="lower", aspect="auto", extent=(*night.hours, *night.band_hz),
        norm=norm, cmap=colours, interpolation="auto" if isinstance(colours, str) else "nearest",
    )  # fmt: skip


def _show_mask(axis: Axes, night: ExaminedNight, mask: Mask) -> None:
    _show(axis, night, np.where(_there(night), mask, np.nan), _PROBABILITY, _INK)


def _there(night: ExaminedNight) -> Mask:
    return np.isfinite(night.probability)


def _frame(axis: Axes, paper: Paper, title: str, *, first: bool, lowest: bool) -> None:
    """Title, and the numbers and names of the axes where they are not the neighbour's."""
    title_panel(axis, title, 0.95 * paper.font_pt)
    hours = abs(np.diff(axis.get_xlim())[0])
    axis.xaxis.set_major_locator(MultipleLocator(4 if hours < 20 else 6))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda hour, _: f"{hour % 24:02.0f}"))
    tick_frequency(axis.yaxis, 6)
    axis.tick_params(axis="y", labelleft=first)
    if first:
        axis.set_ylabel("frequency (Hz)")
    if lowest:
        axis.set_xlabel("time (UTC)")

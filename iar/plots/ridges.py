"""The residual along each track, laid over itself at the reported frequency: whether the crest is there."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from iar.fringes.stacking import PLACES, Stack, stack_tracks
from iar.plots.fan import PIECES_PER_10_HZ
from iar.plots.paper import Box, Head, Paper, paper_style
from iar.plots.picture import NightPicture
from iar.spectra.background import residual_db
from iar.spectra.grid import pieces_over

WIDTH_MM = 254.0
COLUMNS = 4
COLOURS = ("#0072b2", "#d55e00")
"""Of the coils: told apart by every eye (Okabe and Ito)."""


def plot_ridges(picture: NightPicture, *, width_mm: float = WIDTH_MM) -> Figure:
    """Figure of twelve panels, a harmonic each: mean height of both coils around the reported frequency.

    Parameters
    ----------
    width_mm
        Width on paper; the height follows from it.
    """
    pieces = pieces_over(picture.frequency_hz, pieces_per_10_hz=PIECES_PER_10_HZ)
    residual = residual_db(picture.density, pieces=pieces)
    spacing = picture.spacing
    stack = stack_tracks(residual, picture.frequency_hz, spacing.frequency_hz, spacing.delta_f_hz)
    with paper_style():
        paper = Paper(width_mm)
        subtitle = "mean height above the background along each harmonic, laid over itself at the reported frequency"
        entries = [Line2D([], [], color=colour, label=name) for name, colour in zip(picture.channels, COLOURS)]  # noqa: B905 - one coil alone
        head = Head(paper, picture.verdict_title, subtitle, entries)
        boxes, height_pt = _boxes(paper, head.height_pt, spacing.frequency_hz.shape[1])
        figure = paper.figure(height_pt)
        head.draw(figure)
        highest = _reach(stack)
        for harmonic, box in enumerate(boxes):
            axis = paper.axes(figure, box)
            _draw_harmonic(axis, stack, harmonic)
            axis.set(xlim=(-0.5, 0.5), ylim=(-highest, highest))
            _label(axis, stack, harmonic, count=len(boxes), size_pt=paper.font_pt)
    return figure


def _boxes(paper: Paper, top: float, count: int) -> tuple[list[Box], float]:
    """Room of each panel, row by row, and height of the whole."""
    font = paper.font_pt
    left, gap, over = 4.2 * font, 0.8 * font, 1.7 * font
    width = (paper.width_pt - left - paper.edge_pt - (COLUMNS - 1) * gap) / COLUMNS
    height = 0.55 * width
    rows = -(-count // COLUMNS)
    boxes = [
        Box(left + (n % COLUMNS) * (width + gap), top + over + (n // COLUMNS) * (height + over), width, height)
        for n in range(count)
    ]
    return boxes, top + rows * (height + over) + 3.5 * font


def _reach(stack: Stack) -> float:
    """Level that no panel goes beyond, dB."""
    return float(np.nanmax(np.abs(stack.level_db), initial=1.0, where=np.isfinite(stack.level_db))) * 1.1


def _draw_harmonic(axis: Axes, stack: Stack, harmonic: int) -> None:
    axis.axvline(0, color="0.6", linewidth=0.6)
    for level_db, sigma_db, colour in zip(stack.level_db, stack.sigma_db, COLOURS, strict=False):
        low, high = level_db[harmonic] - sigma_db[harmonic], level_db[harmonic] + sigma_db[harmonic]
        axis.fill_between(PLACES, low, high, color=colour, alpha=0.25, linewidth=0)
        axis.plot(PLACES, level_db[harmonic], color=colour, linewidth=0.9)


def _label(axis: Axes, stack: Stack, harmonic: int, *, count: int, size_pt: float) -> None:
    """Number and slots above, numbers at the left and the lower edge of the whole only."""
    slots = int(stack.slots[:, harmonic].max())
    axis.set_title(f"f{harmonic + 1}: {slots} slots" if slots else f"f{harmonic + 1}: not seen", size=size_pt)
    left, lowest = harmonic % COLUMNS == 0, harmonic >= count - COLUMNS
    axis.tick_params(labelleft=left, labelbottom=lowest)
    if left:
        axis.set_ylabel("height (dB)")
    if lowest:
        axis.set_xlabel("from f_n (spacings)")

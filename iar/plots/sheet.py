"""A sheet of panels of the same size, row by row."""

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from iar.plots.paper import Box, Paper

WITH_LEGEND = 3.4
"""Room above a panel that has a legend below its title, in letters."""


@dataclass(frozen=True)
class Sheet:
    """Panels on a paper, and the room around each; all in letters, but for `height_pt`, the height of a panel.

    `left` and `right` are left free beside the panels of a row, `between` two of them; `above` and `below` each row,
    and at the `foot` of all.
    """

    paper: Paper
    rows: int
    columns: int
    height_pt: float
    left: float = 4.2
    right: float = 0.8
    between: float = 4.2
    above: float = 1.9
    below: float = 3.0
    foot: float = 0.0

    @property
    def width_pt(self) -> float:
        """Width of a panel."""
        gaps = self.left + self.right + (self.columns - 1) * self.between
        return (self.paper.width_pt - gaps * self.paper.font_pt) / self.columns

    def draw(self) -> tuple[Figure, list[Axes]]:
        """Figure and its panels, row by row."""
        font = self.paper.font_pt
        high = (self.above + self.below) * font + self.height_pt
        figure = self.paper.figure(self.rows * high + self.foot * font)
        boxes = [
            Box(
                self.left * font + column * (self.width_pt + self.between * font),
                row * high + self.above * font,
                self.width_pt,
                self.height_pt,
            )
            for row in range(self.rows)
            for column in range(self.columns)
        ]
        return figure, [self.paper.axes(figure, box) for box in boxes]


def tick_hours(axis: Axes, boundary_hour: int, every_h: int) -> None:
    """Hours of the clock below a panel of a night, whose hours go on after 24, from the one that it begins at."""
    hours = boundary_hour + np.arange(0, 25, every_h)
    axis.set_xticks(hours, [f"{hour % 24:02d}" for hour in hours])


def title_panel(axis: Axes, text: str, size_pt: float) -> None:
    """Write what a panel shows above it, at its left edge."""
    axis.set_title(text, loc="left", size=size_pt, pad=0.45 * size_pt)


def legend_panel(axis: Axes, size_pt: float) -> None:
    """Legend of what a panel shows, in a row between its title and itself, where it covers nothing.

    The sheet leaves `WITH_LEGEND` above the panel.
    """
    handles, _ = axis.get_legend_handles_labels()
    axis.legend(
        ncols=len(handles), loc="lower left", bbox_to_anchor=(0, 1), frameon=False, fontsize=0.92 * size_pt,
        borderpad=0, borderaxespad=0.35, handlelength=1.3, handletextpad=0.4, columnspacing=1.0,
    )  # fmt: skip
    axis.set_title(axis.get_title(loc="left"), loc="left", size=size_pt, pad=1.85 * size_pt)

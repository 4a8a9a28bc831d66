"""The paper a picture is drawn on: its width decides its letters, its resolution, and what fits in a line.

Pictures are laid out by hand, in points (1/72 inch) from the upper left corner: every text has its room at every width,
and nothing has to be drawn twice to find out.
"""

import math
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from matplotlib import style
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

MM_PER_INCH, PT_PER_INCH = 25.4, 72.0
_WIDTHS_MM, _LETTERS_PT = (84, 254, 400), (7, 10, 12)
_PNG_PIXELS, _EMBEDDED_PIXELS, _LEAST_DPI = 2.5e6, 0.75e6, 150.0
_HANDLE, _HANDLE_GAP, _COLUMN_GAP = 1.6, 0.5, 1.5
"""Of a legend, in letters."""
_STYLE: dict[str, Any] = {
    "pdf.fonttype": 42,  # text stays text, and journals take it
    "svg.fonttype": "path",  # looks the same where the letters are not installed; the words stay as comments
    "svg.hashsalt": "iar",  # the same picture, the same bytes
    "axes.linewidth": 0.6,
    "path.simplify": True,
}


def paper_style() -> AbstractContextManager[None]:
    """Context in which pictures are made and saved: Matplotlib's own defaults and ours, whatever the user's are."""
    context: AbstractContextManager[None] = style.context(["default", _STYLE])
    return context


def resolution_dpi(figure: Figure, *, vector: bool) -> float:
    """Pixels per inch: as many as the spectrogram has, or more in a PNG, whose letters need them.

    In a vector file only the density and the spots are made of pixels; it stays below 3 MB.
    """
    inches = figure.get_figwidth() * figure.get_figheight()
    return math.sqrt(_EMBEDDED_PIXELS / inches) if vector else max(math.sqrt(_PNG_PIXELS / inches), _LEAST_DPI)


@lru_cache(maxsize=1024)
def text_width_pt(text: str, size_pt: float, weight: str = "normal") -> float:
    """Width of a line of text, points."""
    letters = FontProperties(family="DejaVu Sans", weight=weight, size=size_pt)
    width, _, _ = text_to_path.get_text_width_height_descent(text, letters, ismath=False)
    return float(width)


@dataclass(frozen=True)
class Box:
    """Room on a paper, points from its upper left corner."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class Paper:
    """Paper of a width in mm."""

    width_mm: float

    @property
    def width_pt(self) -> float:
        """Width in points."""
        return self.width_mm / MM_PER_INCH * PT_PER_INCH

    @property
    def font_pt(self) -> float:
        """Size of the letters: 7 pt in a journal's column, 10 on a screen, 12 on a poster."""
        return float(np.interp(self.width_mm, _WIDTHS_MM, _LETTERS_PT))

    @property
    def title_pt(self) -> float:
        """Size of the title's letters."""
        return 1.15 * self.font_pt

    @property
    def edge_pt(self) -> float:
        """Margin that nothing is drawn in."""
        return 0.6 * self.font_pt

    def figure(self, height_pt: float) -> Figure:
        """Empty figure as high as is asked for."""
        return Figure(figsize=(self.width_pt / PT_PER_INCH, height_pt / PT_PER_INCH))

    def axes(self, figure: Figure, box: Box, **options: Any) -> Axes:
        """Axes whose frame fills `box`, with letters of this paper's size."""
        high = figure.get_figheight() * PT_PER_INCH
        place = (
            box.left / self.width_pt, 1 - (box.top + box.height) / high, box.width / self.width_pt, box.height / high,
        )  # fmt: skip
        axis = figure.add_axes(place, **options)
        axis.tick_params(which="both", labelsize=self.font_pt, pad=0.25 * self.font_pt, width=0.6)
        axis.tick_params(which="major", length=0.35 * self.font_pt)
        axis.tick_params(which="minor", length=0.2 * self.font_pt)
        for label in (axis.xaxis.label, axis.yaxis.label):
            label.set_fontsize(self.font_pt)
        axis.xaxis.labelpad = axis.yaxis.labelpad = 0.3 * self.font_pt
        return axis

    def wrap(self, text: str, size_pt: float, weight: str = "normal") -> list[str]:
        """Lines of words that fit the width; a word that is longer has a line of its own."""
        lines: list[str] = []
        for word in text.split():
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and text_width_pt(longer, size_pt, weight) <= self.width_pt - 2 * self.edge_pt:
                lines[-1] = longer
            else:
                lines.append(word)
        return lines


@dataclass(frozen=True)
class Head:
    """What stands above the panels: a title, a line or two below it, and the legend."""

    paper: Paper
    title: str
    reason: str
    entries: Sequence[Artist]

    @property
    def height_pt(self) -> float:
        """Room that it takes, from the paper's upper edge."""
        return self._legend_top + (1.3 * self._rows + 0.8 * bool(self._rows)) * self.paper.font_pt

    def draw(self, figure: Figure) -> None:
        """Write it."""
        paper = self.paper
        self._write(figure, self._titles, paper.edge_pt, size=paper.title_pt, weight="bold")
        self._write(figure, self._reasons, self._reason_top, size=paper.font_pt, color="0.25")
        if self.entries:
            figure.legend(
                handles=list(self.entries), loc="upper left", ncols=self._columns, frameon=False,
                bbox_to_anchor=(paper.edge_pt / paper.width_pt, 1 - self._legend_top / self._figure_pt(figure)),
                fontsize=paper.font_pt, borderpad=0, borderaxespad=0, labelspacing=0.3, handlelength=_HANDLE,
                handletextpad=_HANDLE_GAP, columnspacing=_COLUMN_GAP,
            )  # fmt: skip

    def _write(self, figure: Figure, lines: list[str], top: float, **options: Any) -> None:
        high = self._figure_pt(figure)
        figure.text(
            self.paper.edge_pt / self.paper.width_pt, 1 - top / high, "\n".join(lines), ha="left", va="top",
            linespacing=1.1, **options,
        )  # fmt: skip

    def _figure_pt(self, figure: Figure) -> float:
        return figure.get_figheight() * PT_PER_INCH

    @property
    def _titles(self) -> list[str]:
        return self.paper.wrap(self.title, self.paper.title_pt, "bold")

    @property
    def _reasons(self) -> list[str]:
        return self.paper.wrap(self.reason, self.paper.font_pt)

    @property
    def _reason_top(self) -> float:
        return self.paper.edge_pt + (1.3 * len(self._titles) + 0.1) * self.paper.title_pt

    @property
    def _legend_top(self) -> float:
        return self._reason_top + (1.3 * len(self._reasons) + 0.4) * self.paper.font_pt

    @property
    def _rows(self) -> int:
        return -(-len(self.entries) // self._columns)

    @property
    def _columns(self) -> int:
        """As many as fit: columns are filled one after the other, and each is as wide as its longest label."""
        font = self.paper.font_pt
        widths = [text_width_pt(str(entry.get_label()), font) for entry in self.entries]
        for columns in range(len(widths), 1, -1):
            labels = sum(max(part) for part in np.array_split(widths, columns))
            spaces = font * (columns * (_HANDLE + _HANDLE_GAP) + (columns - 1) * _COLUMN_GAP)
            if labels + spaces <= self.paper.width_pt - 2 * self.paper.edge_pt:
                rows = -(-len(widths) // columns)
                return -(-len(widths) // rows)  # no more than the rows need: none hangs over alone
        return 1

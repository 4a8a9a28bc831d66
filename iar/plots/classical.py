"""The steps of the published detector side by side: spots, joined spots, lines, and the lines over the density."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from iar.detection.classical import mean_of_channels, slots_with_data
from iar.plots.day import WIDTH_MM, share_time
from iar.plots.overlays import asked_steps, draw_overlays, overlay_entries
from iar.plots.panels import DASHES, Frame, colour_bar, log_norm, no_data_entries, tick_frequency
from iar.plots.paper import Box, Head, Paper, paper_style, text_width_pt
from iar.plots.picture import NightPicture

REGION, DROPPED = "black", "0.62"
_EDGE_COLOUR = "0.4"
_NAMES = {"a": "spots", "b": "joined", "c": "lines", "d": "lines on density"}


def plot_steps(picture: NightPicture, *, width_mm: float = WIDTH_MM) -> Figure:
    """Figure of four panels, as in Beggan 2014 (doi:10.5194/angeo-32-951-2014): frequency to the right, time upwards.

    Parameters
    ----------
    width_mm
        Width on paper; the height follows from it.

    Raises
    ------
    ValueError
        If the picture has no steps of the published detector.
    """
    with paper_style():
        paper, frame = Paper(width_mm), Frame(picture, upright=True)
        head = Head(paper, picture.title, _subtitle(picture), _entries(picture, paper.font_pt))
        sheet = _Sheet(paper, head.height_pt)
        figure = paper.figure(sheet.height_pt)
        head.draw(figure)
        panels = [paper.axes(figure, box) for box in sheet.boxes]
        _show_masks(panels[:3], frame, paper.font_pt)
        _show_density(figure, sheet, frame, panels[3])
        for letter, axis in zip(_NAMES, panels, strict=True):
            _frame_panel(axis, frame, letter, paper.font_pt)
    return figure


@dataclass(frozen=True)
class _Sheet:
    """Where the panels lie: two by two, the colour bar below."""

    paper: Paper
    top: float

    @property
    def boxes(self) -> Iterator[Box]:
        """Panels a to d."""
        font = self.paper.font_pt
        left, gap, over = text_width_pt("00", font) + 2.8 * font, 1.2 * font, 1.8 * font
        width = (self.paper.width_pt - left - gap - self.paper.edge_pt) / 2
        height = 0.62 * self.paper.width_pt
        for row in range(2):
            for column in range(2):
                yield Box(left + column * (width + gap), self.top + over + row * (height + over), width, height)

    @property
    def bar(self) -> Box:
        """Colour bar, below panel d."""
        last = list(self.boxes)[-1]
        font = self.paper.font_pt
        return Box(last.left, last.top + last.height + 3.9 * font, last.width, font)

    @property
    def height_pt(self) -> float:
        """Height of the whole: below the colour bar there is room for its numbers and their label."""
        return self.bar.top + self.bar.height + 3.5 * self.paper.font_pt


def _subtitle(picture: NightPicture) -> str:
    there = [name for name, there in zip(picture.channels, picture.there, strict=True) if there.any()]
    of = f"mean of {' and '.join(there)}" if there else "no data"
    return f"published detector (Beggan 2014); d: {of}"


def _entries(picture: NightPicture, size_pt: float) -> list[Artist]:
    return [
        Patch(facecolor=REGION, label="region kept"),
        Patch(facecolor=DROPPED, label="region dropped"),
        *overlay_entries(("lines",), picture, size_pt),
        Line2D([], [], **DASHES, color=_EDGE_COLOUR, label="dark part"),
        *no_data_entries(picture),
    ]


def _show_masks(axes: list[Axes], frame: Frame, size_pt: float) -> None:
    """Panels a to c: black on white."""
    steps, seen = asked_steps(frame.picture), frame.picture.seen
    grade = (2 * steps.spots, steps.joined.astype(int) + steps.regions, np.zeros(steps.lines.shape, dtype=int))
    for axis, picture in zip(axes, grade, strict=True):
        values = np.where(seen[:, None], picture, np.nan).astype(np.float32)
        frame.show(axis, values, Normalize(0, 2), ListedColormap(["white", DROPPED, REGION]))
        frame.mark_dark(axis, _EDGE_COLOUR, "white")
    draw_overlays(axes[2], frame, ("lines",), there=seen, size_pt=size_pt)


def _show_density(figure: Figure, sheet: _Sheet, frame: Frame, axis: Axes) -> None:
    """Panel d: both channels, since the detector looks at both."""
    picture = frame.picture
    present = slots_with_data(picture.density)
    density = np.where(picture.seen[:, None], mean_of_channels(picture.density, present), np.float32(np.nan))
    mesh = frame.show(axis, density, log_norm(density))
    frame.mark_dark(axis)
    draw_overlays(axis, frame, ("lines",), there=picture.seen, size_pt=sheet.paper.font_pt)
    colour_bar(figure, sheet.paper, sheet.bar, mesh, lying=True)


def _frame_panel(axis: Axes, frame: Frame, letter: str, size_pt: float) -> None:
    """Letter and title above, numbers at the left and the lower edge of the four only."""
    share_time(axis, frame)
    tick_frequency(axis.xaxis, 6)
    left, lowest = letter in "ac", letter in "cd"
    axis.tick_params(axis="y", which="both", labelleft=left)
    axis.tick_params(axis="x", which="both", labelbottom=lowest)
    axis.set_title(_NAMES[letter], loc="left", x=1.3 * size_pt / _width_pt(axis), size=size_pt, pad=0.35 * size_pt)
    axis.annotate(
        letter, (0, 1), (0, 0.35 * size_pt), xycoords="axes fraction", textcoords="offset points",
        ha="left", va="baseline", size=size_pt, weight="bold",
    )  # fmt: skip
    if left:
        axis.set_ylabel(frame.time_label)
    if lowest:
        axis.set_xlabel("frequency (Hz)")


def _width_pt(axis: Axes) -> float:
    return float(axis.bbox.width / axis.figure.dpi * 72)

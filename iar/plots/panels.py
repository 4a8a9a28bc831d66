"""Panels of density: time one way, frequency the other, colours that are logarithmic and the same in every panel."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colorbar import Colorbar
from matplotlib.colors import Colormap, LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, MultipleLocator, NullFormatter

from iar.plots.paper import Box, Paper, text_width_pt
from iar.plots.picture import NightPicture

NO_DATA = "0.85"
DENSITY_COLOURS = "viridis"
"""Rises evenly in lightness, for every eye and in a copy without colours."""
DENSITY_LABEL = "density (pT/√Hz)"
RESIDUAL_LABEL = "residual (dB)"
_STANDING_COLOUR = "#d55e00"
DASHES: dict[str, Any] = {"linewidth": 0.6, "linestyle": (0, (4, 3))}
_SHADES = (0.02, 0.995)
"""Shares of the pixels below the first and the last colour."""
_PLAIN_TICKS = 3
_SHORT_H = 5
"""Hours below which whole ones are too few."""
_BAR_GAP = 1.3
"""Between the panels and the colour bar, where the triangles of standing lines are; in letters."""
_CARETS = {"x": 7, "y": 4}  # Matplotlib's numbers: tip down, tip left
"""Triangles whose tip touches the frame where frequency is on that axis."""


@dataclass(frozen=True)
class Frame:
    """Which way a panel lies: time to the right (`upright` false) or upwards, as in the published pictures."""

    picture: NightPicture
    upright: bool = False

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Edges left, right, bottom, top: hours and Hz."""
        hours, band = self.picture.hours, self.picture.band_hz
        times = (float(hours[0]), float(hours[-1]))
        return (*band, *times) if self.upright else (*times, *band)

    def show(
        self, axis: Axes, values: npt.NDArray[np.float32], norm: Normalize, colours: str | Colormap = DENSITY_COLOURS
    ) -> AxesImage:
        """Picture of values (slot, frequency); NaN is grey."""
        axis.set_facecolor(NO_DATA)
        seen = np.maximum(values, _ends(norm)[0])  # a dead channel has a density of 0: dark, not missing
        return axis.imshow(
            np.ma.masked_invalid(seen if self.upright else seen.T),
            origin="lower", aspect="auto", extent=self.extent, norm=norm, cmap=colours, interpolation="auto", zorder=0,
        )  # fmt: skip

    def points(
        self, hours: npt.NDArray[np.float64], hz: npt.NDArray[np.float64]
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Times and frequencies in the order x, y."""
        return (hz, hours) if self.upright else (hours, hz)

    def mark_dark(self, axis: Axes, colour: str = "white", casing: str = "black") -> None:
        """Dashes where the dark part begins and ends."""
        inner = np.flatnonzero(np.diff(self.picture.dark)) + 1
        draw = axis.axhline if self.upright else axis.axvline
        effect = withStroke(linewidth=1.1, foreground=casing)
        for hour in self.picture.hours[inner]:
            draw(hour, **DASHES, color=colour, path_effects=[effect], zorder=1, gid="dark part")

    def mark_standing(self, axis: Axes, channel: str, size_pt: float) -> None:
        """Triangles at the frame where lines of the channel stand still."""
        hz = np.asarray(self.picture.standing_hz.get(channel, ()))
        edge = np.ones(len(hz))
        transform = axis.get_xaxis_transform() if self.upright else axis.get_yaxis_transform()
        x, y = (hz, edge) if self.upright else (edge, hz)
        axis.plot(
            x, y, **self.standing_style(size_pt), clip_on=False, transform=transform, zorder=4, gid="standing lines"
        )

    def standing_style(self, size_pt: float) -> dict[str, Any]:
        """Style of those triangles, in letters of this size."""
        return {
            "linestyle": "none", "marker": _CARETS["x" if self.upright else "y"], "markersize": 0.7 * size_pt,
            "color": _STANDING_COLOUR, "markeredgewidth": 0,
        }  # fmt: skip

    def tick_time(self, axis: Axis, every_h: int) -> None:
        """Hours, every so many with its number, the others with a smaller mark; of a short time minutes as well."""
        hours = self.picture.hours
        if hours[-1] - hours[0] < _SHORT_H:
            axis.set_major_locator(MaxNLocator(6, steps=[1, 1.5, 2.5, 5]))
            axis.set_major_formatter(FuncFormatter(_clock))
            return
        axis.set_major_locator(MultipleLocator(every_h))
        axis.set_minor_locator(MultipleLocator(1))
        axis.set_major_formatter(FuncFormatter(lambda hour, _: f"{hour % 24:02.0f}"))

    @property
    def time_label(self) -> str:
        """What the hours are counted in."""
        if not self.picture.dated:
            return "time (h)"
        first, last = self.picture.times[[0, -1]].astype("datetime64[D]")
        return f"time (UTC), {first} to {last}" if last > first else f"time (UTC), {first}"


def _clock(hour: float, _: int) -> str:
    """Hour and minute of an hour of a day."""
    minutes = round(hour * 60)
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


def log_norm(density: npt.NDArray[np.float32]) -> LogNorm:
    """Colours that leave aside the few faintest and loudest pixels."""
    there = density[np.isfinite(density) & (density > 0)]
    if there.size == 0:
        return LogNorm(0.1, 1.0)
    low, high = (float(value) for value in np.quantile(there, _SHADES))
    return LogNorm(low, max(high, low * 1.01))


def tick_frequency(axis: Axis, most: int) -> None:
    """At most so many round frequencies."""
    axis.set_major_locator(MaxNLocator(most, steps=[1, 2, 5, 10]))


def name_panel(axis: Axes, name: str, size_pt: float, *, empty: bool) -> None:
    """Name of the channel in the upper left corner; and in words that there is nothing to see."""
    box = {"boxstyle": "round,pad=0.25", "facecolor": "white", "edgecolor": "none", "alpha": 0.85}
    axis.annotate(
        name, (0, 1), (0.55 * size_pt, -0.55 * size_pt), xycoords="axes fraction", textcoords="offset points",
        ha="left", va="top", weight="bold", size=size_pt, bbox=box, zorder=5,
    )  # fmt: skip
    if empty:
        axis.text(0.5, 0.5, "no data", transform=axis.transAxes, ha="center", va="center", size=size_pt, color="0.3")


def bar_room_pt(paper: Paper, norm: Normalize) -> float:
    """Room to the right of the panels for a gap, a standing colour bar, its numbers, and their label; points."""
    numbers = max((text_width_pt(f"{tick:g}", paper.font_pt) for tick in _bar_ticks(norm)), default=0.0)
    return numbers + (_BAR_GAP + 3.4) * paper.font_pt


def bar_box(paper: Paper, panels: Sequence[Box]) -> Box:
    """Place of a standing colour bar to the right of panels that lie below each other."""
    first, last = panels[0], panels[-1]
    left, height = first.left + first.width + _BAR_GAP * paper.font_pt, last.top + last.height - first.top
    return Box(left, first.top, paper.font_pt, height)


def colour_bar(
    figure: Figure, paper: Paper, box: Box, mesh: AxesImage, *, label: str = DENSITY_LABEL, lying: bool = False
) -> Colorbar:
    """Colour bar with plain numbers: powers of ten need letters too small to print."""
    cax = paper.axes(figure, box)
    bar = figure.colorbar(mesh, cax=cax, extend="both", orientation="horizontal" if lying else "vertical")
    bar.set_label(label, size=paper.font_pt, labelpad=0.3 * paper.font_pt)
    axis = bar.long_axis
    axis.set_major_locator(FixedLocator(_bar_ticks(mesh.norm)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    if isinstance(mesh.norm, LogNorm):
        axis.set_minor_locator(LogLocator(subs=list(range(1, 10)), numticks=20))
        axis.set_minor_formatter(NullFormatter())
    bar.outline.set_linewidth(0.6)
    return bar


def _bar_ticks(norm: Any) -> list[float]:
    """Round numbers along a colour bar."""
    low, high = _ends(norm)
    if isinstance(norm, LogNorm):
        return _plain_ticks(low, high)
    return [float(tick) for tick in MaxNLocator(4, steps=[1, 2, 5, 10]).tick_values(low, high) if low <= tick <= high]


def _ends(norm: Any) -> tuple[float, float]:
    """First and last value that has a colour of its own; Matplotlib's types allow for none."""
    return float(norm.vmin), float(norm.vmax)


def _plain_ticks(low: float, high: float) -> list[float]:
    """Round numbers from `low` to `high`, few but at least three where there are as many."""
    decades = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    for factors in ((1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 4, 5, 7)):
        ticks = [round(float(decade * factor), 12) for decade in decades for factor in factors]
        inside = [tick for tick in ticks if low <= tick <= high]
        if len(inside) >= _PLAIN_TICKS:
            return inside
    return [float(tick) for tick in MaxNLocator(4).tick_values(low, high) if low <= tick <= high]


def standing_entries(frame: Frame, size_pt: float) -> list[Artist]:
    """What the legend says of lines that stand still, if there are any."""
    if not any(frame.picture.standing_hz.values()):
        return []
    return [Line2D([], [], **frame.standing_style(size_pt), label="standing line")]


def no_data_entries(picture: NightPicture) -> list[Artist]:
    """What the legend says of grey, if there is any."""
    return [] if picture.there.all() else [Patch(facecolor=NO_DATA, edgecolor="0.5", linewidth=0.5, label="no data")]

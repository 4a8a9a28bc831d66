"""Strips along the time of a night: the sun over the station, and the samples that are there."""

from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from iar.plots.panels import NO_DATA, Frame
from iar.plots.picture import Mask, NightPicture, runs

SUNSET_DEG, NIGHTFALL_DEG = -0.833, -18.0
"""Elevation of the sun's centre when its edge is at the horizon (with refraction), and at the end of twilight."""
SKIES = {"day": "#fff3c2", "twilight": "#b9c7e4", "night": "#6f7fa8"}
EFFORT_COLOUR = "#08306b"
FLAGS = {"clipped": ("v", "#d55e00"), "constant": ("s", "#f0a3cc")}
"""Shape and colour of what is wrong with a slot."""
_DARK_SHARE = 0.12
_ROW_SHARE = 0.8
_MANY = 100


def sky(sun_deg: npt.NDArray[np.float64]) -> npt.NDArray[np.int_]:
    """Which of `SKIES` each slot has, by its number."""
    return np.where(sun_deg > SUNSET_DEG, 0, np.where(sun_deg > NIGHTFALL_DEG, 1, 2))


def show_sky(axis: Axes, frame: Frame) -> None:
    """Colours of day, twilight and night along the time, and a bar for the dark part."""
    picture = frame.picture
    skies = sky(picture.sun_deg)
    left, right, bottom, top = frame.extent
    extent = (0, 1, bottom, top) if frame.upright else (left, right, 0, 1)
    axis.imshow(
        skies[:, None] if frame.upright else skies[None],
        aspect="auto", extent=extent, origin="lower", cmap=ListedColormap(list(SKIES.values())), vmin=-0.5, vmax=2.5,
        interpolation="nearest", transform=axis.get_yaxis_transform() if frame.upright else axis.get_xaxis_transform(),
    )  # fmt: skip
    bars = axis.axhspan if frame.upright else axis.axvspan
    for start, end in runs(picture.dark, picture.hours):
        bars(start, end, 0, 0.4 if frame.upright else _DARK_SHARE, color="black", linewidth=0, gid="dark part")


def show_sun(axis: Axes, frame: Frame) -> None:
    """Elevation of the sun, degrees, over the colours of the sky."""
    picture = frame.picture
    middle = (picture.hours[:-1] + picture.hours[1:]) / 2
    low, high = float(picture.sun_deg.min()), float(picture.sun_deg.max())
    axis.plot(middle, picture.sun_deg, color="black", linewidth=1, gid="sun")
    axis.axhline(0, color="black", linewidth=0.5, linestyle=":")
    show_sky(axis, frame)
    span = max(high - low, 10.0)
    axis.set_ylim(low - 0.3 * span, high + 0.15 * span)
    axis.yaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 3, 5, 6, 10], integer=True))


def show_effort(axis: Axes, frame: Frame, size_pt: float) -> None:
    """A row a channel, filled as high as its effort, with marks at the slots that are clipped or constant."""
    picture = frame.picture
    hours = picture.hours
    middle = (hours[:-1] + hours[1:]) / 2
    for row, effort in enumerate(np.nan_to_num(picture.effort)):
        floor = row + (1 + _ROW_SHARE) / 2
        filled = floor - _ROW_SHARE * np.append(effort, effort[-1])
        axis.fill_between(hours[[0, -1]], floor, floor - _ROW_SHARE, color=NO_DATA, linewidth=0)
        axis.fill_between(hours, floor, filled, step="post", color=EFFORT_COLOUR, linewidth=0)
        for name in FLAGS:
            slots = np.flatnonzero(_flagged(picture, name)[row])
            axis.plot(
                middle[slots], np.full(len(slots), row + 0.5), **_flag_style(name, size_pt), gid=name,
                rasterized=len(slots) > _MANY,
            )  # fmt: skip
    axis.set_ylim(len(picture.channels), 0)
    axis.set_yticks(np.arange(len(picture.channels)) + 0.5, picture.channels)


def sky_entries(picture: NightPicture) -> list[Artist]:
    """What the legend says of the sky, if it can be seen."""
    entries: list[Artist] = [
        Patch(facecolor=colour, edgecolor="0.5", linewidth=0.5, label=name)
        for number, (name, colour) in enumerate(SKIES.items())
        if (sky(picture.sun_deg) == number).any()
    ]
    if picture.dark.any():
        entries.append(Line2D([], [], color="black", linewidth=3, solid_capstyle="butt", label="dark part"))
    return entries


def flag_entries(picture: NightPicture, size_pt: float) -> list[Artist]:
    """What the legend says of slots that are clipped or constant, if there are any."""
    return [
        Line2D([], [], **_flag_style(name, size_pt), label=f"{name} slot")
        for name in FLAGS
        if _flagged(picture, name).any()
    ]


def _flag_style(name: str, size_pt: float) -> dict[str, Any]:
    marker, colour = FLAGS[name]
    return {
        "linestyle": "none", "marker": marker, "color": colour, "markersize": 0.55 * size_pt,
        "markeredgecolor": "white", "markeredgewidth": 0.4,
    }  # fmt: skip


def _flagged(picture: NightPicture, name: str) -> Mask:
    return {"clipped": picture.clipped, "constant": picture.constant}[name]

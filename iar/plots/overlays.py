"""What was found, drawn over the density: the network's fringes, the published detector's lines and spots.

They are told apart by lightness and shape (white lines, black lines, points), so that no colour is needed for it.
"""

from collections.abc import Collection
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from iar.detection.classical import ClassicalSteps
from iar.plots.panels import Frame, name_panel
from iar.plots.paper import PT_PER_INCH, text_width_pt
from iar.plots.picture import OVERLAYS, Mask, NightPicture

Room = tuple[float, float, float, float]
"""Left, lower, right and upper edge, points."""

_NAMES = {"fringes": "fringes (network)", "lines": "lines (published)", "spots": "spots (published)"}
_TRACK_COLOURS = {"fringes": ("white", "black"), "lines": ("black", "white")}
"""Of a line and its casing."""
_NAME_ROOM = (4.5, 2.6)
"""Of the panel's name, in letters from its upper left corner."""
_SPOT_COLOUR = "#ff9e2c"


def show_channel(
    axis: Axes, frame: Frame, number: int, norm: LogNorm, *, over: Collection[str], size_pt: float
) -> AxesImage:
    """Panel of a channel: density, the dark part, what is asked for over it, standing lines, its name.

    Parameters
    ----------
    number
        Of the channel, from 0.
    over, size_pt
        As for `draw_overlays`.
    """
    picture = frame.picture
    name, there = picture.channels[number], picture.there[number]
    mesh = frame.show(axis, picture.density[number], norm)
    frame.mark_dark(axis)
    draw_overlays(axis, frame, over, there=there, size_pt=size_pt)
    frame.mark_standing(axis, name, size_pt)
    name_panel(axis, name, size_pt, empty=not there.any())
    return mesh


def draw_overlays(axis: Axes, frame: Frame, over: Collection[str], *, there: Mask, size_pt: float) -> None:
    """Draw what is asked for.

    Parameters
    ----------
    over
        Of `OVERLAYS`.
    there
        Slots that have a density, shape (slot,): over grey nothing is drawn.
    size_pt
        Letters of the paper; lines and points grow with them.
    """
    for place, name in enumerate(name for name in OVERLAYS if name in over):
        hours, hz = _points(frame.picture, name, there)
        style = _overlay_style(name, size_pt)
        axis.plot(*frame.points(hours, hz), **style, zorder=2 + 0.1 * place, gid=name, rasterized=name == "spots")
        if name == "fringes":
            number_fringes(axis, frame, there=there, size_pt=size_pt)


def overlay_entries(over: Collection[str], picture: NightPicture, size_pt: float) -> list[Artist]:
    """What the legend says of those that have anything to show."""
    shown = [name for name in OVERLAYS if name in over and len(_points(picture, name, picture.seen)[0])]
    styles = {name: _overlay_style(name, size_pt) for name in reversed(shown)}
    if "spots" in styles:
        styles["spots"]["markersize"] = 0.4 * size_pt  # one alone would not be seen
    return [Line2D([], [], **style, label=_NAMES[name]) for name, style in styles.items()]


def asked_steps(picture: NightPicture) -> ClassicalSteps:
    """Steps of the published detector; a ValueError if the picture has none."""
    if picture.classical is None:
        raise ValueError(f"the picture of {picture.title} has no steps of the published detector")
    return picture.classical


def _points(picture: NightPicture, name: str, there: Mask) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Hours and Hz: a point for each spot; for each slot of a track where it begins and ends, and a gap."""
    hours = picture.hours
    if name == "spots":
        slot, column = np.nonzero(asked_steps(picture).spots & there[:, None])
        return (hours[slot] + hours[slot + 1]) / 2, picture.frequency_hz[column]
    tracks = picture.spacing.frequency_hz if name == "fringes" else asked_steps(picture).line_hz
    slot, column = np.nonzero(np.isfinite(tracks) & there[:, None])
    hz = tracks[slot, column].astype(np.float64)
    gap = np.full(len(slot), np.nan)
    return np.stack([hours[slot], hours[slot + 1], gap], axis=1).ravel(), np.stack([hz, hz, gap], axis=1).ravel()


def number_fringes(axis: Axes, frame: Frame, *, there: Mask, size_pt: float) -> None:
    """Number of each harmonic, before the first slot that it is seen in; none where it has no room."""
    tracks, casing = frame.picture.spacing.frequency_hz, withStroke(linewidth=0.2 * size_pt, foreground="black")
    to_pt = PT_PER_INCH / axis.figure.dpi
    panel = np.asarray(axis.bbox.extents) * to_pt
    taken = [(panel[0], panel[3] - _NAME_ROOM[1] * size_pt, panel[0] + _NAME_ROOM[0] * size_pt, panel[3])]
    for harmonic, track in enumerate(tracks.T, 1):
        (seen,) = np.nonzero(np.isfinite(track) & there)
        if not len(seen):
            continue
        x, y = frame.points(frame.picture.hours[seen[:1]], track[seen[:1]].astype(np.float64))
        at, width = axis.transData.transform((x[0], y[0])) * to_pt, text_width_pt(str(harmonic), size_pt)
        middle = at - (0, 0.9 * size_pt) if frame.upright else at - (width / 2 + 0.4 * size_pt, 0)
        half = np.array([width / 2 + 1, 0.55 * size_pt])
        aside = (0, 1.2 * size_pt) if frame.upright else (width + 0.3 * size_pt, 0)
        for place in (middle, middle - aside):  # farther out where another's stands, as of a narrow fan
            middle = np.clip(place, panel[:2] + half, np.maximum(panel[2:] - half, panel[:2] + half))
            room = (*(middle - half), *(middle + half))
            inside = room[0] >= panel[0] and room[1] >= panel[1] and room[2] <= panel[2] and room[3] <= panel[3]
            if inside and not any(_overlap(room, other) for other in taken):
                break
        else:
            continue
        taken.append(room)
        axis.annotate(
            str(harmonic), (x[0], y[0]), tuple(middle - at), textcoords="offset points", size=size_pt,
            color="white", path_effects=[casing], zorder=4, ha="center", va="center_baseline", gid="number",
        )  # fmt: skip


def _overlap(one: Room, other: Room) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _overlay_style(name: str, size_pt: float) -> dict[str, Any]:
    if name == "spots":  # slots widen faster than letters do
        return {
            "linestyle": "none", "marker": "o", "color": _SPOT_COLOUR, "markersize": 0.011 * size_pt**2,
            "markeredgewidth": 0,
        }  # fmt: skip
    core, casing = _TRACK_COLOURS[name]
    effect = withStroke(linewidth=0.2 * size_pt, foreground=casing)
    return {"color": core, "linewidth": 0.1 * size_pt, "path_effects": [effect], "solid_capstyle": "projecting"}

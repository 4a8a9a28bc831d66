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
from iar.plots.picture import OVERLAYS, Mask, NightPicture

_NAMES = {"fringes": "fringes (network)", "lines": "lines (classical)", "spots": "spots (classical)"}
_TRACK_COLOURS = {"fringes": ("white", "black"), "lines": ("black", "white")}
"""Of a line and its casing."""
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
        raise ValueError(f"the picture of {picture.title} has no steps of the classical detector")
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


def _overlay_style(name: str, size_pt: float) -> dict[str, Any]:
    if name == "spots":  # slots widen faster than letters do
        return {
            "linestyle": "none", "marker": "o", "color": _SPOT_COLOUR, "markersize": 0.011 * size_pt**2,
            "markeredgewidth": 0,
        }  # fmt: skip
    core, casing = _TRACK_COLOURS[name]
    effect = withStroke(linewidth=0.2 * size_pt, foreground=casing)
    return {"color": core, "linewidth": 0.1 * size_pt, "path_effects": [effect], "solid_capstyle": "projecting"}

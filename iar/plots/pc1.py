"""The picture of a night's Pc1 events: what stands above the ambient spectrum, and a box around each event."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from iar.pc1.table import Pc1Night
from iar.plots.paper import Box, Head, Paper, paper_style
from iar.plots.sheet import tick_hours

WIDTH_MM = 254.0
LIMITS_DB = (-1.0, 8.0)
MARGIN_HZ = 0.1


@dataclass(frozen=True)
class Pc1Picture:
    """What the picture shows: `level_db` over the ambient spectrum (slot, frequency) at `frequency_hz`, and events."""

    station: str
    frequency_hz: npt.NDArray[np.float64]
    level_db: npt.NDArray[np.float64]
    found: Pc1Night

    @property
    def night(self) -> dt.date:
        """Date of its evening."""
        return self.found.night


def plot_pc1(picture: Pc1Picture, *, width_mm: float = WIDTH_MM) -> Figure:
    """Figure of one panel, time to the right.

    Parameters
    ----------
    width_mm
        Width on paper; the height follows from it.
    """
    found, start = picture.found, picture.found.boundary_hour
    with paper_style():
        paper = Paper(width_mm)
        title = f"{picture.station}, night of {picture.night}: Pc1"
        reason = f"{len(found.rows)} event(s) in both coils, in boxes; what follows fringes is none"
        head = Head(paper, title, reason, [])
        font = paper.font_pt
        left, right, panel = 3.6 * font, 6.0 * font, 0.35 * paper.width_pt
        top, width = head.height_pt + 0.6 * font, paper.width_pt - 9.6 * font
        figure = paper.figure(top + panel + 4 * font)
        head.draw(figure)
        axis = paper.axes(figure, Box(left, top, width, panel))
        beside = paper.axes(figure, Box(paper.width_pt - right + 0.8 * font, top, font, panel))
        extent = (start, start + 24, picture.frequency_hz[0], picture.frequency_hz[-1])
        image = axis.imshow(
            picture.level_db.T, origin="lower", aspect="auto", extent=extent, cmap="magma", vmin=LIMITS_DB[0],
            vmax=LIMITS_DB[1], interpolation="nearest",
        )  # fmt: skip
        for event in found.rows:
            first_s, last_s, low_hz, high_hz = (
                float(found.values[name][event]) for name in ("start_s", "end_s", "low_hz", "high_hz")
            )
            corner = start + first_s / 3600, low_hz - MARGIN_HZ
            size = (last_s - first_s) / 3600, high_hz - low_hz + 2 * MARGIN_HZ
            axis.add_patch(Rectangle(corner, *size, fill=False, edgecolor="cyan", linewidth=0.8))
        axis.set(xlim=extent[:2], ylim=extent[2:], ylabel="frequency (Hz)")
        axis.set_xlabel(f"hour (UTC), from {picture.night} on")
        tick_hours(axis, start, 2)
        figure.colorbar(image, cax=beside).set_label("over the ambient spectrum (dB)", size=font)
    return figure

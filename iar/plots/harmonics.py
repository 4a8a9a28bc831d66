"""The picture of a night's harmonics in full: depth and width of each, and the depth of their fan."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from iar.harmonics.table import HarmonicNight
from iar.night import CHANNELS, slot_hours
from iar.plots.paper import Box, Head, Paper, paper_style
from iar.plots.sheet import tick_hours

WIDTH_MM = 254.0
Values = npt.NDArray[np.floating]


@dataclass(frozen=True)
class HarmonicPicture:
    """What the picture shows: the harmonics of a night in full."""

    station: str
    found: HarmonicNight

    @property
    def night(self) -> dt.date:
        """Date of its evening."""
        return self.found.night

    @property
    def better(self) -> int:
        """Coil that shows more of the fringes."""
        deep = np.nansum(np.maximum(self.found.values["depth_db"], 0) ** 2, axis=(1, 2))
        return int(deep.argmax())


def plot_harmonics(picture: HarmonicPicture, *, width_mm: float = WIDTH_MM) -> Figure:
    """Figure of four panels, time to the right: depth, width, amplitude of each harmonic; depth of the fan below.

    Parameters
    ----------
    width_mm
        Width on paper; the height follows from it.
    """
    coil, values = picture.better, picture.found.values
    panels = (
        (f"depth in {CHANNELS[coil]} (dB)", values["depth_db"][coil], "viridis"),
        ("width (Hz)", values["width_hz"], "plasma"),
        (f"amplitude in {CHANNELS[coil]} (pT/√Hz)", values["amplitude_pt"][coil], "cividis"),
    )
    with paper_style():
        paper = Paper(width_mm)
        title = f"{picture.station}, night of {picture.night}: harmonics in full"
        head = Head(paper, title, f"grey: lowest and highest harmonic that is seen; {_moments(picture)}", [])
        font = paper.font_pt
        left, right, panel = 3.6 * font, 6.0 * font, 0.11 * paper.width_pt + 4 * font
        top, gap = head.height_pt + 0.6 * font, 0.8 * font
        figure = paper.figure(top + 4 * (panel + gap) + 3.2 * font)
        head.draw(figure)
        width = paper.width_pt - left - right
        for number, (label, shown, colours) in enumerate(panels):
            above = top + number * (panel + gap)
            boxes = Box(left, above, width, panel), Box(left + width + 0.8 * font, above, font, panel)
            axis, beside = (paper.axes(figure, box) for box in boxes)
            _show(axis, picture.found, shown, colours)
            axis.tick_params(labelbottom=False)
            figure.colorbar(axis.collections[0], cax=beside).set_label(label, size=font)
        _show_fan(paper.axes(figure, Box(left, top + 3 * (panel + gap), width, panel)), picture.found)
    return figure


def _moments(picture: HarmonicPicture) -> str:
    """When the fan begins and ends, in words."""
    found, words = picture.found, []
    for name in ("onset", "end"):
        after_s, sigma_s = (float(found.values[f"{name}_{part}"]) for part in ("s", "sigma_s"))
        minutes = round(found.boundary_hour * 60 + after_s / 60) % 1440 if np.isfinite(after_s) else None
        clock = "not seen" if minutes is None else f"{minutes // 60:02d}:{minutes % 60:02d} ± {sigma_s / 60:.0f} min"
        words.append(f"{name} {clock}")
    return ", ".join(words)


def _show(axis: Axes, found: HarmonicNight, shown: Values, colours: str) -> None:
    """Harmonics over the hours, coloured by what is `shown` of them (slot, harmonic)."""
    hours, f_n = slot_hours(found.boundary_hour), found.values["frequency_hz"]
    there = np.isfinite(shown) & np.isfinite(f_n)
    colour = shown[there]
    limits = np.percentile(colour, (2, 98)) if len(colour) else (0.0, 1.0)
    axis.scatter(
        np.broadcast_to(hours[:, None], f_n.shape)[there], f_n[there], c=colour, cmap=colours, s=3, linewidths=0,
        vmin=limits[0], vmax=limits[1],
    )  # fmt: skip
    for name in ("low_hz", "high_hz"):
        axis.plot(hours, found.values[name], color="0.6", linewidth=0.6, zorder=0)
    axis.set(ylabel="frequency (Hz)")
    _over_the_night(axis, found)


def _show_fan(axis: Axes, found: HarmonicNight) -> None:
    """Depth of the fan with its error, and when it begins and ends."""
    hours, depth_db, sigma_db = (
        slot_hours(found.boundary_hour), found.values["fan_depth_db"], found.values["fan_depth_sigma_db"]
    )  # fmt: skip
    axis.fill_between(hours, depth_db - sigma_db, depth_db + sigma_db, color="0.8", linewidth=0)
    axis.plot(hours, depth_db, color="black", linewidth=0.8)
    for name in ("onset", "end"):
        after_h, sigma_h = (float(found.values[f"{name}_{part}"]) / 3600 for part in ("s", "sigma_s"))
        if np.isfinite(after_h):
            hour = found.boundary_hour + after_h
            axis.axvspan(hour - sigma_h, hour + sigma_h, color="tab:red", alpha=0.25, linewidth=0)
            axis.axvline(hour, color="tab:red", linewidth=0.8)
    axis.set(ylabel="depth of the fan (dB)", xlabel=f"hour (UTC), from {found.night} on", ylim=(0, None))
    _over_the_night(axis, found)


def _over_the_night(axis: Axes, found: HarmonicNight) -> None:
    axis.set_xlim(found.boundary_hour, found.boundary_hour + 24)
    tick_hours(axis, found.boundary_hour, 2)

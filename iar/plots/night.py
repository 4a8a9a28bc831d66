"""The picture of a night: both channels, the fringes found, effort, and the spacing with its error."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib import dates as mdates
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from iar.fringes.spacing import Spacing
from iar.fringes.verdict import Verdict

FRINGE_COLOUR = "white"
SPACING_COLOUR = "#0b3c5d"


@dataclass(frozen=True)
class NightPicture:
    """What a night's picture shows.

    `times` datetime64 (slot,); `frequency_hz` (frequency,); `density` pT/sqrt(Hz) (channel, slot, frequency); `effort`
    (channel, slot); `dark` bool (slot,).
    """

    night: dt.date
    station: str
    channels: tuple[str, ...]
    times: npt.NDArray[np.datetime64]
    frequency_hz: npt.NDArray[np.float64]
    density: npt.NDArray[np.float32]
    effort: npt.NDArray[np.float32]
    dark: npt.NDArray[np.bool_]
    spacing: Spacing
    verdict: Verdict


def plot_night(picture: NightPicture) -> Figure:
    """Figure of a night: a panel for each channel, one for effort, one for the spacing."""
    channels = len(picture.channels)
    figure = Figure(figsize=(10, 3.1 * channels + 2.9), layout="constrained")
    axes = figure.subplots(channels + 2, 1, sharex=True, height_ratios=[3.1] * channels + [0.35, 1.9])
    norm = _log_norm(picture.density)
    for axis, name, density in zip(axes, picture.channels, picture.density, strict=False):
        mesh = _show_density(axis, picture, density, norm)
        axis.set_ylabel(f"{name}: frequency (Hz)")
        _draw_tracks(axis, picture)
    figure.colorbar(mesh, ax=axes[:channels], label="density (pT/√Hz)", pad=0.01, aspect=40)
    _show_effort(axes[channels], picture)
    _show_spacing(axes[-1], picture)
    axes[0].set_title(f"{picture.station}, night of {picture.night}: {picture.verdict.name}", loc="left", weight="bold")
    figure.text(0.995, 0.995, picture.verdict.reason, ha="right", va="top", size="small", color="0.35")
    axes[-1].set_xlabel("time (UTC)")
    axes[-1].xaxis.set_major_locator(mdates.HourLocator(interval=2))
    axes[-1].xaxis.set_major_formatter(mdates.DateFormatter("%H"))
    return figure


def _log_norm(density: npt.NDArray[np.float32]) -> LogNorm:
    there = density[np.isfinite(density) & (density > 0)]
    if there.size == 0:
        return LogNorm(0.1, 1.0)
    low, high = np.quantile(there, [0.02, 0.995])
    return LogNorm(float(low), float(max(high, low * 1.01)))


def _show_density(axis: Axes, picture: NightPicture, density: npt.NDArray[np.float32], norm: LogNorm) -> AxesImage:
    half_bin = (picture.frequency_hz[1] - picture.frequency_hz[0]) / 2
    extent = (*_time_extent(picture), picture.frequency_hz[0] - half_bin, picture.frequency_hz[-1] + half_bin)
    axis.set_facecolor("0.85")  # no data is grey, not dark blue
    axis.xaxis_date()
    return axis.imshow(
        np.ma.masked_invalid(density.T),
        origin="lower", aspect="auto", extent=extent, norm=norm, cmap="viridis", interpolation="nearest",
    )  # fmt: skip


def _time_extent(picture: NightPicture) -> tuple[float, float]:
    """Start of the first slot and end of the last, in Matplotlib's days."""
    first, last = mdates.date2num(picture.times[[0, -1]])
    return first, last + (last - first) / (len(picture.times) - 1)


def _draw_tracks(axis: Axes, picture: NightPicture) -> None:
    axis.plot(picture.times, picture.spacing.frequency_hz, ".", color=FRINGE_COLOUR, markersize=0.8, alpha=0.7)
    for edge in np.flatnonzero(np.diff(picture.dark)) + 1:
        axis.axvline(picture.times[edge], color="white", linewidth=0.8, linestyle=":")


def _show_effort(axis: Axes, picture: NightPicture) -> None:
    channels = len(picture.channels)
    extent = (*_time_extent(picture), channels - 0.5, -0.5)
    axis.imshow(picture.effort, aspect="auto", extent=extent, vmin=0, vmax=1.4, cmap="Greens", interpolation="nearest")
    axis.set_yticks(range(channels), picture.channels)
    axis.tick_params(axis="y", length=0, labelsize="small")
    axis.set_ylabel("effort", rotation=0, ha="right", va="center", size="small")


def _show_spacing(axis: Axes, picture: NightPicture) -> None:
    spacing, sigma = picture.spacing.delta_f_hz, picture.spacing.delta_f_sigma_hz
    axis.fill_between(picture.times, spacing - sigma, spacing + sigma, color=SPACING_COLOUR, alpha=0.25, linewidth=0)
    axis.plot(picture.times, spacing, ".", color=SPACING_COLOUR, markersize=2)
    axis.set_ylabel("spacing Δf (Hz)")
    axis.grid(color="0.9")
    if not np.isfinite(spacing).any():
        axis.set_ylim(0, 2.2)
        axis.text(0.5, 0.5, "no spacing found", transform=axis.transAxes, ha="center", va="center", color="0.5")

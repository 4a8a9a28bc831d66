"""The picture of an archive: a calendar of effort for each channel, and of the verdicts."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from iar.night import night_range
from iar.plots.paper import paper_style
from iar.plots.steps import EFFORT_STEPS, effort_step

OUTSIDE, NOTHING = "#f4f4f4", "#d55e00"
EFFORT_COLOURS = ("#cfe3f2", "#8dbfe0", "#4292c6", "#08306b")
"""Up to a third, two thirds, less than whole; whole: steps of lightness that every eye, and a copier, tells apart."""
VERDICT_COLOURS = {
    "fringes": "#0072b2", "no_fringes": "#bfbfbf", "interference": "#cc79a7", "no_data": "#d55e00", None: "white",
}  # fmt: skip
"""Of Okabe and Ito's set for the colour-blind; None is not processed."""
_SHORT = 100
_LEAP_YEAR = 2000


@dataclass(frozen=True)
class CalendarPicture:
    """What an archive's picture shows.

    `effort` is the share of samples that are there, by night and channel; a night that is not in it has none. `verdict`
    holds the nights that are processed. `complete` is the share from which a night is whole.
    """

    station: str
    channels: tuple[str, ...]
    effort: Mapping[dt.date, Mapping[str, float]]
    verdict: Mapping[dt.date, str]
    complete: float


@dataclass(frozen=True)
class _Sheet:
    """Where each night lies: rows of years or, for a short archive, of months; columns of days."""

    nights: list[dt.date]
    by_year: bool

    @property
    def rows(self) -> list[str]:
        """Names of the rows, first to last."""
        first, last = self.nights[0], self.nights[-1]
        if self.by_year:
            return [str(year) for year in range(first.year, last.year + 1)]
        months = range(12 * first.year + first.month - 1, 12 * last.year + last.month)
        return [f"{month // 12}-{month % 12 + 1:02d}" for month in months]

    @property
    def columns(self) -> int:
        """Number of days in a row."""
        return 366 if self.by_year else 31

    def place(self, night: dt.date) -> tuple[int, int]:
        """Row and column; a year has the days of a leap year, so that months lie below each other."""
        if self.by_year:
            return night.year - self.nights[0].year, _leap_day(night.month, night.day)
        return 12 * (night.year - self.nights[0].year) + night.month - self.nights[0].month, night.day - 1

    def fill(self, steps: Mapping[dt.date, int]) -> npt.NDArray[np.int_]:
        """Steps as a picture, 0 outside the archive's nights."""
        picture = np.zeros((len(self.rows), self.columns), dtype=int)
        for night in self.nights:
            picture[self.place(night)] = steps[night]
        return picture


def plot_calendar(picture: CalendarPicture) -> Figure:
    """Figure of an archive: a panel for each channel and, where nights are processed, one for the verdicts."""
    nights = night_range(min(picture.effort), max(picture.effort))
    sheet = _Sheet(nights, by_year=len(nights) > _SHORT)
    panels = [*picture.channels, *(["verdict"] if picture.verdict else [])]
    row_height = 0.34 if sheet.by_year else 0.4
    with paper_style():
        figure = Figure(figsize=(12, 1.3 + len(panels) * (0.75 + row_height * len(sheet.rows))), layout="constrained")
        axes = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
        for axis, name in zip(axes, panels, strict=True):
            if name == "verdict" and name not in picture.channels:
                _show_verdicts(axis, picture, sheet)
            else:
                _show_effort(axis, picture, sheet, name)
        figure.suptitle(_title(picture, nights), x=0.01, ha="left", weight="bold", fontsize="medium")
    return figure


def _title(picture: CalendarPicture, nights: list[dt.date]) -> str:
    whole = sum(min(shares.values(), default=0) >= picture.complete for shares in picture.effort.values())
    return f"{picture.station}, {nights[0]} to {nights[-1]}: {whole} of {len(nights)} nights whole"


def _show_effort(axis: Axes, picture: CalendarPicture, sheet: _Sheet, channel: str) -> None:
    shares = {night: picture.effort.get(night, {}).get(channel, 0.0) for night in sheet.nights}
    steps = {night: 1 + effort_step(share, picture.complete) for night, share in shares.items()}
    _show(axis, sheet, steps, (NOTHING, *EFFORT_COLOURS))
    mean = np.mean(list(shares.values()))
    axis.set_title(f"{channel}: effort {mean:.1%}", loc="left", fontsize="medium")
    _legend(axis, dict(zip(EFFORT_STEPS, (NOTHING, *EFFORT_COLOURS), strict=True)))


def _show_verdicts(axis: Axes, picture: CalendarPicture, sheet: _Sheet) -> None:
    names = list(VERDICT_COLOURS)
    steps = {night: 1 + names.index(picture.verdict.get(night)) for night in sheet.nights}
    _show(axis, sheet, steps, tuple(VERDICT_COLOURS.values()))
    axis.set_title("verdict", loc="left", fontsize="medium")
    _legend(axis, {(name or "not processed").replace("_", " "): VERDICT_COLOURS[name] for name in names})


def _show(axis: Axes, sheet: _Sheet, steps: Mapping[dt.date, int], colours: tuple[str, ...]) -> None:
    """Steps from 1 in these colours; 0 is outside."""
    shades = ListedColormap([OUTSIDE, *colours])
    lines: dict[str, Any] = {} if sheet.by_year else {"edgecolors": "white", "linewidth": 1.5}
    edges = np.arange(sheet.columns + 1) + (0 if sheet.by_year else 0.5)
    rows = np.arange(len(sheet.rows) + 1) - 0.5
    axis.pcolormesh(edges, rows, sheet.fill(steps), cmap=shades, vmin=-0.5, vmax=len(colours) + 0.5, **lines)
    axis.invert_yaxis()
    axis.set_yticks(range(len(sheet.rows)), sheet.rows)
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)
    if sheet.by_year:
        _mark_months(axis, sheet)
    else:
        axis.set_xticks(range(1, sheet.columns + 1))


def _mark_months(axis: Axes, sheet: _Sheet) -> None:
    starts = [_leap_day(month, 1) for month in range(1, 13)]
    middles = [(start + stop) / 2 for start, stop in zip(starts, [*starts[1:], sheet.columns], strict=True)]
    axis.set_xticks(middles, [dt.date(_LEAP_YEAR, month, 1).strftime("%b") for month in range(1, 13)])
    for start in starts[1:]:
        axis.axvline(start, color="white", linewidth=1.2)
    for row in range(1, len(sheet.rows)):
        axis.axhline(row - 0.5, color="white", linewidth=2)


def _leap_day(month: int, day: int) -> int:
    """Number of the day in a leap year, from 0."""
    return (dt.date(_LEAP_YEAR, month, day) - dt.date(_LEAP_YEAR, 1, 1)).days


def _legend(axis: Axes, colours: Mapping[str, str]) -> None:
    patches = [Patch(facecolor=colour, edgecolor="0.6", linewidth=0.5, label=name) for name, colour in colours.items()]
    axis.legend(
        handles=patches, ncols=len(patches), loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0.2,
        frameon=False, fontsize="small", handlelength=1, handleheight=1, columnspacing=1.2,
    )  # fmt: skip

"""Pictures of a night and of an archive, as files."""

import datetime as dt
import threading
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from iar.archive.reader import Reader
from iar.errors import DamagedArchiveError, InputError
from iar.night import night_range, slot_middles, slot_times
from iar.physics.sun import sun_elevation_deg
from iar.plots.picture import OVERLAYS, NightPicture
from iar.results.limits import limit_words, read_limit_db
from iar.results.other_pictures import OTHER_PLOTS, resonance_span_plot
from iar.results.outfile import check_out_file
from iar.settings import ClassicalSettings, FringeSettings, Processing
from iar.spectra.quality import QUALITY_FLAGS
from iar.stages.classical import classical_steps
from iar.stages.fringes import read_spacing, read_standing_lines, read_verdict
from iar.stages.night_view import NightView
from iar.stages.process import sealed_nights
from iar.stages.searched import sealed_bins
from iar.stages.station import station_dark
from iar.upkeep.coverage import COMPLETE, NightCoverage

if TYPE_CHECKING:  # Matplotlib is slow to import
    from collections.abc import Callable

    from matplotlib.figure import Figure

    from iar.detection.classical import ClassicalSteps

Plot: TypeAlias = "Callable[[], Figure]"
"""Makes a figure when `draw` calls it, with everything read that stands in it."""
SUFFIXES = (".png", ".svg", ".pdf")
VIEWS = ("night", "day", "residual", "steps", "ridges", *OTHER_PLOTS)
_OWN_OVERLAYS = {"night": {"fringes"}, "residual": {"fringes"}, "day": {"lines"}}
"""Of the views that can have something drawn over them."""
NOTHING = "nothing"
"""Asked for as an overlay: none at all."""
LEAST_MM, MOST_MM = 84.0, 400.0
"""One column of a journal, and a poster."""
_DRAWING = threading.Lock()
"""Matplotlib's settings are those of the whole process: one picture at a time."""
_NO_DATES: dict[str, dict[str, None]] = {".png": {}, ".svg": {"Date": None}, ".pdf": {"CreationDate": None}}


@dataclass(frozen=True)
class Look:
    """How a night is looked at: one of `VIEWS`; what is drawn over it, `OVERLAYS` or `NOTHING`; how wide.

    Of what is not said, each view has its own.

    Raises
    ------
    InputError
        If there is no such view or overlay, or the width is out of range.
    """

    view: str = "night"
    over: tuple[str, ...] = ()
    width_mm: float | None = None

    def __post_init__(self) -> None:
        if self.view not in VIEWS:
            raise InputError(f"view {self.view!r} is none of {', '.join(VIEWS)}")
        for name in self.over:
            if name not in (*OVERLAYS, NOTHING):
                raise InputError(f"overlay {name!r} is none of {', '.join((*OVERLAYS[::-1], NOTHING))}")
        if self.over and self.view not in _OWN_OVERLAYS:
            raise InputError(f"the {self.view} have nothing drawn over them: leave --over out, or take another view")
        if NOTHING in self.over and len(set(self.over)) > 1:
            raise InputError(f"overlays {', '.join(self.over)}: {NOTHING} goes with no other")
        if self.width_mm is not None and not LEAST_MM <= self.width_mm <= MOST_MM:  # also where it is NaN
            raise InputError(f"width {self.width_mm:g} mm is not from {LEAST_MM:g} to {MOST_MM:g} mm")

    @property
    def overlays(self) -> frozenset[str]:
        """What is drawn over the density, the view's own where nothing was asked for."""
        return frozenset(self.over or _OWN_OVERLAYS.get(self.view, ())) - {NOTHING}

    @property
    def width(self) -> dict[str, float]:
        """Width as a plot takes it: nothing where nobody asked for one."""
        return {} if self.width_mm is None else {"width_mm": self.width_mm}

    @property
    def classical(self) -> bool:
        """Whether the steps of the published detector are needed."""
        return self.view == "steps" or not self.overlays.isdisjoint({"lines", "spots"})


AS_EVER = Look()


def night_picture(
    archive: Reader, night: dt.date, path: Path, look: Look = AS_EVER, processing: Processing | None = None
) -> None:
    """Draw `night` to `path`, PNG, SVG or PDF by its suffix; the same night gives the same bytes.

    Without a `processing` the steps of the published detector, and the standing lines, are those of the settings that
    the night was sealed with.

    Raises
    ------
    InputError
        If the suffix is another.
    NightNotSealedError
        If the night has no verdict yet.
    """
    check_picture_file(path)
    draw(night_plot(archive, night, look, processing), path)


def night_plot(archive: Reader, night: dt.date, look: Look = AS_EVER, processing: Processing | None = None) -> Plot:
    """Read what `night_picture` draws, with its errors but that of a suffix."""
    if look.view in OTHER_PLOTS:
        return partial(OTHER_PLOTS[look.view](archive, night), **look.width)
    return partial(_plot, read_night(archive, night, look, processing), look)


def calendar_picture(archive: Reader, coverage: list[NightCoverage], path: Path) -> None:
    """Draw the calendar of an archive to `path`; the suffix as for `night_picture`.

    Raises
    ------
    InputError
        If the suffix is another, or no night is there.
    """
    check_picture_file(path)
    draw(calendar_plot(archive, coverage), path)


def calendar_plot(archive: Reader, coverage: list[NightCoverage]) -> Plot:
    """Read what `calendar_picture` draws, with its errors but that of a suffix."""
    from iar.plots.calendar import CalendarPicture, plot_calendar

    if not coverage:
        raise InputError(f"no night is in {archive.url}: there is nothing to draw")
    picture = CalendarPicture(
        station=archive.station.name,
        channels=archive.channels,
        effort={c.night: c.effort for c in coverage},
        verdict={c.night: c.verdict for c in coverage if c.verdict is not None},
        complete=COMPLETE,
    )
    return lambda: plot_calendar(picture)


def span_picture(archive: Reader, first: dt.date, last: dt.date, path: Path, view: str = "night") -> int:
    """Draw the spacings of all nights from `first` to `last` to `path`; the suffix as for `night_picture`.

    With the view ``schumann`` it is the frequencies of Schumann resonances that are drawn.

    Returns
    -------
    How many of them have a verdict that can be read.

    Raises
    ------
    InputError
        If the suffix is another, or no night of them has a verdict.
    """
    check_picture_file(path)
    plot, judged = (resonance_span_plot if view == "schumann" else span_plot)(archive, first, last)
    draw(plot, path)
    return judged


def span_plot(archive: Reader, first: dt.date, last: dt.date) -> tuple[Plot, int]:
    """Read what `span_picture` draws, with what it returns and its errors but that of a suffix."""
    from iar.plots.span import SpanPicture, plot_span

    nights = night_range(first, last)
    judged = sealed_nights(archive, nights, "fringes")
    if not judged:
        raise InputError(f"no night from {first} to {last} has a verdict in {archive.url}: process them first")
    verdict, spacing_hz = {}, {}
    for night in judged:
        with suppress(DamagedArchiveError):  # it stays white; the doctor tells what is wrong
            verdict[night] = read_verdict(archive, night).name
            if verdict[night] == "fringes":
                (spacing_hz[night],) = archive.read_sealed(night, "fringes", "fringes/delta_f_hz")
    title = f"{archive.station.name}, spacing of fringes from {first} to {last}"
    picture = SpanPicture(title, nights, verdict, spacing_hz, archive.station.boundary_hour)
    return lambda: plot_span(picture), len(verdict)


def check_picture_file(path: Path) -> None:
    """Raise an InputError unless a picture can be written to `path`: looked at before any work."""
    check_out_file(path, SUFFIXES)


def read_night(archive: Reader, night: dt.date, look: Look, processing: Processing | None = None) -> NightPicture:
    """What is drawn of a night, read; a NightNotSealedError if it has no verdict yet."""
    station, view = archive.station, NightView(archive, night)
    verdict, bins = read_verdict(archive, night), sealed_bins(view, "probability")
    fringes = processing.fringes if processing else view.settings("fringes", FringeSettings)
    density, effort, quality = archive.read_sealed(
        night, "spectra", "spectra/density", "spectra/effort", "spectra/quality"
    )
    middle = slot_middles(night, station.boundary_hour)
    return NightPicture(
        night=night,
        station=station.name,
        channels=archive.channels,
        times=slot_times(night, station.boundary_hour),
        frequency_hz=archive.frequency_hz[:bins],
        density=density[..., :bins],
        effort=effort,
        clipped=quality & QUALITY_FLAGS["clipped"] > 0,
        constant=quality & QUALITY_FLAGS["constant"] > 0,
        dark=station_dark(station, night),
        sun_deg=sun_elevation_deg(middle, station.latitude_deg, station.longitude_deg),
        standing_hz=read_standing_lines(archive, night, fringes),
        spacing=read_spacing(archive, night),
        verdict=verdict,
        classical=_steps(archive, night, processing) if look.classical else None,
        limit=limit_words(read_limit_db(archive, night)),
    )


def _steps(archive: Reader, night: dt.date, processing: Processing | None) -> "ClassicalSteps":
    settings = (
        processing.classical if processing else NightView(archive, night).settings("classical", ClassicalSettings)
    )
    return classical_steps(archive, night, settings)


def _plot(picture: NightPicture, look: Look) -> "Figure":
    from iar.plots.classical import plot_steps
    from iar.plots.day import plot_day
    from iar.plots.night import plot_night
    from iar.plots.residual import plot_residual
    from iar.plots.ridges import plot_ridges

    if look.view == "steps":
        return plot_steps(picture, **look.width)
    if look.view == "ridges":
        return plot_ridges(picture, **look.width)
    plot = {"night": plot_night, "residual": plot_residual, "day": plot_day}[look.view]
    return plot(picture, over=look.overlays, **look.width)


def draw(plot: Plot, path: Path, *, describe: "Callable[[Figure], str] | None" = None) -> None:
    """Write the figure that `plot` makes to `path`: one at a time, since Matplotlib knows no threads.

    What `describe` says of it becomes the description in the file.
    """
    from iar.plots.paper import paper_style, resolution_dpi

    with _DRAWING, paper_style():
        figure = plot()
        dpi = resolution_dpi(figure, vector=path.suffix != ".png")
        said = {} if describe is None else {"Description": describe(figure)}
        figure.savefig(path, dpi=dpi, metadata=_NO_DATES[path.suffix] | said)

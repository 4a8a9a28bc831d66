"""Pictures of a night and of an archive, as files."""

import datetime as dt
from pathlib import Path

from iar.archive.store import Archive
from iar.errors import InputError
from iar.night import slot_times
from iar.stages.coverage import COMPLETE, NightCoverage
from iar.stages.fringes import read_spacing, read_verdict
from iar.stages.outfile import check_out_file
from iar.stages.station import station_dark

SUFFIXES = (".png", ".svg", ".pdf")


def night_picture(archive: Archive, night: dt.date, path: Path) -> None:
    """Draw `night` to `path`, PNG, SVG or PDF by its suffix.

    Raises
    ------
    InputError
        If the suffix is another, or the night has no verdict yet.
    """
    from iar.plots.night import NightPicture, plot_night  # Matplotlib is slow to import

    check_out_file(path, SUFFIXES)
    density, effort = archive.read_sealed(night, "spectra", "spectra/density", "spectra/effort")
    picture = NightPicture(
        night=night,
        station=archive.station.name,
        channels=archive.channels,
        times=slot_times(night, archive.station.boundary_hour),
        frequency_hz=archive.frequency_hz,
        density=density,
        effort=effort,
        dark=station_dark(archive.station, night),
        spacing=read_spacing(archive, night),
        verdict=read_verdict(archive, night),
    )
    plot_night(picture).savefig(path, dpi=150)


def calendar_picture(archive: Archive, coverage: list[NightCoverage], path: Path) -> None:
    """Draw the calendar of an archive to `path`; the suffix as for `night_picture`.

    Raises
    ------
    InputError
        If the suffix is another, or no night is there.
    """
    from iar.plots.calendar import CalendarPicture, plot_calendar

    check_out_file(path, SUFFIXES)
    if not coverage:
        raise InputError(f"no night is in {archive.url}: there is nothing to draw")
    picture = CalendarPicture(
        station=archive.station.name,
        channels=archive.channels,
        effort={c.night: c.effort for c in coverage},
        verdict={c.night: c.verdict for c in coverage if c.verdict is not None},
        complete=COMPLETE,
    )
    plot_calendar(picture).savefig(path, dpi=150)

"""The picture that a person judges a night by, as a file."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

from iar.archive.reader import Reader
from iar.fringes.spacing import no_spacing
from iar.results.picture import AS_EVER, check_picture_file, draw, read_night


def judging_picture(archive: Reader, night: dt.date, path: Path, *, lines: bool) -> None:
    """Draw what a person judges `night` by to `path`; the network's lines, and standing ones, only if asked for.

    Raises
    ------
    InputError, NightNotSealedError
        As of `iar.results.picture.night_picture`.
    """
    from iar.plots.judging import plot_judging

    check_picture_file(path)
    read = read_night(archive, night, AS_EVER)
    picture = read if lines else replace(read, standing_hz={}, spacing=no_spacing(len(read.times)), verdict=None)
    draw(lambda: plot_judging(picture, over=("fringes",) if lines else ()), path)

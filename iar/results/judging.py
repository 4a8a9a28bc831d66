"""The picture that a person judges a night by, as a file."""

import datetime as dt
from pathlib import Path

from iar.archive.reader import Reader
from iar.results.picture import AS_EVER, check_picture_file, draw, read_night


def judging_picture(archive: Reader, night: dt.date, path: Path, *, lines: bool) -> None:
    """Draw what a person judges `night` by to `path`; the network's lines, and standing ones, only if asked for.

    Raises
    ------
    InputError, NightNotSealedError
        As of `iar.results.picture.night_picture`.
    """
    from iar.plots.judging import blinded, plot_judging

    check_picture_file(path)
    read = read_night(archive, night, AS_EVER)
    draw(lambda: plot_judging(read, over=("fringes",)) if lines else plot_judging(blinded(read)), path)

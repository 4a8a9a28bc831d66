"""The picture that a person judges a night by, as a file that says where its panels lie; and the lines over it."""

import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from iar.archive.reader import Reader
from iar.night import slot_middles
from iar.results.picture import AS_EVER, check_picture_file, draw, read_night
from iar.stages.fringes import read_spacing


def judging_picture(archive: Reader, night: dt.date, path: Path, *, lines: bool) -> None:
    """Draw what a person judges `night` by to `path`; the network's lines, and standing ones, only if asked for.

    Raises
    ------
    InputError, NightNotSealedError
        As of `iar.results.picture.night_picture`.
    """
    from iar.plots.judging import blinded, panel_places, plot_judging

    check_picture_file(path)
    read = read_night(archive, night, AS_EVER)
    shown, over = (read, ("fringes",)) if lines else (blinded(read), ())
    draw(lambda: plot_judging(shown, over=over), path, describe=lambda figure: json.dumps(panel_places(figure, shown)))


def described_places(picture: bytes) -> dict[str, Any]:
    """What the PNG of a night says of its panels, see `iar.plots.judging.panel_places`."""
    with Image.open(io.BytesIO(picture)) as image:
        places: dict[str, Any] = json.loads(image.info["Description"])
    return places


def track_pieces(archive: Reader, night: dt.date) -> dict[int, list[list[tuple[float, float]]]]:
    """The network's lines of a night by the number of the harmonic: pieces without a gap, of hours and Hz.

    Hours are those after 0 h UTC of the night's date.
    """
    middle = slot_middles(night, archive.station.boundary_hour)
    hours = (middle - np.datetime64(night)) / np.timedelta64(1, "h")
    pieces = {n: _pieces(hours, track) for n, track in enumerate(read_spacing(archive, night).frequency_hz.T, start=1)}
    return {n: found for n, found in pieces.items() if found}


def _pieces(hours: npt.NDArray[np.float64], hz: npt.NDArray[np.floating]) -> list[list[tuple[float, float]]]:
    there = np.flatnonzero(np.isfinite(hz))
    runs = np.split(there, np.flatnonzero(np.diff(there) > 1) + 1)
    return [[(round(float(hours[i]), 3), round(float(hz[i]), 3)) for i in run] for run in runs if len(run) > 1]

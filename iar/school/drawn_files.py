"""Fringes that a person drew over a night: a picture, or lines of frequency over time.

A picture has the form of the dissertation's: frequency from 0.5 Hz at the left to 6.3 Hz at the right, time from 18:00
UTC at the bottom to 06:00 at the top, fringes light on dark. It calls their size 701x1101 without saying which is
which; its uncropped ones, 1417x1802, fit 24 h and 10 Hz if 701 pixels are time (12 h * 1417 / 701 = 24.3 h) and 1101
frequency (0.5 + 5.8 Hz * 1802 / 1101 = 10.0 Hz). Either way round can be read: the axes are the same.

Lines are CSV with the header ``time,line,frequency_hz``: a point of a line each, time as ``2014-01-10T18:05:00``, UTC.
"""

import datetime as dt
import math
import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from iar.errors import InputError
from iar.night import parse_night
from iar.records.table import Row, read_table

SIZES = ((1101, 701), (701, 1101))
"""Width and height of a picture."""
PICTURES = (".png", ".jpg", ".jpeg")
LINES = (".csv",)
COLUMNS = ("time", "line", "frequency_hz")
HALF = 128
"""Brightness from which a pixel is drawn; where none is brighter than 1, as in the dissertation's, 1 is."""
_DAMAGED = (
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)  # a header that says a thousand times the size
_DATE = re.compile(r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)")


@dataclass(frozen=True)
class DrawnLine:
    """A line through points: `time` datetime64[ms], UTC, rising; `frequency_hz`, Hz; both of shape (point,)."""

    name: str
    time: npt.NDArray[np.datetime64]
    frequency_hz: npt.NDArray[np.float64]


def find_drawn(folder: Path) -> dict[dt.date, Path]:
    """Files of drawn fringes in `folder`, by the night that is in their name, in the order of nights.

    Raises
    ------
    InputError
        If there is no such folder or none of these files in it, if a name holds no date, or two files hold one night.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder of drawn masks")
    found: dict[dt.date, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in PICTURES + LINES:
            night = drawn_night(path)
            if night in found:
                raise InputError(f"{path}: night {night} is drawn in {found[night].name}, too")
            found[night] = path
    if not found:
        raise InputError(f"{folder} holds no drawn mask: no file {', '.join('*' + end for end in PICTURES + LINES)}")
    return dict(sorted(found.items()))


def drawn_night(path: Path) -> dt.date:
    """Night of a file of drawn fringes; an InputError unless its name holds one date, YYYY-MM-DD."""
    dates = _DATE.findall(path.stem)
    if len(dates) != 1:
        raise InputError(f"{path}: its name has to hold one date, YYYY-MM-DD, that of its night")
    try:
        return parse_night(dates[0])
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def read_drawn_picture(path: Path) -> npt.NDArray[np.bool_]:
    """Drawn pixels: bool, shape (time, frequency), both rising.

    Raises
    ------
    InputError
        If it cannot be read as a picture, has another size, or has no drawn pixel, or more drawn ones than others.
    """
    try:
        with (
            warnings.catch_warnings(action="error", category=Image.DecompressionBombWarning),
            Image.open(path) as image,
        ):
            if image.size not in SIZES:
                (one, other), size = SIZES[0], f"{image.size[0]} wide and {image.size[1]} high"
                raise InputError(f"{path} is {size}, in pixels: expected {one} and {other}, or {other} and {one}")
            bright = np.asarray(image.convert("RGB")).max(axis=-1)  # whatever colour it is drawn in
    except (*_DAMAGED, OSError, SyntaxError, ValueError) as error:  # Pillow's, of a file that is damaged
        raise error if isinstance(error, InputError) else InputError(f"{path} is no picture: {error}") from None
    drawn = bright >= (HALF if bright.max() > 1 else 1)
    if not drawn.any():
        raise InputError(f"{path} has no drawn pixel: fringes are light on dark")
    if drawn.mean() > 0.5:
        raise InputError(f"{path}: {drawn.mean():.0%} of its pixels are drawn: fringes are light on dark")
    return np.ascontiguousarray(drawn[::-1])


def read_drawn_lines(path: Path) -> list[DrawnLine]:
    """Lines of the CSV at `path`, in the order of their first points.

    Raises
    ------
    InputError
        If the table cannot be read, see `iar.records.table.read_table`; if a time or frequency is none, the time of a
        line does not rise, or a line has a single point: it says in which line of the file.
    """
    points: dict[str, list[tuple[np.datetime64, float]]] = {}
    for row in read_table(path, COLUMNS):
        time, hz = _time(row), _frequency(row)
        name = row.fields["line"]
        line = points.setdefault(name, [])
        if line and time <= line[-1][0]:
            raise InputError(f"{row.where}: time {row.fields['time']} of line {name} is not after the one before")
        line.append((time, hz))
    for name, line in points.items():
        if len(line) < 2:
            raise InputError(f"{path}: line {name} has a single point")
    return [
        DrawnLine(name, np.array([time for time, _ in line]), np.array([hz for _, hz in line]))
        for name, line in points.items()
    ]


def _time(row: Row) -> np.datetime64:
    try:
        time = dt.datetime.fromisoformat(row.fields["time"])
        if time.tzinfo is not None:
            time = time.astimezone(dt.UTC).replace(tzinfo=None)
    except (OverflowError, ValueError):  # the first also of a time of another zone at the end of the year 9999
        raise InputError(
            f"{row.where}: time {row.fields['time']!r} is none: expected UTC, such as 2014-01-10T18:05:00"
        ) from None
    return np.datetime64(time, "ms")


def _frequency(row: Row) -> float:
    try:
        hz = float(row.fields["frequency_hz"])
    except ValueError:
        hz = math.nan
    if not math.isfinite(hz):
        raise InputError(f"{row.where}: frequency_hz {row.fields['frequency_hz']!r} is no number")
    return hz

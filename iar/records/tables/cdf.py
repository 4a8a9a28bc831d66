"""Variables of a CDF file, through `cdflib`; each has its times in the variable that DEPEND_0 names (ISTP)."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from iar.errors import reading_whole
from iar.records.series import Series, check_year, evenly, stretches_of
from iar.records.tables.arrays import row_of, with_gaps
from iar.settings.cdf import open_cdf
from iar.settings.table import CdfTable, NameStart


def read_cdf(content: bytes, table: CdfTable, *, start_ns: int | None, rate_hz: float) -> list[Series]:
    """Samples of the coils in a CDF file; `start_ns` is the time in its name, if it has one there.

    Raises
    ------
    InputError
        If cdflib is not installed.
    ValueError
        If it is damaged, or a variable that the table names is not there, or not what it should be.
    """
    found = []
    with _opened(content) as file:
        array = cache(partial(_variable, file))  # both coils are mostly in one variable, and have one clock
        times = cache(partial(_times, file))
        for channel, name in enumerate(table.channels):
            if name is None:
                continue
            variable = name.partition("[")[0]
            samples = row_of(array(variable), name)
            attributes = file.varattsget(variable)
            fill = attributes.get("FILLVAL")
            gone = [float(one) for one in np.ravel(fill) if _is_number(one)] if fill is not None else []
            samples = with_gaps(samples, [*table.missing, *gone])
            if isinstance(table.start, NameStart):
                stretches = evenly(start_ns or 0, len(samples), rate_hz)
            else:
                stretches = stretches_of(times(_clock(variable, attributes), len(samples)), rate_hz)
            found.append(Series(channel, rate_hz, samples, stretches, name))
    return found


@contextmanager
def _opened(content: bytes) -> Iterator[Any]:
    """The file; what the library raises over a damaged one is a ValueError."""
    with tempfile.NamedTemporaryFile(suffix=".cdf") as file:  # cdflib opens names only
        file.write(content)
        file.flush()
        with reading_whole("CDF"):
            yield open_cdf(Path(file.name))


def _variable(file: Any, name: str) -> Any:
    info = file.cdf_info()
    there = [*info.rVariables, *info.zVariables]
    if name not in there:
        raise ValueError(f"{name} is not in it: there are {', '.join(there[:8]) or 'none'}")
    return file.varget(name)


def _clock(variable: str, attributes: Any) -> str:
    """Variable that holds the times of another."""
    name = attributes.get("DEPEND_0")
    if not isinstance(name, str):
        raise ValueError(f"{variable} has no attribute DEPEND_0, which names its times")  # noqa: TRY004 - of a file
    return name


def _times(file: Any, name: str, samples: int) -> npt.NDArray[np.int64]:
    from cdflib import cdfepoch

    epochs = np.ravel(_variable(file, name))
    if len(epochs) != samples:
        raise ValueError(f"{name} has {len(epochs)} times of {samples} samples")
    times = np.asarray(cdfepoch.to_datetime(epochs))
    if np.isnat(times).any():
        place = int(np.flatnonzero(np.isnat(times))[0])
        raise ValueError(f"{name}: time {place + 1} of {samples} is none")
    ns = times.astype("datetime64[ns]").astype(np.int64)
    for end in (ns.min(), ns.max()):
        check_year(int(end))
    return ns


def _is_number(value: Any) -> bool:
    return np.asarray(value).dtype.kind in "iuf" and bool(np.isfinite(value))

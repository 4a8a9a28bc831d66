"""Arrays of HDF5, NetCDF and MATLAB files, by their names."""

import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from iar.errors import first_line
from iar.records.record import same_rate
from iar.records.series import Series, check_rate, evenly, stretches_of
from iar.records.tables.mat import list_variables
from iar.records.tables.times import times_of_numbers, times_of_texts
from iar.settings.table import ArrayTable, ArrayTimes, ValueStart

HDF5_AFTER = 512
"""Bytes of MATLAB's own header before an HDF5 file of version 7.3."""
Get = Callable[[str], Any]
"""What an array, or an attribute behind @, holds; a ValueError if it is not there."""
_ROW = re.compile(r"(?P<name>.+)\[(?P<row>\d+)\]")


def read_arrays(content: bytes, table: ArrayTable, *, start_ns: int | None, rate_hz: float) -> list[Series]:
    """Samples of the coils in a file of arrays; `start_ns` is the time in its name, if it has one.

    Raises
    ------
    ValueError
        If it is damaged, or something that the table names is not there, or not what it should be.
    """
    with _opened(content, table.kind) as get:
        if table.rate is not None:
            rate_hz = _rate(get, table.rate, rate_hz)
        found = []
        for channel, name in enumerate(table.channels):
            if name is None:
                continue
            samples = with_gaps(_row(get, name), table.missing)
            if isinstance(table.start, ArrayTimes):
                stretches = stretches_of(_times(get, table.start, len(samples)), rate_hz)
            else:
                first = _first(get, table.start) if isinstance(table.start, ValueStart) else start_ns
                stretches = evenly(first or 0, len(samples), rate_hz)
            found.append(Series(channel, rate_hz, samples, stretches, name))
        return found


@contextmanager
def _opened(content: bytes, kind: str) -> Iterator[Get]:
    """Access to arrays by name; what the library raises over a damaged file is a ValueError."""
    opening = {"hdf5": _open_hdf5, "netcdf": _open_hdf5, "mat": _open_mat}[kind]
    if kind == "netcdf" and content[:3] == b"CDF":
        opening = _open_netcdf3
    try:
        with opening(content) as get:
            yield get
    except ValueError:
        raise
    except Exception as error:  # noqa: BLE001 - over a damaged file the libraries raise whatever comes
        raise ValueError(f"no whole {kind} file: {first_line(error)}") from None


@contextmanager
def _open_hdf5(content: bytes) -> Iterator[Get]:
    import h5py

    with h5py.File(io.BytesIO(content), "r") as file:

        def get(place: str) -> Any:
            """What stands at a place of the file: an array, or after @ an attribute."""
            name, _, attribute = place.partition("@")
            node = file[name] if name and name in file else file if not name else None
            if node is None:
                raise _nothing(name, list(file))
            if not attribute:
                return node[()]
            if attribute not in node.attrs:
                raise _nothing(place, [f"{name}@{one}" for one in node.attrs])
            return node.attrs[attribute]

        yield get


@contextmanager
def _open_netcdf3(content: bytes) -> Iterator[Get]:
    from scipy.io import netcdf_file

    opened: Any = netcdf_file
    with opened(io.BytesIO(content), "r", mmap=False) as file:

        def get(place: str) -> Any:
            """What stands at a place of the file: an array, or after @ an attribute."""
            name, _, attribute = place.partition("@")
            name = name.removeprefix("/")
            if name and name not in file.variables:
                raise _nothing(name, list(file.variables))
            node = file.variables[name] if name else file
            if not attribute:
                return node[:].copy() if node.shape else node.getValue()
            if not hasattr(node, attribute):
                raise _nothing(place, sorted(getattr(node, "_attributes", {})))
            return getattr(node, attribute)

        yield get


@contextmanager
def _open_mat(content: bytes) -> Iterator[Get]:
    if content[HDF5_AFTER : HDF5_AFTER + 8] == b"\x89HDF\r\n\x1a\n":  # version 7.3
        with _open_hdf5(content) as get_hdf5:
            yield partial(_get_letters, get_hdf5)
        return
    variables = list_variables(content)

    def get(place: str) -> Any:
        """The variable of that name."""
        if place.removeprefix("/") not in variables:
            raise _nothing(place, list(variables))
        return variables[place.removeprefix("/")]()

    yield get


def _get_letters(get: Get, place: str) -> Any:
    """What stands at a place of a MATLAB file of version 7.3; of letters, which lie there as numbers, the texts."""
    values = get(place)
    try:
        kind = get(f"{place}@MATLAB_class")
    except ValueError:
        return values
    if _text(kind) != "char":
        return values
    return np.array(["".join(map(chr, row)) for row in np.atleast_2d(values).T])


def _nothing(place: str, there: Sequence[str]) -> ValueError:
    return ValueError(f"{place} is not in it: there are {', '.join(map(str, there[:8])) or 'none'}")


def _row(get: Get, name: str) -> npt.NDArray[Any]:
    match = _ROW.fullmatch(name)
    return row_of(get(match["name"] if match else name), name)


def row_of(values: Any, name: str) -> npt.NDArray[Any]:
    """Samples of an array, shape (sample,): all of it, or the row of the longer side that `name` says, as in b[0].

    Raises
    ------
    ValueError
        If they are no numbers, or the array has another shape.
    """
    match, array = _ROW.fullmatch(name), np.asarray(values)
    if array.dtype.kind not in "iuf":
        raise ValueError(f"{name} holds {array.dtype}: expected numbers")
    squeezed = np.squeeze(array)
    if match is None:
        if squeezed.ndim != 1:
            raise ValueError(f"{name} has the shape {array.shape}: expected one row, or which: {name}[0]")
        return squeezed
    rows = squeezed if squeezed.ndim == 2 and squeezed.shape[0] < squeezed.shape[1] else squeezed.T
    if rows.ndim != 2 or int(match["row"]) >= len(rows):
        raise ValueError(f"{name}: the array has the shape {array.shape}")
    return np.asarray(rows[int(match["row"])])


def with_gaps(samples: npt.NDArray[Any], missing: Sequence[float]) -> npt.NDArray[Any]:
    """Samples, NaN where they are the number that stands for a missing one."""
    gone = np.isin(samples, np.array(missing, dtype=np.float64)) if missing else np.zeros(len(samples), bool)
    return np.where(gone, np.nan, samples) if gone.any() else samples


def _rate(get: Get, place: str, rate_hz: float) -> float:
    """Rate that a file tells: the station's, where it is that but for how it is written."""
    value = float(_number(get(place), place))
    check_rate(value)
    return rate_hz if same_rate(value, rate_hz) else value


def _times(get: Get, start: ArrayTimes, samples: int) -> npt.NDArray[np.int64]:
    times = _row(get, start.of) if start.form in {"since", "unix", "matlab"} else np.ravel(get(start.of))
    if len(times) != samples:
        raise ValueError(f"{start.of} has {len(times)} times of {samples} samples")
    if start.form in {"since", "unix", "matlab"}:
        units = _text(get(f"{start.of}@units")) if start.form == "since" else ""
        return times_of_numbers(times, start.form, units)
    return times_of_texts([_text(one) for one in times], start.form)


def _first(get: Get, start: ValueStart) -> int:
    value = get(start.of)
    if start.form == "since":
        return int(times_of_numbers(np.ravel(_number(value, start.of)), "since", _text(get(f"{start.of}@units")))[0])
    if start.form in {"unix", "matlab"}:
        return int(times_of_numbers(np.ravel(_number(value, start.of)), start.form)[0])
    return int(times_of_texts([_text(value)], start.form)[0])


def _number(value: Any, place: str) -> Any:
    array = np.asarray(value)
    if array.size != 1 or array.dtype.kind not in "iuf":
        raise ValueError(f"{place} is {str(value)[:40]}: expected a number")
    return array.reshape(-1)[0]


def _text(value: Any) -> str:
    one = np.asarray(value).reshape(-1)[0] if np.asarray(value).size == 1 else value
    return (one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one)).strip("\0 ")

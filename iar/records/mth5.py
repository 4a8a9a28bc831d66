"""MTH5 of magnetotelluric surveys: HDF5 in which each run of each channel is an array with its rate, start and unit.

The arrays lie below ``Survey/Stations/<station>/<run>/`` (version 0.1) or
``Experiment/Surveys/<survey>/Stations/<station>/<run>/`` (0.2); Peacock et al. 2022, doi:10.1016/j.cageo.2022.105102.
Runs at other rates than the station's are left aside. The filters of the file are not read: what they say belongs into
the station's response.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np

from iar.errors import first_line
from iar.night import channel_of
from iar.records.record import Expectation, OtherStreamError, RecordFile, Source, same_rate
from iar.records.series import Series, evenly, series_records
from iar.records.tables.times import times_of_texts

COILS = {"hx": 0, "bx": 0, "hy": 1, "by": 1}
UNITS = {
    "nanotesla": "nT", "picotesla": "pT", "volt": "V", "millivolt": "mV", "microvolt": "uV", "count": "counts",
    "digital counts": "counts", "digital count": "counts", "counts": "counts", "nt": "nT", "pt": "pT", "v": "V",
    "mv": "mV", "uv": "uV", "volts": "V", "millivolts": "mV", "microvolts": "uV",
}  # fmt: skip
_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_ENDS = (".h5", ".mth5", ".hdf5")


@dataclass(frozen=True)
class _Run:
    """A run of a channel: where its array lies, and what that says of itself."""

    stream: str
    place: str
    rate_hz: float
    start_ns: int
    unit: str


def recognise(source: Source, expected: Expectation) -> Sequence[RecordFile]:
    """Records of both coils, of all runs at the station's rate; none for a file that is no MTH5.

    A stream is survey, station, nothing, and component, such as ``.mt001..hx``; by default hx and hy, or bx and by.

    Raises
    ------
    OtherStreamError
        If no run is of a coil at the station's rate.
    ValueError
        If it is damaged, holds several stations of which `streams` name none, or tells another unit than the station's.
    """
    if not source.name.lower().endswith(_ENDS):
        return ()
    content = source.read()
    if not content.startswith(_SIGNATURE) or b"MTH5" not in content:
        return ()
    parse = partial(_parse, rate_hz=expected.rate_hz, streams=expected.streams, unit=expected.unit)
    return series_records(source, parse, expected)


@lru_cache(maxsize=1)
def _parse(content: bytes, *, rate_hz: float, streams: tuple[str, str] | None, unit: str) -> list[Series]:
    import h5py

    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            chosen = _chosen(list(_runs(file)), rate_hz, streams)
            return [_series(file, channel, runs, rate_hz, unit) for channel, runs in sorted(chosen.items())]
    except ValueError:
        raise
    except Exception as error:  # noqa: BLE001 - over a damaged file HDF5 raises whatever comes
        raise ValueError(f"no whole MTH5 file: {first_line(error)}") from None


def _runs(file: Any) -> Iterator[_Run]:
    """Runs of all channels of a file, in the order of their places."""
    places: list[str] = []
    file.visit(places.append)
    for place in sorted(places):
        parts = place.split("/")
        attributes = file[place].attrs if len(parts) > 3 and parts[-4] == "Stations" else {}
        if "sample_rate" in attributes and "time_period.start" in attributes and getattr(file[place], "ndim", 0) == 1:
            survey = parts[-5] if len(parts) > 5 else ""
            component = str(attributes.get("component", parts[-1])).lower()
            rate = float(np.ravel(attributes["sample_rate"])[0])
            (start_ns,) = times_of_texts([_text(attributes["time_period.start"])], "iso")
            stream = ".".join((survey, parts[-3], "", component))
            yield _Run(stream, place, rate, int(start_ns), _text(attributes.get("units", "")))


def _chosen(runs: list[_Run], rate_hz: float, streams: tuple[str, str] | None) -> dict[int, list[_Run]]:
    """Runs of each coil at the station's rate."""
    of_coils: dict[int, list[_Run]] = {}
    for run in runs:
        channel = _channel(run.stream, streams)
        if channel is not None:
            of_coils.setdefault(channel, []).append(run)
    if not of_coils:
        wanted = " or ".join(streams or ("hx", "hy"))
        there = ", ".join(sorted({run.stream for run in runs})[:8])
        raise OtherStreamError(f"no stream of the coils ({wanted}): {there or 'none'}")
    at_rate = {c: [run for run in runs if same_rate(run.rate_hz, rate_hz)] for c, runs in of_coils.items()}
    chosen = {channel: runs for channel, runs in at_rate.items() if runs}
    if not chosen:
        rates = ", ".join(f"{one:g}" for one in sorted({run.rate_hz for runs in of_coils.values() for run in runs}))
        raise OtherStreamError(f"its runs are at {rates} Hz, the station's rate_hz is {rate_hz:g}")
    for channel, of_coil in chosen.items():
        names = sorted({run.stream for run in of_coil})
        if len(names) > 1:
            raise ValueError(f"it holds {', '.join(names[:8])}: which is coil {channel + 1}? Name it in streams")
    return chosen


def _channel(stream: str, streams: tuple[str, str] | None) -> int | None:
    if streams is None:
        return COILS.get(stream.rsplit(".", 1)[-1])
    return channel_of(stream, streams)


def _series(file: Any, channel: int, runs: list[_Run], rate_hz: float, unit: str) -> Series:
    for run in runs:
        own = UNITS.get(run.unit.lower(), unit)
        if own != unit:
            raise ValueError(f"{run.place} is in {run.unit}, the station's unit is {unit}: set unit: {own}")
    arrays = [np.asarray(file[run.place][()]) for run in runs]
    stretches = [
        one for run, array in zip(runs, arrays, strict=True) for one in evenly(run.start_ns, len(array), rate_hz)
    ]
    return Series(channel, rate_hz, np.concatenate(arrays), tuple(stretches), runs[0].stream)


def _text(value: Any) -> str:
    one = np.ravel(value)[0] if np.size(value) else ""
    return one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one)

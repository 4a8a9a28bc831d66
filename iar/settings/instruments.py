"""Responses of instruments as seismologists keep them: StationXML and RESP, and poles and zeros of SAC, through ObsPy.

What ObsPy computes of all stages of StationXML and RESP, filters of the digitiser among them, becomes a table; poles
and zeros of SAC stay what they are.
"""

import datetime as dt
import glob
import io
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from iar.errors import InputError, first_line, reading_whole
from iar.night import YEARS, channel_of

PER_NT = {"T": 1e-9, "TESLA": 1e-9, "NT": 1.0, "PT": 1e3}
"""What is multiplied to a sensitivity per unit of the magnetic field to get one per nT."""
LOWEST_HZ = 0.01
POINTS = 200
"""Rows of a table from 0.01 Hz to half the rate: between them a coil that rises as f is right within 0.02 %."""
HIGHEST_SHARE = 0.495
"""Share of the rate at which a table ends; above that filters of digitisers leave nothing."""
_ROOT_DIGITS = 3
"""Of the number of poles or zeros that a file of SAC announces."""


@dataclass(frozen=True)
class Asked:
    """What a station says that decides how a response is read.

    `volts_per_count` is what a count is worth where a file speaks of counts only; `unit` that of the field where a file
    does not say it.
    """

    channels: tuple[str, ...]
    streams: tuple[str, ...] | None
    boundary_hour: int
    volts_per_count: float
    unit: str

    def channel(self, stream: str) -> str | None:
        """Coil of a stream, by the station's patterns or by the direction that its last letter tells."""
        place = channel_of(stream, self.streams)
        return None if place is None else self.channels[place]


@dataclass(frozen=True)
class Row:
    """What a file says of one stream, from one time to another, UTC."""

    stream: str
    channel: str | None
    nights: tuple[dt.date | None, dt.date | None]
    volts_per_count: float | None
    response: dict[str, Any]

    def of(self, channel: str) -> "Row":
        """Row of the coil that it is of."""
        return replace(self, channel=channel)

    def as_fields(self) -> dict[str, Any]:
        """Row as fields of a calibration."""
        first, last = (None if night is None else night.isoformat() for night in self.nights)
        described = {
            "channel": self.channel, "from_night": first, "to_night": last,
            "volts_per_count": self.volts_per_count, "response": self.response,
        }  # fmt: skip
        return {name: value for name, value in described.items() if value is not None}


def night_bounds(
    start: dt.datetime | None, end: dt.datetime | None, boundary_hour: int
) -> tuple[dt.date | None, dt.date | None]:
    """First and last night whose middle lies in an epoch from `start` to `end`, UTC; None where that is open.

    A coil that is exchanged within a night is, for that night, the one that was there at its middle.

    >>> night_bounds(dt.datetime(2014, 1, 10, 23), dt.datetime(2014, 1, 20), 12)
    (datetime.date(2014, 1, 10), datetime.date(2014, 1, 18))
    """
    before_middle, day = dt.timedelta(hours=boundary_hour + 12), dt.timedelta(days=1)
    first = last = None
    if start is not None and start.year >= YEARS[0]:
        first = (start - before_middle + day - dt.timedelta(microseconds=1)).date()
    if end is not None and end.year <= YEARS[1]:
        last = (end - before_middle - dt.timedelta(microseconds=1)).date()
    return first, last


def read_inventory_rows(path: Path, asked: Asked) -> list[Row] | None:
    """Rows of a StationXML or RESP file, one for each channel and epoch; None if ObsPy reads nothing there.

    Raises
    ------
    InputError
        If ObsPy is not installed.
    ValueError
        If a channel that may be a coil's has no response to a magnetic field.
    """
    obspy = _obspy(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of fields beside the response
        try:
            inventory = obspy.read_inventory(glob.escape(str(path)))  # a name is none of a pattern's
        except Exception:  # noqa: BLE001 - ObsPy raises whatever its parsers do
            return None
        with reading_whole("response"):  # ObsPy gives lists for what stands twice
            return list(_inventory_rows(inventory, asked))


def _inventory_rows(inventory: Any, asked: Asked) -> Iterator[Row]:
    for network in inventory:
        for station in network:
            for channel in station:
                stream = f"{network.code}.{station.code}.{channel.location_code}.{channel.code}"
                start, end = (None if at is None else at.datetime for at in (channel.start_date, channel.end_date))
                nights = night_bounds(start, end, asked.boundary_hour)
                if asked.channel(stream) is None and len(station) > 1:
                    yield Row(stream, None, nights, asked.volts_per_count, {})  # another sensor's: only to be named
                    continue
                volts_per_count, response = _stages(stream, channel, asked)
                yield Row(stream, asked.channel(stream), nights, volts_per_count, response)


def _stages(stream: str, channel: Any, asked: Asked) -> tuple[float, dict[str, Any]]:
    """V per count, and the response in V/nT, of all stages of a channel together."""
    whole = channel.response
    if whole is None or not (whole.response_stages or whole.instrument_sensitivity):
        raise ValueError(f"{stream} has no response")
    stages = whole.response_stages
    unit = stages[0].input_units if stages else whole.instrument_sensitivity.input_units
    counts_per_nt = _per_nt(stream, asked.unit or unit or "")
    digitisers = [one for one in stages if (one.input_units or "").upper() == "V" and _counts(one.output_units)]
    volts_per_count = asked.volts_per_count
    if digitisers and digitisers[0].stage_gain:
        volts_per_count = 1 / _number(stream, digitisers[0].stage_gain)
    if not stages:
        flat = abs(_number(stream, whole.instrument_sensitivity.value)) * counts_per_nt * volts_per_count
        return volts_per_count, {"kind": "flat", "volts_per_nt": flat}
    frequency_hz = np.geomspace(LOWEST_HZ, HIGHEST_SHARE * (channel.sample_rate or 100.0), POINTS)
    try:
        found = whole.get_evalresp_response_for_frequencies(frequency_hz, output="DEF")
    except Exception as error:  # noqa: BLE001 - evalresp's own are of many kinds
        raise ValueError(f"the response of {stream} cannot be computed: {first_line(error)}") from None
    return volts_per_count, as_table(stream, frequency_hz, found * counts_per_nt * volts_per_count)


def _number(stream: str, gain: Any) -> float:
    """A gain as ObsPy tells it; a ValueError if it is none, as where a RESP file says it twice."""
    if not isinstance(gain, int | float):
        raise ValueError(f"the response of {stream} has a gain of {gain}: expected a number")  # noqa: TRY004 - a file's
    return gain


def as_table(stream: str, frequency_hz: Any, response: Any) -> dict[str, Any]:
    """Fields of a table of a response, complex, V/nT; a ValueError if it is no number somewhere."""
    there = np.abs(response) > 0
    if not (np.isfinite(response).all() and np.count_nonzero(there) > 1):
        raise ValueError(f"the response of {stream} is no number at some frequencies")
    columns = {
        "frequency_hz": frequency_hz[there],
        "volts_per_nt": np.abs(response[there]),
        "phase_deg": np.angle(response[there], deg=True),
    }
    return {"kind": "table", **{name: [float(f"{v:.7g}") for v in values] for name, values in columns.items()}}


def _per_nt(stream: str, unit: str) -> float:
    factor = PER_NT.get(unit.strip().upper())
    if factor is None:
        said = f"is to {unit}" if unit else "does not say to which unit of the field it is: give unit beside the file"
        raise ValueError(f"the response of {stream} {said}; expected T, nT or pT")
    return factor


def _counts(unit: str | None) -> bool:
    return (unit or "").upper() in {"COUNT", "COUNTS"}


def read_sac_rows(path: Path, asked: Asked) -> list[Row] | None:
    """Rows of a SAC file of poles and zeros, one for each block that ends with its CONSTANT; None for another file.

    The comments above a block say its stream, its epoch and its units, as those of EarthScope and ObsPy do.

    Raises
    ------
    InputError
        If ObsPy is not installed.
    ValueError
        If a block cannot be read, or nothing says that it is of a magnetic field.
    """
    text = path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")
    ends = [constant.end() for constant in re.finditer(r"(?m)^CONSTANT[ \t]+\S+", text)]
    if not ends or not re.search(r"(?m)^(ZEROS|POLES)\b", text):
        return None
    _obspy(path)
    return [_sac_row(text[begin:end], asked) for begin, end in pairwise([0, *ends])]


def _sac_row(block: str, asked: Asked) -> Row:
    from obspy import Trace
    from obspy.io.sac.sacpz import attach_paz

    comments = (line[1:].partition(":") for line in block.split("\n") if line.startswith("*"))
    said = {name.partition("(")[0].strip().upper(): value.strip() for name, colon, value in comments if colon}
    stream = ".".join(said.get(name, "").strip("-") for name in ("NETWORK", "STATION", "LOCATION", "CHANNEL"))
    _check_roots(block)
    trace = Trace()
    try:
        attach_paz(trace, io.StringIO(block))
    except Exception as error:  # noqa: BLE001 - it fails over lines as Python does
        raise ValueError(f"poles and zeros of {stream} cannot be read: {first_line(error)}") from None
    paz = trace.stats.paz
    per_nt = paz.gain * _per_nt(stream, asked.unit or said.get("INPUT UNIT", ""))
    volts = per_nt if said.get("OUTPUT UNIT", "").upper() in {"V", "VOLT", "VOLTS"} else per_nt * asked.volts_per_count
    zeros, poles = ([[float(root.real), float(root.imag)] for root in roots] for roots in (paz.zeros, paz.poles))
    at = 2j * np.pi  # of 1 Hz, at which the station's file says the sensitivity
    with np.errstate(all="ignore"):  # what is no number the station's own check refuses
        size = abs(np.prod(at - np.array(paz.zeros)) / np.prod(at - np.array(paz.poles)))
    response = {
        "kind": "poles-zeros",
        "zeros": zeros,
        "poles": poles,
        "volts_per_nt": float(volts * size),
        "at_hz": 1.0,
    }
    nights = night_bounds(_time(said.get("START", "")), _time(said.get("END", "")), asked.boundary_hour)
    return Row(stream, asked.channel(stream), nights, asked.volts_per_count, response)


def _check_roots(block: str) -> None:
    """Raise a ValueError if a block announces more poles or zeros than a coil has: ObsPy makes as many."""
    for line in block.split("\n"):
        kind, number, *_ = *line.split(maxsplit=2), "", ""
        if not line.startswith("*") and ("ZEROS" in line or "POLES" in line) and len(number) > _ROOT_DIGITS:
            raise ValueError(f"{kind[:20]} {number[:20]}: expected a number of at most {_ROOT_DIGITS} digits")


def _time(text: str) -> dt.datetime | None:
    """Time of a comment, None where there is none, or one beyond all nights."""
    from obspy import UTCDateTime

    if not text[:1].isdigit():
        return None
    try:
        time: dt.datetime = UTCDateTime(text).datetime
    except Exception:  # noqa: BLE001 - it raises whatever its parsers do
        raise ValueError(f"{text!r} is no time of an epoch") from None
    return time


def _obspy(path: Path) -> Any:
    try:
        import obspy
    except ImportError:
        raise InputError(f"{path}: responses are read by ObsPy: pip install -e '.[seed]'") from None
    return obspy

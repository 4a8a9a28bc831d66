"""An observatory: where it is, what it writes, how its counts become magnetic field, when it is dark there."""

import datetime as dt
import math
from dataclasses import dataclass
from itertools import combinations
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from iar.errors import InputError
from iar.night import YEARS
from iar.settings.responses import FlatResponse, ResonantResponse, Response, TableResponse
from iar.settings.strict import Integer, Number, Strict
from iar.settings.table import Table


class DarkHours(Strict):
    """A dark part that is the same in every night."""

    kind: Literal["hours"] = "hours"
    from_hour: Number = Field(18.0, ge=0, lt=24, description="start of the dark part, hours UTC")
    to_hour: Number = Field(6.0, ge=0, lt=24, description="end of the dark part, hours UTC")

    @model_validator(mode="after")
    def check_hours(self) -> Self:
        """Raise a ValueError if the dark part is empty."""
        if self.from_hour == self.to_hour:
            raise ValueError(f"from_hour and to_hour are both {self.from_hour}: no slot is dark")
        return self


class DarkSun(Strict):
    """A dark part that follows the sun at the station; in summer it may be empty."""

    kind: Literal["sun"] = "sun"
    below_deg: Number = Field(
        -6.0, ge=-30, le=10, description="dark where the sun's centre stands below this elevation, degrees"
    )


Azimuth = Annotated[Number, Field(ge=-360, le=360)]
StreamName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_*?\[\]!-]*(\.[A-Za-z0-9_*?\[\]!-]*){3}$")]
ChannelName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,16}$")]
Night = Annotated[dt.date, Field(ge=dt.date(YEARS[0], 1, 1), le=dt.date(YEARS[1], 12, 31))]
Dark = Annotated[DarkHours | DarkSun, Field(discriminator="kind")]


class Calibration(Strict):
    """What holds for one coil, or from one night to another: a coil was changed, or its amplifier."""

    channel: ChannelName | None = Field(None, description="coil that it is of; both without one")
    from_night: Night | None = Field(None, description="first night that it holds for; the first of all without one")
    to_night: Night | None = Field(None, description="last night that it holds for; for good without one")
    volts_per_count: Number | None = Field(None, gt=0, description="digitiser, V per count; the station's without it")
    response: Response | None = Field(None, description="what the coil makes of a field; the station's without it")

    @model_validator(mode="after")
    def check_said(self) -> Self:
        """Raise a ValueError if it says nothing, or holds for no night."""
        if self.volts_per_count is None and self.response is None:
            raise ValueError("neither volts_per_count nor response is given: expected one of them, or file")
        if self.from_night and self.to_night and self.to_night < self.from_night:
            raise ValueError(f"to_night {self.to_night} is before from_night {self.from_night}")
        return self

    def holds(self, channel: str, night: dt.date) -> bool:
        """Whether it is of that coil and night."""
        of_coil = self.channel in {None, channel}
        return of_coil and (self.from_night or night) <= night <= (self.to_night or night)

    def __str__(self) -> str:
        return (
            f"{self.channel or 'both coils'}, {self.from_night or 'the first night'} to {self.to_night or 'the last'}"
        )


@dataclass(frozen=True)
class CoilChain:
    """Coil and digitiser of one channel in one night: V per count, what the coil makes of a field."""

    volts_per_count: float
    response: Response


class Unit(NamedTuple):
    """Unit of numbers in files: what a count is by default, and how many volts it is; of a field, 1 V is 1 nT."""

    step: float
    volts: float
    is_field: bool = False


UNITS = {
    "V": Unit(1e-7, 1.0),
    "mV": Unit(1e-4, 1e-3),
    "uV": Unit(0.1, 1e-6),
    "nT": Unit(1e-4, 1.0, is_field=True),
    "pT": Unit(0.1, 1e-3, is_field=True),
}


class Station(Strict):
    """An observatory: where it is, what it writes, how its counts become magnetic field."""

    name: str = Field("eskdalemuir", pattern=r"^[a-z0-9-]+$", description="short name, lower case")
    latitude_deg: Number = Field(55.314, ge=-90, le=90, description="geodetic latitude, degrees north")
    longitude_deg: Number = Field(-3.206, ge=-180, le=180, description="longitude, degrees east")
    channels: tuple[ChannelName, ChannelName] = Field(
        ("NS", "EW"), description="names of the two coils, the one along the north first"
    )
    format: str = Field(
        "bgs",
        description="format of its files: bgs, sierra-nevada, miniseed, gcf, table, isee, ats, phoenix, carisma,"
        " lemi, mth5, or another of the group iar.formats",
    )
    table: Table | None = Field(
        None, discriminator="kind", description="of the format table: where in its files coils and time stand"
    )
    channels_in_file: Integer = Field(1, ge=1, le=2, description="channels that each of its files holds")
    streams: tuple[StreamName, StreamName] | None = Field(
        None,
        description="streams of the coils, NETWORK.STATION.LOCATION.CHANNEL with * and ?, such as GB.ESK..HHN; "
        "by default the first that point north and east at rate_hz",
    )
    rate_hz: Number = Field(100.0, ge=1, le=10_000, description="sampling rate of its files, Hz; the archive's is 100")
    unit: Literal["counts", "V", "mV", "uV", "nT", "pT"] = Field(
        "counts",
        description="unit of the numbers in its files; of another than counts, what a count is follows from it",
    )
    value_per_count: Number | None = Field(
        None, gt=0, description="where files hold numbers with a fraction: what a count is to be, in their unit"
    )
    volts_per_count: Number = Field(1.0e-6, gt=0, description="digitiser, V per count")
    full_scale_counts: Integer = Field(2**23 - 1, gt=0, lt=2**31, description="counts at which the digitiser clips")
    response: Response = Field(
        FlatResponse(),
        description="what the coils make of a field, V/nT; a table may lie in a CSV beside: {kind: table, file: ...}",
    )
    calibrations: tuple[Calibration, ...] = Field(
        (),
        description="what differs from both of those, by coil and from night to night; {channel: ..., file: ...} takes "
        "it from StationXML, RESP, SAC poles and zeros, or CDF of ISEE",
    )
    azimuth_deg: tuple[Azimuth, Azimuth] | None = Field(
        None,
        description="directions of the coils' positive axes, degrees from north over east; spectra are then turned to "
        "north and east, where both coils are there",
    )
    azimuth_from: Literal["geographic", "magnetic"] = Field(
        "geographic", description="north that the azimuths are counted from; magnetic: turned by the IGRF of the night"
    )
    jitter_s: Number = Field(0.0, ge=0, le=1, description="overlap of files that is their clock's jitter, s")
    boundary_hour: Integer = Field(12, ge=0, le=23, description="hour at which a night begins, UTC")
    dark: Dark = Field(DarkHours(), description="part of a night in which fringes are looked for")
    first_night: Night = Field(dt.date(2000, 1, 1), description="first night that the archive has a place for")
    last_night: Night = Field(dt.date(2049, 12, 31), description="last night that the archive has a place for")

    @model_validator(mode="before")
    @classmethod
    def fill_unit(cls, fields: Any) -> Any:
        """Fields with those that follow from a unit that is not counts."""
        unit = UNITS.get(str(fields.get("unit"))) if isinstance(fields, dict) else None
        if unit is None:
            return fields
        step = fields.get("value_per_count") or unit.step
        if isinstance(step, bool) or not isinstance(step, int | float):
            return fields  # its own check says so
        follow: dict[str, Any] = {"volts_per_count": step * unit.volts, "full_scale_counts": 2**31 - 1}
        if unit.is_field:
            follow["response"] = {"kind": "flat", "volts_per_nt": 1.0}
        return follow | {**fields, "value_per_count": step}

    @model_validator(mode="after")
    def check_unit(self) -> Self:
        """Raise a ValueError if a field differs from what follows from the unit."""
        unit = UNITS.get(self.unit)
        if unit is None:
            return self
        expected = (self.value_per_count or unit.step) * unit.volts
        if not math.isclose(self.volts_per_count, expected, rel_tol=1e-9):
            raise ValueError(
                f"volts_per_count = {self.volts_per_count:g}: leave it out, it is {expected:g} by unit {self.unit}"
            )
        if unit.is_field and self.response != FlatResponse(volts_per_nt=1.0):
            raise ValueError(f"response: leave it out, numbers in {self.unit} are the field itself")
        for one in self.calibrations:
            if one.volts_per_count is not None or (unit.is_field and one.response is not None):
                raise ValueError(f"calibrations: leave out {one}: numbers in {self.unit} need none of that")
        return self

    @model_validator(mode="after")
    def check_table(self) -> Self:
        """Raise a ValueError if the format needs a table that is not there."""
        if self.format == "table" and self.table is None:
            raise ValueError("format table: the field table is missing, which says where coils and time stand")
        return self

    @model_validator(mode="after")
    def check_azimuth(self) -> Self:
        """Raise a ValueError if the coils point nearly the same way."""
        if self.azimuth_deg is not None:
            first, second = self.azimuth_deg
            if abs(math.sin(math.radians(second - first))) < 0.5:
                raise ValueError(
                    f"azimuth_deg: {first:g} and {second:g}: expected at least 30 degrees between the coils"
                )
        return self

    @model_validator(mode="after")
    def check_channels(self) -> Self:
        """Raise a ValueError if both coils have the same name."""
        if self.channels[0] == self.channels[1]:
            raise ValueError(f"both channels are named {self.channels[0]}")
        return self

    @model_validator(mode="after")
    def check_nights(self) -> Self:
        """Raise a ValueError if the archive would have no night."""
        if self.last_night < self.first_night:
            raise ValueError(f"last_night {self.last_night} is before first_night {self.first_night}")
        return self

    @model_validator(mode="after")
    def check_calibrations(self) -> Self:
        """Raise a ValueError if a calibration is of no coil of the station, or two say the same thing of a night."""
        for one in self.calibrations:
            if one.channel not in {None, *self.channels}:
                raise ValueError(f"calibrations: channel {one.channel} is none of {', '.join(self.channels)}")
        for one, other in combinations(self.calibrations, 2):
            if _both_hold(one, other):
                raise ValueError(f"calibrations: two hold at once: {one}; {other}")
        return self

    def chain(self, channel: int, night: dt.date) -> CoilChain:
        """Coil and digitiser of the first (0) or second channel (1) in a night."""
        held = [one for one in self.calibrations if one.holds(self.channels[channel], night)]
        volts = [one.volts_per_count for one in held if one.volts_per_count is not None]
        responses = [one.response for one in held if one.response is not None]
        return CoilChain(volts[0] if volts else self.volts_per_count, responses[0] if responses else self.response)

    def chains(self, night: dt.date) -> tuple[CoilChain, CoilChain]:
        """Coil and digitiser of both channels in a night."""
        return self.chain(0, night), self.chain(1, night)


def _both_hold(one: Calibration, other: Calibration) -> bool:
    """Whether two calibrations say the same thing of the same coil in the same night."""
    said = any(getattr(one, name) is not None and getattr(other, name) is not None for name in CALIBRATED)
    coil = one.channel is None or other.channel is None or one.channel == other.channel
    first = max(one.from_night or dt.date.min, other.from_night or dt.date.min)
    return said and coil and first <= min(one.to_night or dt.date.max, other.to_night or dt.date.max)


CALIBRATED = ("volts_per_count", "response")
"""Fields of a station that a calibration may say for a coil and some nights."""
CALIBRATION_FIELDS = (*CALIBRATED, "calibrations")
"""Fields of a station that say how counts become field: those that an archive may be given anew."""
# Nishizawa, Taruya, Himemoto 2026, doi:10.1093/ptep/ptag108, table A1: two CM11E1 coils, from 1 September 2012 on.
_CM11E1_MV_PER_NT = {
    0.032: 49.540, 0.056: 49.939, 0.10: 50.077, 0.18: 50.139, 0.32: 50.157, 0.56: 50.167, 1.0: 50.169, 1.8: 50.200,
    3.2: 50.199, 5.6: 50.204, 10: 50.209, 18: 50.223, 32: 50.258, 50: 50.282, 100: 50.151,
}  # fmt: skip

STATIONS: dict[str, dict[str, Any]] = {
    "eskdalemuir": {
        "volts_per_count": 3.491e-6,
        "response": TableResponse(
            frequency_hz=tuple(_CM11E1_MV_PER_NT),
            volts_per_nt=tuple(round(1e-3 * mv, 9) for mv in _CM11E1_MV_PER_NT.values()),
        ),
        "calibrations": (Calibration(channel="EW", volts_per_count=3.475e-6),),
    },
    "sierra-nevada": {
        "name": "sierra-nevada",
        "latitude_deg": 37.035,
        "longitude_deg": -3.322,
        "format": "sierra-nevada",
        "rate_hz": 1e6 / 3906,
        "volts_per_count": 10 / 2**15,
        "full_scale_counts": 2**15 - 1,
        "response": ResonantResponse(),
        "jitter_s": 0.05,
    },
}
"""Built-in stations by name: the fields that differ from the defaults."""


def check_calibrated(station: Station, low_hz: float, high_hz: float) -> None:
    """Raise an InputError if a calibration table of the station ends inside the band.

    Beyond its ends a table says nothing. That may pass for a filter's skirts, not for a density that is published.
    """
    for response in (station.response, *(one.response for one in station.calibrations)):
        if isinstance(response, TableResponse):
            first_hz, last_hz = response.frequency_hz[0], response.frequency_hz[-1]
            if not first_hz <= low_hz <= high_hz <= last_hz:
                raise InputError(
                    f"the calibration table of station {station.name} reaches from {first_hz:g} to {last_hz:g} Hz, "
                    f"the spectra from {low_hz:g} to {high_hz:g} Hz: lengthen the table, or set spectra.low_hz, high_hz"
                )

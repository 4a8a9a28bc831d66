"""An observatory: where it is, what it writes, how its counts become magnetic field, when it is dark there."""

import datetime as dt
import math
from itertools import pairwise
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from iar.errors import InputError
from iar.night import YEARS
from iar.settings.strict import Integer, Number, Plain, Strict
from iar.settings.table import CdfTable, Hdf5Table, MatTable, NetcdfTable, TextTable, WavTable


class FlatResponse(Strict):
    """A coil with the same sensitivity at every frequency."""

    kind: Literal["flat"] = "flat"
    volts_per_nt: Number = Field(0.05, gt=0, description="sensitivity of coil and preamplifier, V/nT")


class TableResponse(Strict):
    """A measured calibration, interpolated linearly between its rows."""

    kind: Literal["table"] = "table"
    frequency_hz: tuple[Annotated[float, Field(ge=0), Plain], ...] = Field(
        min_length=2, description="frequencies of the rows, rising, Hz"
    )
    volts_per_nt: tuple[Annotated[float, Field(gt=0), Plain], ...] = Field(
        min_length=2, description="sensitivity at each frequency, V/nT"
    )
    phase_deg: tuple[Number, ...] = Field(
        default_factory=lambda fields: (0.0,) * len(fields.get("frequency_hz", ())),
        description="phase of the voltage ahead of the field at each frequency, degrees",
    )

    @model_validator(mode="after")
    def check_rows(self) -> Self:
        """Raise a ValueError if the columns differ in length, or the frequencies do not rise."""
        rows = len(self.frequency_hz)
        for column, values in (("volts_per_nt", self.volts_per_nt), ("phase_deg", self.phase_deg)):
            if len(values) != rows:
                raise ValueError(f"frequency_hz has {rows} values, {column} {len(values)}: expected as many")
        for before, after in pairwise(self.frequency_hz):
            if after <= before:
                raise ValueError(f"frequency_hz = {after} after {before}: must rise from row to row")
        return self


class ResonantResponse(Strict):
    """A coil whose inductance and capacitance resonate above the band (Salinas et al. 2022, C&G 165, 105148)."""

    kind: Literal["resonant"] = "resonant"
    volts_per_t_hz: Number = Field(
        2500 * 1.9e6, gt=0, description="sensitivity per hertz far below resonance, V/(T Hz)"
    )
    inductance_h: Number = Field(298e3, gt=0, description="inductance of the coil, H")
    capacitance_f: Number = Field((40 + 0.65 * 55 + 2) * 1e-12, gt=0, description="capacitance of coil and cable, F")
    resistance_ohm: Number = Field(320e3, gt=0, description="resistance of the coil, ohm")


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
Response = Annotated[FlatResponse | TableResponse | ResonantResponse, Field(discriminator="kind")]
Dark = Annotated[DarkHours | DarkSun, Field(discriminator="kind")]


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
        description="format of its files: bgs, sierra-nevada, miniseed, gcf, table, isee, ats, phoenix, or another"
        " of the group iar.formats",
    )
    table: TextTable | Hdf5Table | NetcdfTable | MatTable | CdfTable | WavTable | None = Field(
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


STATIONS: dict[str, dict[str, Any]] = {
    "eskdalemuir": {},
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
    """Raise an InputError if the station's calibration table ends inside the band.

    Beyond its ends a table says nothing. That may pass for a filter's skirts, not for a density that is published.
    """
    response = station.response
    if isinstance(response, TableResponse):
        first_hz, last_hz = response.frequency_hz[0], response.frequency_hz[-1]
        if not first_hz <= low_hz <= high_hz <= last_hz:
            raise InputError(
                f"the calibration table of station {station.name} reaches from {first_hz:g} to {last_hz:g} Hz, "
                f"the spectra from {low_hz:g} to {high_hz:g} Hz: lengthen the table, or set spectra.low_hz, high_hz"
            )

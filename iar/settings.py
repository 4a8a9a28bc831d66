"""Settings of a station and of the processing: frozen, strict, each field with its unit, bound and meaning.

Core functions never see these objects: ``stages`` unpacks them into plain numbers.
"""

import datetime as dt
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from iar.errors import InputError


class Strict(BaseModel):
    """Base of all settings: immutable, no unknown field."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FlatResponse(Strict):
    """A coil with the same sensitivity at every frequency."""

    kind: Literal["flat"] = "flat"
    volts_per_nt: float = Field(0.05, gt=0, description="sensitivity of coil and preamplifier, V/nT")


class TableResponse(Strict):
    """A measured calibration, interpolated linearly between its rows."""

    kind: Literal["table"] = "table"
    frequency_hz: tuple[float, ...] = Field(min_length=2, description="frequencies of the rows, rising, Hz")
    volts_per_nt: tuple[float, ...] = Field(min_length=2, description="sensitivity at each frequency, V/nT")

    @model_validator(mode="after")
    def check_rows(self) -> Self:
        """Raise a ValueError if the two columns differ in length, or the frequencies do not rise."""
        rows, values = len(self.frequency_hz), len(self.volts_per_nt)
        if rows != values:
            raise ValueError(f"{rows} frequencies but {values} sensitivities")
        if min(self.volts_per_nt) <= 0:
            raise ValueError(f"volts_per_nt {min(self.volts_per_nt)} is not above 0")
        if any(b <= a for a, b in zip(self.frequency_hz, self.frequency_hz[1:], strict=False)):
            raise ValueError("frequency_hz must rise from row to row")
        return self


class ResonantResponse(Strict):
    """A coil whose inductance and capacitance resonate above the band (Salinas et al. 2022, C&G 165, 105148)."""

    kind: Literal["resonant"] = "resonant"
    volts_per_t_hz: float = Field(2500 * 1.9e6, gt=0, description="sensitivity per hertz far below resonance, V/(T Hz)")
    inductance_h: float = Field(298e3, gt=0, description="inductance of the coil, H")
    capacitance_f: float = Field((40 + 0.65 * 55 + 2) * 1e-12, gt=0, description="capacitance of coil and cable, F")
    resistance_ohm: float = Field(320e3, gt=0, description="resistance of the coil, ohm")


ChannelName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,16}$")]
Response = Annotated[FlatResponse | TableResponse | ResonantResponse, Field(discriminator="kind")]


class Station(Strict):
    """An observatory: where it is, what it writes, how its counts become magnetic field."""

    name: str = Field("eskdalemuir", pattern=r"^[a-z0-9-]+$", description="short name, lower case")
    latitude_deg: float = Field(55.314, ge=-90, le=90, description="geodetic latitude, degrees north")
    longitude_deg: float = Field(-3.206, ge=-180, le=180, description="longitude, degrees east")
    channels: tuple[ChannelName, ChannelName] = Field(
        ("NS", "EW"), description="names of the two coils, the one along the north first"
    )
    format: str = Field("bgs", description="format of its files: a name of iar.records.FORMATS")
    channels_in_file: int = Field(1, ge=1, le=2, description="channels that each of its files holds")
    rate_hz: float = Field(100.0, gt=0, le=10_000, description="sampling rate of its files, Hz; the archive's is 100")
    volts_per_count: float = Field(1.0e-6, gt=0, description="digitiser, V per count")
    full_scale_counts: int = Field(2**23 - 1, gt=0, description="counts at which the digitiser clips")
    response: Response = FlatResponse()
    jitter_s: float = Field(0.0, ge=0, le=1, description="overlap of files that is their clock's jitter, s")
    boundary_hour: int = Field(12, ge=0, le=23, description="hour at which a night begins, UTC")
    dark_from_hour: float = Field(18.0, ge=0, lt=24, description="start of the dark part, UTC")
    dark_to_hour: float = Field(6.0, ge=0, lt=24, description="end of the dark part, UTC")
    first_night: dt.date = Field(dt.date(2000, 1, 1), description="first night that the archive has a place for")
    last_night: dt.date = Field(dt.date(2049, 12, 31), description="last night that the archive has a place for")

    @model_validator(mode="after")
    def check_channels(self) -> Self:
        """Raise a ValueError if both coils have the same name."""
        if self.channels[0] == self.channels[1]:
            raise ValueError(f"both channels are named {self.channels[0]}")
        return self

    @model_validator(mode="after")
    def check_nights(self) -> Self:
        """Raise a ValueError if the archive would have no night, or a night no dark part."""
        if self.dark_from_hour == self.dark_to_hour:
            raise ValueError(f"dark_from_hour and dark_to_hour are both {self.dark_from_hour}: no slot is dark")
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


class _StationFields(Station, BaseSettings):
    """Fields of a station as a person sets them: the environment (``IAR_STATION_...``) over the file."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix="IAR_STATION_")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is pydantic-settings' own
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment first, then what the file says."""
        return env_settings, init_settings


class SpectraSettings(Strict):
    """Chapter "Spectra" of the method: from counts to amplitude density."""

    low_hz: float = Field(0.5, gt=0, description="lowest frequency kept, and lower corner of the band-pass, Hz")
    high_hz: float = Field(10.5, le=49, description="highest frequency kept, Hz")
    filter_poles: int = Field(5, ge=0, le=10, description="poles of the Butterworth band-pass; 0 for none")
    filter_high_hz: float = Field(10.0, gt=0, lt=50, description="upper corner of the band-pass, Hz")
    segment_samples: int = Field(4096, ge=256, le=10_000, description="samples of one FFT")
    overlap: float = Field(0.5, ge=0, lt=1, description="share of a segment that the next one shares")

    @model_validator(mode="after")
    def check_band(self) -> Self:
        """Raise a ValueError if the band is empty."""
        for name, high_hz in (("high_hz", self.high_hz), ("filter_high_hz", self.filter_high_hz)):
            if high_hz <= self.low_hz:
                raise ValueError(f"{name} {high_hz} is not above low_hz {self.low_hz}")
        return self


class ClassicalSettings(Strict):
    """The published detector (Beggan 2014): every threshold with its published default."""

    smoothing_bins: int = Field(5, ge=1, description="running mean over frequency before the peaks are sought, bins")
    spline_pieces: int = Field(3, ge=1, le=20, description="polynomial pieces of the sixth-order background spline")
    min_height_db: float = Field(1.0, ge=0, description="height of a peak above the background, dB")
    dilate_slots: int = Field(15, ge=1, description="dilation of the spots along time, slots")
    erode_bins: int = Field(3, ge=1, description="erosion along frequency, bins")
    min_region_pixels: int = Field(80, ge=1, description="smaller regions are dropped, pixels")


class FringeSettings(Strict):
    """From probability to spacing and verdict; the probability that counts as fringe is the bundle's own."""

    spline_pieces: int = Field(3, ge=1, le=20, description="pieces of the background under standing lines")
    min_spacing_hz: float = Field(0.25, gt=0, description="smallest spacing looked for, Hz")
    max_spacing_hz: float = Field(2.2, gt=0, description="largest spacing looked for, Hz")
    min_effort: float = Field(0.25, ge=0, le=1, description="share of the dark part needed for any answer")
    min_slots: int = Field(36, ge=1, description="dark slots with a spacing that make a night one of fringes (1 h)")

    @model_validator(mode="after")
    def check_range(self) -> Self:
        """Raise a ValueError if no spacing is looked for."""
        if self.max_spacing_hz <= self.min_spacing_hz:
            raise ValueError(f"max_spacing_hz {self.max_spacing_hz} is not above min_spacing_hz {self.min_spacing_hz}")
        return self


class Processing(BaseSettings):
    """All that decides how a night is processed."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix="IAR_PROCESSING_", env_nested_delimiter="__"
    )

    spectra: SpectraSettings = SpectraSettings()
    classical: ClassicalSettings = ClassicalSettings()
    fringes: FringeSettings = FringeSettings()


def load_station(name_or_file: str) -> Station:
    """Built-in station of that name, or the one a YAML file describes.

    Raises
    ------
    InputError
        If it is neither, or a field of the file is wrong: names the field, its value and what is allowed.
    """
    if name_or_file in STATIONS:
        return _make_station(f"station {name_or_file}", STATIONS[name_or_file])
    path = Path(name_or_file)
    if not path.is_file():
        known = ", ".join(STATIONS)
        raise InputError(f"station {name_or_file!r} is neither built in ({known}) nor a file")
    try:
        fields = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is no YAML: {str(error).splitlines()[0]}") from None
    if not isinstance(fields, dict) or not all(isinstance(name, str) for name in fields):
        raise InputError(f"{path} holds no fields: expected lines such as 'name: my-station'")
    return _make_station(str(path), fields)


def _make_station(origin: str, fields: dict[str, Any]) -> Station:
    try:
        return Station.model_validate(_StationFields(**fields).model_dump())
    except ValidationError as error:
        raise InputError(f"{origin}: {_first_fault(error)}") from None
    except SettingsError as error:  # a variable of the environment that is no JSON
        raise InputError(f"{origin}: {error}") from None


def load_processing() -> Processing:
    """Processing with its defaults, and what the environment (``IAR_PROCESSING_...``) sets; an InputError if wrong."""
    try:
        return Processing()
    except ValidationError as error:
        raise InputError(f"processing: {_first_fault(error)}") from None
    except SettingsError as error:
        raise InputError(f"processing: {error}") from None


def _first_fault(error: ValidationError) -> str:
    fault = error.errors()[0]
    field = ".".join(str(part) for part in fault["loc"]) or "station"
    return f"{field} = {fault['input']!r}: {fault['msg']}"

import datetime as dt
import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iar.settings import (
    STATIONS,
    Calibration,
    ClassicalSettings,
    DarkHours,
    DarkSun,
    FlatResponse,
    FormulaResponse,
    FringeSettings,
    PolesZerosResponse,
    Processing,
    ResonantResponse,
    SpectraSettings,
    Station,
    TableResponse,
    load_processing,
    load_station,
    settings_yaml,
)

SAME_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)

above_0 = st.floats(1e-12, 1e12)
hours = st.floats(0, 24, exclude_max=True)
phases = st.floats(-720, 720)


@st.composite
def tables(draw):
    frequency_hz = sorted(draw(st.lists(st.floats(0, 1e4), min_size=2, max_size=40, unique=True)))
    column = st.lists(above_0, min_size=len(frequency_hz), max_size=len(frequency_hz))
    phase_deg = draw(st.lists(phases, min_size=len(frequency_hz), max_size=len(frequency_hz)))
    return TableResponse(frequency_hz=frequency_hz, volts_per_nt=draw(column), phase_deg=phase_deg)


responses = st.one_of(
    st.builds(FlatResponse, volts_per_nt=above_0),
    st.builds(
        ResonantResponse, volts_per_t_hz=above_0, inductance_h=above_0, capacitance_f=above_0, resistance_ohm=above_0
    ),
    tables(),
    st.builds(
        PolesZerosResponse,
        zeros=st.lists(st.tuples(st.floats(-99, -1), st.floats(-9, 9)), max_size=3),
        poles=st.lists(st.tuples(st.floats(-99, -1), st.floats(-9, 9)), max_size=3),
        volts_per_nt=above_0,
    ),
    st.builds(FormulaResponse, volts_per_nt=st.sampled_from(["0.05", "2 * s / (s + 1)", "exp(-f)"])),
)
calibrations = st.builds(
    Calibration,
    channel=st.none(),
    from_night=st.none() | st.dates(dt.date(1900, 1, 1), dt.date(1999, 12, 31)),
    to_night=st.none() | st.dates(dt.date(2000, 1, 1), dt.date(2199, 12, 31)),
    volts_per_count=above_0,
    response=st.none() | responses,
)
darks = st.one_of(
    st.lists(hours, min_size=2, max_size=2, unique=True).map(lambda h: DarkHours(from_hour=h[0], to_hour=h[1])),
    st.builds(DarkSun, below_deg=st.floats(-30, 10)),
)
channel_names = st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=16)
stations = st.builds(
    Station,
    name=st.text(string.ascii_lowercase + string.digits + "-", min_size=1, max_size=30),
    latitude_deg=st.floats(-90, 90),
    longitude_deg=st.floats(-180, 180),
    channels=st.lists(channel_names, min_size=2, max_size=2, unique=True).map(tuple),
    format=st.text(min_size=1),
    channels_in_file=st.integers(1, 2),
    rate_hz=st.floats(1, 1e4),
    volts_per_count=above_0,
    full_scale_counts=st.integers(1, 2**31 - 1),
    response=responses,
    calibrations=st.lists(calibrations, max_size=1).map(tuple),
    jitter_s=st.floats(0, 1),
    boundary_hour=st.integers(0, 23),
    dark=darks,
    first_night=st.dates(dt.date(1900, 1, 1), dt.date(1999, 12, 31)),
    last_night=st.dates(dt.date(2000, 1, 1), dt.date(2199, 12, 31)),
)
processings = st.builds(
    Processing,
    spectra=st.builds(SpectraSettings, low_hz=st.floats(0.01, 9), overlap=st.floats(0, 0.95)),
    classical=st.builds(ClassicalSettings, min_height_db=st.floats(0, 60), dilate_slots=st.integers(1, 864)),
    fringes=st.builds(FringeSettings, min_spacing_hz=st.floats(1e-6, 1.99), min_effort=st.floats(0, 1)),
)


@given(station=stations)
@SAME_FOLDER
def test_a_station_is_read_back_as_it_was_written(station, tmp_path):
    path = tmp_path / "station.yaml"
    path.write_text(settings_yaml(station), encoding="utf-8")
    assert load_station(str(path)) == station


@given(station=stations)
def test_a_station_comes_back_from_an_archives_attributes(station):
    assert Station.model_validate_json(station.model_dump_json()) == station


@given(processing=processings)
@SAME_FOLDER
def test_a_processing_is_read_back_as_it_was_written(processing, tmp_path):
    path = tmp_path / "processing.yaml"
    path.write_text(settings_yaml(processing), encoding="utf-8")
    assert load_processing(path) == processing


@pytest.mark.parametrize("name", STATIONS)
def test_every_field_stands_under_its_meaning_and_its_bounds(name):
    lines = settings_yaml(load_station(name)).splitlines()
    for field, info in Station.model_fields.items():
        place = next(i for i, line in enumerate(lines) if line.startswith(f"{field}:"))
        above = next(i for i in range(place - 1, -1, -1) if not lines[i].startswith("#")) if place > 1 else -1
        comment = " ".join(line.removeprefix("#").strip() for line in lines[above + 1 : place])
        assert info.description in comment
    assert "# geodetic latitude, degrees north; at least -90, at most 90" in lines
    assert "# digitiser, V per count; above 0" in lines
    assert "# counts at which the digitiser clips; above 0, below 2147483648" in lines
    assert "# part of a night in which fringes are looked for; of the kind hours or sun" in lines


def test_other_kinds_are_told_with_their_fields():
    comment = " ".join(line.removeprefix("#").strip() for line in settings_yaml(Station()).splitlines())
    for kind in (TableResponse, ResonantResponse, PolesZerosResponse, FormulaResponse, DarkSun):
        assert f"or kind: {kind.model_fields['kind'].default}, with " in comment
        for name, field in kind.model_fields.items():
            assert name == "kind" or f"{name}, {field.description}" in comment
    assert "or kind: flat" not in comment  # it is that


def test_nested_fields_are_told_too():
    text = settings_yaml(load_station("sierra-nevada"))
    assert "  # resistance of the coil, ohm; above 0\n  resistance_ohm: 320000.0\n" in text
    assert "  # start of the dark part, hours UTC; at least 0, below 24\n  from_hour: 18.0\n" in text
    assert "  # highest frequency kept, Hz; at most 49\n  high_hz: 10.5\n" in settings_yaml(load_processing())


def test_a_table_stands_in_rows_of_numbers_and_no_line_is_long():
    frequency_hz = tuple(0.1 * i for i in range(100))
    station = Station(response=TableResponse(frequency_hz=frequency_hz, volts_per_nt=(0.123456789,) * 100))
    text = settings_yaml(station)
    assert "# frequencies of the rows, rising, Hz; each at least 0\n" in text
    assert max(map(len, text.splitlines())) <= 120

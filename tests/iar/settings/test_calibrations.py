"""What holds for one coil, or from one night to another."""

import datetime as dt

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from iar.errors import InputError
from iar.settings import FlatResponse, Station, TableResponse, load_station, settings_yaml
from iar.stages.station import station_pt_per_count

DAY = dt.timedelta(days=1)
CHANGED = dt.date(2016, 5, 1)
TABLE_A1 = {  # Nishizawa, Taruya, Himemoto 2026, doi:10.1093/ptep/ptag108, table A1, mV/nT
    100: 50.151, 50: 50.282, 32: 50.258, 18: 50.223, 10: 50.209, 5.6: 50.204, 3.2: 50.199, 1.8: 50.200,
    1.0: 50.169, 0.56: 50.167, 0.32: 50.157, 0.18: 50.139, 0.10: 50.077, 0.056: 49.939, 0.032: 49.540,
}  # fmt: skip


def test_eskdalemuir_is_calibrated_as_published():
    station = load_station("eskdalemuir")
    hz = np.array(list(TABLE_A1), dtype=float)
    field = np.array([[3.491e-6], [3.475e-6]]) / (1e-3 * np.array(list(TABLE_A1.values()))) * 1e3
    for night in (dt.date(2012, 9, 1), dt.date(2022, 11, 4)):
        found = station_pt_per_count(station, night, hz)
        carried = hz <= 45
        np.testing.assert_allclose(found[:, carried], field[:, carried], rtol=1e-12)


def test_a_station_that_says_nothing_has_the_round_numbers_it_always_had(station_file):
    station = load_station(station_file("name: here"))
    assert (station.volts_per_count, station.response, station.calibrations) == (1e-6, FlatResponse(), ())


EPOCHS = """
name: here
volts_per_count: 2.0e-6
response: {kind: flat, volts_per_nt: 0.1}
calibrations:
- {channel: EW, volts_per_count: 3.0e-6}
- {channel: NS, from_night: 2016-05-01, response: {kind: flat, volts_per_nt: 0.2}}
- {from_night: 2010-01-01, to_night: 2010-12-31, response: {kind: table, frequency_hz: [0.1, 50], volts_per_nt: [1, 1]}}
"""


def test_each_coil_has_in_each_night_what_was_said_of_it(station_file):
    station = load_station(station_file(EPOCHS))

    def said(night):
        return [(one.volts_per_count, one.response.volts_per_nt) for one in station.chains(night)]

    assert said(CHANGED - DAY) == [(2e-6, 0.1), (3e-6, 0.1)]
    assert said(CHANGED) == [(2e-6, 0.2), (3e-6, 0.1)]
    assert said(dt.date(2010, 12, 31)) == [(2e-6, (1, 1)), (3e-6, (1, 1))]
    assert said(dt.date(2011, 1, 1)) == [(2e-6, 0.1), (3e-6, 0.1)]


def test_a_station_with_calibrations_is_read_back_as_it_was_written(station_file):
    station = load_station(station_file(EPOCHS))
    assert load_station(station_file(settings_yaml(station))) == station
    assert Station.model_validate_json(station.model_dump_json()) == station
    assert load_station(station_file(yaml.safe_dump(station.model_dump(mode="json")))) == station


def test_a_table_of_an_epoch_lies_in_a_csv_beside_the_file(station_file, tmp_path):
    (tmp_path / "new.csv").write_text("frequency_hz,volts_per_nt\n0.1,0.005\n60,0.9\n")
    station = load_station(
        station_file("name: a\ncalibrations: [{channel: NS, response: {kind: table, file: new.csv}}]")
    )
    expected = TableResponse(frequency_hz=(0.1, 60), volts_per_nt=(0.005, 0.9))
    assert [one.response for one in station.chains(CHANGED)] == [expected, FlatResponse()]


@given(
    spans=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 10)), min_size=2, max_size=2),
    coils=st.lists(st.sampled_from(["NS", "EW", None]), min_size=2, max_size=2),
)
def test_two_that_say_the_same_thing_of_a_night_are_refused(spans, coils):
    first = dt.date(2014, 1, 1)
    nights = [{first + i * DAY for i in range(start, start + length + 1)} for start, length in spans]
    rows = [
        {"channel": coil, "from_night": min(one), "to_night": max(one), "volts_per_count": 1e-6}
        for coil, one in zip(coils, nights, strict=True)
    ]
    if nights[0] & nights[1] and (None in coils or coils[0] == coils[1]):
        with pytest.raises(ValueError, match="calibrations: two hold at once: "):
            Station(calibrations=rows)
    else:
        Station(calibrations=rows)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("[{channel: UP, volts_per_count: 1}]", "calibrations: channel UP is none of NS, EW"),
        ("[{channel: NS}]", "calibrations.0: neither volts_per_count nor response is given: expected one of them, or"),
        ("[{volts_per_count: 0}]", "calibrations.0.volts_per_count = 0: Input should be greater than 0"),
        ("[{volts: 1}]", "calibrations.0.volts = 1: unknown field, known are channel, from_night"),
        ("[{from_night: 2014-01-02, to_night: 2014-01-01, volts_per_count: 1}]", "to_night 2014-01-01 is before"),
        ("[{from_night: 2014-13-01, volts_per_count: 1}]", "calibrations.0.from_night = '2014-13-01'"),
        ("[{response: {kind: flat, volts_per_nt: -1}}]", "calibrations.0.response.volts_per_nt = -1"),
        ("[{response: {kind: flt}}]", "calibrations.0.response.kind = 'flt': expected 'flat', 'table'"),
        ("[{response: {kind: table, frequency_hz: [1]}}]", "calibrations.0.response.volts_per_nt is missing"),
        ("[{response: {kind: formula, volts_per_nt: g}}]", "'g' in a formula: expected f, s, pi, numbers"),
        ("[{response: {kind: formula, volts_per_nt: 1/(f-f)}}]", "'1/(f-f)' gives"),
        ("[{response: {kind: poles-zeros, volts_per_nt: 0}}]", "volts_per_nt = 0: expected another number"),
        ("[{response: {kind: poles-zeros, zeros: [[1]]}}]", "calibrations.0.response.zeros.0.1 is missing"),
        ("[{response: {kind: poles-zeros, zeros: [[0, 6.283185307179586]]}}]", "at_hz = 1.0: poles and zeros give no"),
        ("[7]", "calibrations.0 = 7"),
        ("7", "calibrations = 7"),
        ("[{file: gone.xml}]", "calibrations.0.file: "),
        ("[{file: 7}]", "calibrations.0.file = 7: expected the name of a file of responses"),
        ("[{file: a.xml, response: {kind: flat}}]", "calibrations.0.response is given here and in a.xml"),
        ("[{file: station.yaml}]", "is neither StationXML, RESP nor SAC poles and zeros"),
    ],
)
def test_what_is_wrong_is_in_one_line(station_file, rows, said):
    with pytest.raises(InputError) as caught:
        load_station(station_file(f"name: here\ncalibrations: {rows}"))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_variable_that_a_calibration_stands_above_is_refused(monkeypatch):
    monkeypatch.setenv("IAR_STATION_VOLTS_PER_COUNT", "1e-6")
    with pytest.raises(InputError, match="IAR_STATION_VOLTS_PER_COUNT does not reach EW, the first night to the last"):
        load_station("eskdalemuir")
    monkeypatch.setenv("IAR_STATION_CALIBRATIONS", "[]")
    assert [one.volts_per_count for one in load_station("eskdalemuir").chains(CHANGED)] == [1e-6, 1e-6]

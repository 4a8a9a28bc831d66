import pytest
from hypothesis import given
from hypothesis import strategies as st

from iar.errors import InputError
from iar.settings import ResonantResponse, Station, TableResponse, check_calibrated, load_station
from iar.settings.calibration import read_calibration

ROWS = "frequency_hz,volts_per_nt,phase_deg\n0.1,0.005,89\n1,0.05,85.5\n20,0.9,12\n"
COLUMNS = {"frequency_hz": (0.1, 1, 20), "volts_per_nt": (0.005, 0.05, 0.9), "phase_deg": (89, 85.5, 12)}


@pytest.fixture
def coil_file(tmp_path):
    def write(text: str):
        path = tmp_path / "coil.csv"
        path.write_bytes(text.encode())
        return path

    return write


@pytest.mark.parametrize(
    "text",
    [
        ROWS,
        ROWS.replace("\n", "\r\n"),
        "\ufeff" + ROWS,  # as spreadsheets write it
        "# coil 7, measured in 2013\n\n" + ROWS.replace(",", " , ") + "\n\n",
        '"phase_deg","frequency_hz","volts_per_nt"\n89,0.1,5e-3\n85.5,1,0.05\n12,20,.9',
    ],
)
def test_a_table_is_read_however_it_was_written(coil_file, text):
    assert read_calibration(coil_file(text)) == COLUMNS


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "coil.csv is empty: expected the header frequency_hz,volts_per_nt,phase_deg"),
        ("# nothing\n\n", "coil.csv is empty"),
        ("frequency_hz,phase_deg\n1,2\n", "coil.csv, line 1: column volts_per_nt is missing"),
        ("1,0.05\n2,0.05\n", "coil.csv, line 1: unknown column '1': expected frequency_hz,volts_per_nt,phase_deg"),
        (ROWS.replace("phase_deg", "phase"), "coil.csv, line 1: unknown column 'phase': did you mean phase_deg?"),
        (ROWS.replace("phase_deg", "volts_per_nt"), "coil.csv, line 1: column volts_per_nt is there 2 times"),
        ("frequency_hz;volts_per_nt\n1;2\n2;3\n", "coil.csv, line 1: columns are separated by ';': expected ','"),
        ("frequency_hz\tvolts_per_nt\n1\t2\n", "coil.csv, line 1: columns are separated by '\\t': expected ','"),
        ("frequency_hz,volts_per_nt\n1,2\n", "coil.csv has 1 row(s) of numbers: expected at least 2"),
        ("frequency_hz,volts_per_nt\n1,2\n3\n", "coil.csv, line 3: 1 value(s): expected 2, as in the header"),
        (ROWS.replace("0.05,", "5O mV,"), "coil.csv, line 3: volts_per_nt = '5O mV': expected a number above 0"),
        (ROWS.replace("20,", "2_0,"), "coil.csv, line 4: frequency_hz = '2_0': expected a number of at least 0"),
        (ROWS.replace("0.05,", "0,"), "coil.csv, line 3: volts_per_nt = '0': expected a number above 0"),
        (ROWS.replace("0.05,", "nan,"), "coil.csv, line 3: volts_per_nt = 'nan': expected a number above 0"),
        (ROWS.replace("0.05,", "inf,"), "coil.csv, line 3: volts_per_nt = 'inf': expected a number above 0"),
        (ROWS.replace("0.1,", "-1,"), "coil.csv, line 2: frequency_hz = '-1': expected a number of at least 0"),
        (ROWS.replace("85.5", ""), "coil.csv, line 3: phase_deg = '': expected a number"),
        ("#\n" + ROWS.replace("20,", "1.0,"), "line 5: frequency_hz = 1: expected more than 1, the row above"),
        (ROWS.replace("20,", "0.5,"), "coil.csv, line 4: frequency_hz = 0.5: expected more than 1, the row above"),
    ],
)
def test_a_wrong_table_is_told_with_line_column_value_and_what_is_allowed(coil_file, text, said):
    path = coil_file(text)
    with pytest.raises(InputError) as caught:
        read_calibration(path)
    assert said in str(caught.value)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_a_table_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "coil.csv").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(InputError, match=r"coil\.csv is no CSV text"):
        read_calibration(tmp_path / "coil.csv")


def test_the_file_lies_beside_the_station_and_its_numbers_are_the_stations(station_file, coil_file):
    coil_file(ROWS)
    station = load_station(station_file("response: {kind: table, file: coil.csv}"))
    assert station.response == TableResponse(**COLUMNS)
    assert "coil.csv" not in station.model_dump_json()


def test_a_table_without_phase_has_none(station_file, coil_file):
    coil_file("frequency_hz,volts_per_nt\n0.1,0.005\n20,0.9\n")
    station = load_station(station_file("response: {kind: table, file: coil.csv}"))
    assert station.response.phase_deg == (0.0, 0.0)


@pytest.mark.parametrize(
    ("response", "said"),
    [
        ("{kind: table, file: gone.csv}", "station.yaml: response.file: "),
        ("{kind: table, file: gone.csv}", "gone.csv: No such file or directory"),
        ("{kind: table, file: .}", "Is a directory"),
        ("{kind: table, file: 7}", "response.file = 7: expected the name of a CSV file"),
        ("{kind: table, file: coil.csv, phase_deg: [1, 2, 3]}", "response.phase_deg is given here and in coil.csv"),
        ("{kind: table, file: coil.csv, gain: 2}", "response.gain = 2: unknown field"),
        ("{kind: flat, file: coil.csv}", "response.file = 'coil.csv': unknown field"),
        ("{file: coil.csv}", "Unable to extract tag using discriminator 'kind'"),
        ("{file: coil.csv}", "; expected fields with kind: flat or table or resonant"),
        ("{kind: table}", "response.frequency_hz is missing: expected its numbers, or file: a CSV file of them"),
        ("{kind: table, frequency_hz: [1, 2], volts_per_nt: [1, 2], phase_deg: [0]}", "phase_deg 1: expected as many"),
        ("{kind: table, frequency_hz: [1, 2], volts_per_nt: [1, 0]}", "response.volts_per_nt.1 = 0: Input should be g"),
        ("{kind: table, volts_per_nt: [1, 2]}", "response.frequency_hz is missing: expected its numbers, or file: "),
        ("{kind: table, frequency_hz: [1, 2]}", "response.volts_per_nt is missing: expected its numbers, or file: "),
    ],
)
def test_a_wrong_table_in_a_stations_file_is_in_one_line(station_file, coil_file, response, said):
    coil_file(ROWS)
    with pytest.raises(InputError) as caught:
        load_station(station_file(f"response: {response}"))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def table(first_hz, last_hz):
    return Station(response=TableResponse(frequency_hz=(first_hz, last_hz), volts_per_nt=(1, 1)))


@given(ends=st.lists(st.floats(0.1, 50), min_size=2, max_size=2, unique=True).map(sorted))
def test_only_a_table_that_holds_the_whole_band_is_enough(ends):
    first_hz, last_hz = ends
    if first_hz <= 0.5 and last_hz >= 10.5:
        check_calibrated(table(first_hz, last_hz), 0.5, 10.5)
    else:
        with pytest.raises(InputError, match="the calibration table of station eskdalemuir reaches from"):
            check_calibrated(table(first_hz, last_hz), 0.5, 10.5)


def test_the_refusal_names_both_ranges():
    with pytest.raises(InputError, match=r"from 1 to 8 Hz, the spectra from 0\.5 to 10\.5 Hz"):
        check_calibrated(table(1, 8), 0.5, 10.5)


@pytest.mark.parametrize("station", [Station(), Station(response=ResonantResponse())])
def test_a_formula_covers_every_band(station):
    check_calibrated(station, 0.01, 49)

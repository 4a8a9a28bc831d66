import datetime as dt

import pytest
import yaml
from pydantic import ValidationError

from iar.errors import InputError
from iar.settings import (
    STATIONS,
    ClassicalSettings,
    DarkHours,
    DarkSun,
    FlatResponse,
    FringeSettings,
    Processing,
    ResonantResponse,
    SpectraSettings,
    Station,
    TableResponse,
    load_station,
    stored_station,
)

MODELS = [
    Station, FlatResponse, TableResponse, ResonantResponse, DarkHours, DarkSun, Processing, SpectraSettings,
    ClassicalSettings, FringeSettings,
]  # fmt: skip


def test_eskdalemuir_is_built_in_with_the_published_numbers():
    station = load_station("eskdalemuir")
    assert (station.latitude_deg, station.longitude_deg) == (55.314, -3.206)
    assert (station.format, station.boundary_hour) == ("bgs", 12)
    assert station.full_scale_counts == 8_388_607  # 24 bit
    assert (station.dark, station.jitter_s) == (DarkHours(from_hour=18, to_hour=6), 0)
    assert (station.rate_hz, station.channels, station.channels_in_file) == (100, ("NS", "EW"), 1)


def test_sierra_nevada_is_built_in_with_the_published_numbers():
    station = load_station("sierra-nevada")
    coil = station.response
    assert station.format == "sierra-nevada"
    assert station.volts_per_count == pytest.approx(3.0517578125e-4)
    assert station.full_scale_counts == 32_767
    assert coil.volts_per_t_hz == pytest.approx(4.75e9)
    assert (coil.inductance_h, coil.resistance_ohm) == (298_000, 320_000)
    assert coil.capacitance_f == pytest.approx(77.75e-12)
    assert station.rate_hz == pytest.approx(256.0164, abs=1e-4)
    assert 0.045 <= station.jitter_s < 0.1  # the files' clocks differ by up to 45 ms


@pytest.mark.parametrize("name", STATIONS)
def test_a_built_in_station_carries_the_name_it_is_called_by(name):
    assert load_station(name).name == name


@pytest.mark.parametrize("name", STATIONS)
def test_a_station_written_as_yaml_is_read_back_the_same(name, station_file):
    station = load_station(name)
    assert load_station(station_file(yaml.safe_dump(station.model_dump(mode="json")))) == station


def test_a_file_overrides_only_the_fields_it_names(station_file):
    path = station_file(
        "name: my-hill\nvolts_per_count: 2e-6\nfirst_night: 2012-09-02\n"
        "response: {kind: table, frequency_hz: [0.1, 10], volts_per_nt: [0.01, 0.05]}\n"
    )
    station = load_station(path)
    assert (station.name, station.volts_per_count, station.first_night) == ("my-hill", 2e-6, dt.date(2012, 9, 2))
    assert station.response == TableResponse(frequency_hz=(0.1, 10), volts_per_nt=(0.01, 0.05))
    assert station.latitude_deg == Station().latitude_deg


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("boundary_hour: 30", r"boundary_hour = 30: .*less than or equal to 23"),
        ("latitude_deg: 91\nboundary_hour: 30", r"latitude_deg = 91: .*90; and boundary_hour = 30: .*23$"),
        ("a: 1\nb: 2\nc: 3\nd: 4\ne: 5", r"a = 1: .*; and b = 2: .*; and c = 3: .*; and 2 more$"),
        ("latitude_deg: 91", r"latitude_deg = 91: .*less than or equal to 90"),
        ("volts_per_count: 0", r"volts_per_count = 0: .*greater than 0"),
        ("volts_per_count: much", r"volts_per_count = 'much': .*number"),
        ("name: My Hill", r"name = 'My Hill': .*pattern"),
        ("lattitude_deg: 5", r"lattitude_deg = 5: unknown field, did you mean latitude_deg\?"),
        ("response: {kind: flat, volts_per_nt: -1}", r"response.*volts_per_nt = -1: .*greater than 0"),
        ("response: {kind: cubic}", r"response\.kind = 'cubic': expected 'flat', 'table', 'resonant'"),
        (
            "response: {kind: table, frequency_hz: [1, 2, 3], volts_per_nt: [1, 2]}",
            "frequency_hz has 3 values, volts_per_nt 2",
        ),
        (
            "response: {kind: table, frequency_hz: [2, 1], volts_per_nt: [1, 2]}",
            r"frequency_hz = 1\.0 after 2\.0: must rise",
        ),
        (
            "response: {kind: table, frequency_hz: [1, 1], volts_per_nt: [1, 2]}",
            r"frequency_hz = 1\.0 after 1\.0: must rise",
        ),
        ("dark: {kind: sun, below_deg: 12}", r"dark\.below_deg = 12: .*less than or equal to 10"),
        ("dark: {kind: sun, below: -6}", r"dark\.below = -6: unknown field, did you mean below_deg\?"),
        ("dark: {kind: moon}", r"dark\.kind = 'moon': expected 'hours', 'sun'"),
        ("dark: {kind: hours, from_hour: 6}", r"dark: from_hour and to_hour are both 6\.0: no slot is dark"),
        ("dark_from_hour: 18", r"dark_from_hour = 18: unknown field"),
        ("first_night: 2014-02-30", r"first_night = '2014-02-30': .*valid date"),
        ("zzz: 18", r"zzz = 18: unknown field, known are name, latitude_deg, .*, last_night$"),
        ("channels: [NS, NS]", "both channels are named NS"),
        ("channels: [NS]", r"channels\.1 is missing: names of the two coils, the one along the north first"),
        ("dark: sun", r"dark = 'sun': Input should be a valid dict.*; expected fields with kind: hours or sun$"),
        ("dark: {below_deg: -6}", r"dark = {'below_deg': -6}: .*; expected fields with kind: hours or sun$"),
        ("channels: [NS, NO]", r"channels\.1 = False: Input should be a valid string"),
        ("channels: ['N S', EW]", r"channels\.0 = 'N S': .*pattern"),
        ("rate_hz: 0", r"rate_hz = 0: .*greater than or equal to 1"),
        ("rate_hz: 1.0e-9", r"rate_hz = 1e-09: .*greater than or equal to 1"),
        ("full_scale_counts: 2147483648", r"full_scale_counts = 2147483648: .*less than 2147483648"),
        ("first_night: 0001-01-01", r"first_night = '0001-01-01': .*greater than or equal to 1900-01-01"),
        ("last_night: 9999-12-31", r"last_night = '9999-12-31': .*less than or equal to 2199-12-31"),
        ("latitude_deg: true", r"latitude_deg = True: expected a number, written like 10, -0\.5 or 2e-6"),
        ("channels_in_file: yes", r"channels_in_file = True: expected a number"),
        ("boundary_hour: 010", r"boundary_hour = '010': expected a number"),
        ("boundary_hour: 0x10", r"boundary_hour = '0x10': expected a number"),
        ("boundary_hour: 1_0", r"boundary_hour = '1_0': expected a number"),
        ("dark: {kind: hours, to_hour: 0:30}", r"dark\.to_hour = '0:30': expected a number"),
        ("latitude_deg: 5_5.3", r"latitude_deg = '5_5\.3': expected a number"),
        (
            "response: {kind: table, frequency_hz: [1, 2], volts_per_nt: [true, 010]}",
            r"response\.volts_per_nt\.0 = True: expected a number",
        ),
        ("rate_hz: .nan", r"rate_hz = nan: .*"),
        ("channels_in_file: 3", r"channels_in_file = 3: .*less than or equal to 2"),
        ("first_night: 2020-01-02\nlast_night: 2020-01-01", "last_night 2020-01-01 is before first_night 2020-01-02"),
    ],
)
def test_a_wrong_field_is_named_with_its_value_and_what_is_allowed(text, said, station_file):
    path = station_file(text)
    with pytest.raises(InputError, match=said) as caught:
        load_station(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "- name", "just words"])
def test_a_file_without_fields_is_refused_with_an_example(text, station_file):
    with pytest.raises(InputError, match="holds no fields: expected lines such as 'name: my-station'"):
        load_station(station_file(text))


def test_a_file_that_is_no_yaml_is_refused_in_one_line(station_file):
    with pytest.raises(InputError, match=r"station\.yaml is no YAML: line 2: [^\n]+$"):
        load_station(station_file("name: [\n"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: a\nlatitude_deg: 1\nname: b\n", "line 3: name stands twice"),
        ("dark: {kind: sun, below_deg: -6, below_deg: -7}", "line 1: below_deg stands twice"),
    ],
)
def test_a_field_that_stands_twice_is_refused(station_file, text, said):
    with pytest.raises(InputError, match=f"is no YAML: {said}$"):
        load_station(station_file(text))


def test_a_file_that_is_nested_without_end_is_refused_in_one_line(station_file):
    with pytest.raises(InputError, match=r"station\.yaml is no YAML of settings: it is nested too deeply$"):
        load_station(station_file("[" * 3000))


@pytest.mark.parametrize(
    ("text", "number"), [("-5", -5), ("+5", 5), (".5", 0.5), ("0", 0), ("2e-1", 0.2), ("0.5", 0.5)]
)
def test_a_number_is_read_as_a_person_writes_it(station_file, text, number):
    assert load_station(station_file(f"latitude_deg: {text}")).latitude_deg == number


@pytest.mark.parametrize("text", ["? [a]\n: 1\n", "rate_hz: !!float fast", "name: !!python/object:os.system x"])
def test_a_value_that_yaml_cannot_make_is_refused_in_one_line(station_file, text):
    with pytest.raises(InputError, match=r"^[^\n]*station\.yaml is no YAML: [^\n]+$"):
        load_station(station_file(text))


def test_a_binary_file_is_refused(tmp_path):
    path = tmp_path / "station.yaml"
    path.write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(InputError, match="is no YAML"):
        load_station(str(path))


def test_an_unknown_station_lists_the_known_ones():
    with pytest.raises(InputError, match=r"'atlantis' is neither built in \(eskdalemuir, sierra-nevada\) nor a file"):
        load_station("atlantis")


def test_a_folder_is_no_station(tmp_path):
    with pytest.raises(InputError, match="nor a file"):
        load_station(str(tmp_path))


def test_the_environment_overrides_a_default(monkeypatch):
    monkeypatch.setenv("IAR_STATION_BOUNDARY_HOUR", "10")
    monkeypatch.setenv("IAR_STATION_RESPONSE", '{"kind": "flat", "volts_per_nt": 0.1}')
    station = load_station("eskdalemuir")
    assert (station.boundary_hour, station.response) == (10, FlatResponse(volts_per_nt=0.1))


def test_the_environment_is_read_at_each_call_not_at_import(monkeypatch):
    before = load_station("eskdalemuir").boundary_hour
    monkeypatch.setenv("IAR_STATION_BOUNDARY_HOUR", str(before - 1))
    assert load_station("eskdalemuir").boundary_hour == before - 1


def test_the_environment_stands_above_a_built_in_station_and_a_file(monkeypatch, tmp_path):
    monkeypatch.setenv("IAR_STATION_JITTER_S", "0.5")
    (tmp_path / "station.yaml").write_text("jitter_s: 0.1\n")
    assert load_station("sierra-nevada").jitter_s == 0.5
    assert load_station(str(tmp_path / "station.yaml")).jitter_s == 0.5


def test_a_wrong_value_in_the_environment_is_named(monkeypatch):
    monkeypatch.setenv("IAR_STATION_BOUNDARY_HOUR", "99")
    with pytest.raises(
        InputError, match=r"environment \(IAR_STATION_.*boundary_hour = '99': .*less than or equal to 23"
    ):
        load_station("eskdalemuir")


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("IAR_STATION_BOUNDRY_HOUR", "3", "unknown variable IAR_STATION_BOUNDRY_HOUR, did you mean .*_BOUNDARY_HOUR"),
        ("IAR_STATION_BOUNDARY_HOUR__X", "3", "unknown variable IAR_STATION_BOUNDARY_HOUR__X, did you mean"),
        ("IAR_STATION_CHANNELS", "X,Y", 'value for field "channels" .*: expected JSON'),
        (
            "IAR_STATION_DARK__BELOW_DEG",
            "-10",
            "dark.below_deg = '-10': unknown field, known are kind, from_hour, to_h",
        ),
        (
            "IAR_STATION_RESPONSE__KIND",
            "formula",
            "response.volts_per_nt is missing: formula of f in Hz",
        ),
        ("IAR_STATION_DARK__KIND", "moon", r"dark\.kind = 'moon': expected 'hours', 'sun'"),
    ],
)
def test_a_variable_that_means_nothing_is_told_not_passed_over(monkeypatch, variable, value, said):
    monkeypatch.setenv(variable, value)
    with pytest.raises(InputError, match=f"^environment.*{said}"):
        load_station("eskdalemuir")


def test_a_response_of_another_kind_in_the_environment_takes_the_place_of_the_files_as_a_whole(
    monkeypatch, station_file
):
    path = station_file("response: {kind: table, frequency_hz: [0.1, 10], volts_per_nt: [0.01, 0.05]}")
    monkeypatch.setenv("IAR_STATION_RESPONSE", '{"kind": "flat", "volts_per_nt": 0.1}')
    assert load_station(path).response == FlatResponse(volts_per_nt=0.1)


def test_a_nested_field_of_a_station_is_set_from_the_environment(monkeypatch):
    monkeypatch.setenv("IAR_STATION_DARK__KIND", "sun")
    monkeypatch.setenv("IAR_STATION_DARK__BELOW_DEG", "-10")
    assert load_station("eskdalemuir").dark == DarkSun(below_deg=-10)


@pytest.mark.parametrize("kind", [None, "hours"])
def test_a_nested_field_in_the_environment_leaves_the_files_others_as_they_are(monkeypatch, station_file, kind):
    path = station_file("dark: {kind: hours, from_hour: 20, to_hour: 4}")
    monkeypatch.setenv("IAR_STATION_DARK__FROM_HOUR", "19")
    if kind:
        monkeypatch.setenv("IAR_STATION_DARK__KIND", kind)
    assert load_station(path).dark == DarkHours(from_hour=19, to_hour=4)


def test_one_number_of_a_coil_in_the_environment_leaves_its_others_as_they_are(monkeypatch):
    coil = load_station("sierra-nevada").response
    monkeypatch.setenv("IAR_STATION_RESPONSE__KIND", "resonant")
    monkeypatch.setenv("IAR_STATION_RESPONSE__RESISTANCE_OHM", "330e3")
    assert load_station("sierra-nevada").response == coil.model_copy(update={"resistance_ohm": 330e3})


def test_of_another_kind_in_the_environment_nothing_of_the_files_is_left(monkeypatch, station_file):
    path = station_file("dark: {kind: sun, below_deg: -12}")
    monkeypatch.setenv("IAR_STATION_DARK__KIND", "hours")
    monkeypatch.setenv("IAR_STATION_DARK__FROM_HOUR", "19")
    assert load_station(path).dark == DarkHours(from_hour=19)


def test_a_station_of_an_archive_is_not_changed_by_the_environment(monkeypatch):
    monkeypatch.setenv("IAR_STATION_BOUNDARY_HOUR", "3")
    assert stored_station({}, "archive").boundary_hour == 12


def test_a_key_that_is_no_name_is_refused(tmp_path):
    (tmp_path / "station.yaml").write_text("1: 2\n")
    with pytest.raises(InputError, match="holds no fields"):
        load_station(str(tmp_path / "station.yaml"))


def test_settings_cannot_be_changed_once_made():
    station = Station()
    with pytest.raises(ValidationError, match="frozen"):
        station.boundary_hour = 3


@pytest.mark.parametrize("model", MODELS)
def test_every_field_says_what_it_means(model):
    silent = [name for name, field in model.model_fields.items() if not field.description]
    assert set(silent) <= {"kind"}

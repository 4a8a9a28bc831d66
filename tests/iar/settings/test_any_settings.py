"""Whatever a file or a variable says, it is settings or an InputError of one line."""

import json
import os
from contextlib import contextmanager

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iar.errors import InputError
from iar.learning.retraining import Recipe
from iar.school.retrain import read_recipe
from iar.settings import Processing, Station, load_processing, load_station, settings_yaml
from iar.settings.loading import PROCESSING_PREFIX, STATION_PREFIX

ANY = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
PIECES = st.sampled_from(
    [*"{}[]:,-?&*!|>'\"%@`#~= \n\t\0", "\n  ", ": ", "- ", "<<: ", "&a ", "*a", "!!int ", "!!float ", "!!bool ",
     "!!set ", "!!timestamp ", "!!binary ", "!!python/name:os.system ", "1e999", ".nan", "1_0", "0x1", "\\ud800",
     "\u2028", "null", *Station.model_fields, *Processing.model_fields, "kind", "table", "file", "sun"]
)  # fmt: skip
TEXTS = (st.lists(PIECES | st.text(max_size=3), max_size=25).map("".join)).map(str.encode) | st.binary(max_size=60)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6) | st.integers(), inner, max_size=3),
    max_leaves=6,
)
READERS = {
    "station": (lambda path: load_station(str(path)), Station()),
    "processing": (load_processing, Processing()),
    "recipe": (lambda path: read_recipe(path, "light"), Recipe()),
}


@contextmanager
def one_line_at_most():
    try:
        yield
    except InputError as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017 - the claim
        str(error).encode("utf-8", "surrogateescape")


@pytest.mark.parametrize("kind", READERS)
@ANY
@given(text=TEXTS)
def test_any_text(kind, tmp_path, text):
    path = tmp_path / "any.yaml"
    path.write_bytes(text)
    with one_line_at_most():
        READERS[kind][0](path)


@pytest.mark.parametrize("kind", READERS)
@ANY
@given(data=st.data())
def test_any_value_of_any_field(kind, tmp_path, data):
    """What is taken can be written, and read again."""
    read, whole = READERS[kind]
    fields = json.loads(whole.model_dump_json())
    place, name = fields, data.draw(st.sampled_from(sorted(fields)))
    while isinstance(place[name], dict) and data.draw(st.booleans()):
        place = place[name]
        name = data.draw(st.sampled_from(sorted(place)))
    place[name] = data.draw(VALUES)
    path = tmp_path / "any.yaml"
    path.write_text(yaml.safe_dump(fields, allow_unicode=True), encoding="utf-8", errors="surrogateescape")
    with one_line_at_most():
        taken = read(path)
        path.write_text(settings_yaml(taken), encoding="utf-8")
        assert read(path) == taken


@pytest.mark.parametrize("load", [lambda: load_station("eskdalemuir"), load_processing])
@ANY
@given(
    name=st.sampled_from([*(name.upper() for name in (*Station.model_fields, *Processing.model_fields)), "", "_"]),
    inside=st.sampled_from(["", "__KIND", "__FREQUENCY_HZ", "__LOW_HZ", "__", "____", "__KIND__X"]),
    value=VALUES.map(lambda value: json.dumps(value, default=str))
    | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=9),
)
def test_any_variable_of_the_environment(load, monkeypatch, name, inside, value):
    for prefix in (STATION_PREFIX, PROCESSING_PREFIX):
        with monkeypatch.context() as patch, one_line_at_most():
            patch.setitem(os.environ, f"{prefix}{name}{inside}", value)
            load()


@pytest.mark.parametrize("value", ["!!timestamp soon", "!!int ''", "!!float ''", "!!bool maybe"])
def test_a_value_that_is_not_what_its_tag_says_is_reported(value, station_file):
    with pytest.raises(InputError, match=r"is no YAML: a value is not what the tag before it, !!\.\.\., says$"):
        load_station(station_file(f"name: {value}"))


def test_a_calibration_file_with_a_zero_byte_in_its_name_is_reported(station_file):
    with pytest.raises(InputError, match=r"response\.file: .*embedded null byte"):
        load_station(station_file('response: {kind: table, file: "a\\0b"}'))


def test_a_field_of_two_lines_is_told_in_one(station_file):
    with pytest.raises(InputError, match=r"a b = 1: unknown field"):
        load_station(station_file('"a\\nb": 1'))


def test_a_variable_that_is_nested_without_end_is_reported(monkeypatch):
    monkeypatch.setenv("IAR_STATION_DARK", "[" * 100_000)
    with pytest.raises(InputError, match=r"^environment \(IAR_STATION_\.\.\.\): it is nested too deeply$"):
        load_station("eskdalemuir")

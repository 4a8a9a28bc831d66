"""The processing: its file, its environment, and what cannot work."""

import pytest
from pydantic import ValidationError

from iar.errors import InputError
from iar.settings import (
    ClassicalSettings,
    SpectraSettings,
    load_processing,
)


def test_a_nested_field_of_the_processing_is_set_from_the_environment(monkeypatch):
    monkeypatch.setenv("IAR_PROCESSING_SPECTRA__HIGH_HZ", "30")
    processing = load_processing()
    assert processing.spectra.high_hz == 30
    assert processing.spectra.low_hz == SpectraSettings().low_hz


@pytest.fixture
def processing_file(tmp_path):
    def write(text):
        path = tmp_path / "processing.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_processing_file_overrides_only_the_fields_it_names(processing_file):
    processing = load_processing(processing_file("spectra: {high_hz: 20}\nfringes: {min_slots: 72}\n"))
    assert (processing.spectra.high_hz, processing.fringes.min_slots) == (20, 72)
    assert processing.spectra.low_hz == SpectraSettings().low_hz
    assert processing.classical == ClassicalSettings()


def test_the_environment_stands_above_a_processing_file_field_by_field(processing_file, monkeypatch):
    monkeypatch.setenv("IAR_PROCESSING_SPECTRA__HIGH_HZ", "30")
    spectra = load_processing(processing_file("spectra: {high_hz: 20, low_hz: 1}")).spectra
    assert (spectra.high_hz, spectra.low_hz) == (30, 1)


def test_the_corner_of_the_band_pass_goes_with_the_upper_end_unless_it_is_given(processing_file):
    def corner_hz(text):
        return load_processing(processing_file(f"spectra: {text}")).spectra.corner_hz

    assert corner_hz("{}") == 10.0  # the published one
    assert corner_hz("{high_hz: 42}") == pytest.approx(40.0)
    assert corner_hz("{high_hz: 49, filter_high_hz: 47}") == 47.0
    assert corner_hz("{high_hz: 49, filter_high_hz: null}") == pytest.approx(49 / 1.05)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("spectra: {high_hz: 50}", r"spectra\.high_hz = 50: .*less than or equal to 49"),
        ("spectra: {segments: whole}", r"spectra\.segments = 'whole': Input should be 'within' or 'continuous'"),
        ("spectra: {segment_samples: 20000}", r"spectra\.segment_samples = 20000: .*less than or equal to 10000"),
        (
            "spectra: {high_hz: 49, filter_high_hz: 10}",
            r"high_hz 49 lies where a band-pass up to 10 Hz leaves less than 1/1000 of the field: raise filter_high_hz",
        ),
        ("spectra: {high_hz: 2, filter_high_hz: 0.4}", r"filter_high_hz 0.4 is not above low_hz 0.5"),
        ("spectra: {low_hz: 10, high_hz: 10.4}", r"high_hz / 1.05 = 9.90476 is not above low_hz 10"),
        ("spectra: {low_hz: 0.001}", r"spectra\.low_hz = 0.001: .*greater than or equal to 0.01"),
        (
            "spectra: {low_hz: 5.006, high_hz: 5.02, filter_high_hz: 5.02}",
            r"0 frequencies lie from low_hz 5.006 to high_hz 5.02, at least 16 are needed: widen the band, or raise",
        ),
        (
            "{spectra: {segment_samples: 256}, classical: {spline_pieces: 20, spline_order: 12}}",
            r"classical.spline_pieces 20 over 10 Hz need 30 frequencies, the spectra have 25: take fewer pieces",
        ),
        ("classical: {dilate_slots: 865}", r"classical\.dilate_slots = 865: .*less than or equal to 864"),
        ("spectra: {hihg_hz: 20}", r"spectra\.hihg_hz = 20: unknown field, did you mean high_hz\?"),
        ("spectrum: {high_hz: 20}", r"spectrum = {'high_hz': 20}: unknown field, did you mean spectra\?"),
        (
            "spectra: 20",
            r"spectra = 20: Input should be a valid dictionary.*; expected fields, of low_hz, high_hz, .*, edge_slots$",
        ),
        ("spectra: {high_hz: 0.4}", r"spectra: high_hz 0\.4 is not above low_hz 0\.5"),
        ("classical: {dilate_slots: 1.5}", r"classical\.dilate_slots = 1\.5: .*integer"),
        ("high", r"holds no fields: expected lines such as 'spectra: {high_hz: 20}'"),
    ],
)
def test_a_wrong_processing_file_is_in_one_line(processing_file, text, said):
    path = processing_file(text)
    with pytest.raises(InputError, match=said) as caught:
        load_processing(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_a_processing_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"gone\.yaml: No such file"):
        load_processing(tmp_path / "gone.yaml")


def test_a_wrong_value_of_the_processing_in_the_environment_is_named(monkeypatch):
    monkeypatch.setenv("IAR_PROCESSING_SPECTRA__HIGH_HZ", "many")
    with pytest.raises(InputError, match=r"^environment \(IAR_PROCESSING_.*spectra\.high_hz = 'many': .*number"):
        load_processing()


def test_an_empty_band_is_refused():
    with pytest.raises(ValidationError, match=r"high_hz 0\.4 is not above low_hz 0\.5"):
        SpectraSettings(high_hz=0.4)

"""Sensitivities in CDF files, written by cdflib, become the response of each coil, in nights that the station says."""

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from iar.errors import InputError
from iar.settings import load_station
from iar.stages.station import coils_pt_per_count

cdflib = pytest.importorskip("cdflib", reason="cdflib is not installed")
from cdflib.cdfwrite import CDF  # noqa: E402

NAME = "isee_induction_msr_2014011012_v01.cdf"
FREQUENCY_HZ = np.geomspace(0.01, 32, 40)
NIGHT = dt.date(2014, 1, 10)
HEAD = "name: moshiri\nformat: isee\nrate_hz: 64\nchannels_in_file: 2\nunit: V\ncalibrations:\n"


def coil(scale: float) -> np.ndarray:
    """A coil that rises with frequency up to its corner at 6 Hz, V/nT, at the frequencies of the file."""
    return scale * 1j * FREQUENCY_HZ / (1 + 1j * FREQUENCY_HZ / 6)


COILS = np.stack([coil(0.3), coil(0.2), coil(0.1)], axis=1)


def write(path: Path, coils: np.ndarray = COILS, *, unit: str = "V/nT", rows: int = 40, phase: str = "degrees", **left):
    """CDF with a record each frequency, as SPEDAS asks for them; `left` are names to be left out."""
    base = {"Num_Elements": 1, "Rec_Vary": True, "Data_Type": 45}
    degrees = np.angle(coils, deg=phase != "rad")
    columns = {
        "frequency": (FREQUENCY_HZ, {"UNITS": "Hz"}),
        "sensitivity": (np.abs(coils), {"UNITS": unit} if unit else {}),
        "phase_difference": (degrees, {"UNITS": phase}),
    }
    with CDF(path, delete=True) as file:
        for name, (values, attributes) in columns.items():
            if name not in left:
                spec = {**base, "Variable": name, "Dim_Sizes": list(values.shape[1:])}
                file.write_var(spec, attributes, values[:rows])


def pt_per_count(station, night=NIGHT) -> np.ndarray:
    return np.array(coils_pt_per_count(station, night, FREQUENCY_HZ))


@pytest.mark.parametrize(
    ("unit", "scale", "phase"),
    [("V/nT", 1, "degrees"), ("mV / nT", 1e3, "degrees"), ("", 1, "degrees"), ("V/nT", 1, "rad")],
)
def test_h_and_d_have_their_own_sensitivity_and_phase(unit, scale, phase, station_file, tmp_path):
    write(tmp_path / NAME, COILS * scale, unit=unit, phase=phase)
    station = load_station(station_file(f"{HEAD}- {{file: {NAME}}}\n"))
    np.testing.assert_allclose(pt_per_count(station), 1e3 * 1e-7 / COILS.T[:2], rtol=1e-5)


def test_a_coil_that_was_changed_is_another_file_from_a_night_on(station_file, tmp_path):
    write(tmp_path / NAME)
    write(tmp_path / "isee_induction_msr_2016050112_v01.cdf", 2 * COILS)
    epochs = "- {file: isee_induction_msr_2014011012_v01.cdf, to_night: 2016-04-30}\n"
    epochs += "- {file: isee_induction_msr_2016050112_v01.cdf, from_night: 2016-05-01}\n"
    station = load_station(station_file(HEAD + epochs))
    before, after = (pt_per_count(station, night) for night in (dt.date(2016, 4, 30), dt.date(2016, 5, 1)))
    np.testing.assert_allclose(before, 2 * after, rtol=1e-6)


def test_a_coil_may_take_the_table_of_its_component_alone(station_file, tmp_path):
    write(tmp_path / NAME)
    station = load_station(station_file(f"{HEAD}- {{channel: EW, file: {NAME}}}\n"))
    np.testing.assert_allclose(pt_per_count(station)[1], 1e3 * 1e-7 / COILS[:, 1], rtol=1e-5)
    assert station.calibrations[0].channel == "EW"


def test_rows_that_are_fill_values_are_left_out(station_file, tmp_path):
    coils = COILS.copy()
    coils[5] = 0
    write(tmp_path / NAME, coils)
    (first, _) = load_station(station_file(f"{HEAD}- {{file: {NAME}}}\n")).calibrations
    assert len(first.response.frequency_hz) == 39


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"unit": "V/(nT/s)"}, r"its sensitivity is in v/\(nt/s\): expected v/nt, mv/nt, uv/nt"),
        (
            {"sensitivity": True},
            "it has no numbers sensitivity, which tell of its coils: it has frequency, phase_difference",
        ),
        ({"rows": 1}, r"sensitivity has the shape \(1, 3\): expected 1 frequencies of H, D, Z"),
        ({"coils": np.zeros((40, 3))}, "0 rows of its sensitivity are numbers above 0: expected at least 2"),
    ],
)
def test_tables_that_make_no_sense_are_reported(options, message, station_file, tmp_path):
    write(tmp_path / NAME, **options)
    with pytest.raises(InputError, match=f"calibrations.0.file: .*{NAME}: {message}"):
        load_station(station_file(f"{HEAD}- {{file: {NAME}}}\n"))


def test_a_damaged_file_is_reported(station_file, tmp_path):
    write(tmp_path / NAME)
    (tmp_path / NAME).write_bytes((tmp_path / NAME).read_bytes()[:400])
    with pytest.raises(InputError, match="no whole CDF file"):
        load_station(station_file(f"{HEAD}- {{file: {NAME}}}\n"))

"""An archive keeps the calibration that it was made with, until somebody gives it another; fringes do not care."""

import datetime as dt
import shutil

import numpy as np
import pytest
import yaml

from iar.archive.store import Archive
from iar.errors import InputError
from iar.records.finding import find_records
from iar.results.simulate import simulate_night
from iar.settings import CALIBRATION_FIELDS, Calibration, Station, load_station
from iar.simulation.scenario import draw_scenario
from iar.stages.creation import create_archive
from iar.stages.fringes import read_spacing, read_verdict
from iar.stages.ingest import group_by_night, ingest_night, station_format
from iar.stages.process import process_night
from iar.stages.stage import Setup
from iar.stages.station import choose_station
from tests.commands import run_here

PUBLISHED = load_station("eskdalemuir")


@pytest.fixture
def old(processed, tmp_path):
    """Archive of the last version: flat coils and round numbers."""
    return shutil.copytree(processed, tmp_path / "old")


def density(url, night):
    return Archive(str(url)).read_sealed(night, "spectra", "spectra/density")[0]


@pytest.mark.parametrize("given", [None, "eskdalemuir"])
def test_an_archive_of_the_last_version_keeps_its_calibration_and_its_seals(old, night, given):
    station = choose_station(given, str(old))
    assert station == Station()
    archive = create_archive(str(old), station)
    assert process_night(archive, night, Setup()).ran == ()


def test_a_new_archive_has_the_published_one(tmp_path):
    for given in (None, "eskdalemuir"):
        assert choose_station(given, str(tmp_path / "none")) == PUBLISHED


def test_another_calibration_is_refused_with_the_command_that_gives_it(old):
    with pytest.raises(InputError, match=r"with volts_per_count 1e-06, not 3\.491e-06: `iar station \.\.\. --archive"):
        create_archive(str(old), PUBLISHED)


def test_an_archive_is_given_another_calibration_and_its_nights_are_made_anew_from_their_counts(
    old, processed, night, capsys
):
    status, said, _ = run_here(capsys, "station", "eskdalemuir", "--archive", old)
    assert status == 0
    assert f"it is another for 1 of 1 night(s) ({night} to {night})" in said
    archive = Archive(str(old))
    assert {field: getattr(archive.station, field) for field in CALIBRATION_FIELDS} == {
        field: getattr(PUBLISHED, field) for field in CALIBRATION_FIELDS
    }
    assert process_night(archive, night, Setup()).ran[:1] == ("spectra",)
    ratio = np.nanmedian(density(old, night) / density(processed, night), axis=(1, 2))
    np.testing.assert_allclose(ratio, np.array([3.491, 3.475]) * 0.05 / 0.0502, rtol=2e-3)
    assert run_here(capsys, "station", "eskdalemuir", "--archive", old)[1].count("0 of 1 night(s)\n") == 1


def test_a_coil_that_was_changed_is_added_to_an_archive_without_touching_the_nights_before(
    old, night, tmp_path, capsys
):
    row = Calibration(channel="NS", from_night=night + dt.timedelta(days=1), volts_per_count=2e-6)
    changed = Station(calibrations=(row,)).model_dump(mode="json")
    (tmp_path / "station.yaml").write_text(yaml.safe_dump(changed))
    _, said, _ = run_here(capsys, "station", tmp_path / "station.yaml", "--archive", old)
    assert "it is another for 0 of 1 night(s)" in said
    archive = create_archive(str(old), load_station(str(tmp_path / "station.yaml")))
    assert process_night(archive, night, Setup()).ran == ()
    assert archive.station.chain(0, night + dt.timedelta(days=1)).volts_per_count == 2e-6


def test_nothing_but_the_calibration_is_given(old, tmp_path, capsys):
    before = (old / "zarr.json").read_bytes()
    (tmp_path / "station.yaml").write_text("name: elsewhere\n")
    status, _, error = run_here(capsys, "station", tmp_path / "station.yaml", "--archive", old)
    assert status == 2
    assert "with name 'eskdalemuir', not 'elsewhere'" in error
    assert (old / "zarr.json").read_bytes() == before


def test_network_and_spacing_do_not_change_by_the_calibration(processed, night, tmp_path):
    """The night of `processed`, written in counts of the published coils and read back through them."""
    (tmp_path / "hours").mkdir()
    simulate_night(draw_scenario("fringes", night, 7), PUBLISHED, tmp_path / "hours", seed=7)
    archive = create_archive(str(tmp_path / "archive"), PUBLISHED)
    for job in group_by_night(find_records([tmp_path / "hours"], station_format(PUBLISHED)).records, 12):
        ingest_night(archive, job)
    process_night(archive, night, Setup())
    flat = Archive(str(processed))
    counts = [one.read(night, "counts/counts").astype(float).std(axis=1) for one in (flat, archive)]
    np.testing.assert_allclose(counts[0] / counts[1], np.array([3.491, 3.475]) * 0.05 / 0.0502, rtol=0.01)
    ratio = density(tmp_path / "archive", night) / density(processed, night)
    np.testing.assert_allclose(np.nanmedian(ratio, axis=(1, 2)), 1, rtol=2e-3)
    probability = [one.read(night, "detection/probability").astype(float) / 255 for one in (flat, archive)]
    assert np.abs(probability[0] - probability[1]).mean() < 0.005
    spacing = [read_spacing(one, night).delta_f_hz for one in (flat, archive)]
    both = np.isfinite(spacing[0]) & np.isfinite(spacing[1])
    assert both.sum() > 0.97 * np.isfinite(spacing[0]).sum() > 100
    assert np.median(np.abs(spacing[0] - spacing[1])[both]) < 0.003  # of other rounding: below its standard error
    assert read_verdict(archive, night).name == read_verdict(flat, night).name == "fringes"

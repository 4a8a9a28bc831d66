"""The commands that set nights beside the sun and the field."""

import datetime as dt
import json

import pandas as pd
import pytest
import xarray as xr

from iar.drivers.nights import NIGHTLY
from iar.records.indices import read_indices
from iar.settings import Station
from iar.stages.creation import create_archive
from tests.commands import check_refused, run_here
from tests.iar.spacings import put_night
from tests.markdown import names, table

DAY = dt.timedelta(days=1)
FIRST = dt.date(2013, 1, 1)


@pytest.fixture(scope="module")
def years(tmp_path_factory):
    """Archive of 300 nights: fringes where F10.7 was low, and on every fifth night the other way round."""
    flux = read_indices().daily["f107_81d"]
    archive = create_archive(str(tmp_path_factory.mktemp("drivers") / "archive"), Station())
    for number in range(300):
        night = FIRST + 3 * number * DAY
        low = bool(flux[str(night)] < 145) != (number % 5 == 0)
        put_night(archive, night, 0.5 if low else None)
    return archive.url


def test_a_row_a_night_of_what_was_found_beside_the_indices(capsys, processed, night, tmp_path):
    out = tmp_path / "nights.csv"
    status, said, err = run_here(capsys, "drivers", "--archive", processed, "--out", out)
    assert status == 0, err
    rows = pd.read_csv(out)
    assert list(rows.columns) == ["time", "night", "verdict", "delta_f_hz", *NIGHTLY]
    assert f"wrote {len(rows)} night(s)" in said
    (row,) = rows[rows["night"].str.startswith(str(night))].itertuples()
    assert row.verdict == "fringes"
    assert 60 < row.f107_obs < 300
    assert row.time == f"{night}T12:00:00Z"
    about = json.loads((tmp_path / "nights.csv-metadata.json").read_text())
    assert any(note.get("schema:indices", "").startswith("SW-All.txt, measured up to 20") for note in about["notes"])
    (flux,) = (one for one in about["tableSchema"]["columns"] if one["name"] == "f107_obs")
    assert flux["schema:unitText"] == "10-22 W m-2 Hz-1"


def test_other_tools_read_the_units(capsys, processed, tmp_path):
    assert run_here(capsys, "drivers", "--archive", processed, "--out", tmp_path / "n.nc")[0] == 0
    with xr.open_dataset(tmp_path / "n.nc") as nights:
        assert nights["dark_h"].attrs["units"] == "h"
        assert nights["time"].dtype.kind == "M"
        assert nights.attrs["indices"].startswith("SW-All.txt")


def test_slots_have_the_times_of_the_table_of_fringes(capsys, processed, tmp_path):
    for name, *options in (("slots.parquet", "drivers", "--each", "slot"), ("fringes.parquet", "export")):
        assert run_here(capsys, *options, "--archive", processed, "--out", tmp_path / name)[0] == 0
    slots, fringes = (pd.read_parquet(tmp_path / f"{name}.parquet") for name in ("slots", "fringes"))
    joined = slots.merge(fringes, on="time", suffixes=("", "_exported"))
    assert len(joined) == len(fringes) == len(slots)
    pd.testing.assert_series_equal(
        joined["delta_f_hz"], joined["delta_f_hz_exported"], check_names=False, check_dtype=False
    )
    assert joined["kp"].between(0, 9).all()


def test_few_nights_depend_on_nothing_and_say_why(capsys, processed, tmp_path):
    status, said, _ = run_here(capsys, "dependence", "--archive", processed, "--out", tmp_path / "drivers.png")
    assert status == 0
    assert "odds of fringes: too few nights with and without fringes" in said
    assert "spacing: too few nights with a spacing" in said
    assert (tmp_path / "drivers.png").read_bytes().startswith(b"\x89PNG")


def test_a_planted_dependence_is_shown(capsys, years, tmp_path):
    status, said, err = run_here(capsys, "dependence", "--archive", years, "--out", tmp_path / "drivers.svg")
    assert status == 0, err
    row = next(line for line in said.splitlines() if "f107_81d" in line).split()
    low, high = float(row[-5]), float(row[-3])
    assert low < high < 1
    assert "odds of fringes" in (tmp_path / "drivers.svg").read_text()
    assert "300 night(s) with data" in said


def test_without_a_verdict_there_is_nothing_to_set_beside(capsys, tmp_path):
    archive = create_archive(str(tmp_path / "archive"), Station())
    check_refused(
        run_here(capsys, "drivers", "--archive", archive.url, "--out", tmp_path / "n.csv"), "process them first"
    )


@pytest.mark.parametrize("out", ["n.txt", "nowhere/n.csv"])
def test_a_file_that_cannot_be_written_is_said_before_any_work(capsys, tmp_path, out):
    check_refused(run_here(capsys, "drivers", "--archive", tmp_path, "--out", tmp_path / out), str(tmp_path / out))


def test_the_page_has_every_column():
    rows = {names(row[0])[0]: (row[1], row[2]) for row in table("format.md", "driver", "unit")}
    assert rows == NIGHTLY

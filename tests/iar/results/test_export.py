"""Tables of several nights: what they say of themselves, and what a night that cannot be read costs."""

import datetime as dt
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from iar.archive.store import Archive
from iar.errors import InputError, NightNotSealedError
from iar.results.export import Wanted, export_nights
from iar.stages.fringes import read_estimators
from tests.commands import run_here
from tests.nights import archive_with_spectra, copy_with_verdicts

NIGHTS = [dt.date(2014, 1, 10), dt.date(2014, 1, 11)]
SPAN = ("--first-night", NIGHTS[0], "--last-night", NIGHTS[1])


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    folder = tmp_path_factory.mktemp("export")
    return copy_with_verdicts(archive_with_spectra(folder / "spectra", NIGHTS), folder / "archive", NIGHTS)


@pytest.fixture
def damaged(two, tmp_path):
    """The second night's offsets are rotten."""
    shutil.copytree(two, tmp_path / "archive")
    archive = Archive(str(tmp_path / "archive"))
    chunk = tmp_path / "archive" / "fringes/phi/c" / str(archive.index(NIGHTS[1])) / "0"
    chunk.write_bytes(b"rotten")
    return archive


def test_times_of_the_file_are_those_of_its_rows(two, tmp_path):
    export_nights(Archive(str(two)), NIGHTS, tmp_path / "t.nc")
    with xr.open_dataset(tmp_path / "t.nc", engine="h5netcdf") as table:
        assert table.attrs["time_coverage_start"] == f"{table['time'].values[0].astype('datetime64[s]')}Z"
        end = table["time"].values[-1] + np.timedelta64(100, "s")
        assert table.attrs["time_coverage_end"] == f"{end.astype('datetime64[s]')}Z"


@pytest.mark.parametrize(
    ("wanted", "dimension"),
    [(Wanted(more=True), "time"), (Wanted(("classical",)), "time"), (Wanted(("network", "classical")), "row")],
)
def test_time_is_the_dimension_unless_it_has_several_rows(two, tmp_path, wanted, dimension):
    export_nights(Archive(str(two)), NIGHTS, tmp_path / "t.nc", wanted)
    with xr.open_dataset(tmp_path / "t.nc", engine="h5netcdf") as table:
        assert table["delta_f_hz"].dims == (dimension,)


@pytest.mark.parametrize("wanted", [Wanted(more=True), Wanted(("network", "classical"))])
def test_a_checker_of_the_conventions_finds_nothing_to_say(two, tmp_path, wanted):
    """With netCDF4's own HDF5 library, in a process of its own."""
    export_nights(Archive(str(two)), NIGHTS, tmp_path / "t.nc", wanted)
    checker = Path(sys.executable).with_name("compliance-checker")
    command = [checker, "--test=cf:1.11", "--format=json", f"--output={tmp_path}/told.json", tmp_path / "t.nc"]
    subprocess.run(command, check=True, capture_output=True)
    (verdict,) = json.loads((tmp_path / "told.json").read_text()).values()
    assert [one["msgs"] for one in verdict["all_priorities"] if one["msgs"]] == []
    assert verdict["scored_points"] == verdict["possible_points"] > 10


def test_times_of_parquet_and_csv_join_and_are_utc(two, tmp_path):
    for suffix in ("csv", "parquet"):
        export_nights(Archive(str(two)), NIGHTS, tmp_path / f"t.{suffix}")
    parquet, csv = pd.read_parquet(tmp_path / "t.parquet"), pd.read_csv(tmp_path / "t.csv", parse_dates=["time"])
    assert str(parquet["time"].dt.tz) == str(csv["time"].dt.tz) == "UTC"
    assert len(parquet.merge(csv, on="time")) == 2 * 864


def test_csv_is_described_with_kinds_and_units(two, tmp_path):
    export_nights(Archive(str(two)), NIGHTS[:1], tmp_path / "t.csv", Wanted(more=True))
    verdict = json.loads((tmp_path / "t.csv-metadata.json").read_text())
    columns = {column["name"]: column for column in verdict["tableSchema"]["columns"]}
    table = pd.read_csv(tmp_path / "t.csv")
    assert list(columns) == list(table.columns)
    assert columns["time"]["datatype"] == "dateTime"
    assert (columns["fof2_mhz"]["datatype"], columns["fof2_mhz"]["schema:unitText"]) == ("double", "MHz")
    assert verdict["url"] == "t.csv"


@pytest.mark.parametrize("suffix", ["csv", "parquet", "nc"])
def test_a_night_that_cannot_be_read_is_told_and_the_others_are_there(capsys, damaged, tmp_path, suffix):
    out = tmp_path / f"t.{suffix}"
    status, verdict, err = run_here(capsys, "export", "--archive", damaged.url, *SPAN, "--out", out)
    assert status == 1
    assert "exported 864 slots of 1 night(s)" in verdict
    assert "2014-01-11" in err
    assert "fringes/phi" in err
    assert out.exists()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_month_is_drawn_without_a_night_that_cannot_be_read(capsys, two, tmp_path):
    shutil.copytree(two, tmp_path / "archive")
    archive = Archive(str(tmp_path / "archive"))
    (tmp_path / "archive/fringes/delta_f_hz/c" / str(archive.index(NIGHTS[1])) / "0").write_bytes(b"rotten")
    out = tmp_path / "m.png"
    assert run_here(capsys, "plot", "--archive", archive.url, "--span", "2014-01", "--out", out)[0] == 0
    assert out.exists()


def test_nothing_that_can_be_read_is_no_table(damaged, tmp_path):
    with pytest.raises(InputError, match=r"nothing to export: 2014-01-11: .*fringes/phi"):
        export_nights(damaged, NIGHTS[1:], tmp_path / "t.parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["archive"]


def test_estimators_of_a_night_of_an_earlier_version_are_not_made_up(two, tmp_path):
    shutil.copytree(two, tmp_path / "archive")
    archive = Archive(str(tmp_path / "archive"))
    archive.seal(NIGHTS[0], "fringes", "of version 1", {"name": "fringes", "reason": "as before"})
    with pytest.raises(NightNotSealedError, match=r"2014-01-10 .* earlier version, .* process it again"):
        read_estimators(archive, NIGHTS[0])
    rows, failed = export_nights(archive, NIGHTS, tmp_path / "t.csv", Wanted(more=True))
    assert rows == 864
    assert "earlier version" in failed[0]


@pytest.mark.parametrize(
    ("command", "word"),
    [
        (("export", *SPAN, "--ionosphere", "iri", "--out", "t.csv"), "--all-columns"),
        (("plot", "--span", "2014-01", "--width-mm", 84, "--out", "t.png"), "--night"),
        (("plot", "--span", "2014-01", "--over", "lines", "--out", "t.png"), "--night"),
    ],
)  # fmt: skip
def test_options_that_would_do_nothing_are_refused(capsys, two, tmp_path, monkeypatch, command, word):
    monkeypatch.chdir(tmp_path)
    status, _, err = run_here(capsys, *command, "--archive", two)
    assert status == 2
    assert word in err

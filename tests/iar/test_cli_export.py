import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest
import xarray as xr

from iar.fringes.table import TABLE
from tests.commands import run_here


class TestExport:
    def export(self, capsys, processed: Path, out: Path) -> None:
        span = ("--first-night", "2014-01-09", "--last-night", "2014-01-11")
        status, said, err = run_here(capsys, "export", "--archive", processed, *span, "--out", out)
        assert status == 0
        assert "864 slots of 1 night(s)" in said
        assert "2 night(s) of the range are not there or not processed" in err

    def test_three_formats_hold_the_same(self, capsys, processed, tmp_path):
        for suffix in ("csv", "parquet", "nc"):
            self.export(capsys, processed, tmp_path / f"t.{suffix}")
        csv = pd.read_csv(tmp_path / "t.csv", parse_dates=["time"])
        parquet = pd.read_parquet(tmp_path / "t.parquet")
        with xr.open_dataset(tmp_path / "t.nc", engine="h5netcdf") as nc:
            assert nc["delta_f_hz"].attrs["units"] == "Hz"
            np.testing.assert_array_equal(nc["delta_f_hz"], parquet["delta_f_hz"])
            assert list(nc.data_vars) == list(parquet.columns[1:])
        assert list(csv.columns) == list(parquet.columns)
        np.testing.assert_allclose(csv["delta_f_hz"], parquet["delta_f_hz"], rtol=1e-4)
        assert str(csv["time"][0]) == "2014-01-10 12:00:00+00:00"

    def test_each_file_says_what_it_holds(self, capsys, processed, tmp_path):
        for suffix in ("csv", "parquet", "nc"):
            self.export(capsys, processed, tmp_path / f"t.{suffix}")
        said = json.loads((tmp_path / "t.csv-metadata.json").read_text())
        about = {name.removeprefix("schema:"): value for note in said["notes"] for name, value in note.items()}
        units = {column["name"]: column.get("schema:unitText") for column in said["tableSchema"]["columns"]}
        schema = pyarrow.parquet.read_schema(tmp_path / "t.parquet")
        assert list(units) == schema.names
        with xr.open_dataset(tmp_path / "t.nc", engine="h5netcdf") as nc:
            assert nc.attrs["Conventions"] == "CF-1.11, ACDD-1.3"
            for name in ("station", "bundle", "software", "time_coverage_start"):
                assert nc.attrs[name] == about[name] == schema.metadata[name.encode()].decode()
            for name in nc.data_vars:
                assert nc[name].attrs.get("units") == units[name]
                assert nc[name].attrs["long_name"] == schema.field(name).metadata[b"long_name"].decode()
        assert about["bundle"].startswith("light ")

    def test_all_columns_of_both_sources_stand_side_by_side(self, capsys, processed, tmp_path):
        for suffix in ("csv", "parquet", "nc"):
            asked = ("--source", "network", "--source", "classical", "--all-columns", "--out", tmp_path / f"t.{suffix}")
            span = ("--first-night", "2014-01-10", "--last-night", "2014-01-10")
            status, said, _ = run_here(capsys, "export", "--archive", processed, *span, *asked)
            assert status == 0
            assert "1728 slots of 1 night(s)" in said
        table = pd.read_parquet(tmp_path / "t.parquet")
        assert list(table.columns) == [column.name for column in TABLE]
        with xr.open_dataset(tmp_path / "t.nc", engine="h5netcdf") as nc:
            assert nc["delta_f_hz"].dims == ("row",)
            np.testing.assert_array_equal(nc["source"], table["source"])
        network, classical = (table[table["source"] == name] for name in ("network", "classical"))
        both = network["delta_f_hz"].notna().to_numpy() & network["matched_delta_f_hz"].notna().to_numpy()
        assert both.sum() > 100
        apart = network["delta_f_hz"][both] - network["matched_delta_f_hz"][both]
        assert np.median(np.abs(apart)) < 0.03
        assert classical["delta_f_hz"].notna().any()
        model = network["model_delta_f_hz"] / network["delta_f_hz"]
        np.testing.assert_allclose(
            network["peak_per_m3"], (network["fof2_mhz"] / 8.98e-6) ** 2, rtol=1e-6
        )  # the same electrons
        assert 0.3 < model.median() < 3

    @pytest.mark.parametrize("asked", [("--source", "magic"), ("--ionosphere", "flat")])
    def test_what_nobody_knows_is_refused(self, capsys, processed, tmp_path, asked):
        span = ("--first-night", "2014-01-10", "--last-night", "2014-01-10")
        out = tmp_path / "t.csv"
        status, _, err = run_here(capsys, "export", "--archive", processed, *span, "--out", out, *asked)
        assert status == 2
        assert asked[1] in err
        assert not out.exists()

    def test_a_table_that_cannot_be_finished_leaves_the_older_one(self, capsys, processed, tmp_path):
        copy, out = tmp_path / "archive", tmp_path / "t.csv"
        shutil.copytree(processed, copy)
        self.export(capsys, copy, out)
        before = out.read_bytes()
        for chunk in (copy / "fringes/phi/c").rglob("*"):
            if chunk.is_file():
                chunk.write_bytes(b"rotten")
        span = ("--first-night", "2014-01-10", "--last-night", "2014-01-10")
        status, _, err = run_here(capsys, "export", "--archive", copy, *span, "--out", out)
        assert status != 0
        assert "fringes/phi" in err
        assert out.read_bytes() == before
        assert sorted(path.name for path in tmp_path.iterdir()) == ["archive", "t.csv", "t.csv-metadata.json"]

    def test_spacing_of_deep_fringes_is_right(self, capsys, hours, processed, tmp_path):
        self.export(capsys, processed, tmp_path / "t.parquet")
        found = pd.read_parquet(tmp_path / "t.parquet")
        with xr.open_dataset(hours / "truth.nc", engine="h5netcdf") as truth:
            error = found["delta_f_hz"].to_numpy() - truth["delta_f_hz"].to_numpy()[0]
            first = (found["f1_hz"] - truth["frequency_hz"].values[0, :, 0]) / truth["delta_f_hz"].values[0]
        answered = np.isfinite(error)
        assert answered.sum() > 200
        assert np.median(np.abs(error[answered])) < 0.05
        assert np.nanmedian(np.abs(first)) < 0.1  # of the spacing: a real resonator's fringes are not quite even
        assert (found["verdict"] == "fringes").all()

import datetime as dt
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from pyarrow import parquet

from iar.columns import Column, night_table
from iar.fringes.spacing import Spacing
from iar.fringes.table import TABLE, TableNight
from iar.results.tables import KINDS

NIGHT = dt.date(2014, 1, 10)
PROMISED_COLUMNS = [
    "time", "night", "verdict", "delta_f_hz", "delta_f_sigma_hz", "phi", "harmonics", "confidence",
    "f1_hz", "f2_hz", "f3_hz", "f4_hz", "f5_hz", "f6_hz", "f7_hz", "f8_hz", "f9_hz", "f10_hz", "f11_hz", "f12_hz",
]  # fmt: skip


def spacing_at(slot):
    curves = [np.full(864, np.nan) for _ in range(5)]
    frequency_hz = np.full((864, 12), np.nan)
    for curve, value in zip(curves, (0.8, 0.003, 0.3, 5, 0.7), strict=True):
        curve[slot] = value
    frequency_hz[slot, :3] = [1.04, 1.84, 2.64]
    return Spacing(*curves, frequency_hz)


OF_ONE_SLOT = TableNight(NIGHT, 12, "fringes", spacing_at(400))
PROMISED = [column for column in TABLE if not column.more]


def test_columns_are_those_that_outside_checks_rely_on():
    assert list(night_table(PROMISED, OF_ONE_SLOT).columns) == PROMISED_COLUMNS


def test_one_row_a_slot_from_noon_to_noon():
    table = night_table(PROMISED, OF_ONE_SLOT)
    assert len(table) == 864
    assert table["time"].iloc[0] == pd.Timestamp("2014-01-10 12:00:00")
    assert table["time"].iloc[-1] == pd.Timestamp("2014-01-11 11:58:20")
    assert set(table["time"].diff().dropna()) == {pd.Timedelta(seconds=100)}
    assert set(table["night"]) == {"2014-01-10"}
    assert set(table["verdict"]) == {"fringes"}


def test_row_of_a_slot_holds_its_values_and_all_else_is_empty():
    table = night_table(PROMISED, OF_ONE_SLOT)
    row = table.iloc[400]
    measured = ["delta_f_hz", "delta_f_sigma_hz", "phi", "harmonics", "confidence", "f1_hz", "f2_hz", "f3_hz"]
    assert row[measured].tolist() == [0.8, 0.003, 0.3, 5, 0.7, 1.04, 1.84, 2.64]
    assert row[[f"f{n}_hz" for n in range(4, 13)]].isna().all()
    assert table.drop(columns=["time", "night", "verdict"], index=400).isna().all(axis=None)


def test_what_may_follow_is_empty_where_nobody_said_it():
    table = night_table(TABLE, OF_ONE_SLOT)
    assert list(table.columns[: len(PROMISED_COLUMNS)]) == PROMISED_COLUMNS
    assert set(table["source"]) == {"network"}
    assert table[[column.name for column in TABLE if column.more and column.name != "source"]].isna().all(axis=None)


def test_every_measured_column_has_a_unit_and_every_column_a_meaning():
    assert all(column.meaning for column in TABLE)
    assert {column.name for column in TABLE if not column.unit} == {"time", "night", "verdict", "source"}
    assert {column.kind for column in TABLE if not column.unit} == {"time", "date", "text"}
    assert {column.unit for column in TABLE if column.name.endswith("_hz")} == {"Hz"}
    assert {column.unit for column in TABLE if column.name.endswith("_mhz")} == {"MHz"}


@pytest.mark.parametrize("suffix", KINDS)
def test_a_column_more_is_a_line_and_stands_in_every_kind_of_file_with_its_unit(tmp_path, suffix):
    loud = Column("loudness_db", "dB", "how loud it was", lambda night, name: night.estimators[name], more=True)
    night = replace(OF_ONE_SLOT, estimators={"loudness_db": np.arange(864.0)})
    columns = [*PROMISED, loud]
    with KINDS[suffix](tmp_path / f"t{suffix}", columns, {"title": "loud"}) as file:
        file.append(night_table(columns, night))
    values, unit = read_column(tmp_path / f"t{suffix}", "loudness_db")
    np.testing.assert_array_equal(values, np.arange(864))
    assert unit == "dB"


def read_column(path, name):
    """Values and unit of a column, by other software than that which wrote it."""
    if path.suffix == ".nc":
        with xr.open_dataset(path) as file:
            return file[name].values, file[name].attrs["units"]
    if path.suffix == ".parquet":
        table = parquet.read_table(path)
        return table[name].to_numpy(), table.field(name).metadata[b"units"].decode()
    described = json.loads(path.with_name(f"{path.name}-metadata.json").read_text())["tableSchema"]["columns"]
    return pd.read_csv(path)[name].to_numpy(), next(one["schema:unitText"] for one in described if one["name"] == name)

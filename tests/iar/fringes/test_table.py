import datetime as dt

import numpy as np
import pandas as pd

from iar.fringes.spacing import Spacing
from iar.fringes.table import COLUMNS, MEANINGS, MORE_COLUMNS, UNITS, night_table

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


def test_columns_are_those_that_outside_checks_rely_on():
    assert list(COLUMNS) == PROMISED_COLUMNS
    assert list(night_table(NIGHT, "fringes", spacing_at(400), boundary_hour=12).columns) == PROMISED_COLUMNS


def test_one_row_a_slot_from_noon_to_noon():
    table = night_table(NIGHT, "fringes", spacing_at(400), boundary_hour=12)
    assert len(table) == 864
    assert table["time"].iloc[0] == pd.Timestamp("2014-01-10 12:00:00")
    assert table["time"].iloc[-1] == pd.Timestamp("2014-01-11 11:58:20")
    assert set(table["time"].diff().dropna()) == {pd.Timedelta(seconds=100)}
    assert set(table["night"]) == {"2014-01-10"}
    assert set(table["verdict"]) == {"fringes"}


def test_row_of_a_slot_holds_its_values_and_all_else_is_empty():
    table = night_table(NIGHT, "fringes", spacing_at(400), boundary_hour=12)
    row = table.iloc[400]
    measured = ["delta_f_hz", "delta_f_sigma_hz", "phi", "harmonics", "confidence", "f1_hz", "f2_hz", "f3_hz"]
    assert row[measured].tolist() == [0.8, 0.003, 0.3, 5, 0.7, 1.04, 1.84, 2.64]
    assert row[[f"f{n}_hz" for n in range(4, 13)]].isna().all()
    assert table.drop(columns=["time", "night", "verdict"], index=400).isna().all(axis=None)


def test_what_may_follow_is_empty_where_nobody_said_it():
    table = night_table(NIGHT, "fringes", spacing_at(400), boundary_hour=12, more={"source": "network"})
    assert list(table.columns) == [*PROMISED_COLUMNS, *MORE_COLUMNS]
    assert set(table["source"]) == {"network"}
    assert table[list(MORE_COLUMNS[1:])].isna().all(axis=None)


def test_every_measured_column_has_a_unit_and_every_column_a_meaning():
    columns = {*PROMISED_COLUMNS, *MORE_COLUMNS}
    assert set(MEANINGS) == columns
    assert set(UNITS) == columns - {"time", "night", "verdict", "source"}
    assert {UNITS[name] for name in columns if name.endswith("_hz")} == {"Hz"}
    assert {UNITS[name] for name in columns if name.endswith("_mhz")} == {"MHz"}

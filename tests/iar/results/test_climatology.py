"""Climatology of an archive: nights whose spacing was written by hand, through the command, to files."""

import datetime as dt

import pandas as pd
import pytest

from iar.errors import NightNotSealedError
from iar.results.climatology import COLUMNS, read_fringes
from iar.settings import Station
from iar.stages.creation import create_archive
from tests.commands import check_refused, run_here
from tests.iar.spacings import put_night

SPACING_HZ = {
    dt.date(2013, 12, 30): 1.5, dt.date(2014, 1, 10): 1.0, dt.date(2014, 1, 11): 1.2, dt.date(2014, 7, 1): None,
}  # fmt: skip


@pytest.fixture(scope="module")
def years(tmp_path_factory):
    station = Station(first_night=dt.date(2013, 1, 1), last_night=dt.date(2014, 12, 31))
    archive = create_archive(str(tmp_path_factory.mktemp("years") / "archive"), station)
    for night, spacing_hz in SPACING_HZ.items():
        put_night(archive, night, spacing_hz)
    archive.seal(dt.date(2014, 3, 1), "counts", "by hand", {"effort": {"NS": 1.0, "EW": 1.0}})  # not processed
    return archive


def climatology(capsys, *options):
    return run_here(capsys, "climatology", *options)


def test_months_are_printed_and_the_table_has_years_and_hours(capsys, years, tmp_path):
    out = tmp_path / "climatology.csv"
    status, printed, err = climatology(capsys, "--archive", years.url, "--out", out)
    assert (status, err) == (0, "")
    lines = printed.splitlines()
    assert lines[1].split() == ["1", "2", "2", "100%", "34%", "to", "100%", "1.100", "1.050", "to", "1.150", "0.011"]
    assert lines[2].split() == ["2", "0", "0", "-", "-", "-", "-", "-"]
    assert lines[-1] == f"4 night(s) with a verdict in {years.url}; wrote {out}"
    table = pd.read_csv(out)
    assert tuple(table.columns) == COLUMNS
    by_year = table[table["year"].notna()].set_index("year")
    assert by_year["delta_f_median_hz"].to_dict() == pytest.approx({2013: 1.5, 2014: 1.1})
    assert by_year["nights"].to_dict() == {2013: 1, 2014: 3}
    by_hour = table[table["hour_utc"].notna()]
    assert set(zip(by_hour["month"], by_hour["hour_utc"], strict=True)) == {(1, 22), (1, 23), (12, 22), (12, 23)}


def test_a_range_of_nights_is_all_that_counts(capsys, years, tmp_path):
    out = tmp_path / "january.parquet"
    options = ["--first-night", "2014-01-01", "--last-night", "2014-01-10", "--out", out]
    status, printed, _ = climatology(capsys, "--archive", years.url, *options)
    assert status == 0
    assert "1 night(s) with a verdict" in printed
    assert pd.read_parquet(out).loc[0, "delta_f_median_hz"] == pytest.approx(1.0)


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_it_is_drawn_where_the_suffix_says_so(capsys, years, tmp_path, suffix):
    out = tmp_path / f"climatology{suffix}"
    assert climatology(capsys, "--archive", years.url, "--out", out)[0] == 0
    assert out.stat().st_size > 10_000


def test_a_damaged_night_is_told_and_the_others_count(capsys, tmp_path):
    station = Station(first_night=dt.date(2014, 1, 1), last_night=dt.date(2014, 12, 31))
    archive = create_archive(str(tmp_path / "archive"), station)
    for day in (1, 2):
        put_night(archive, dt.date(2014, 1, day), 1.0)
    (tmp_path / "archive" / "fringes" / "delta_f_hz" / "c" / "1" / "0").write_bytes(b"not a chunk")
    status, printed, err = climatology(capsys, "--archive", archive.url)
    assert status == 1
    assert "1 night(s) with a verdict" in printed
    assert err.startswith("failed: 2014-01-02: ")
    assert err.count("\n") == 1


def test_what_is_not_there_is_said_in_a_line(capsys, years, tmp_path):
    check_refused(climatology(capsys, "--archive", tmp_path / "none"), "no archive at")
    check_refused(climatology(capsys, "--archive", years.url, "--out", tmp_path / "x.txt"), "x.txt", ".csv")
    check_refused(
        climatology(capsys, "--archive", years.url, "--first-night", "2014-02-01", "--last-night", "2014-04-01"),
        "1 night(s)",
        "verdict",
    )
    check_refused(climatology(capsys, "--archive", years.url, "--first-night", "May"), "'May'")
    with pytest.raises(NightNotSealedError):
        read_fringes(years, dt.date(2014, 3, 1))

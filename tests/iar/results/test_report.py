"""The report of a range of nights as a page that needs nothing else."""

import datetime as dt
import shutil

import numpy as np
import pandas as pd
import pytest

from iar.archive.store import Archive
from iar.columns import night_table
from iar.errors import InputError
from iar.harmonics.table import TABLE
from iar.results.export import export_nights
from iar.results.page import Page, PageTable, Section, Tile
from iar.results.report import write_nights_report
from iar.stages.harmonics import read_harmonics
from tests.commands import check_refused, run_here
from tests.nights import archive_with_spectra, copy_with_verdicts
from tests.pages import ReadPage, check_whole

NIGHTS = [dt.date(2014, 1, 10), dt.date(2014, 1, 11)]
LATER = dt.date(2014, 1, 20)
SPAN = ("--first-night", NIGHTS[0], "--last-night", NIGHTS[1])


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    return copy_with_verdicts(archive_with_spectra(folder / "spectra", NIGHTS), folder / "archive", NIGHTS)


@pytest.fixture(scope="module")
def page(two, tmp_path_factory):
    out = tmp_path_factory.mktemp("page") / "report.html"
    assert write_nights_report(Archive(str(two)), NIGHTS, out, span=(NIGHTS[0], NIGHTS[-1])) == []
    return out.read_text(encoding="utf-8")


def test_the_page_needs_nothing_from_anywhere(page):
    assert len(ReadPage(page).images) == 2 + len(NIGHTS)  # spacings, calendar, and each night
    check_whole(page)


def test_every_night_has_its_verdict_its_reason_and_its_picture(page, two):
    read = ReadPage(page)
    for night in NIGHTS:
        note = Archive(str(two)).manifest(night).stages["fringes"].note
        assert f"{night}: {note['name']}" in " ".join(read.headings)
        assert [row[-1] for row in read.cells if row and row[0] == str(night)] == [note["reason"]]
        assert f"Night of {night}" in {image["alt"] for image in read.images}


def test_medians_of_each_harmonic_are_those_of_its_table(page, two):
    found = night_table(TABLE, read_harmonics(Archive(str(two)), NIGHTS[0]))
    second = found[found["harmonic"] == 2].median(numeric_only=True)
    said = next(row for row in ReadPage(page).cells if row[0] == "2")
    wanted = [second[name] for name in ("frequency_hz", "width_hz", "q", "depth_ns_db", "depth_ew_db")]
    assert [float(cell) for cell in said[1:6]] == pytest.approx(wanted, abs=6e-4)


def test_medians_of_an_hour_are_those_of_the_exported_table(page, two, tmp_path):
    export_nights(Archive(str(two)), NIGHTS[:1], tmp_path / "t.csv")
    table = pd.read_csv(tmp_path / "t.csv")
    nine = table[table["time"].str.slice(11, 13) == "21"]
    assert len(nine) == 36
    wanted = [np.nanmedian(nine[name]) for name in ("delta_f_hz", "delta_f_sigma_hz", "f1_hz", "f2_hz")]
    said = next(row for row in ReadPage(page).cells if row[0] == "21:00")
    assert [float(cell) for cell in said[2:6]] == pytest.approx(wanted, abs=6e-4)


def test_the_same_nights_give_the_same_page(page, two, tmp_path):
    write_nights_report(Archive(str(two)), NIGHTS, tmp_path / "again.html", span=(NIGHTS[0], NIGHTS[-1]))
    assert (tmp_path / "again.html").read_text(encoding="utf-8") == page


def test_a_night_that_cannot_be_read_is_told_and_the_others_are_there(capsys, two, tmp_path):
    shutil.copytree(two, tmp_path / "archive")
    archive = Archive(str(tmp_path / "archive"))
    (tmp_path / "archive" / "fringes/phi/c" / str(archive.index(NIGHTS[1])) / "0").write_bytes(b"rotten")
    out = tmp_path / "report.html"
    status, said, err = run_here(capsys, "report", "--archive", archive.url, *SPAN, "--out", out)
    assert status == 1
    assert f"wrote the report of 1 night(s): {out}" in said
    assert err.count("\n") == 1
    assert err.startswith("failed: 2014-01-11: ")
    assert f"{NIGHTS[1]}: " not in " ".join(ReadPage(out.read_text(encoding="utf-8")).headings)


def test_without_a_night_that_can_be_read_nothing_is_written(two, tmp_path):
    with pytest.raises(InputError, match="nothing to report: 2014-01-20"):
        write_nights_report(Archive(str(two)), [LATER], tmp_path / "report.html", span=(LATER, LATER))
    assert not (tmp_path / "report.html").exists()


def test_nights_that_are_not_there_count_as_missing_samples(two, tmp_path):
    write_nights_report(Archive(str(two)), NIGHTS, tmp_path / "month.html", span=(dt.date(2014, 1, 1), LATER))
    text = (tmp_path / "month.html").read_text(encoding="utf-8")
    assert "<b>10.0%</b><small>of the samples of 20 nights are there</small>" in text
    assert "2014-01-01 to 2014-01-20</h1>" in text


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((*SPAN, "--out", "report.pdf"), ("report.pdf", ".html")),
        ((*SPAN, "--out", "nowhere/report.html"), ("nowhere",)),
        (
            ("--first-night", "2015-01-01", "--last-night", "2015-01-02", "--out", "r.html"),
            ("2015-01-01 to 2015-01-02",),
        ),
    ],
)
def test_what_cannot_be_reported_is_refused_in_a_line(capsys, two, options, words):
    check_refused(run_here(capsys, "report", "--archive", two, *options), *words)


def test_what_a_page_is_given_stands_there_as_text():
    odd = "<script>alert(1)</script>"
    page = Page(odd, odd, [Tile(odd, odd)], {odd: odd}, [Section(odd, odd, (), (PageTable(odd, (odd,), ((odd,),)),))])
    text = page.render()
    assert "<script" not in text
    assert text.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 9

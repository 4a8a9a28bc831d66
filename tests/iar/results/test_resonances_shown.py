"""Where a night's Schumann resonances are seen: its picture, its page in the quick-look, its place in the report."""

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from iar.archive.store import Archive
from iar.plots.resonances import ResonancePicture, plot_resonances
from iar.results.other_pictures import resonance_span_plot
from iar.results.picture import night_picture
from iar.results.report import write_nights_report
from iar.schumann.table import mode_medians
from iar.settings import Processing, SpectraSettings
from iar.stages.process import process_night
from iar.stages.schumann import read_resonances
from iar.stages.stage import Setup
from tests.commands import run_here
from tests.iar.quicklook.asking import browse
from tests.nights import archive_with_resonances

NIGHT = dt.date(2014, 1, 10)


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    archive = archive_with_resonances(tmp_path_factory.mktemp("shown") / "archive", NIGHT)
    process_night(archive, NIGHT, Setup(Processing(spectra=SpectraSettings(high_hz=25))))
    return archive


def test_medians_are_those_of_the_intervals_without_a_flag(wide):
    medians = mode_medians(read_resonances(wide, NIGHT))
    assert [(one.channel, one.mode) for one in medians] == [(name, mode) for name in ("NS", "EW") for mode in (1, 2, 3)]
    assert [one.frequency_hz for one in medians[:3]] == pytest.approx([7.9, 14.3, 20.4], abs=0.03)
    assert [one.intervals for one in medians[3:]] == [0, 0, 0]
    assert np.isnan([one.frequency_hz for one in medians[3:]]).all()


def test_the_picture_has_a_panel_for_each_mode_and_quantity(wide):
    found = read_resonances(wide, NIGHT)
    figure = plot_resonances(ResonancePicture("eskdalemuir", "three modes", found))
    assert len(figure.axes) == 9
    points, *_ = figure.axes[0].containers[1]  # after those with a flag
    hours, hz = points.get_data()
    assert hours[0] == pytest.approx(12 + 6 + 1 / 12)
    np.testing.assert_array_equal(hz, found.values["frequency_hz"][0, 36:, 0][found.values["flag"][0, 36:, 0] == 0])


def test_the_quick_look_shows_them_below_the_night(wide, tmp_path):
    pages = browse(wide.url)
    page = pages.get(f"/nights/{NIGHT}").text
    assert "<h2>Schumann resonances</h2>" in page
    assert f'src="/nights/{NIGHT}/schumann.png"' in page
    assert f"{mode_medians(read_resonances(wide, NIGHT))[0].frequency_hz:.3f}" in page
    night_picture(wide, NIGHT, tmp_path / "night.png")
    assert pages.get(f"/nights/{NIGHT}/schumann.png").content[:4] == b"\x89PNG"
    (tmp_path / "table.csv").write_bytes(pages.get(f"/nights/{NIGHT}/schumann.csv").content)
    assert len(pd.read_csv(tmp_path / "table.csv")) == 864


def test_a_night_without_has_no_such_place(processed, night):
    pages = browse(processed)
    assert "Schumann" not in pages.get(f"/nights/{night}").text
    assert pages.get(f"/nights/{night}/schumann.png").status_code != 200
    assert pages.get(f"/nights/{night}/rays.png").status_code == 404


def test_the_quick_look_shows_the_polarisation_of_a_night_with_fringes(processed, night, tmp_path):
    pages = browse(processed)
    assert f'src="/nights/{night}/polarisation.png"' in pages.get(f"/nights/{night}").text
    assert pages.get(f"/nights/{night}/polarisation.png").content[:4] == b"\x89PNG"
    (tmp_path / "table.csv").write_bytes(pages.get(f"/nights/{night}/polarisation.csv").content)
    assert pd.read_csv(tmp_path / "table.csv")["harmonic"].max() > 2


def test_the_quick_look_shows_the_harmonics_of_a_night_with_fringes(processed, night, tmp_path):
    pages = browse(processed)
    assert f'src="/nights/{night}/harmonics.png"' in pages.get(f"/nights/{night}").text
    (tmp_path / "table.csv").write_bytes(pages.get(f"/nights/{night}/harmonics.csv").content)
    assert pd.read_csv(tmp_path / "table.csv")["width_hz"].notna().all()


def test_the_report_has_their_picture_and_medians(wide, tmp_path: Path):
    out = tmp_path / "report.html"
    assert write_nights_report(wide, [NIGHT], out, span=(NIGHT, NIGHT)) == []
    page = out.read_text(encoding="utf-8")
    assert "Schumann resonances: medians of the ten minutes without a flag." in page
    assert 'alt="Schumann resonances"' in page


def test_a_month_of_them_is_a_panel_for_each_coil_and_mode_with_a_row_for_each_night(wide, capsys, tmp_path):
    out = tmp_path / "month.png"
    plot = ("plot", "--archive", wide.url, "--out", out, "--view", "schumann", "--span")
    assert run_here(capsys, *plot, "2014-01")[:2] == (0, f"drew 1 night(s) to {out}\n")
    status, _, err = run_here(capsys, *plot, "2014-02")
    assert (status, "no night from 2014-02-01 to 2014-02-28 has Schumann resonances" in err) == (2, True)
    made, count = resonance_span_plot(wide, dt.date(2014, 1, 1), dt.date(2014, 1, 31))
    assert count == 1
    panels = [axis for axis in made().axes if axis.get_title()]
    assert [axis.get_title() for axis in panels] == [f"{c}, mode {m} (Hz)" for c in ("NS", "EW") for m in (1, 2, 3)]
    shown = panels[0].images[0].get_array()
    found = read_resonances(wide, NIGHT).values
    good = np.where(found["flag"][0, :, 0] == 0, found["frequency_hz"][0, :, 0], np.nan)
    np.testing.assert_array_equal(shown[9].filled(np.nan), good)
    assert shown[:9].count() == 0


def test_their_climatology_is_shown_and_written(wide, processed, capsys, tmp_path):
    out = tmp_path / "climatology.csv"
    command = ("climatology", "--product", "schumann", "--archive")
    status, told, _ = run_here(capsys, *command, wide.url, "--out", out)
    assert status == 0
    assert [line.split()[:2] for line in told.splitlines()[1:4]] == [["NS", "1"], ["NS", "2"], ["NS", "3"]]
    table = pd.read_csv(out)
    assert set(table["hour_utc"]) == set(range(24)) - set(range(12, 18))
    assert table[table["mode"] == 2]["frequency_median_hz"].median() == pytest.approx(14.3, abs=0.03)
    status, _, err = run_here(capsys, *command, processed)
    assert status == 2
    assert "mode 1 needs 11 Hz" in err

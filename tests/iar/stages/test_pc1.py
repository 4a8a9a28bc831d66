"""The stage of Pc1 on a simulated night with pearls: its events, their table, picture and page."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from iar.archive.store import Archive
from iar.pc1.table import TABLE
from iar.results.picture import Look, night_plot
from iar.settings import Station
from iar.simulation.density import measured_density
from iar.simulation.scenario import draw_scenario
from iar.stages.creation import create_archive
from iar.stages.pc1 import has_pc1, read_pc1
from iar.stages.process import process_night
from iar.stages.stage import Setup
from tests.commands import run_here
from tests.iar.quicklook.asking import browse
from tests.nights import seal_density

PEARLS = dt.date(2012, 1, 5)


@pytest.fixture(scope="module")
def pearled(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    archive = create_archive(str(tmp_path_factory.mktemp("pearls") / "archive"), Station())
    drawn = draw_scenario("pearls", PEARLS, 7001)
    seal_density(archive, PEARLS, measured_density(drawn, archive.frequency_hz, np.random.default_rng(70)))
    process_night(archive, PEARLS, Setup())
    return archive


def test_pearls_are_events_in_order_of_time_and_in_the_table(pearled, capsys, tmp_path):
    found = read_pc1(pearled, PEARLS)
    assert has_pc1(pearled.manifest(PEARLS))
    starts_s = found.values["start_s"][found.rows]
    assert 1 <= len(found.rows) == pearled.manifest(PEARLS).noted("pc1", "events")
    assert (np.diff(starts_s) >= 0).all()
    out = tmp_path / "pc1.parquet"
    assert run_here(capsys, "export", "--product", "pc1", "--archive", pearled.url, "--out", out)[0] == 0
    table = pd.read_parquet(out)
    assert list(table.columns) == [column.name for column in TABLE]
    assert len(table) == len(found.rows)
    after_s = (table["time"] - pd.Timestamp(f"{PEARLS}T12:00Z")).dt.total_seconds()
    np.testing.assert_allclose(after_s, starts_s)


def test_its_picture_and_its_page_show_them(pearled):
    figure = night_plot(pearled, PEARLS, Look("pc1"))()
    assert len(figure.axes[0].patches) == len(read_pc1(pearled, PEARLS).rows)
    assert f'src="/nights/{PEARLS}/pc1.png"' in browse(pearled.url).get(f"/nights/{PEARLS}").text


def test_fringes_are_no_events(processed, night):
    assert not has_pc1(Archive(str(processed)).manifest(night))

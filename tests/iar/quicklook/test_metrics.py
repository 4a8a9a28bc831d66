"""Figures for a monitoring: those of the archive, read by Prometheus' own parser; and a dashboard asks for no other."""

import datetime as dt
import json
import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from iar.quicklook.holdings import Shelf
from iar.quicklook.metrics import MEDIA
from iar.settings import Station
from iar.stages.creation import create_archive
from tests.iar.quicklook.asking import browse, sentence_of
from tests.iar.spacings import put_night

DASHBOARD = Path(__file__).parents[3] / "deployments" / "grafana.json"
FIRST = dt.date(2014, 1, 10)


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Three nights by hand: with fringes, without, with counts only."""
    station = Station(first_night=FIRST, last_night=dt.date(2014, 1, 31))
    archive = create_archive(str(tmp_path_factory.mktemp("metrics") / "archive"), station)
    put_night(archive, FIRST, 1.3)
    put_night(archive, dt.date(2014, 1, 12), None)
    archive.seal(dt.date(2014, 1, 13), "counts", "by hand", {"effort": {"NS": 0.5, "EW": 0.0}})
    return archive


@pytest.fixture(scope="module")
def answer(archive):
    return browse(archive.url).get("/metrics")


def figures(answer):
    """Values by name and labels, but for the station, which all have."""
    found = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            labels = dict(sample.labels)
            assert labels.pop("station") == "eskdalemuir"
            found[sample.name, *labels.values()] = sample.value
    return found


def test_nights_are_counted_by_state_and_verdict(answer):
    assert answer.headers["content-type"] == MEDIA
    found = figures(answer)
    assert [found["iar_nights", state] for state in ("judged", "waiting", "empty", "damaged")] == [2, 1, 0, 0]
    assert [found["iar_verdicts", verdict] for verdict in ("fringes", "no_fringes")] == [1, 1]
    assert found["iar_holes",] == 4  # one coil lacks half of the first, one night is missing, the third lacks both


def test_the_size_is_that_of_the_files_and_grows_with_them(answer, archive):
    files = [path for path in Path(archive.url).rglob("*") if path.is_file()]
    assert figures(answer)["iar_archive_bytes",] == sum(path.stat().st_size for path in files)
    assert figures(answer)["iar_disk_free_bytes",] > 0


def test_the_last_samples_are_those_of_the_past(processed, night):
    held = Shelf(str(processed)).look()
    noon = dt.datetime.combine(night, dt.time(12), dt.UTC)
    assert noon < held.data_until(noon + dt.timedelta(days=1)) <= noon + dt.timedelta(days=1)
    assert held.data_until(noon - dt.timedelta(days=300)) is None  # a recorder whose clock is ahead by that much


def test_without_an_archive_there_is_a_sentence(tmp_path):
    answer = browse(tmp_path / "none").get("/metrics")
    assert answer.status_code == 503
    assert sentence_of(answer).startswith("no archive at")


def test_the_dashboard_asks_for_figures_that_there_are(answer):
    asked = {
        name
        for panel in json.loads(DASHBOARD.read_text())["panels"]
        for target in panel["targets"]
        for name in re.findall(r"iar_\w+", target["expr"])
    }
    told = set(re.findall(r"^# TYPE (iar_\w+) gauge$", answer.text, re.MULTILINE))
    assert asked == told

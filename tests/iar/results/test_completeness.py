"""What an archive can see, through the command: an archive of two quiet nights and one with fringes."""

import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest

from iar.archive.store import Archive
from iar.completeness.injections import DEPTHS_DB
from iar.detection.bundle import SHIPPED, bundle_digest
from iar.errors import DamagedArchiveError, InputError
from iar.learning.judgement.evaluation import FREQUENCY_HZ
from iar.results.completeness import LIMIT, is_stale, read_limit_db
from iar.results.trials import plan
from iar.settings import Station
from iar.simulation.density import measured_density
from iar.simulation.scenario import draw_scenario
from iar.stages.creation import create_archive
from iar.stages.process import process_night
from iar.stages.stage import Setup
from tests.commands import check_refused, run_here, run_within
from tests.nights import seal_density

NIGHTS = [dt.date(2014, 1, 10), dt.date(2014, 1, 11), dt.date(2014, 1, 12)]
SCENARIOS = ("quiet", "quiet", "fringes")
FANS = 26


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    made = create_archive(str(tmp_path_factory.mktemp("seen") / "archive"), Station())
    for night, scenario in zip(NIGHTS, SCENARIOS, strict=True):
        drawn = draw_scenario(scenario, night, 5)
        seal_density(made, night, measured_density(drawn, FREQUENCY_HZ, np.random.default_rng(5)))
        process_night(made, night, Setup())
    return made


@pytest.fixture(scope="module")
def seen(archive, tmp_path_factory):
    """Report and what the command said."""
    file = tmp_path_factory.mktemp("seen") / "seen.json"
    picture = file.with_suffix(".png")
    given = ("--archive", archive.url, "--injections", FANS, "--json", file, "--out", picture, "--workers", 1)
    status, said, _ = run_within("completeness", *given)
    assert status == 0, said
    assert picture.stat().st_size > 20_000
    return json.loads(file.read_text()), said


def test_the_report_names_the_network_and_every_fan(seen):
    report, said = seen
    assert report["network"]["digest"] == bundle_digest(SHIPPED)
    assert len(report["injections"]) == FANS
    assert all(DEPTHS_DB[0] <= one["depth_db"] <= DEPTHS_DB[1] for one in report["injections"])
    assert sum(share["fans"] for share in report["shares"]["depth"]) == FANS
    assert {one["night"] for one in report["injections"] if not one["by_day"]} <= {"2014-01-10", "2014-01-11"}
    assert said.splitlines()[-1].startswith(f"laid {FANS} fan(s) over ")


def test_deep_fans_are_found_and_those_that_nobody_sees_are_not(seen):
    report, _ = seen
    deep = [one["found"] for one in report["injections"] if one["depth_db"] > 3 and one["spacing_hz"] < 1]
    shallow = [one["found"] for one in report["injections"] if one["depth_db"] < 0.9]
    assert deep
    assert all(deep)
    assert shallow
    assert not any(shallow)


def test_what_is_not_known_is_null_as_json_has_no_nan(seen):
    report, _ = seen
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    assert {one["error"] is None for one in report["injections"] if not one["right_slots"]} == {True}


def test_the_archive_keeps_the_report_and_each_night_its_limit(archive, seen, tmp_path):
    report, _ = seen
    assert archive.completeness() == report
    limits_db = {night: read_limit_db(archive, night) for night in NIGHTS}
    assert all(DEPTHS_DB[0] <= limit_db <= DEPTHS_DB[1] for limit_db in limits_db.values())
    file = tmp_path / "table.csv"
    run_within("export", "--archive", archive.url, "--first-night", NIGHTS[0], "--last-night", NIGHTS[1], "--out", file,
               "--all-columns")  # fmt: skip
    by_night = pd.read_csv(file).groupby("night")["detection_limit_db"].unique()
    assert by_night.map(list).to_dict() == {str(night): [pytest.approx(limits_db[night])] for night in NIGHTS[:2]}


def test_a_report_is_stale_once_another_network_has_looked(archive, seen):
    report, _ = seen
    assert not is_stale(report, archive, NIGHTS)
    assert is_stale(report | {"network": {"digest": "another"}}, archive, NIGHTS)


def test_a_limit_goes_with_the_seal_of_the_fringes_that_it_was_measured_for(tmp_path):
    store = create_archive(str(tmp_path / "archive"), Station())
    store.seal(NIGHTS[0], "fringes", "first", {"name": "no_fringes", "reason": ""})
    assert store.add_to_seal(NIGHTS[0], "fringes", "first", {LIMIT: 1.6})
    assert read_limit_db(store, NIGHTS[0]) == pytest.approx(1.6)
    store.seal(NIGHTS[0], "fringes", "second", {"name": "no_fringes", "reason": ""})
    assert np.isnan(read_limit_db(store, NIGHTS[0]))
    assert not store.add_to_seal(NIGHTS[0], "fringes", "first", {LIMIT: 1.6})
    assert np.isnan(read_limit_db(store, NIGHTS[0]))


def test_fans_go_over_quiet_nights_and_by_day_where_those_are_few(archive):
    asked = plan(archive, NIGHTS, 40, 0)
    assert sum(len(one.by_night_db) + len(one.by_day_db) for one in asked) == 40
    assert not asked[2].by_night_db  # it has fringes of its own
    assert all(one.by_day_db and one.day for one in asked)
    assert plan(archive, NIGHTS, 40, 0) == asked
    assert plan(archive, NIGHTS, 40, 1) != asked


def test_an_archive_without_verdicts_is_refused(tmp_path, capsys):
    store = create_archive(str(tmp_path / "archive"), Station())
    check_refused(run_here(capsys, "completeness", "--archive", store.url), "no night of", "process them first")
    with pytest.raises(InputError, match="process them first"):
        plan(store, [], 10, 0)


def test_files_are_looked_at_before_any_work(archive, capsys, tmp_path):
    for option, name in (("--json", "seen.txt"), ("--out", "seen.txt")):
        check_refused(run_here(capsys, "completeness", "--archive", archive.url, option, tmp_path / name), name)


@pytest.mark.parametrize("text", ["{", "[]"])
def test_a_damaged_report_says_where_it_lies(tmp_path, text):
    store = create_archive(str(tmp_path / "archive"), Station())
    assert store.completeness() is None
    (tmp_path / "archive/manifest").mkdir(exist_ok=True)
    (tmp_path / "archive/manifest/completeness.json").write_text(text)
    with pytest.raises(DamagedArchiveError, match=r"manifest/completeness\.json is damaged"):
        Archive(store.url).completeness()

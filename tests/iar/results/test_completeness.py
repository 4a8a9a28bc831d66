"""What an archive can see, through the command: an archive of two quiet nights and one with fringes."""

import datetime as dt
import json
import re
import shutil

import numpy as np
import pandas as pd
import pytest

from iar.archive.store import Archive
from iar.completeness.injections import DEPTHS_DB
from iar.detection.bundle import SHIPPED, bundle_digest
from iar.errors import DamagedArchiveError, InputError
from iar.learning.judgement.evaluation import FREQUENCY_HZ
from iar.results.completeness import completeness_of, completeness_report, keep_report
from iar.results.limits import LIMIT, completeness_caution, limit_words, looked_with, read_limit_db, stale_words
from iar.results.picture import night_plot
from iar.results.trials import Asked, night_trial, plan
from iar.settings import Processing, Station
from iar.simulation.density import measured_density
from iar.simulation.scenario import draw_scenario
from iar.stages.creation import create_archive
from iar.stages.process import process_night
from iar.stages.stage import Setup
from tests.commands import check_refused, run_here, run_within
from tests.iar.quicklook.asking import browse
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


def test_a_report_is_stale_once_another_network_or_other_settings_have_looked(archive, seen):
    report, _ = seen
    assert completeness_caution(archive, NIGHTS) == ""
    looked = [looked_with(archive.manifest(night)) for night in NIGHTS]
    assert stale_words(report, [*looked, None]) == ""
    for other in ({"network": {"name": "n", "digest": "another"}}, {"settings": {"min_slots": 1}}):
        assert "3 of 3 night(s) were judged with another network or other settings" in stale_words(
            report | other, looked
        )


def test_every_result_says_in_a_line_that_its_completeness_is_stale(archive, seen, tmp_path, capsys):
    report, _ = seen
    stale = Archive(str(shutil.copytree(archive.url, tmp_path / "stale")))
    stale.keep_completeness(report | {"network": {"name": "old", "digest": "0123456789abcdef"}})
    words = "completeness was measured with network old 0123456789ab; 3 of 3 night(s)"
    file = tmp_path / "t.csv-metadata.json"
    for line in (("export", "--all-columns", "--out", tmp_path / "t.csv"), ("report", "--out", tmp_path / "r.html"),
                 ("climatology",)):  # fmt: skip
        assert run_here(capsys, line[0], "--archive", archive.url, *line[1:])[2] == ""
        status, _, err = run_here(capsys, line[0], "--archive", stale.url, *line[1:])
        assert (status, err.count("\n")) == (0, 1)
        assert words in err
    assert words in file.read_text()
    assert words in (tmp_path / "r.html").read_text()
    for page in ("/completeness", "/climatology"):
        assert words in browse(stale.url).get(page).text
        assert "completeness was measured with" not in browse(archive.url).get(page).text


def test_a_night_judged_with_other_settings_gets_no_limit_that_is_not_its_own(archive, tmp_path):
    store = Archive(str(shutil.copytree(archive.url, tmp_path / "copy")))
    other = Processing.model_validate({"fringes": {"min_slots": 40}})
    tried = [night_trial(store, other, None, 0)(Asked(night)) for night in NIGHTS[:1]]
    found = completeness_of(tried, store.station.latitude_deg)
    before = store.manifest(NIGHTS[0])
    kept = keep_report(store, found, completeness_report(found, store, network=None, processing=other, seed=0))
    assert str(kept) == "0 night(s) have a detection limit, 1 judged with another network or other settings"
    assert store.manifest(NIGHTS[0]) == before


@pytest.mark.usefixtures("seen")
def test_a_limit_stands_in_the_picture_the_report_and_the_page_of_its_night(archive, tmp_path):
    words = limit_words(read_limit_db(archive, NIGHTS[0]))
    assert "nine of ten fans deeper than" in words
    figure = night_plot(archive, NIGHTS[0])()
    assert words in " ".join(" ".join(text.get_text() for text in figure.texts).split())
    run_within("report", "--archive", archive.url, "--out", tmp_path / "r.html")
    assert words[1:] in (tmp_path / "r.html").read_text()
    pages = browse(archive.url)
    assert words in pages.get(f"/nights/{NIGHTS[0]}").text
    assert "detection limit of the median night" in pages.get("/").text


def test_the_page_has_every_class_that_has_fans_and_the_picture_of_the_report(archive, seen):
    report, _ = seen
    pages = browse(archive.url)
    rows = re.findall(r'<th scope="row">(.+?)</th><td class="number">(\d+)</td><td class="number">(\d+)</td>',
                      pages.get("/completeness").text)  # fmt: skip
    shares = [one for shares in report["shares"].values() for one in shares if one["fans"]]
    assert rows == [(one["label"], str(one["fans"]), str(one["found"])) for one in shares]
    assert pages.get("/completeness.png").content.startswith(b"\x89PNG")


def test_where_nobody_has_measured_the_page_says_how(tmp_path):
    store = create_archive(str(tmp_path / "archive"), Station())
    pages = browse(store.url)
    assert "Nobody has measured it yet" in pages.get("/completeness").text
    assert pages.get("/completeness.png").status_code == 404


def test_a_limit_goes_with_the_seal_of_the_fringes_that_it_was_measured_for(tmp_path):
    store = create_archive(str(tmp_path / "archive"), Station())
    store.seal(NIGHTS[0], "fringes", "first", {"name": "no_fringes", "reason": ""})
    assert store.add_to_seal(NIGHTS[0], "fringes", "first", {LIMIT: 1.6})
    assert read_limit_db(store, NIGHTS[0]) == pytest.approx(1.6)
    store.seal(NIGHTS[0], "fringes", "second", {"name": "no_fringes", "reason": ""})
    assert np.isnan(read_limit_db(store, NIGHTS[0]))
    assert not store.add_to_seal(NIGHTS[0], "fringes", "first", {LIMIT: 1.6})
    assert np.isnan(read_limit_db(store, NIGHTS[0]))


def test_slots_are_shuffled_of_nights_without_fringes_alone(archive):
    assert [one.surrogate for one in plan(archive, NIGHTS, 40, 0)] == [True, True, False]


def test_fans_go_over_quiet_nights_and_by_day_where_those_are_few(archive):
    asked = plan(archive, NIGHTS, 40, 0)
    assert sum(len(one.by_night_db) + len(one.by_day_db) for one in asked) == 40
    assert not asked[2].by_night_db  # it has fringes of its own
    assert all(one.by_day_db and one.day for one in asked)
    assert plan(archive, NIGHTS, 40, 0) == asked
    assert plan(archive, NIGHTS, 40, 1) != asked


def test_occurrence_is_corrected_by_what_was_found(archive, seen, tmp_path, capsys):
    report, _ = seen
    planted = Archive(str(shutil.copytree(archive.url, tmp_path / "planted")))
    fan = {"night": "2014-01-10", "depth_db": 3.0}
    fans = [fan | {"called": number % 2 == 0} for number in range(200)]
    alarms = {"day": {"fans": 100, "found": 0}, "shuffled": {"fans": 100, "found": 0}}
    planted.keep_completeness(report | {"injections": fans, "false_alarms": alarms})
    out = tmp_path / "climatology.csv"
    _, said, _ = run_here(capsys, "climatology", "--archive", planted.url, "--out", out)
    january = pd.read_csv(out).iloc[0]
    assert (january["occurrence"], january["occurrence_corrected"]) == (
        pytest.approx(1 / 3, rel=1e-4),
        pytest.approx(2 / 3, rel=1e-4),
    )
    assert "33%" in said
    assert "67%" in said
    assert january["occurrence_corrected_low"] < 1 / 3  # of three nights nobody knows much
    planted.keep_completeness(report | {"network": {"name": "old", "digest": "0"}})
    run_here(capsys, "climatology", "--archive", planted.url, "--out", out)
    assert np.isnan(pd.read_csv(out).iloc[0]["occurrence_corrected"])


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

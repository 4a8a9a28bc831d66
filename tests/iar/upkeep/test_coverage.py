import datetime as dt
import json

import pytest

from iar.archive.manifest import Manifest, SourceEntry
from iar.archive.store import Archive, stage_entry
from iar.cli import main
from iar.errors import InputError
from iar.night import night_range
from iar.results.picture import calendar_picture
from iar.settings import Station
from iar.stages.creation import create_archive
from iar.upkeep.coverage import NightCoverage, find_holes, hole_ranges, night_coverage, read_coverage

FIRST = dt.date(2014, 1, 10)


def nights(*efforts: tuple[float, float] | None) -> list[NightCoverage]:
    """Coverage of nights in a row; None is a night without a manifest."""
    return [
        NightCoverage(FIRST + dt.timedelta(days=i), {"NS": effort[0], "EW": effort[1]}, ("counts",), None, 0)
        for i, effort in enumerate(efforts)
        if effort is not None
    ]


WHOLE, NOTHING = (1.0, 1.0), (0.0, 0.0)


@pytest.mark.parametrize(
    ("efforts", "listed"),
    [
        ([WHOLE, WHOLE], []),
        ([WHOLE, None, None, NOTHING, WHOLE], ["2014-01-11 to 2014-01-13: nothing"]),
        ([WHOLE, (1.0, 0.45), WHOLE], ["2014-01-11: EW 45%"]),
        ([WHOLE, (1.0, 0.4), (1.0, 0.6)], ["2014-01-11 to 2014-01-12: EW 50%"]),
        ([WHOLE, (0.0, 1.0), (0.5, 1.0)], ["2014-01-11: NS nothing", "2014-01-12: NS 50%"]),
        ([(0.5, 0.25), None, WHOLE], ["2014-01-10: EW 25%", "2014-01-10: NS 50%", "2014-01-11: nothing"]),
        ([WHOLE, (0.9985, 0.0001)], ["2014-01-11: EW 0.01%", "2014-01-11: NS 99.85%"]),
        ([(0.5, 1.0), WHOLE, (0.5, 1.0)], ["2014-01-10: NS 50%", "2014-01-12: NS 50%"]),
        ([], []),
    ],
)
def test_holes_are_ranges_with_what_is_missing(efforts, listed):
    assert [str(hole) for hole in hole_ranges(nights(*efforts))] == listed


def test_ranges_cover_just_the_nights_that_are_not_whole():
    coverage = nights(WHOLE, None, (0.2, 1.0), (0.3, 0.0), WHOLE, NOTHING, (1.0, 0.9), WHOLE)
    covered = {night for hole in hole_ranges(coverage) for night in night_range(hole.first, hole.last)}
    assert sorted(covered) == find_holes(coverage)


def test_all_nights_are_read_as_one_by_one(tmp_path):
    archive = create_archive(str(tmp_path / "archive"), Station())
    listed = {"size": 1, "mtime_ns": 1, "digest": "", "channel": 0, "first_sample": 0, "span": 1, "samples": 1}
    short = SourceEntry(name="a", problems=(("short", "1 sample"),), **listed)
    for i, effort in enumerate((0.5, 1.0)):
        manifest = Manifest(night=FIRST + dt.timedelta(days=400 * i)).with_sources([short])
        archive.replace_manifest(manifest.with_stage("counts", stage_entry("x", {"effort": {"NS": effort, "EW": 1.0}})))
    coverage = read_coverage(archive)
    assert coverage == [night_coverage(archive, night) for night in archive.nights()]
    assert [(c.effort["NS"], c.problems) for c in coverage] == [(0.5, 1), (1.0, 1)]


def test_a_night_that_is_being_written_over_is_a_hole(tmp_path):
    archive = create_archive(str(tmp_path / "archive"), Station())
    archive.seal(FIRST, "counts", "x", {"effort": {"NS": 1.0, "EW": 1.0}})
    archive.unseal(FIRST, ["counts"], "which were sealed")
    assert [str(hole) for hole in hole_ranges(read_coverage(archive))] == ["2014-01-10: nothing"]


@pytest.fixture(scope="module")
def three_months(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Archive of manifests alone."""
    archive = create_archive(str(tmp_path_factory.mktemp("three") / "archive"), Station())
    for night in night_range(FIRST, dt.date(2014, 3, 31)):
        if not dt.date(2014, 2, 3) <= night <= dt.date(2014, 2, 5):
            east = 0.45 if night == dt.date(2014, 3, 9) else 1.0
            archive.seal(night, "counts", "x", {"effort": {"NS": 1.0, "EW": east}})
    return archive.url


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as left:
        main(["coverage", *arguments])
    assert left.value.code == 0
    return capsys.readouterr().out


def test_many_nights_are_a_calendar_with_its_holes_and_each_night_on_demand(capsys, three_months):
    out = said(capsys, "--archive", three_months)
    assert "\n2014-02  ██···███" in out
    assert "\n  2014-02-03 to 2014-02-05: nothing\n  2014-03-09: EW 45%\n78 night(s) in " in out
    assert out.endswith("; 4 not whole\n")
    assert max(map(len, out.splitlines()[:-1])) <= 80
    assert "\n2014-03-09  NS ████████████ 100%  EW █████·······  45%" in said(
        capsys, "--archive", three_months, "--nights"
    )


def test_machines_get_nights_holes_and_ranges(capsys, three_months):
    parsed = json.loads(said(capsys, "--archive", three_months, "--json"))
    assert len(parsed["nights"]) == 78
    assert parsed["holes"] == ["2014-02-03", "2014-02-04", "2014-02-05", "2014-03-09"]
    assert parsed["hole_ranges"][1] == {
        "first": "2014-03-09", "last": "2014-03-09", "channel": "EW", "effort": 0.45
    }  # fmt: skip


def test_the_calendar_is_drawn_where_it_is_asked_for(capsys, three_months, tmp_path):
    assert "drew" in said(capsys, "--archive", three_months, "--out", str(tmp_path / "calendar.png"))
    assert (tmp_path / "calendar.png").read_bytes().startswith(b"\x89PNG")


def test_an_archive_without_a_night_has_nothing_to_draw(capsys, tmp_path):
    url = create_archive(str(tmp_path / "archive"), Station()).url
    assert said(capsys, "--archive", url) == f"0 night(s) in {url}; 0 not whole\n"
    with pytest.raises(InputError, match="nothing to draw"):
        calendar_picture(Archive(url), [], tmp_path / "calendar.png")

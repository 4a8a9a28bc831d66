"""Where the time of a night went."""

import datetime as dt

import pytest
from pyinstrument import Profiler

from iar.archive.store import Archive
from iar.results.profiling import INTERVAL_S, add_up
from iar.stages.process import process_night
from iar.stages.stage import Setup
from tests.commands import check_refused, run_here
from tests.nights import archive_with_spectra

NIGHT = dt.date(2014, 1, 10)
SPAN = ("--first-night", NIGHT, "--last-night", NIGHT)


@pytest.fixture
def spectra(tmp_path):
    """Archive of a night that has its spectra and nothing else."""
    return archive_with_spectra(tmp_path / "archive", [NIGHT])


def test_every_second_is_counted_once_where_it_was_spent(spectra):
    with Profiler(interval=INTERVAL_S, async_mode="disabled") as profiler:
        process_night(Archive(str(spectra)), NIGHT, Setup())
    profile = add_up(profiler.last_session)
    watched = profiler.last_session.root_frame(trim_stem=False).time
    assert sum(profile.by_part.values()) == pytest.approx(watched)
    assert sum(profile.by_function.values()) == pytest.approx(watched)
    for part, stage in (("network", "probability"), ("fringes", "fringes"), ("published detector", "classical")):
        seconds = {at: spent for (at, of), spent in profile.by_part.items() if of == part}
        assert max(seconds, key=lambda at: seconds[at]) == stage
    assert profile.by_part["sealing", "archive"] > 0
    assert "iar.detection.runtime.__call__" in profile.by_function


def test_the_picture_names_stages_parts_and_functions_and_the_night_is_done(capsys, spectra, tmp_path):
    out = tmp_path / "profile.svg"
    status, said, _ = run_here(capsys, "process", "--archive", spectra, *SPAN, "--profile", out)
    assert status == 0
    assert "processed 1 night(s)" in said
    drawn = out.read_text(encoding="utf-8")
    for words in ("Where the time of 1 night(s) went", "<!-- probability -->", "<!-- archive ", "iar.fringes."):
        assert words in drawn


def test_the_tree_of_calls_is_a_page(capsys, spectra, tmp_path):
    out = tmp_path / "profile.html"
    assert run_here(capsys, "process", "--archive", spectra, *SPAN, "--profile", out)[0] == 0
    assert "fringe_probability" in out.read_text(encoding="utf-8")


def test_what_cannot_be_watched_is_refused_before_any_work(capsys, spectra, tmp_path):
    def refused(out, *options, words):
        check_refused(run_here(capsys, "process", "--archive", spectra, *SPAN, "--profile", out, *options), *words)

    refused(tmp_path / "profile.txt", words=("profile.txt", ".html"))
    refused(tmp_path / "profile.png", "--workers", 2, words=("2 others",))
    refused(tmp_path / "profile.png", "--scheduler", "tcp://127.0.0.1:1", words=("tcp://127.0.0.1:1",))
    assert not Archive(str(spectra)).manifest(NIGHT).is_sealed("classical")


def test_where_all_is_done_there_is_nothing_to_profile(capsys, processed, tmp_path):
    out = tmp_path / "profile.png"
    said = run_here(capsys, "process", "--archive", processed, *SPAN, "--profile", out)
    check_refused(said, "nothing to profile")
    assert not out.exists()

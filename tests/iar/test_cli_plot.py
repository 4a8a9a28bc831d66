"""The command `iar plot`, as it is typed."""

import pytest

from tests.commands import check_refused, contents, run_here


def plot(capsys, archive, night, *options):
    return run_here(capsys, "plot", "--archive", archive, "--night", night, *options)


@pytest.mark.parametrize("view", ["night", "day", "residual", "steps"])
def test_each_view_is_drawn_and_named(capsys, processed, night, tmp_path, view):
    out = tmp_path / "picture.png"
    assert plot(capsys, processed, night, "--out", out, "--view", view, "--width-mm", 84) == (0, f"drew {out}\n", "")
    assert out.read_bytes().startswith(b"\x89PNG")


def test_without_options_the_night_is_drawn_with_its_fringes(capsys, processed, night, tmp_path):
    bare, named = tmp_path / "bare.png", tmp_path / "told.png"
    assert plot(capsys, processed, night, "--out", bare)[0] == 0
    assert plot(capsys, processed, night, "--out", named, "--view", "night", "--over", "fringes")[0] == 0
    assert bare.read_bytes() == named.read_bytes()


def test_overlays_may_be_several_or_none(capsys, processed, night, tmp_path):
    for name, options in (("all", ["fringes", "lines", "spots"]), ("none", ["nothing"]), ("lines", ["lines"])):
        over = [word for option in options for word in ("--over", option)]
        assert plot(capsys, processed, night, "--out", tmp_path / f"{name}.png", "--width-mm", 84, *over)[0] == 0
    assert len(set(contents(tmp_path).values())) == 3


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--out", "x.png", "--view", "sky"], ["view 'sky'", "night, day, residual, steps, ridges"]),
        (["--out", "x.png", "--over", "stars"], ["overlay 'stars'", "fringes, lines, spots, nothing"]),
        (["--out", "x.png", "--over", "nothing", "--over", "lines"], ["nothing goes with no other"]),
        (["--out", "x.png", "--view", "steps", "--over", "lines"], ["--over"]),
        (["--out", "x.png", "--width-mm", "20"], ["width 20 mm", "84 to 400 mm"]),
        (["--out", "x.png", "--width-mm", "nan"], ["width nan mm"]),
        (["--out", "x.png", "--width-mm", "wide"], ["--width-mm", "valid number"]),
        (["--out", "x.jpg"], [".png, .svg, .pdf"]),
        (["--out", "nowhere/x.png"], ["nowhere does not exist"]),
        (["--out", "x.png", "--processing", "none.yaml"], ["none.yaml"]),
    ],
)
def test_what_cannot_be_drawn_is_refused_before_any_work(capsys, tmp_path, monkeypatch, options, words):
    monkeypatch.chdir(tmp_path)
    check_refused(plot(capsys, tmp_path / "no-archive", "2014-01-10", *options), *words)  # before it is even opened
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("span", ["2014-01", "2014"])
def test_a_month_and_a_year_are_drawn(capsys, processed, tmp_path, span):
    out = tmp_path / "span.png"
    outcome = run_here(capsys, "plot", "--archive", processed, "--span", span, "--out", out)
    assert outcome == (0, f"drew 1 night(s) to {out}\n", "")
    assert out.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--span", "2013"], ["no night from 2013-01-01 to 2013-12-31 has a verdict"]),
        (["--span", "2014-1"], ["'2014-1' is no month", "2014-01"]),
        (["--span", "1066"], ["1066"]),
        (["--span", "2014", "--night", "2014-01-10"], ["--night", "--span"]),
        ([], ["--night", "--span"]),
    ],
)
def test_a_span_that_cannot_be_drawn_is_refused(capsys, processed, tmp_path, options, words):
    out = tmp_path / "span.png"
    check_refused(run_here(capsys, "plot", "--archive", processed, "--out", out, *options), *words)
    assert not out.exists()

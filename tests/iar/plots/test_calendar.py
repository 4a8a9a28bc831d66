"""Calendars of an archive: every night in its place, on paper and in letters."""

import datetime as dt
import io

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from rich.console import Console

from iar.night import night_range
from iar.plots.calendar import EFFORT_COLOURS, NOTHING, OUTSIDE, CalendarPicture, plot_calendar
from iar.plots.terminal import calendar_key, effort_calendar

WHOLE = {"NS": 1.0, "EW": 1.0}


def draw(effort, verdict=None):
    figure = plot_calendar(CalendarPicture("here", ("NS", "EW"), effort, verdict or {}, 0.999))
    figure.canvas.draw()
    return figure


def colours(axis) -> np.ndarray:
    """Colour of every cell, shape (row, column, 3)."""
    (mesh,) = axis.collections
    return mesh.to_rgba(mesh.get_array())[..., :3]


def test_a_night_lies_in_the_row_of_its_year_and_below_the_same_day_of_others():
    effort = dict.fromkeys(night_range(dt.date(2015, 3, 1), dt.date(2017, 3, 1)), WHOLE)
    del effort[dt.date(2015, 12, 31)], effort[dt.date(2016, 12, 31)]
    ns, ew = draw(effort).axes
    assert [label.get_text() for label in ns.get_yticklabels()] == ["2015", "2016", "2017"]
    cells = colours(ns)
    assert cells.shape[:2] == (3, 366)
    for row in (0, 1):
        np.testing.assert_allclose(cells[row, 365], to_rgb(NOTHING))
        np.testing.assert_allclose(cells[row, 364], to_rgb(EFFORT_COLOURS[-1]))
    np.testing.assert_allclose(cells[0, 59], to_rgb(OUTSIDE))  # 29 February 2015, which never was
    np.testing.assert_allclose(cells[1, 59], to_rgb(EFFORT_COLOURS[-1]))
    np.testing.assert_allclose(cells[0, 60], to_rgb(EFFORT_COLOURS[-1]))  # 1 March, the first
    np.testing.assert_allclose(colours(ew), cells)


def test_a_short_archive_has_rows_of_months():
    effort = {dt.date(2014, 1, 31): {"NS": 0.2, "EW": 1.0}, dt.date(2014, 2, 1): {"NS": 0.5, "EW": 0.0}}
    ns, ew, verdicts = draw(effort, {dt.date(2014, 1, 31): "fringes"}).axes
    assert [label.get_text() for label in ns.get_yticklabels()] == ["2014-01", "2014-02"]
    np.testing.assert_allclose(colours(ns)[0, 30], to_rgb(EFFORT_COLOURS[0]))
    np.testing.assert_allclose(colours(ns)[1, 0], to_rgb(EFFORT_COLOURS[1]))
    np.testing.assert_allclose(colours(ew)[1, 0], to_rgb(NOTHING))
    assert verdicts.get_title("left") == "verdict"


def test_colours_of_effort_rise_in_lightness_that_needs_no_colour():
    lightness = [np.dot(to_rgb(colour), (0.2126, 0.7152, 0.0722)) for colour in EFFORT_COLOURS]
    assert lightness == sorted(lightness, reverse=True)
    assert min(-np.diff(lightness)) > 0.1


def printed(lines, width=80, **options) -> list[str]:
    out = io.StringIO()
    console = Console(file=out, width=width, highlight=False, **options)
    for line in lines:
        console.print(line)
    return out.getvalue().splitlines()


def test_a_row_of_letters_is_a_month_within_80_columns():
    effort = dict.fromkeys(night_range(dt.date(2014, 1, 10), dt.date(2014, 2, 27)), WHOLE)
    effort[dt.date(2014, 1, 12)] = {"NS": 0.3, "EW": 0.5}
    effort[dt.date(2014, 1, 13)] = {"NS": 0.99, "EW": 0.0}
    del effort[dt.date(2014, 1, 14)]
    lines = printed([*effort_calendar(effort, ["NS", "EW"], complete=0.999), calendar_key()])
    assert len(lines) == 5
    assert lines[0].split() == ["NS", "EW"]
    january = f"{'██░▓·' + 17 * '█':>31}"
    assert lines[2] == f"2014-01  {january}  {'██▒··' + 17 * '█':>31}"
    assert lines[3] == f"2014-02  {27 * '█':<31}  {27 * '█'}"
    assert max(map(len, lines)) <= 80


def test_letters_are_the_same_with_and_without_colours():
    effort = {dt.date(2014, 1, 10): WHOLE, dt.date(2014, 1, 12): {"NS": 0.0, "EW": 0.5}}
    plain = printed(effort_calendar(effort, ["NS", "EW"], complete=0.999))
    coloured = printed(effort_calendar(effort, ["NS", "EW"], complete=0.999), force_terminal=True, no_color=True)
    assert "\x1b[3" not in "".join(coloured)
    assert [line.rstrip() for line in plain][2] == coloured[2]


@pytest.mark.parametrize(("months", "rows"), [(2, 4), (3, 3), (30, 3)])
def test_many_empty_months_are_one_line(months, rows):
    last = dt.date(2014 + (1 + months) // 12, 1 + (1 + months) % 12, 1)
    lines = printed(effort_calendar({dt.date(2014, 1, 1): WHOLE, last: WHOLE}, ["NS", "EW"], complete=0.999))
    assert len(lines) - 2 == rows
    assert (f"nothing for {months} months" in lines[3]) == (rows == 3)

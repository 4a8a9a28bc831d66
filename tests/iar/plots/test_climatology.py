"""The picture of a climatology: what is drawn is what was counted, and nothing is drawn where there is nothing."""

import datetime as dt

import numpy as np
import pytest

from iar.completeness.occurrence import Sight, corrected
from iar.fringes.climatology import NightFringes, climatology
from iar.plots.climatology import plot_climatology
from tests.iar.plots.pictures import check_texts, drawn

MONTHS, OCCURRENCE = 4, 5
"""Places of the panels by month among the axes."""


def night(date: dt.date, hz: float | None, hours=(22, 23, 0, 1)) -> NightFringes:
    hourly = np.full(24, np.nan)
    if hz is not None:
        hourly[list(hours)] = hz
    name = "no_fringes" if hz is None else "fringes"
    return NightFringes(date, name, hourly, np.nan if hz is None else hz, 0.02)


def january(*spacings, year: int = 2014) -> list[NightFringes]:
    return [night(dt.date(year, 1, 1 + i), hz) for i, hz in enumerate(spacings)]


@pytest.fixture(scope="module")
def figure():
    nights = january(1.0, 1.2, 1.4, None) + january(1.1, None, year=2016) + [night(dt.date(2015, 7, 1), 0.4)]
    figure = plot_climatology(climatology(nights), "eskdalemuir")
    figure.draw_without_rendering()
    return figure


def test_points_and_bars_are_the_numbers(figure):
    (median,), bars = drawn(figure, "median", MONTHS), drawn(figure, "occurrence", OCCURRENCE)
    assert median.get_ydata()[0] == pytest.approx(1.15)  # of 1.0, 1.1, 1.2 and 1.4
    assert median.get_ydata()[6] == pytest.approx(0.4)
    assert [bars[month].get_height() for month in (0, 1, 6)] == pytest.approx([4 / 6, 0, 1])


def test_months_without_nights_are_grey(figure):
    assert [len(drawn(figure, "nothing", axis)) for axis in (MONTHS, OCCURRENCE)] == [10, 10]


def test_hours_lie_in_a_row_through_midnight_and_few_nights_are_hatched(figure):
    spacing = figure.axes[0]
    (mesh,) = spacing.collections
    values = mesh.get_array()
    assert values.shape == (12, 4)
    np.testing.assert_allclose(values[0], 1.15)
    np.testing.assert_allclose(values[6], 0.4)
    assert values.mask[1:6].all()
    assert len(drawn(figure, "few", 0)) == 4  # July has one night


@pytest.mark.parametrize("spacings", [(1.0, 1.2, None), (None, None)])
def test_letters_have_room_also_where_there_are_no_fringes(spacings):
    check_texts(plot_climatology(climatology(january(*spacings)), "eskdalemuir"))


def test_the_corrected_occurrence_lies_beside_the_raw_one_and_the_legend_says_so():
    nights = january(1.0, 1.2, None, None)
    sight = Sight({"winter": 100}, {"winter": 80}, 100, 0)
    figure = plot_climatology(corrected(climatology(nights), nights, sight, 55.0), "eskdalemuir")
    (raw, *_), (points,) = drawn(figure, "occurrence", OCCURRENCE), drawn(figure, "corrected", OCCURRENCE)
    assert (raw.get_height(), points.get_ydata()[0]) == (pytest.approx(0.5), pytest.approx(0.5 / 0.8))
    assert "occurrence corrected by completeness" in [text.get_text() for text in figure.legends[0].texts]
    check_texts(figure)

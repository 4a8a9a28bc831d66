import datetime as dt
import re

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from iar.night import night_range
from iar.plots.span import SpanPicture, plot_span
from tests.iar.plots.pictures import check_texts

FIRST = dt.date(2014, 1, 1)
VERDICTS = ("fringes", "no_fringes", "interference", "no_data")


def picture(count, of_each=VERDICTS):
    nights = night_range(FIRST, FIRST + dt.timedelta(days=count - 1))
    verdict = {night: of_each[i % len(of_each)] for i, night in enumerate(nights[:-1])}  # the last is not processed
    spacing = np.full(864, np.nan)
    spacing[216:648] = np.linspace(0.6, 1.2, 432)
    spacing_hz = {night: spacing for night, name in verdict.items() if name == "fringes"}
    return SpanPicture("somewhere", nights, verdict, spacing_hz, 12)


def drawn(figure):
    figure.canvas.draw()
    ground, spacing = figure.axes[0].images
    return ground, spacing, figure


@pytest.mark.parametrize("count", [1, 28, 31, 32, 366])
def test_all_texts_fit(count):
    check_texts(plot_span(picture(count)))


@pytest.mark.parametrize(("count", "shape"), [(31, (31, 864)), (365, (864, 365))])
def test_a_month_has_nights_downwards_and_a_year_to_the_right(count, shape):
    _, spacing, _ = drawn(plot_span(picture(count)))
    values = np.ma.filled(spacing.get_array(), np.nan)
    assert values.shape == shape
    first = values[0] if count == 31 else values[:, 0]
    np.testing.assert_allclose(first[216:648], np.linspace(0.6, 1.2, 432))
    assert np.isnan(np.delete(first, slice(216, 648))).all()


def test_each_verdict_has_a_ground_of_its_own_that_the_legend_names():
    ground, _, figure = drawn(plot_span(picture(31)))
    colours = {tuple(ground.cmap(ground.norm(value))[:3]) for value in np.unique(ground.get_array())}
    legend = {
        text.get_text(): patch
        for text, patch in zip(figure.legends[0].texts, figure.legends[0].get_patches(), strict=True)
    }
    assert set(legend) == {
        "not there or not processed", "no data", "no fringes", "fringes, no spacing at this hour", "interference",
    }  # fmt: skip
    assert {to_rgb(patch.get_facecolor()) for patch in legend.values()} == colours


def test_nights_without_any_fringes_are_drawn_too():
    _, spacing, figure = drawn(plot_span(picture(30, ("no_fringes",))))
    assert np.ma.getmaskarray(spacing.get_array()).all()
    assert figure.texts[1].get_text() == "30 nights: 29 without fringes, 1 not there or not processed."


def test_the_numbers_of_the_title_add_up():
    figure = plot_span(picture(28))
    whole, _, parts = figure.texts[1].get_text().partition(" nights: ")
    counted = [int(word) for word in re.findall(r"(\d+) (?:with|of|not)", parts)]
    assert sum(counted) == int(whole) == 28

"""The steps of the published detector: four panels, each what the step before became."""

import numpy as np
import pytest

from iar.plots.classical import plot_steps
from tests.iar.plots.pictures import check_texts, drawn, legend_words, make_picture, without

SPOTS, JOINED, LINES, DENSITY, BAR = range(5)
WHITE, GREY, BLACK = range(3)


@pytest.fixture(scope="module")
def picture():
    return make_picture()


@pytest.fixture(scope="module")
def figure(picture):
    return plot_steps(picture)


def shown(figure, place) -> np.ndarray:
    (image,) = figure.axes[place].images
    return np.ma.filled(image.get_array(), np.nan)


def test_panels_are_lettered_and_named_in_the_order_of_the_steps(figure):
    panels = figure.axes[:BAR]
    assert [axis.texts[0].get_text() for axis in panels] == ["a", "b", "c", "d"]
    assert [axis.get_title("left") for axis in panels] == ["spots", "joined", "lines", "lines on density"]
    for axis in panels:
        assert axis.get_ylim() == (12, 36)
        assert axis.get_xlim() == pytest.approx((0.5, 10.5), abs=0.02)
    assert figure.axes[BAR].get_xlabel() == "density (pT/√Hz)"


def test_spots_of_the_whole_day_are_black(picture, figure):
    np.testing.assert_array_equal(shown(figure, SPOTS) == BLACK, picture.classical.spots)
    np.testing.assert_array_equal(shown(figure, SPOTS) == WHITE, ~picture.classical.spots)


def test_joined_regions_are_black_where_they_are_kept_and_grey_where_they_are_dropped(picture, figure):
    steps = picture.classical
    np.testing.assert_array_equal(shown(figure, JOINED) == BLACK, steps.regions)
    np.testing.assert_array_equal(shown(figure, JOINED) == GREY, steps.joined & ~steps.regions)


def test_lines_are_drawn_alone_and_over_the_density(figure):
    assert (shown(figure, LINES) == WHITE).all()
    for place in (LINES, DENSITY):
        hz, hours = drawn(figure, "lines", place)[0].get_data()
        assert np.isfinite(hz).sum() == 2 * 100
        assert np.nanmin(hours) == pytest.approx(12 + 300 / 36)


def test_the_density_is_the_mean_of_the_channels_that_are_there(picture, figure):
    vmin = figure.axes[DENSITY].images[0].norm.vmin
    np.testing.assert_allclose(shown(figure, DENSITY), np.maximum(picture.density.mean(axis=0), vmin), rtol=1e-6)
    alone = plot_steps(without(picture, 1))
    vmin = alone.axes[DENSITY].images[0].norm.vmin
    np.testing.assert_allclose(shown(alone, DENSITY), np.maximum(picture.density[0], vmin), rtol=1e-6)
    assert "mean of NS" in alone.texts[1].get_text()


def test_slots_without_data_are_grey_in_every_panel(picture):
    density = picture.density.copy()
    density[:, 100:200] = np.nan
    figure = plot_steps(make_picture(density=density))
    for place in range(BAR):
        np.testing.assert_array_equal(np.isnan(shown(figure, place)).all(axis=1), np.isnan(density).all(axis=(0, 2)))
    assert "no data" in legend_words(figure)


@pytest.mark.parametrize(("there", "width_mm"), [(True, 84), (False, 84), (True, 170), (True, 400)])
def test_texts_are_legible_and_apart_at_every_width(there, width_mm):
    picture = make_picture(channels=("north-coil-16-ch", "east-coil-16-cha"))
    figure = plot_steps(picture if there else without(picture, 0, 1), width_mm=width_mm)
    assert figure.get_figwidth() * 25.4 == pytest.approx(width_mm)
    check_texts(figure)

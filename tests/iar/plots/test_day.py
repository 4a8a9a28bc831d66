"""The picture of a day as it is published: frequency to the right, time upwards."""

from dataclasses import replace

import numpy as np
import pytest

from iar.plots.day import plot_day
from tests.iar.plots.pictures import COMB_HZ, FRINGE_HZ, check_texts, drawn, legend_words, make_picture, without

NS, EW, SKY, BAR = range(4)


@pytest.fixture(scope="module")
def picture():
    return make_picture()


@pytest.fixture(scope="module")
def figure(picture):
    return plot_day(picture, over=("fringes", "lines", "spots"))


def test_frequency_runs_to_the_right_and_time_upwards_from_noon_to_noon(figure):
    for axis in figure.axes[:SKY]:
        assert axis.get_xlabel() == "frequency (Hz)"
        assert axis.get_ylim() == (12, 36)
        assert axis.get_xlim() == pytest.approx((0.5, 10.5), abs=0.02)
    assert figure.axes[NS].get_ylabel() == "time (UTC), 2014-01-10 to 2014-01-11"
    assert figure.get_figheight() > figure.get_figwidth()


def test_a_pixel_lies_at_its_slot_and_frequency(picture, figure):
    (image,) = figure.axes[EW].images
    left, right, bottom, top = image.get_extent()
    row, column = int((23.5 - bottom) / (top - bottom) * 864), int((7.8 - left) / (right - left) * 410)
    assert picture.frequency_hz[column] == pytest.approx(7.8, abs=100 / 4096 / 2)
    assert image.get_array()[row, column] == pytest.approx(max(picture.density[1, 414, column], image.norm.vmin))


def test_tracks_lie_as_the_picture_does(figure):
    hz, hours = drawn(figure, "fringes", NS)[0].get_data()
    np.testing.assert_allclose(hours[:2], [20, 20 + 1 / 36])
    np.testing.assert_allclose(sorted(set(hz[np.isfinite(hz)].round(6))), FRINGE_HZ * np.array([1.3, 2.3, 3.3]))
    assert np.isfinite(drawn(figure, "lines", EW)[0].get_xdata()).sum() == 2 * 100
    assert len(drawn(figure, "spots", EW)[0].get_xdata()) == 124


def test_triangles_stand_at_the_comb_above_the_channel_that_has_it(figure):
    assert len(drawn(figure, "standing lines", NS)[0].get_xdata()) == 0
    (triangles,) = drawn(figure, "standing lines", EW)
    np.testing.assert_allclose(triangles.get_xdata(), COMB_HZ * np.arange(1, 8))
    assert set(triangles.get_ydata()) == {1.0}


def test_the_sky_stands_beside_the_panels(picture, figure):
    (sky,) = figure.axes[SKY].images
    assert sky.get_array().shape == (864, 1)
    np.testing.assert_array_equal(sky.get_array()[:, 0] == 0, picture.sun_deg > -0.833)
    (bar,) = drawn(figure, "dark part", SKY)
    assert (bar.get_y(), bar.get_y() + bar.get_height()) == pytest.approx((18, 30))
    for place in (NS, EW):
        assert [edge.get_ydata()[0] for edge in drawn(figure, "dark part", place)] == pytest.approx([18, 30])


def test_lines_of_the_classical_detector_are_what_is_drawn_unless_others_are_asked_for(picture):
    figure = plot_day(picture)
    assert drawn(figure, "lines")
    assert not drawn(figure, "fringes")
    assert "lines (published)" in legend_words(figure)


def test_tracks_of_a_detector_that_was_not_run_are_a_mistake(picture):
    with pytest.raises(ValueError, match="eskdalemuir, night of 2014-01-10 has no steps"):
        plot_day(replace(picture, classical=None))


@pytest.mark.parametrize(("high_hz", "width_mm"), [(2.0, 84), (10.5, 84), (49.0, 84), (10.5, 170), (10.5, 400)])
def test_texts_are_legible_and_apart_at_every_width(high_hz, width_mm):
    names = ("north-coil-16-ch", "east-coil-16-cha")
    picture = without(make_picture(high_hz=high_hz, channels=names), 1)
    figure = plot_day(picture, over=("fringes", "lines", "spots"), width_mm=width_mm)
    assert figure.get_figwidth() * 25.4 == pytest.approx(width_mm)
    check_texts(figure)

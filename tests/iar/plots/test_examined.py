"""Pictures of examined nights: what was found where, told apart by colours that everybody tells apart."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from iar.plots.evaluation import CLASSICAL, NETWORK
from iar.plots.examined import ExaminedNight, plot_controls, plot_heat_map, plot_large, plot_overlay, plot_thresholds
from tests.iar.plots.pictures import check_texts

SHAPE = (72, 40)


@pytest.fixture(scope="module")
def night():
    """A true line at bin 10 that the network finds at 0.55, and a false one of the published detector at bin 20."""
    rng = np.random.default_rng(1)
    residual, probability = rng.standard_normal(SHAPE).astype(np.float32), np.zeros(SHAPE, dtype=np.float32)
    truth, classical = np.zeros(SHAPE, dtype=bool), np.zeros(SHAPE, dtype=bool)
    truth[:, 10], probability[:, 10], probability[:, 11] = True, 0.55, 0.45
    classical[:, 20] = classical[:36, 10] = True
    residual[60:], probability[60:] = np.nan, np.nan
    return ExaminedNight("fringes, 2012-01-01", (18.0, 30.0), (0.5, 10.5), residual, probability, truth, classical)


def values(axis):
    return np.ma.asarray(axis.images[0].get_array()).T


def test_a_threshold_keeps_what_is_not_below_it(night):
    figure = plot_thresholds(night)
    assert [axis.get_title(loc="left") for axis in figure.axes] == [
        "true fringes", "threshold 0.4", "threshold 0.5", "threshold 0.6",
    ]  # fmt: skip
    assert [int(values(axis).sum()) for axis in figure.axes] == [60, 120, 60, 0]
    check_texts(figure)


def test_slots_without_data_are_neither_fringe_nor_none(night):
    for figure in (plot_heat_map(night), plot_thresholds(night)):
        for axis in figure.axes:
            if axis.images and axis.get_gid() != "colour bar" and axis.get_title(loc="left"):
                assert np.ma.getmaskarray(values(axis))[60:].all()


def test_the_overlay_tells_both_from_either_alone(night):
    figure = plot_overlay([night, night], threshold=0.5)
    image = figure.axes[4].images[0]
    assert set(np.unique(values(figure.axes[4]).compressed())) == {0, 1, 2, 3}
    colours = {
        slot: tuple(image.to_rgba(image.get_array())[bin_, slot, :3]) for slot, bin_ in ((0, 10), (50, 10), (1, 20))
    }
    assert colours == {0: (0, 0, 0), 50: to_rgb(NETWORK), 1: to_rgb(CLASSICAL)}
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert words == ["both", "published detector alone", "network alone"]
    check_texts(figure)


def test_controls_say_how_many_pixels_were_found(night):
    figure = plot_controls([night, night, night])
    titles = [axis.get_title(loc="left") for axis in figure.axes[:5]]
    assert titles == [
        "fringes, 2012-01-01",
        "published: 108 px",
        "probability",
        "above 0.4: 120 px",
        "above 0.5: 60 px",
    ]
    check_texts(figure)


def test_the_heat_map_says_what_its_colours_mean(night):
    figure = plot_heat_map(night)
    assert [axis.get_xlabel() for axis in figure.axes] == [
        "time (UTC)", "time (UTC)", "above background (dB)", "probability of fringe",
    ]  # fmt: skip
    check_texts(figure)


def test_a_long_picture_keeps_its_hours(night):
    figure = plot_large(night)
    assert all(axis.get_xlim() == (18, 30) for axis in figure.axes)
    check_texts(figure)

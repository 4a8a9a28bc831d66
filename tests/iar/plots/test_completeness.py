"""The picture of a completeness: what is drawn is what was found."""

import datetime as dt

import numpy as np
import pytest

from iar.completeness.injections import DEPTHS_DB
from iar.completeness.limit import Curve
from iar.completeness.noise import Noise
from iar.completeness.shares import DEPTH_EDGES_DB, counted_share
from iar.plots.completeness import CompletenessPicture, plot_completeness
from tests.iar.plots.pictures import check_texts, drawn

DEPTH, SPACING, HOUR, NIGHTS = range(4)
"""Places of the panels among the axes."""
NOISE = Noise(0.7, 1.0, 0)
LIMITS_DB = {dt.date(2014, 1, 10): 1.6, dt.date(2014, 2, 10): float("nan"), dt.date(2014, 3, 10): 2.4}


@pytest.fixture(scope="module")
def figure():
    shares = {
        "depth": [counted_share("dB", 10, found) for found in range(len(DEPTH_EDGES_DB) - 1)],
        "spacing": [counted_share("0.4-1 Hz", 8, 6), counted_share("1-2 Hz", 0, 0)],
        "hour": [counted_share(f"{hour:02d} h", 4, 2) for hour in range(24)],
    }
    curve = Curve(-4.0, 5.0, -3.0, 2.0, 0.0)
    figure = plot_completeness(CompletenessPicture("eskdalemuir", "so many fans", shares, curve, NOISE, LIMITS_DB))
    figure.draw_without_rendering()
    return figure


def test_points_and_bars_are_the_shares_and_their_intervals(figure):
    (points,), (bars,) = drawn(figure, "share", DEPTH), drawn(figure, "interval", DEPTH)
    np.testing.assert_allclose(points.get_ydata(), [0, 0.1, 0.2, 0.3, 0.4, 0.5])
    for point, (low, high) in zip(points.get_ydata(), (path.vertices[:, 1] for path in bars.get_paths()), strict=True):
        assert low <= point <= high
    middle = points.get_xdata()
    assert (np.diff(np.searchsorted(DEPTH_EDGES_DB, middle)) == 1).all()


def test_the_curve_crosses_nine_of_ten_at_the_limit_of_typical_noise(figure):
    (curve,) = drawn(figure, "curve", DEPTH)
    depth_db = np.interp(0.9, curve.get_ydata(), curve.get_xdata())
    assert depth_db == pytest.approx(Curve(-4.0, 5.0, -3.0, 2.0, 0.0).limit_db(NOISE), rel=0.01)
    assert (curve.get_xdata()[0], curve.get_xdata()[-1]) == pytest.approx(DEPTHS_DB)


def test_a_class_without_fans_is_grey_and_its_number_stands_below(figure):
    assert len(drawn(figure, "nothing", SPACING)) == 1
    assert [label.get_text() for label in figure.axes[SPACING].get_xticklabels()] == ["0.4-1\n8", "1-2\n0"]
    assert not drawn(figure, "nothing", HOUR)


def test_a_night_beyond_what_was_laid_is_a_triangle_at_the_edge(figure):
    (limits,), (beyond,) = drawn(figure, "limit", NIGHTS), drawn(figure, "beyond", NIGHTS)
    np.testing.assert_allclose(limits.get_ydata(), [1.6, 2.4])
    assert beyond.get_ydata() == pytest.approx(figure.axes[NIGHTS].get_ylim()[1])
    assert len(beyond.get_xdata()) == 1


def test_no_text_is_cut_or_lies_over_another(figure):
    check_texts(figure)

"""Charts of an evaluation: what is drawn is what was counted, and every word is legible."""

import numpy as np
import pytest

from iar.plots.evaluation import plot_groups, plot_noise, plot_reliability, plot_spacing, plot_sweep
from tests.iar.plots.pictures import check_texts, drawn

STEPS = np.linspace(0, 1, 251)
CURVES = {"precision": STEPS, "recall": 1 - STEPS, "F1": 2 * STEPS * (1 - STEPS), "IoU": STEPS * (1 - STEPS)}
GROUPS = {"network": 0.9, "classical": 0.3}


def labels(axis):
    return [text.get_text() for text in axis.get_legend().get_texts()]


def sweep(**changes):
    return plot_sweep(CURVES, 1000 * (1 - STEPS), **({"threshold": 0.5, "classical": (0.3, 500.0)} | changes))


def test_scores_are_drawn_over_their_thresholds():
    figure = sweep()
    for name, curve in CURVES.items():
        (line,) = drawn(figure, name)
        np.testing.assert_array_equal(line.get_xydata(), np.stack([STEPS, curve], axis=1)[1:])
    check_texts(figure)


def test_the_classical_detector_is_a_point_over_its_recall_or_not_there():
    (point,) = drawn(sweep(), "classical")
    np.testing.assert_array_equal(point.get_xydata(), [[0.3, 500]])
    assert drawn(sweep(classical=None), "classical") == []


def test_no_false_pixels_at_all_are_still_on_the_logarithmic_axis():
    figure = plot_sweep(CURVES, np.zeros(251), threshold=0.5, classical=None)
    (line,) = drawn(figure, "network")
    assert line.get_ydata().min() > figure.axes[1].get_ylim()[0] > 0
    check_texts(figure)


def test_calibration_leaves_out_empty_bins():
    mean = np.array([0.05, np.nan, 0.5, 0.9])
    figure = plot_reliability(mean, mean**2, np.array([1000, 0, 10, 100]))
    (line,) = drawn(figure, "network")
    assert np.isfinite(line.get_ydata()).tolist() == [True, False, True, True]
    check_texts(figure)


def test_groups_stand_side_by_side_with_both_detectors():
    figure = plot_groups(
        {
            "scenario": {"fringes": GROUPS, "faint": GROUPS},
            "season": {"winter": GROUPS, "equinox": GROUPS, "summer": GROUPS},
            "depth (dB)": {f"{low}-{low + 1}": GROUPS for low in range(2, 9)},
        }
    )
    assert [axis.get_title(loc="left") for axis in figure.axes] == ["By scenario", "By season", "By depth (dB)"]
    for axis, number in enumerate((2, 3, 7)):
        (ours,), (theirs,) = (drawn(figure, name, axis) for name in GROUPS)
        assert (len(ours.get_xdata()), set(ours.get_ydata()), set(theirs.get_ydata())) == (number, {0.9}, {0.3})
        assert (ours.get_xdata() < theirs.get_xdata()).all()
    check_texts(figure)


def test_the_spacing_error_is_shown_by_its_median():
    errors_hz = np.array([-0.1, 0.01, np.nan, 0.02])
    figure = plot_spacing(
        {"fringes": {"network": errors_hz}, "gaps": {"network": errors_hz[:2], "classical": errors_hz}}
    )
    (ours,), (theirs,) = drawn(figure, "network"), drawn(figure, "classical")
    np.testing.assert_allclose(ours.get_ydata(), [0.02, 0.055])
    assert np.isnan(theirs.get_ydata()[0])
    check_texts(figure)


@pytest.mark.parametrize(("value", "label"), [(0.0, "0"), (0.2, "< 1"), (0.6, "1"), (123.4, "123")])
def test_bars_say_their_numbers(value, label):
    figure = plot_noise({"quiet": {"classical": 400.0, "network": value}, "comb": {"classical": 900.0, "network": 3.0}})
    written = [text.get_text() for text in figure.axes[0].texts]
    assert written == ["400", "900", label, "3"]
    assert labels(figure.axes[0]) == ["published detector", "network at its threshold"]
    check_texts(figure)

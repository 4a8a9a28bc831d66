"""Pictures of a study show every trial in its place, and what decided first."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from iar.plots.tuning import plot_history, plot_importance

VALUE = np.array([0.5, 0.4, 0.45, np.inf, 0.2, 0.3])
PRUNED = np.array([False, False, True, False, True, False])


def history(value=VALUE, pruned=PRUNED, **options):
    figure = plot_history(value, pruned, quantity="loss", **options)
    FigureCanvasAgg(figure).draw()
    return figure


def lines(figure):
    return {(line.get_marker(), line.get_linestyle()): line for line in figure.axes[0].lines}


def test_each_trial_is_where_its_number_and_value_are():
    shown = lines(history())
    np.testing.assert_allclose(shown["o", "None"].get_xydata(), [[1, 0.5], [2, 0.4], [6, 0.3]])
    np.testing.assert_allclose(shown["x", "None"].get_xydata(), [[3, 0.45], [5, 0.2]])
    assert shown["^", "None"].get_xdata().tolist() == [4]


def test_the_best_is_never_one_that_was_left():
    figure = history()
    np.testing.assert_allclose(lines(figure)["None", "-"].get_ydata(), [0.5, 0.4, 0.4, 0.4, 0.4, 0.3])
    assert "Best loss: 0.3" in [text.get_text() for text in figure.texts]


@pytest.mark.parametrize(
    ("value", "pruned", "title"),
    [
        ([], [], "No trial came"),
        ([np.inf], [False], "No trial came"),
        ([0.1], [True], "No trial came"),
        ([1], [False], "Best"),
    ],
)
def test_a_study_that_hardly_began_is_drawn(value, pruned, title):
    figure = history(np.array(value, dtype=float), np.array(pruned, dtype=bool))
    assert figure.texts[0].get_text().startswith(title)


def test_the_legend_names_only_what_is_there():
    plain = history(np.array([0.5, 0.4]), np.array([False, False]))
    assert [text.get_text() for text in plain.legends[0].get_texts()] == ["trial", "best so far"]
    named = [text.get_text() for text in history().legends[0].get_texts()]
    assert named == ["trial", "left before its end", "diverged", "best so far"]


def test_the_parameter_that_decides_most_is_at_the_top():
    figure = plot_importance(["unet.dropout", "training.batch"], np.array([0.2, 0.8]))
    FigureCanvasAgg(figure).draw()
    axis = figure.axes[0]
    assert [label.get_text() for label in axis.get_yticklabels()] == ["training.batch", "unet.dropout"]
    assert [bar.get_width() for bar in axis.patches] == [0.8, 0.2]
    assert axis.patches[0].get_window_extent().y0 > axis.patches[1].get_window_extent().y0
    assert figure.texts[0].get_text() == "training.batch decides most"


@pytest.mark.parametrize("width_mm", [84, 254])
def test_no_name_is_cut_off(width_mm):
    figure = plot_importance(["training.learning_rate", "unet.initialiser"], np.array([1.0, 0.0]), width_mm=width_mm)
    FigureCanvasAgg(figure).draw()
    page = figure.bbox
    for text in [*figure.axes[0].get_yticklabels(), *figure.axes[0].texts, figure.axes[0].xaxis.label]:
        extent = text.get_window_extent()
        assert page.x0 <= extent.x0
        assert extent.x1 <= page.x1
        assert page.y0 <= extent.y0


def test_no_parameters_make_a_picture_that_says_so():
    assert plot_importance([], np.array([])).texts[0].get_text() == "Too few trials to say what decides"

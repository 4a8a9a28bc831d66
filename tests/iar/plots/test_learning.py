"""Curves of a training, and the maps of its layers."""

import numpy as np

from iar.plots.learning import MAPS, plot_activations, plot_training
from tests.iar.plots.pictures import check_texts, drawn

EPOCHS = [{"loss": 0.5, "iou_fringe": 0.3, "held_loss": 0.6, "held_iou_fringe": 0.2}, {"loss": 0.4, "iou_fringe": 0.4}]


def test_curves_run_over_the_epochs_that_have_a_number():
    figure = plot_training({"fold 1": EPOCHS, "final": [{"loss": 0.3, "iou_fringe": 0.5}] * 4})
    fold, final = drawn(figure, "loss")
    assert fold.get_xydata().tolist() == [[1, 0.5], [2, 0.4]]
    assert final.get_xdata().tolist() == [1, 2, 3, 4]
    held, none = drawn(figure, "held_iou_fringe")
    assert held.get_xydata().tolist() == [[1, 0.2]]
    assert len(none.get_xdata()) == 0
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert words == ["fold 1", "final", "learnt from", "held out"]
    check_texts(figure)


def test_many_folds_find_room_in_the_legend():
    check_texts(plot_training({f"fold {number}": EPOCHS for number in range(12)}))


def test_a_layer_with_few_filters_leaves_the_rest_of_its_row_empty():
    rng = np.random.default_rng(1)
    figure = plot_activations({"first": rng.random((16, 8, 3)), "deepest": rng.random((4, 2, 32))})
    shown = [bool(axis.images) and axis.get_visible() for axis in figure.axes]
    assert shown == [True] * 3 + [False] * (MAPS - 3) + [True] * MAPS
    assert figure.axes[MAPS].get_title(loc="left") == f"deepest layer: {MAPS} of 32 filters, 4 × 2 values each"
    check_texts(figure)


def test_a_silent_filter_is_drawn_as_nothing():
    figure = plot_activations({"last": np.zeros((8, 8, 1), dtype=np.float32)})
    assert figure.axes[0].images[0].get_clim() == (0, 1e-6)

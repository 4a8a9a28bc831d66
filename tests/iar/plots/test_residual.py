"""The residual view: the fan alone above, and the same with what was found below."""

import numpy as np
import pytest

from iar.plots.fan import smooth_residual
from iar.plots.residual import plot_residual
from tests.iar.plots.pictures import check_texts, drawn, make_picture, without

ABOVE, BELOW = 0, 1


def test_the_same_residual_is_shown_twice_and_fringes_lie_over_the_lower_one_alone():
    picture = make_picture()
    figure = plot_residual(picture)
    wanted = smooth_residual(picture).T
    for axis in (ABOVE, BELOW):
        (image,) = figure.axes[axis].images
        np.testing.assert_allclose(np.clip(image.get_array(), -1, 2.5), np.clip(wanted, -1, 2.5))
    assert drawn(figure, "fringes", ABOVE) == []
    assert len(drawn(figure, "fringes", BELOW)) == 1
    for axis in (ABOVE, BELOW):
        assert [text.get_text() for text in drawn(figure, "number", axis)] == ["1", "2", "3"]


@pytest.mark.parametrize("width_mm", [84, 254, 400])
def test_letters_have_room(width_mm):
    check_texts(plot_residual(make_picture(), over=("fringes", "lines"), width_mm=width_mm))


def test_a_night_without_a_sample_says_so():
    check_texts(plot_residual(without(make_picture(), 0, 1)))

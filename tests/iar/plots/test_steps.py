import pytest

from iar.plots.calendar import EFFORT_COLOURS
from iar.plots.steps import EFFORT_STEPS, effort_step
from iar.plots.terminal import SHADES, STYLES


@pytest.mark.parametrize(
    ("share", "label"),
    [
        (0.0, "nothing"), (1e-9, "under 1/3"), (0.33, "under 1/3"), (0.34, "under 2/3"), (0.66, "under 2/3"),
        (0.67, "not whole"), (0.9989, "not whole"), (0.999, "whole"), (1.0, "whole"),
    ],
)  # fmt: skip
def test_a_share_belongs_to_the_step_that_names_it(share, label):
    assert EFFORT_STEPS[effort_step(share, 0.999)] == label


def test_every_step_has_its_letter_its_style_and_its_colour():
    assert len(SHADES) == len(STYLES) == 1 + len(EFFORT_COLOURS) == len(EFFORT_STEPS)  # nothing has a colour of its own

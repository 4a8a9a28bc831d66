import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from iar.detection.backend import keras
from iar.learning.judgement.scores import score_masks
from iar.learning.training.metrics import pixel_tally, tally_of

MASKS = hnp.arrays(np.bool_, (3, 7, 6))


def counted(metric, batches):
    for found, truth in batches:
        metric.update_state(truth.astype(np.float32)[..., None], np.where(found, 0.8, 0.3)[..., None])
    return tally_of({name: float(keras().ops.convert_to_numpy(n)) for name, n in metric.result().items()})


@settings(max_examples=30)
@given(MASKS, MASKS, st.integers(0, 3))
def test_what_is_counted_in_training_is_the_score_of_all_pictures_together(found, truth, tolerance_px):
    metric = pixel_tally(tolerance_px=tolerance_px)
    score = counted(metric, [(found[:2], truth[:2]), (found[2:], truth[2:])]).score()
    expected = score_masks(found, truth, tolerance_px=tolerance_px)
    np.testing.assert_allclose(list(vars(score).values()), list(vars(expected).values()))


@pytest.mark.parametrize(("threshold", "found"), [(0.2, 4), (0.5, 2), (0.9, 0)])
def test_pixels_count_from_the_threshold_on(threshold, found):
    metric = pixel_tally(threshold=threshold)
    metric.update_state(
        np.zeros((1, 2, 2, 1), np.float32), np.array([0.2, 0.3, 0.5, 0.8], np.float32).reshape(1, 2, 2, 1)
    )
    assert tally_of({name: float(value) for name, value in metric.result().items()}).found == found


def test_no_pixel_is_lost_where_float32_counts_no_further():
    empty = np.zeros((1, 3000, 2000), dtype=bool)
    one = empty.copy()
    one[0, 0, 0] = True
    metric = pixel_tally(tolerance_px=0)
    tally = counted(metric, [(empty, one)] * 5)  # 30 million pixels; float32 ends at 16.8 million
    assert (tally.pixels, tally.true, tally.found) == (30_000_000, 5, 0)
    metric.reset_state()
    assert counted(metric, [(one, one)]).pixels == 6_000_000

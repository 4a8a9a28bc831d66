import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from iar.learning.judgement.scores import score_masks, tally_pixels

MASKS = hnp.arrays(np.bool_, (2, 6, 7))


def line(column, slots=20, bins=30):
    mask = np.zeros((slots, bins), dtype=bool)
    mask[:, column] = True
    return mask


def test_the_truth_itself_scores_one():
    score = score_masks(line(10), line(10))
    assert (score.precision, score.recall, score.f1, score.iou_fringe) == (1, 1, 1, 1)


def test_a_line_one_bin_off_is_right_within_the_tolerance_but_shares_no_pixel():
    score = score_masks(line(11), line(10))
    assert (score.precision, score.recall, score.f1) == (1, 1, 1)
    assert score.iou_fringe == 0


@pytest.mark.parametrize(("off", "tolerance_px", "f1"), [(2, 1, 0), (2, 2, 1), (1, 0, 0), (3, 2, 0)])
def test_tolerance_is_in_pixels(off, tolerance_px, f1):
    assert score_masks(line(10 + off), line(10), tolerance_px=tolerance_px).f1 == f1


def test_half_of_the_line_and_one_false_line_are_half_of_everything():
    truth = line(10) | line(20)
    found = line(10) | line(25)
    score = score_masks(found, truth, tolerance_px=1)
    assert (score.precision, score.recall, score.f1) == (0.5, 0.5, 0.5)
    assert score.iou_fringe == pytest.approx(1 / 3)


def test_f1_is_the_harmonic_mean():
    score = score_masks(line(10), line(10) | line(15) | line(20), tolerance_px=1)
    assert (score.precision, score.recall) == (1, pytest.approx(1 / 3))
    assert score.f1 == pytest.approx(0.5)


def test_tolerance_does_not_reach_from_night_to_night():
    truth, found = np.zeros((2, 2, 9, 9), dtype=bool)
    truth[0, 4, 4] = found[1, 4, 4] = True
    assert score_masks(found, truth).f1 == 0


def test_nothing_found_recalls_nothing():
    score = score_masks(line(10) & False, line(10))
    assert score.recall == 0
    assert score.iou_fringe == 0
    assert np.isnan(score.precision)


def test_nothing_found_where_something_is_has_an_f1_of_zero():
    assert score_masks(line(10) & False, line(10)).f1 == 0  # 2 TP / (2 TP + FP + FN)


def test_nothing_there_and_nothing_found_is_nothing_to_judge():
    score = score_masks(line(10) & False, line(10) & False)
    assert np.isnan([score.precision, score.recall, score.f1, score.iou_fringe]).all()
    assert score.iou_background == score.accuracy == 1


@settings(max_examples=40)
@given(MASKS, MASKS)
def test_found_and_truth_may_be_exchanged_if_precision_and_recall_are(found, truth):
    one, other = score_masks(found, truth), score_masks(truth, found)
    np.testing.assert_array_equal([one.precision, one.recall], [other.recall, other.precision])
    np.testing.assert_allclose([one.f1, one.iou_fringe], [other.f1, other.iou_fringe])


@settings(max_examples=40)
@given(MASKS, MASKS, st.integers(0, 2))
def test_more_tolerance_never_scores_less(found, truth, tolerance_px):
    narrow, wide = (score_masks(found, truth, tolerance_px=t) for t in (tolerance_px, tolerance_px + 1))
    for name in ("precision", "recall"):
        assert not getattr(wide, name) < getattr(narrow, name)
    assert wide.iou_fringe == narrow.iou_fringe or np.isnan(wide.iou_fringe)


def test_shares_of_background_and_accuracy_follow_from_their_definitions():
    truth, found = line(10) | line(20), line(10) | line(25)
    score = score_masks(found, truth)
    nowhere = ~found & ~truth
    assert score.iou_background == pytest.approx(nowhere.sum() / (~found | ~truth).sum())
    assert score.iou_mean == pytest.approx((score.iou_fringe + score.iou_background) / 2)
    assert score.accuracy == pytest.approx((found == truth).mean())


@settings(max_examples=40)
@given(MASKS, MASKS)
def test_tallies_of_pictures_add_up_to_the_score_of_all_together(found, truth):
    tally = tally_pixels(found[:1], truth[:1]) + tally_pixels(found[1:], truth[1:])
    one, other = tally.score(), score_masks(found, truth)
    np.testing.assert_array_equal(list(vars(one).values()), list(vars(other).values()))

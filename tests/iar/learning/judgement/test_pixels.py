"""Histograms of probability say at every threshold what the masks themselves would say."""

from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from iar.detection.inference import MISSING_PROBABILITY, STEPS
from iar.learning.judgement.pixels import (
    count_steps,
    reliability,
    score_at,
    stacked_steps,
    step_of_recall,
    sweep_thresholds,
    threshold_step,
)
from iar.learning.judgement.scores import score_masks

NIGHTS = st.tuples(hnp.arrays(np.uint8, (2, 6, 7), elements=st.integers(0, STEPS)), hnp.arrays(np.bool_, (2, 6, 7)))


def pooled(packed, truth):
    return stacked_steps([count_steps(one, true) for one, true in zip(packed, truth, strict=True)]).pooled()


@settings(max_examples=40)
@given(NIGHTS, st.integers(1, STEPS))
def test_a_score_from_histograms_is_that_of_the_masks(nights, step):
    packed, truth = nights
    found = score_at(pooled(packed, truth), step / STEPS)
    np.testing.assert_allclose(astuple(found), astuple(score_masks(packed >= step, truth)))


@settings(max_examples=20)
@given(NIGHTS)
def test_the_sweep_agrees_with_the_masks_at_every_threshold(nights):
    packed, truth = nights
    sweep = sweep_thresholds(pooled(packed, truth))
    for step in range(1, STEPS + 1, 31):
        score = score_masks(packed >= step, truth)
        swept = [curve[step] for curve in (sweep.precision, sweep.recall, sweep.f1, sweep.iou_fringe)]
        np.testing.assert_allclose(swept, [score.precision, score.recall, score.f1, score.iou_fringe])


def test_a_pixel_is_false_only_beyond_the_tolerance():
    truth, packed = np.zeros((9, 9), dtype=bool), np.zeros((9, 9), dtype=np.uint8)
    truth[4, 4] = True
    packed[5, 5] = packed[4, 6] = STEPS
    tally = count_steps(packed, truth)
    assert (tally.near[STEPS], tally.far[STEPS]) == (1, 1)
    assert tally.near[0] + tally.far[0] == 79


def test_missing_pixels_count_nowhere():
    truth, packed = np.zeros((6, 6), dtype=bool), np.zeros((6, 6), dtype=np.uint8)
    truth[:, 2], packed[3:] = True, MISSING_PROBABILITY
    tally = count_steps(packed, truth)
    assert tally.truth == 3
    assert tally.near.sum() + tally.far.sum() == 18
    assert tally.reached[0] == 3


@pytest.mark.parametrize(("threshold", "step"), [(0.5, 125), (0.498, 125), (0.996, 249), (1 / 3, 84)])
def test_a_threshold_is_the_first_step_that_is_not_below_it(threshold, step):
    assert threshold_step(threshold) == step


def test_the_threshold_of_a_recall_is_the_highest_that_still_finds_as_much():
    truth = np.ones((1, 4), dtype=bool)
    truth, packed = np.zeros((1, 40), dtype=bool), np.zeros((1, 40), dtype=np.uint8)
    truth[0, ::10], packed[0, ::10] = True, [50, 100, 150, 200]
    sweep = sweep_thresholds(stacked_steps([count_steps(packed, truth)]).pooled())
    assert step_of_recall(sweep, 0.5) == 150
    assert step_of_recall(sweep, 0.51) == 100
    assert step_of_recall(sweep, 1.1) is None


def test_probabilities_that_come_true_as_often_as_they_say_are_calibrated():
    rng = np.random.default_rng(1)
    packed = rng.integers(0, STEPS + 1, (400, 400)).astype(np.uint8)
    fair = reliability(stacked_steps([count_steps(packed, rng.random(packed.shape) < packed / STEPS)]).pooled())
    np.testing.assert_allclose(fair.true_share, fair.mean, atol=0.02)
    assert fair.error < 0.01
    never = reliability(stacked_steps([count_steps(packed, np.zeros(packed.shape, dtype=bool))]).pooled())
    assert never.error == pytest.approx(0.5, abs=0.01)
    assert never.pixels.sum() == packed.size


def test_a_bin_without_pixels_says_nothing_and_weighs_nothing():
    tally = stacked_steps([count_steps(np.full((3, 3), STEPS, np.uint8), np.ones((3, 3), dtype=bool))]).pooled()
    shown = reliability(tally)
    assert np.isnan(shown.mean[:-1]).all()
    assert (shown.mean[-1], shown.true_share[-1], shown.error) == (1, 1, 0)

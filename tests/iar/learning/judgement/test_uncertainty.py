import numpy as np
import pytest

from iar.learning.judgement.uncertainty import SPREAD_EDGES, count_by_spread


def test_pixels_are_counted_by_their_spread_and_missing_ones_are_not():
    one = np.array([[0.5, 0.5, 0.0, np.nan]], np.float32)
    other = np.array([[0.5, 0.6, 1.0, 0.5]], np.float32)
    tally = count_by_spread(np.stack([one, other]), np.zeros((1, 4), bool), threshold=0.9)
    assert tally.pixels.tolist() == [1, 0, 1, 0, 1]  # spreads 0, 0.05 and 0.5
    assert tally.wrong.sum() == 0


def test_wrong_is_what_is_found_far_from_the_truth_or_true_and_not_found_near():
    probability = np.zeros((2, 1, 9), np.float32)
    probability[:, 0, 0] = 1  # found, and nothing true near it
    probability[:, 0, 4] = 1  # found beside a true one
    truth = np.zeros((1, 9), bool)
    truth[0, [5, 8]] = True  # the second one is missed
    assert count_by_spread(probability, truth, threshold=0.5).wrong.tolist() == [2, 0, 0, 0, 0]


def test_shares_are_those_of_both_nights_together():
    sure = count_by_spread(np.ones((2, 2, 2), np.float32), np.ones((2, 2), bool), threshold=0.5)
    wrong = count_by_spread(np.ones((2, 2, 2), np.float32), np.zeros((2, 2), bool), threshold=0.5)
    shares = (sure + wrong).shares()
    assert shares["pixels"]["0 to 0.01"] == 8
    assert shares["wrong"]["0 to 0.01"] == pytest.approx(0.5)
    assert shares["wrong"]["0.2 to 0.5"] is None
    assert len(shares["wrong"]) == len(SPREAD_EDGES) - 1

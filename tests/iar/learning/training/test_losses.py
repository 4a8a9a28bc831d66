from typing import get_args

import numpy as np
import pytest

from iar.detection.backend import keras
from iar.learning.training.losses import FOCUS, HOUR_SLOTS, LossName, line_weights, loss_function


def drawn(seed=0, share=0.2):
    """Truth and probability of two pictures."""
    rng = np.random.default_rng(seed)
    truth = (rng.random((2, 24, 20, 1)) < share).astype(np.float32)
    return truth, rng.uniform(0.02, 0.98, truth.shape).astype(np.float32)


def loss_of(name, truth, probability, **options):
    return float(np.mean(keras().ops.convert_to_numpy(loss_function(name, **options)(truth, probability))))


def entropy(t, p):
    return -(t * np.log(p) + (1 - t) * np.log(1 - p))


def dice(t, p):
    return 1 - (2 * (t * p).sum() + 1) / (t.sum() + p.sum() + 1)


def jaccard(t, p):
    overlap = (t * p).sum()
    return 1 - (overlap + 0.5) / (t.sum() + p.sum() - overlap + 0.5)


def tversky(t, p):
    overlap = (t * p).sum()
    return 1 - (overlap + 0.5) / (overlap + 0.3 * ((1 - t) * p).sum() + 0.7 * (t * (1 - p)).sum() + 0.5)


def focal(t, p):
    right = np.where(t == 1, p, 1 - p)
    return (-((1 - right) ** FOCUS) * np.log(right)).mean()


SECOND_FORMULA = {
    "entropy": lambda t, p: entropy(t, p).mean(),
    "line-entropy": lambda t, p: entropy(t, p).mean(),  # its weights come beside it
    "entropy-dice": lambda t, p: entropy(t, p).mean() + 0.3 * dice(t, p),
    "dice": dice,
    "jaccard": jaccard,
    "tversky": tversky,
    "focal": focal,
}


@pytest.mark.parametrize("name", get_args(LossName))
def test_each_loss_is_what_its_formula_says(name):
    truth, probability = drawn()
    assert loss_of(name, truth, probability) == pytest.approx(SECOND_FORMULA[name](truth, probability), rel=1e-4)


@pytest.mark.parametrize("name", get_args(LossName))
def test_the_truth_itself_has_a_smaller_loss_than_anything_else(name):
    truth, probability = drawn()
    assert loss_of(name, truth, truth) < 1e-3 < loss_of(name, truth, probability) < loss_of(name, truth, 1 - truth)


def test_overlap_losses_are_those_of_keras_where_fringes_are_many():
    truth, probability = drawn(share=0.5)
    losses = keras().losses
    assert loss_of("dice", truth, probability) == pytest.approx(float(losses.Dice()(truth, probability)), abs=5e-3)
    as_keras = losses.Tversky(alpha=0.7, beta=0.3)(truth, probability)  # there alpha weighs the missed pixels
    assert loss_of("tversky", truth, probability) == pytest.approx(float(as_keras), abs=5e-3)


@pytest.mark.parametrize("name", ["dice", "jaccard", "tversky"])
def test_less_found_on_a_night_without_fringes_is_a_smaller_loss(name):
    truth, probability = drawn(share=0)
    assert loss_of(name, truth, probability * 1e-3) < loss_of(name, truth, probability) - 0.01


def test_share_of_dice_is_what_was_asked_for():
    truth, probability = drawn()
    without, much = (loss_of("entropy-dice", truth, probability, dice_share=share) for share in (0, 2))
    assert much - without == pytest.approx(2 * dice(truth, probability), rel=1e-4)


def test_longer_lines_weigh_more_and_an_hour_as_much_as_background():
    mask = np.zeros((2, 200, 40, 1), dtype=np.float32)
    mask[0, :HOUR_SLOTS, 5] = mask[0, :, 20] = mask[1, 50:59, 5] = 1
    mask[0, :, 21] = 1  # wide lines are no longer for it
    weight = line_weights(mask)
    assert weight.shape == (2, 200, 40)
    assert set(weight[0, :HOUR_SLOTS, 5]) == {1}
    np.testing.assert_allclose(weight[0, :, 20:22], 2 * 200 / (200 + HOUR_SLOTS), rtol=1e-6)
    np.testing.assert_allclose(weight[1, 50:59, 5], 2 * 9 / (9 + HOUR_SLOTS), rtol=1e-6)
    assert set(weight[mask[..., 0] == 0]) == {1}


def test_drifting_line_is_one_line():
    mask = np.eye(30, dtype=np.float32)[None, ..., None]
    np.testing.assert_allclose(np.diagonal(line_weights(mask)[0]), 60 / (30 + HOUR_SLOTS), rtol=1e-6)


def test_pictures_without_lines_weigh_as_background():
    assert (line_weights(np.zeros((3, 8, 8, 1))) == 1).all()

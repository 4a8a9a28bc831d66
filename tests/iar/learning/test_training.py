import numpy as np
import pytest

from iar.detection.unet import UnetConfig
from iar.learning.examples import Examples
from iar.learning.training import TrainConfig, evaluate, predict_masks, train

TILE = 48
SMALL = UnetConfig(base_filters=4, depth=3, dropout=0)


def four_tiles():
    """Noise with two drifting lines in each, three bins wide, one twice the scatter above the rest."""
    rng = np.random.default_rng(0)
    mask = np.zeros((4, TILE, TILE), dtype=bool)
    for tile in range(4):
        for start in (8, 28):
            column = (start + 3 * tile + np.arange(TILE) * 0.1).astype(int)
            for offset in (-1, 0, 1):
                mask[tile, np.arange(TILE), column + offset] = True
    picture = np.ones((4, TILE, TILE, 3), dtype=np.float16)
    picture[..., :2] = 0.45 * rng.standard_normal((4, TILE, TILE, 2)) + 1.0 * mask[..., None]
    return Examples(picture, mask, np.array(["2010-01"] * 4), np.array(["lines"] * 4))


@pytest.fixture(scope="module")
def tiles():
    return four_tiles()


@pytest.fixture(scope="module")
def overfitted(tiles):
    """Network that saw nothing but the four tiles, and its loss after each epoch."""
    losses = {}
    config = TrainConfig(epochs=60, batch=1, learning_rate=1e-2, seed=3)
    return train(tiles, unet=SMALL, config=config, report=losses.__setitem__), losses


def weights_of(tiles, seed):
    shape = UnetConfig(base_filters=2, depth=2)
    return train(tiles, unet=shape, config=TrainConfig(epochs=2, batch=4, seed=seed)).get_weights()


def test_small_network_overfits_four_tiles(overfitted, tiles):
    score = evaluate(overfitted[0], tiles)
    assert score.f1 > 0.9
    assert score.iou_fringe > 0.7


def test_every_epoch_is_reported_and_the_loss_falls(overfitted):
    _, losses = overfitted
    assert list(losses) == list(range(1, 61))
    assert losses[60] < 0.5 * losses[1]


def test_same_seed_gives_the_same_weights_and_another_seed_others(tiles):
    first, again, other = (weights_of(tiles, seed) for seed in (1, 1, 2))
    for one, two in zip(first, again, strict=True):
        np.testing.assert_allclose(one, two, atol=1e-6)
    assert max(np.abs(one - two).max() for one, two in zip(first, other, strict=True)) > 0.1


def test_masks_have_the_size_of_the_pictures_and_shrink_with_the_threshold(overfitted, tiles):
    low, high = (predict_masks(overfitted[0], tiles, threshold=t) for t in (0.05, 0.95))
    assert low.shape == tiles.mask.shape
    assert low.dtype == bool
    assert not (high & ~low).any()
    assert low.sum() > high.sum()

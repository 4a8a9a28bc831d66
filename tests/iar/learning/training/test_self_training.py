import numpy as np
import pytest

from iar.detection.unet import UnetConfig
from iar.errors import InputError
from iar.learning.examples import Examples
from iar.learning.training.fitting import TrainConfig, predict_probability, train
from iar.learning.training.self_training import SelfTraining, pseudo_label, self_train, share_of_doubt

NETWORK = UnetConfig(base_filters=4, depth=2, stem=1, dropout=0)
CONFIG = TrainConfig(epochs=15, batch=1, learning_rate=0.02, seed=1)


def nights(number, seed, *, labels=True):
    """Pictures of a line each, plain to see; without labels the masks are empty."""
    rng = np.random.default_rng(seed)
    truth = np.zeros((number, 32, 32), dtype=bool)
    for night in range(number):
        truth[night, :, rng.integers(4, 26) + np.arange(3)] = True
    picture = 0.2 * rng.standard_normal((number, 32, 32, 3)) + truth[..., None]
    mask = truth if labels else np.zeros_like(truth)
    return Examples(picture.astype(np.float16), mask, np.array(["a"] * number), np.array(["b"] * number)), truth


@pytest.fixture(scope="module")
def labelled():
    return nights(4, 0)[0]


@pytest.fixture(scope="module")
def first(labelled):
    return train(labelled, unet=NETWORK, config=CONFIG)


def test_labels_are_what_the_network_finds_and_never_the_masks_that_came_along(first):
    pictures, truth = nights(3, 1, labels=False)
    made = pseudo_label(first, pictures, SelfTraining(turned=False))
    np.testing.assert_array_equal(made.mask, predict_probability(first.model, pictures.picture) >= 0.5)
    assert (made.mask & truth).sum() / (made.mask | truth).sum() > 0.5


def test_a_higher_threshold_labels_fewer_pixels(first):
    pictures, _ = nights(2, 1)
    low, high = (pseudo_label(first, pictures, SelfTraining(threshold=t)).mask for t in (0.1, 0.95))
    assert not (high & ~low).any()
    assert high.sum() < low.sum()


def test_nights_of_which_the_network_is_in_doubt_are_left_out(first):
    pictures, _ = nights(3, 1)
    pictures = Examples((pictures.picture * np.array([1, 0.7, 0.4], np.float16)[:, None, None, None]), pictures.mask,
                        np.array(list("abc")), pictures.scenario)  # fmt: skip
    doubts = [share_of_doubt(_probability(first, pictures, night), 0.9) for night in range(3)]
    assert len(set(doubts)) == 3
    for number, limit in enumerate(sorted(doubts), 1):
        made = pseudo_label(first, pictures, SelfTraining(doubt=limit, turned=False))
        assert made.month.tolist() == [m for m, doubt in zip("abc", doubts, strict=True) if doubt <= limit]
        assert len(made) == number


def _probability(trained, examples, night):
    return trained.model.predict_on_batch(examples.picture[night][None].astype(np.float32))[0, ..., 0]


@pytest.mark.parametrize(
    ("probability", "doubt"), [([0.0, 0.05], 0), ([0.99, 0.01], 0), ([0.5, 0.99], 0.5), ([0.5, 0.3, 0.0], 1)]
)
def test_doubt_is_the_share_of_likely_pixels_that_are_not_sure(probability, doubt):
    assert share_of_doubt(np.array(probability, np.float32), 0.9) == doubt


def learner(config):
    """Training in any round."""
    return lambda examples, _: train(examples, unet=NETWORK, config=config)


def test_each_round_learns_from_what_the_one_before_found(labelled):
    pictures, _ = nights(2, 1, labels=False)
    plan = SelfTraining(rounds=2, turned=False, keep_labelled=False)
    learn = learner(CONFIG.model_copy(update={"epochs": 2}))
    rounds = []

    def watched(examples, number):
        rounds.append((number, len(examples)))
        return learn(examples, number)

    last = self_train(labelled, pictures, plan=plan, learn=watched)
    assert rounds == [(0, 4), (1, 2), (2, 2)]
    first = learn(pseudo_label(learn(labelled, 0), pictures, plan), 1)
    by_hand = learn(pseudo_label(first, pictures, plan), 2)
    for one, other in zip(last.model.get_weights(), by_hand.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_no_round_is_an_ordinary_training(labelled, first):
    alone = self_train(labelled, labelled, plan=SelfTraining(rounds=0), learn=learner(CONFIG))
    for one, other in zip(alone.model.get_weights(), first.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_round_without_any_night_is_reported(labelled):
    plan = SelfTraining(rounds=1, doubt=0, sure=0.999, keep_labelled=False)
    learn = learner(CONFIG.model_copy(update={"epochs": 1}))
    with pytest.raises(InputError, match="round 1 of self-training: no night has a share of doubt up to 0"):
        self_train(labelled, labelled, plan=plan, learn=learn)

import numpy as np
import pytest

from iar.detection.bundle import Card, save_bundle
from iar.detection.unet import UnetConfig, build_unet
from iar.errors import InputError
from iar.learning.examples import Examples
from iar.learning.training.blending import blended, calibrate, fit_calibration
from iar.learning.training.fitting import TrainConfig, train

pytestmark = pytest.mark.filterwarnings(  # Keras 3.15 hands TensorFlow tensors to np.array(copy=False) of numpy 2
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)
TINY = UnetConfig(base_filters=2, depth=2, stem=1)


def logit(probability):
    return np.log(probability / (1 - probability))


def test_a_blend_goes_from_what_it_began_with_to_what_was_learnt():
    begun, learnt = [np.zeros((2, 2))], [np.full((2, 2), 4.0)]
    assert [blended(begun, learnt, share)[0][0, 0] for share in (0, 0.25, 1)] == [0, 1, 4]


def test_the_calibration_finds_by_how_much_a_probability_is_off():
    rng = np.random.default_rng(0)
    true = rng.uniform(0.02, 0.98, 40_000)
    truth = rng.random(len(true)) < true
    stated = 1 / (1 + np.exp(-(logit(true) - 0.4) / 0.6))  # so that 0.6 logit + 0.4 is right again
    stated[:100] = np.nan
    assert fit_calibration(stated, truth) == pytest.approx((0.6, 0.4), abs=0.04)


@pytest.mark.system  # Keras, where it is imported first, asks the network whether there is IPv6
def test_a_calibrated_network_gives_the_probabilities_that_were_fitted():
    model = build_unet(TINY)
    picture = np.random.default_rng(0).standard_normal((1, 16, 16, 3)).astype(np.float32)
    before = np.asarray(model(picture))
    calibrate(model, 0.6, 0.4)
    np.testing.assert_allclose(logit(np.asarray(model(picture))), 0.6 * logit(before) + 0.4, atol=1e-4)


def bundle_of(folder, unet):
    model = build_unet(unet)
    card = Card(
        name="tiny", trained_on="nothing", unet=unet, spline_pieces=3, threshold=0.5, training={}, fold_scores=(),
        evaluation={}, software={},
    )  # fmt: skip
    save_bundle(folder, model, card)
    return model


@pytest.mark.system  # Keras, where it is imported first, asks the network whether there is IPv6
def test_a_training_begins_with_the_weights_of_a_bundle(tmp_path):
    begun = bundle_of(tmp_path / "begun", TINY)
    rng = np.random.default_rng(0)
    picture = rng.standard_normal((4, 16, 16, 3)).astype(np.float16)
    examples = Examples(picture, picture[..., 0] > 1, np.array(["2014-01"] * 4), np.array(["quiet"] * 4))
    config = TrainConfig(epochs=1, learning_rate=1e-7, schedule="constant", begin=str(tmp_path / "begun"), seed=9)
    learnt = train(examples, unet=TINY, config=config).model
    for first, last in zip(begun.trainable_variables, learnt.trainable_variables, strict=True):
        np.testing.assert_allclose(np.asarray(last), np.asarray(first), atol=1e-5)


@pytest.mark.system  # Keras, where it is imported first, asks the network whether there is IPv6
def test_a_training_cannot_begin_with_a_network_of_another_shape(tmp_path):
    bundle_of(tmp_path / "begun", TINY)
    examples = Examples(
        np.zeros((1, 16, 16, 3), np.float16), np.zeros((1, 16, 16), bool), np.array(["a"]), np.array(["b"])
    )
    with pytest.raises(InputError, match="has another shape than the recipe's"):
        train(
            examples,
            unet=UnetConfig(base_filters=1, depth=2, stem=1),
            config=TrainConfig(begin=str(tmp_path / "begun")),
        )

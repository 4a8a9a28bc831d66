import io
import zipfile

import numpy as np
import pytest

from iar.detection.backend import arithmetic, keras, tensorflow
from iar.detection.unet import UnetConfig
from iar.errors import InputError
from iar.learning.examples import Examples
from iar.learning.judgement.scores import Score, score_masks
from iar.learning.training.checkpoints import checkpoint_path, read_checkpoint
from iar.learning.training.fitting import TrainConfig, predict_probability, train

TILE = 48
SMALL = UnetConfig(base_filters=4, depth=3, stem=1, dropout=0)
TINY = UnetConfig(base_filters=1, depth=2, stem=1, dropout=0.3)


def four_tiles(size=TILE):
    """Noise with two drifting lines in each, three bins wide, one twice the scatter above the rest."""
    rng = np.random.default_rng(0)
    mask = np.zeros((4, size, size), dtype=bool)
    for tile in range(4):
        for start in (8, 28):
            column = (start + 3 * tile + np.arange(size) * 0.1).astype(int) % (size - 2) + 1
            for offset in (-1, 0, 1):
                mask[tile, np.arange(size), column + offset] = True
    picture = np.ones((4, size, size, 3), dtype=np.float16)
    picture[..., :2] = 0.45 * rng.standard_normal((4, size, size, 2)) + 1.0 * mask[..., None]
    return Examples(picture, mask, np.array(["2010-01"] * 4), np.array(["lines"] * 4))


@pytest.fixture(scope="module")
def tiles():
    return four_tiles()


@pytest.fixture(scope="module")
def small():
    return four_tiles(32)


@pytest.fixture(scope="module")
def overfitted(tiles):
    """Training that saw nothing but the four tiles, and what it reported."""
    measured = {}
    config = TrainConfig(epochs=60, batch=1, learning_rate=1e-2, seed=3)
    return train(tiles, unet=SMALL, config=config, report=measured.__setitem__), measured


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one.get_weights(), other.get_weights(), strict=True))


@pytest.mark.smoke
def test_small_network_overfits_four_tiles(overfitted, tiles):
    score = score_masks(predict_probability(overfitted[0].model, tiles.picture) >= 0.5, tiles.mask)
    assert score.f1 > 0.9
    assert score.iou_fringe > 0.7


def test_every_epoch_is_reported_and_the_loss_falls(overfitted):
    trained, measured = overfitted
    assert list(measured) == list(range(1, 61))
    assert tuple(measured.values()) == trained.history
    assert measured[60]["loss"] < 0.5 * measured[1]["loss"]
    assert measured[60]["iou_fringe"] > measured[1]["iou_fringe"]
    assert set(measured[1]) == {"loss", *Score.__dataclass_fields__}


def test_probability_is_asked_for_a_picture_at_a_time(overfitted, tiles):
    probability = predict_probability(overfitted[0].model, tiles.picture)
    assert probability.dtype == np.float32
    assert probability.shape == tiles.mask.shape
    np.testing.assert_allclose(probability[2:3], predict_probability(overfitted[0].model, tiles.picture[2:3]))


def test_same_seed_gives_the_same_weights_and_another_seed_others(small):
    first, again, other = (train(small, unet=TINY, config=TrainConfig(epochs=2, seed=s)).model for s in (1, 1, 2))
    assert same(first, again)
    assert not same(first, other)


@pytest.mark.slow
def test_same_seed_gives_the_same_weights_where_operations_take_long_enough_to_race():
    large = four_tiles(448)
    first, again = (train(large, unet=UnetConfig(), config=TrainConfig(epochs=5, batch=2)).model for _ in range(2))
    assert same(first, again)


def test_held_out_examples_are_judged_after_each_epoch_and_not_learnt_from(small):
    config = TrainConfig(epochs=1, batch=2, augmentation="none")
    alone = train(small.take(np.arange(3)), unet=TINY, config=config)
    judged = train(small.take(np.arange(3)), unet=TINY, config=config, held=small)
    assert same(alone.model, judged.model)
    found = score_masks(predict_probability(judged.model, small.picture) >= 0.5, small.mask)
    for name, value in vars(found).items():
        assert judged.history[0][f"held_{name}"] == pytest.approx(value, nan_ok=True)


class KilledError(Exception):
    pass


def killed_after(epochs):
    def report(epoch, _measured):
        if epoch == epochs:
            raise KilledError

    return report


@pytest.mark.parametrize(
    "choices",
    [
        {"optimiser": "adamw"},
        {"optimiser": "momentum", "schedule": "plateau", "patience": 3, "min_delta": 0.5, "augmentation": "physics"},
    ],
)
def test_a_killed_training_goes_on_from_its_last_epoch_and_ends_with_the_very_same_weights(small, tmp_path, choices):
    config = TrainConfig(epochs=5, batch=3, seed=5, **choices)
    undisturbed = train(small, unet=TINY, config=config, held=small)
    with pytest.raises(KilledError):
        train(small, unet=TINY, config=config, held=small, checkpoints=str(tmp_path), report=killed_after(2))
    epochs = []
    resumed = train(
        small, unet=TINY, config=config, held=small, checkpoints=str(tmp_path), report=lambda e, _: epochs.append(e)
    )
    assert epochs[0] == 3
    np.testing.assert_equal(resumed.history, undisturbed.history)
    assert same(resumed.model, undisturbed.model)
    assert len(list(tmp_path.iterdir())) == 1  # it stays until somebody has kept the result
    again = train(small, unet=TINY, config=config, held=small, checkpoints=str(tmp_path))
    assert same(again.model, undisturbed.model)


def test_another_training_has_another_checkpoint(small, tmp_path):
    measured = {"config": TrainConfig(seed=5).model_dump()}
    other = {"config": TrainConfig(seed=6).model_dump()}
    turned = small.take(np.array([1, 0, 2, 3]))
    paths = [
        checkpoint_path(str(tmp_path), *what)
        for what in ((measured, small, None), (other, small, None), (measured, turned, None), (measured, small, small))
    ]
    assert len(set(paths)) == 4
    assert checkpoint_path(str(tmp_path), measured, four_tiles(32), None) == paths[0]


def test_checkpoint_whose_end_is_lost_is_named_though_its_error_says_nothing(tmp_path):
    path, header = tmp_path / "cut.npz", io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": (10**6,)})
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("state_0.npy", header.getvalue())
        file.infolist()[0].file_size = file.infolist()[0].compress_size = 10**7  # more than there is: an EOFError
    with pytest.raises(InputError, match=rf"checkpoint {path} cannot be read: EOFError; without it"):
        read_checkpoint(path)


def test_checkpoint_that_cannot_be_read_is_named(small, tmp_path):
    config = TrainConfig(epochs=3)
    with pytest.raises(KilledError):
        train(small, unet=TINY, config=config, checkpoints=str(tmp_path), report=killed_after(1))
    (left,) = tmp_path.iterdir()
    left.write_bytes(left.read_bytes()[:100])
    with pytest.raises(InputError, match=rf"checkpoint {left} cannot be read: .*; without it the training begins anew"):
        train(small, unet=TINY, config=config, checkpoints=str(tmp_path))


def test_training_without_progress_ends_early_with_its_best_weights(small):
    config = TrainConfig(epochs=9, schedule="constant", learning_rate=0.5, optimiser="sgd", patience=2, min_delta=1.0)
    trained = train(small, unet=TINY, config=config, held=small)
    assert len(trained.history) == 3  # no loss falls by 1.0, so the first epoch stays the best
    one = train(small, unet=TINY, config=config.model_copy(update={"epochs": 1}), held=small)
    assert same(trained.model, one.model)


def test_without_patience_every_epoch_is_run_and_the_last_weights_are_kept(small):
    config = TrainConfig(epochs=4, min_delta=1.0)
    assert len(train(small, unet=TINY, config=config).history) == 4


def test_training_that_diverges_says_so(small):
    config = TrainConfig(epochs=3, optimiser="sgd", loss="entropy", schedule="constant", learning_rate=0.99)
    broken = small.take(np.arange(4))
    broken.picture[0, 0, 0, 0] = np.nan
    with pytest.raises(
        InputError, match=r"loss of epoch 1 is nan: learning rate 0\.99 is too high, or a picture has no"
    ):
        train(broken, unet=TINY, config=config)


def test_bfloat16_changes_the_arithmetic_and_not_the_weights_type(small):
    exact, coarse = (
        train(small, unet=TINY, config=TrainConfig(epochs=1, precision=p)) for p in ("float32", "bfloat16")
    )
    assert coarse.history[0]["loss"] == pytest.approx(exact.history[0]["loss"], rel=0.05)
    assert {w.dtype for w in coarse.model.get_weights()} == {np.dtype(np.float32)}
    assert {layer.compute_dtype for layer in coarse.model.layers} == {"float32"}


def test_switch_of_the_arithmetic_is_off_again_after_an_error():
    def state():
        module = tensorflow()
        options = {} if module is None else module.config.optimizer.get_experimental_options()
        return keras().config.dtype_policy().name, options.get("auto_mixed_precision_onednn_bfloat16", False)

    before = state()
    inside = []

    def fail():
        with arithmetic("bfloat16"):
            inside.append(state())
            raise KilledError

    with pytest.raises(KilledError):
        fail()
    assert inside[0] != before == state()


@pytest.mark.parametrize(
    ("changes", "measured"),
    [
        ({"planes": 1}, "pictures of 3 planes for a network of 1"),
        ({"depth": 6, "stem": 2}, "pictures of 32x32 pixels: the network needs multiples of 64"),
    ],
)
def test_pictures_that_do_not_fit_the_network_are_reported(small, changes, measured):
    with pytest.raises(InputError, match=measured):
        train(small, unet=TINY.model_copy(update=changes), config=TrainConfig(epochs=1))


def test_nothing_to_learn_from_is_reported(small):
    with pytest.raises(InputError, match="no examples to learn from"):
        train(small.take(np.arange(0)), unet=TINY, config=TrainConfig())


def test_training_has_no_unknown_choice():
    with pytest.raises(ValueError, match="loss"):
        TrainConfig(loss="hinge")

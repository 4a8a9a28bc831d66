import json

import numpy as np
import pytest

from iar.detection.backend import keras
from iar.detection.bundle import SHIPPED, Card, bundle_digest, copy_bundle, load_bundle, save_bundle
from iar.detection.unet import UnetConfig, build_unet
from iar.errors import InputError

TINY = UnetConfig(base_filters=2, depth=2)
pytestmark = pytest.mark.filterwarnings(  # Keras 3.15 hands TensorFlow tensors to np.array(copy=False) of numpy 2
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)


def model_of(seed):
    keras().utils.set_random_seed(seed)
    return build_unet(TINY)


def card(**changes):
    fields = {
        "name": "tiny", "trained_on": "nothing: simulated weights", "unet": TINY, "spline_pieces": 3, "threshold": 0.5,
        "training": {}, "fold_scores": (), "evaluation": {}, "software": {},
    }  # fmt: skip
    return Card(**(fields | changes))


def probabilities(model):
    picture = np.random.default_rng(0).standard_normal((1, 8, 8, 3)).astype(np.float32)
    return np.asarray(model.predict_on_batch(picture))


def test_saved_bundle_gives_the_same_probabilities_and_card(tmp_path):
    model = model_of(1)
    save_bundle(tmp_path / "new" / "bundle", model, card())
    loaded = load_bundle(tmp_path / "new" / "bundle")
    np.testing.assert_array_equal(probabilities(loaded.model), probabilities(model))
    assert loaded.card == card()
    assert loaded.digest == bundle_digest(tmp_path / "new" / "bundle")


def test_replaced_bundle_is_loaded_anew_and_leaves_nothing_behind(tmp_path):
    folder = tmp_path / "bundle"
    save_bundle(folder, model_of(1), card(name="first"))
    first = load_bundle(folder)
    save_bundle(folder, model_of(2), card(name="second"))
    second = load_bundle(folder)
    assert (first.card.name, second.card.name) == ("first", "second")
    assert first.digest != second.digest
    assert not np.array_equal(probabilities(first.model), probabilities(second.model))
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_same_content_is_loaded_once(tmp_path):
    save_bundle(tmp_path / "bundle", model_of(1), card())
    assert load_bundle(tmp_path / "bundle") is load_bundle(tmp_path / "bundle")


def test_copy_is_the_same_bundle_and_replaces_what_was_there(tmp_path):
    source, target = tmp_path / "source", tmp_path / "registry" / "champion"
    save_bundle(source, model_of(1), card(name="better"))
    save_bundle(target, model_of(2), card(name="worse"))
    copy_bundle(source, target)
    assert bundle_digest(target) == bundle_digest(source)
    assert load_bundle(target).card.name == "better"


@pytest.mark.parametrize("name", ["model.keras", "card.json"])
def test_missing_file_is_named(tmp_path, name):
    save_bundle(tmp_path / "bundle", model_of(1), card())
    (tmp_path / "bundle" / name).unlink()
    with pytest.raises(InputError, match=rf"no bundle in .*bundle: {name} is missing"):
        load_bundle(tmp_path / "bundle")


def test_folder_that_is_not_there_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match=r"no bundle in .*nowhere"):
        load_bundle(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "wrong", ["no json", "{}", json.dumps(card().model_dump(mode="json") | {"threshold": 1.5}), '{"name": "x", "y": 1}']
)
def test_wrong_card_is_an_input_error(tmp_path, wrong):
    save_bundle(tmp_path / "bundle", model_of(1), card())
    (tmp_path / "bundle" / "card.json").write_text(wrong, encoding="utf-8")
    with pytest.raises(InputError, match=r"card of the bundle in .*bundle is wrong"):
        load_bundle(tmp_path / "bundle")


def test_shipped_bundle_is_small_and_says_that_it_learnt_from_simulated_nights():
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) <= 10_000_000
    shipped = Card.model_validate_json((SHIPPED / "card.json").read_bytes())
    assert "simulat" in shipped.trained_on
    assert "no real night" in shipped.trained_on
    assert len(shipped.fold_scores) >= 2
    assert all(0 < fold["f1"] <= 1 for fold in shipped.fold_scores)


def test_shipped_model_is_the_one_that_its_card_describes():
    bundle = load_bundle()
    described = build_unet(bundle.card.unet)
    assert [w.shape for w in bundle.model.get_weights()] == [w.shape for w in described.get_weights()]

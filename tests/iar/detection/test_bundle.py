import json
import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from iar.detection.backend import keras
from iar.detection.bundle import SHIPPED, Card, bundle_digest, load_bundle, save_bundle
from iar.detection.runtime import as_network
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


def probabilities(network):
    return network(np.random.default_rng(0).standard_normal((1, 8, 8, 3)).astype(np.float32))


@pytest.fixture(scope="module")
def bundles(tmp_path_factory):
    """Folders of two bundles, to be copied; the model of the first."""
    root, model = tmp_path_factory.mktemp("bundles"), model_of(1)
    save_bundle(root / "first", model, card(name="first"))
    save_bundle(root / "second", model_of(2), card(name="second"))
    return root, model


@pytest.fixture
def saved(bundles, tmp_path):
    """Folder of a bundle."""
    return shutil.copytree(bundles[0] / "first", tmp_path / "bundle")


def test_saved_bundle_gives_the_same_weights_probabilities_and_card(bundles):
    root, model = bundles
    loaded = load_bundle(root / "first")
    np.testing.assert_allclose(probabilities(loaded.network), probabilities(as_network(model)), atol=1e-6)
    np.testing.assert_array_equal(probabilities(as_network(loaded.model)), probabilities(as_network(model)))
    assert loaded.card == card(name="first")
    assert loaded.digest == bundle_digest(root / "first")


def test_replaced_bundle_is_loaded_anew_and_leaves_nothing_behind(saved, tmp_path):
    first = load_bundle(saved)
    save_bundle(saved, model_of(2), card(name="second"))
    second = load_bundle(saved)
    assert (first.card.name, second.card.name) == ("first", "second")
    assert first.digest != second.digest
    assert not np.array_equal(probabilities(first.network), probabilities(second.network))
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_the_model_of_a_bundle_is_never_that_of_its_successor(saved, bundles):
    first = load_bundle(saved)
    shutil.rmtree(saved)
    shutil.copytree(bundles[0] / "second", saved)
    with pytest.raises(InputError, match=r"bundle in .*bundle is another one since it was loaded"):
        _ = first.model


def test_same_content_is_loaded_once(saved):
    assert load_bundle(saved) is load_bundle(saved)


@pytest.mark.parametrize("name", ["model.keras", "card.json", "network.xml", "network.bin"])
def test_missing_file_is_named(saved, name):
    (saved / name).unlink()
    with pytest.raises(InputError, match=rf"no bundle in .*bundle: {name} is missing"):
        load_bundle(saved)


@pytest.mark.parametrize("name", ["model.keras", "network.xml", "network.bin"])
def test_a_file_that_was_cut_is_an_input_error_of_one_line(saved, name):
    content = (saved / name).read_bytes()
    (saved / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match=r"network.xml of the bundle in .* was not made from its model.keras") as error:
        load_bundle(saved)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["model.keras", "network.bin"])
def test_a_file_of_another_bundle_is_an_input_error(saved, bundles, name):
    shutil.copy(bundles[0] / "second" / name, saved / name)
    with pytest.raises(InputError, match=r"network.xml of the bundle in .* one of them is cut or another's"):
        load_bundle(saved)


def test_a_network_that_openvino_cannot_read_is_an_input_error(saved):
    graph = (saved / "network.xml").read_bytes()
    (saved / "network.xml").write_bytes(graph.replace(b"Convolution", b"Revolution"))
    with pytest.raises(InputError, match=r"network of the bundle in .*bundle cannot be read"):
        load_bundle(saved)


def test_a_bundle_of_model_and_card_alone_gives_the_same_probabilities(saved):
    before = probabilities(load_bundle(saved).network)
    (saved / "network.xml").unlink()
    (saved / "network.bin").unlink()
    np.testing.assert_array_equal(probabilities(load_bundle(saved).network), before)


@pytest.mark.parametrize("runs_on", ["openvino", "keras"])
def test_a_cut_model_alone_is_an_input_error(saved, runs_on, monkeypatch):
    monkeypatch.setenv("IAR_RUNTIME", runs_on)
    (saved / "network.xml").unlink()
    (saved / "network.bin").unlink()
    (saved / "model.keras").write_bytes((saved / "model.keras").read_bytes()[:5000])
    with pytest.raises(InputError, match=r"model of the bundle in .*bundle cannot be read"):
        load_bundle(saved)


@pytest.mark.parametrize("runs_on", ["openvino", "keras"])
@pytest.mark.parametrize(
    ("wrong", "picture"), [({"planes": 4}, "4 x 4 pixels and 4 planes"), ({"stem": 1}, "2 x 2 pixels and 3 planes")]
)
def test_a_network_that_is_not_that_of_its_card_is_an_input_error(saved, wrong, picture, runs_on, monkeypatch):
    monkeypatch.setenv("IAR_RUNTIME", runs_on)
    written = json.loads((saved / "card.json").read_text())
    written["unet"] |= wrong
    (saved / "card.json").write_text(json.dumps(written))
    with pytest.raises(InputError, match=f"is not that of its card: it does not take pictures of {picture}"):
        load_bundle(saved)


def test_code_in_a_model_is_not_run(saved):
    inputs = keras().Input((None, None, 3))
    keras().Model(inputs, keras().layers.Lambda(lambda x: x[..., :1])(inputs)).save(saved / "model.keras")
    (saved / "network.xml").unlink()
    (saved / "network.bin").unlink()
    with pytest.raises(InputError, match=r"model of the bundle in .*bundle cannot be read"):
        load_bundle(saved)


def test_a_bundle_saved_where_keras_runs_it_is_model_and_card(tmp_path, monkeypatch):
    monkeypatch.setenv("IAR_RUNTIME", "keras")
    model = model_of(3)
    save_bundle(tmp_path / "bundle", model, card())
    assert {path.name for path in (tmp_path / "bundle").iterdir()} == {"model.keras", "card.json"}
    np.testing.assert_array_equal(
        probabilities(load_bundle(tmp_path / "bundle").network), probabilities(as_network(model))
    )


def test_threads_load_a_bundle_once_between_them(saved):
    with ThreadPoolExecutor(4) as pool:
        loaded = list(pool.map(lambda _: load_bundle(saved), range(8)))
    assert len({id(bundle) for bundle in loaded}) == 1


def test_every_file_is_in_the_digest(saved):
    digests = {bundle_digest(saved)}
    for path in sorted(saved.iterdir()):
        path.write_bytes(path.read_bytes() + b"\n")
        digests.add(bundle_digest(saved))
    assert len(digests) == 5


def test_folder_that_is_not_there_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match=r"no bundle in .*nowhere"):
        load_bundle(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "wrong", ["no json", "{}", json.dumps(card().model_dump(mode="json") | {"threshold": 1.5}), '{"name": "x", "y": 1}']
)
def test_wrong_card_is_an_input_error(saved, wrong):
    (saved / "card.json").write_text(wrong, encoding="utf-8")
    with pytest.raises(InputError, match=r"card of the bundle in .*bundle is wrong"):
        load_bundle(saved)


def test_pictures_of_another_scale_are_refused(saved):
    other = card(scaling={"scale_db": 3.0, "clip": 2.5})
    (saved / "card.json").write_text(other.model_dump_json(), encoding="utf-8")
    with pytest.raises(InputError, match=r"learnt from pictures of 3 dB, clipped at 2.5; ours: 6 dB, 2.5"):
        load_bundle(saved)


def test_card_tells_mean_and_spread_over_the_folds_that_have_a_score():
    written = card(fold_scores=({"f1": 0.7, "recall": None}, {"f1": 0.9, "recall": 0.5}))
    assert written.fold_mean == {"f1": 0.8, "recall": 0.5}
    assert written.fold_spread == {"f1": pytest.approx(np.std([0.7, 0.9], ddof=1), abs=1e-4)}
    assert Card.model_validate_json(written.model_dump_json()) == written


def test_shipped_bundle_is_small_and_says_that_it_learnt_from_simulated_nights():
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) <= 10_000_000
    shipped = Card.model_validate_json((SHIPPED / "card.json").read_bytes())
    assert "simulat" in shipped.trained_on
    assert "no real night" in shipped.trained_on
    judged = (shipped.evaluation, shipped.evaluation["wide"])
    assert all(0 < world["network"]["f1"] <= 1 and world["nights"] >= 300 for world in judged)


def test_shipped_model_is_the_one_that_its_card_describes():
    bundle = load_bundle()
    described = build_unet(bundle.card.unet)
    assert [w.shape for w in bundle.model.get_weights()] == [w.shape for w in described.get_weights()]

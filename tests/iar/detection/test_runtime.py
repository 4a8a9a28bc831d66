import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from iar.detection.backend import keras
from iar.detection.bundle import Card, load_bundle, save_bundle
from iar.detection.runtime import as_network, openvino, runtime
from iar.detection.unet import UnetConfig, build_unet
from iar.errors import InputError

SMALL = UnetConfig(base_filters=4, depth=3)
pytestmark = pytest.mark.filterwarnings(  # Keras 3.15 hands TensorFlow tensors to np.array(copy=False) of numpy 2
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)
ALONE = """
import sys
from pathlib import Path
import numpy as np
from iar.detection.bundle import load_bundle
bundle = load_bundle(Path(sys.argv[1]))
np.save(sys.argv[2], bundle.network(np.load(sys.argv[3])))
print(*sorted({"keras", "tensorflow", "jax", "torch", "openvino_telemetry", "urllib.request"} & set(sys.modules)))
"""


def card(**changes):
    fields = {
        "name": "small", "trained_on": "nothing: simulated weights", "unet": SMALL, "spline_pieces": 3,
        "threshold": 0.5, "training": {}, "fold_scores": (), "evaluation": {}, "software": {},
    }  # fmt: skip
    return Card(**(fields | changes))


def pictures(batch=3, slots=48, bins=32):
    return np.random.default_rng(0).standard_normal((batch, slots, bins, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A bundle of each precision, the same network."""
    keras().utils.set_random_seed(1)
    model, root = build_unet(SMALL), tmp_path_factory.mktemp("bundles")
    for precision in ("float32", "bfloat16"):
        save_bundle(root / precision, model, card(precision=precision))
    return root


@pytest.fixture(scope="module")
def bundle(folders):
    return load_bundle(folders / "float32")


def alone(folder, tmp_path, **environment):
    """Probability by a fresh process, and what of Keras and the net it has imported."""
    np.save(tmp_path / "pictures.npy", pictures())
    found = subprocess.run(
        [sys.executable, "-W", "error", "-c", ALONE, folder, tmp_path / "found.npy", tmp_path / "pictures.npy"],
        capture_output=True, text=True, check=True, env=os.environ | environment,
    )  # fmt: skip
    assert not found.stderr
    return np.load(tmp_path / "found.npy"), found.stdout.split()


def test_float32_is_keras_probability_to_a_hundredth_of_a_step_of_the_archive(bundle):
    np.testing.assert_allclose(bundle.network(pictures()), as_network(bundle.model)(pictures()), atol=4e-5)


def test_bfloat16_is_near_and_is_what_the_card_asks_for(folders, bundle):
    exact, near = bundle.network(pictures()), load_bundle(folders / "bfloat16").network(pictures())
    np.testing.assert_allclose(near, exact, atol=0.02)


def test_a_batch_gives_the_bytes_that_single_pictures_give_in_any_order(bundle):
    together = bundle.network(pictures())
    for i in (2, 0, 1):
        np.testing.assert_array_equal(bundle.network(pictures()[i : i + 1]), together[i : i + 1])


def test_shapes_may_come_in_any_order_and_more_than_are_kept_ready(bundle):
    first = bundle.network(pictures(1))
    for slots in (8, 16, 24, 32, 40, 56):
        assert bundle.network(pictures(1, slots)).shape == (1, slots, 32)
    np.testing.assert_array_equal(bundle.network(pictures(1)), first)


def test_threads_that_share_a_network_give_what_one_gives(bundle):
    wanted = [bundle.network(pictures()[i : i + 1]) for i in range(3)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda i: bundle.network(pictures()[i % 3 : i % 3 + 1]), range(24)))
    for i, probability in enumerate(found):
        np.testing.assert_array_equal(probability, wanted[i % 3])


@pytest.mark.parametrize("threads", ["1", "2"])
def test_a_worker_of_any_threads_writes_the_same_bytes_and_imports_neither_keras_nor_telemetry(
    folders, bundle, tmp_path, threads
):
    found, imported = alone(folders / "float32", tmp_path, OMP_NUM_THREADS=threads)
    np.testing.assert_array_equal(found, bundle.network(pictures()))
    assert imported == []


def test_openvino_is_loaded_without_the_package_that_calls_home():
    assert openvino().tools.ovc.telemetry_utils.tm.__name__ == "openvino.tools.ovc.telemetry_stub"


def test_keras_runs_it_where_the_environment_says_so(monkeypatch, folders, bundle):
    assert runtime() == "openvino"
    monkeypatch.setenv("IAR_RUNTIME", "keras")
    assert runtime() == "keras"
    by_keras = load_bundle(folders / "float32")
    np.testing.assert_array_equal(by_keras.network(pictures()), as_network(bundle.model)(pictures()))


@pytest.mark.parametrize(("backend", "wanted"), [("jax", "keras"), ("torch", "keras"), ("tensorflow", "openvino")])
def test_another_backend_of_keras_is_not_passed_by(monkeypatch, backend, wanted):
    monkeypatch.setenv("KERAS_BACKEND", backend)
    assert runtime() == wanted


def test_a_runtime_that_there_is_not_is_an_input_error(monkeypatch):
    monkeypatch.setenv("IAR_RUNTIME", "tensorrt")
    with pytest.raises(InputError, match=r"IAR_RUNTIME is 'tensorrt', not one of openvino, keras"):
        runtime()


def test_a_keras_json_of_the_user_makes_no_other_network(tmp_path):
    theirs = '{"floatx": "float16", "image_data_format": "channels_first", "backend": "numpy", "epsilon": 0.5}'
    (tmp_path / "keras.json").write_text(theirs)
    asked = "k.backend.backend(), k.config.floatx(), k.config.image_data_format(), k.config.epsilon()"
    code = f"import os; from iar.detection.backend import keras; k = keras(); print({asked}, os.environ['KERAS_HOME'])"
    environ = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env=environ | {"KERAS_HOME": str(tmp_path)},
    )  # fmt: skip
    assert found.stdout.split() == ["tensorflow", "float32", "channels_last", "1e-07", str(tmp_path)]
    assert (tmp_path / "keras.json").read_text() == theirs

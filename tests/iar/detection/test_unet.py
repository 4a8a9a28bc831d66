import ast
from pathlib import Path

import numpy as np
import pytest

import iar.detection.unet
from iar.detection.inference import fringe_probability
from iar.detection.runtime import as_network
from iar.detection.unet import UnetConfig, build_unet

TINY = UnetConfig(base_filters=2, depth=3)


@pytest.fixture(scope="module")
def tiny():
    return build_unet(TINY)


@pytest.mark.parametrize(("slots", "bins"), [(8, 16), (13, 57), (1, 410), (37, 101)])
def test_picture_of_any_size_keeps_it(tiny, slots, bins):
    density = np.random.default_rng(0).uniform(0.1, 1, (2, slots, bins)).astype(np.float32)
    probability = fringe_probability(density, as_network(tiny), step=TINY.step, pieces=3)
    assert probability.shape == (slots, bins)
    assert probability.dtype == np.float32
    assert np.all((probability >= 0) & (probability <= 1))


def test_default_network_is_light_enough_for_a_laptop():
    assert build_unet(UnetConfig()).count_params() <= 2_500_000


def test_network_grows_with_its_configuration(tiny):
    wider, deeper = (build_unet(UnetConfig(base_filters=b, depth=d)) for b, d in ((4, 3), (2, 4)))
    assert min(wider.count_params(), deeper.count_params()) > tiny.count_params()


def test_network_has_no_line_of_tensorflow():
    tree = ast.parse(Path(iar.detection.unet.__file__).read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {name for name in imported if name.split(".")[0] in ("tensorflow", "tf_keras", "jax", "torch")}
    assert "tf" not in {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def test_unknown_setting_of_the_network_raises():
    with pytest.raises(ValueError, match="dilation"):
        UnetConfig(dilation=2)

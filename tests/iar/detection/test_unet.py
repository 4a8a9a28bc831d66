import ast
from pathlib import Path

import numpy as np
import pytest

import iar.detection.unet
from iar.detection.inference import fringe_probability
from iar.detection.runtime import as_network
from iar.detection.unet import UnetConfig, build_unet, network_input, padded_size

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


@pytest.mark.parametrize(
    ("size", "step", "padded"), [(864, 16, 864), (410, 16, 416), (1, 16, 16), (410, 2, 410), (7, 8, 8)]
)
def test_padded_size_is_the_next_that_can_be_halved(size, step, padded):
    assert padded_size(size, step) == padded


def test_input_is_padded_at_the_end_with_zeros():
    picture = network_input(np.full((2, 10, 30), 3.0, dtype=np.float32), step=8)
    assert picture.shape == (16, 32, 3)
    assert picture.dtype == np.float32
    assert np.all(picture[:10, :30, 2] == 1)
    assert not picture[10:].any()
    assert not picture[:, 30:].any()


def test_input_is_in_twice_the_scatter_of_a_pixel_and_a_line_is_no_louder_than_a_fringe():
    residual = np.array([[[3.0, -3.0]], [[60.0, -60.0]]], dtype=np.float32)  # dB
    picture = network_input(residual, step=2)
    np.testing.assert_allclose(picture[0, :, 0], [0.5, -0.5])
    np.testing.assert_allclose(picture[0, :, 1], [2.5, -2.5])


def test_missing_channel_is_zero_and_told_in_the_third_plane():
    residual = np.full((2, 4, 8), 6.0, dtype=np.float32)
    residual[1, 1] = np.nan
    residual[:, 2] = np.nan
    picture = network_input(residual, step=2)
    np.testing.assert_array_equal(picture[:, 0, 2], [1, 0.5, 0, 1])
    np.testing.assert_array_equal(picture[:, 0, 0], [1, 1, 0, 1])
    np.testing.assert_array_equal(picture[:, 0, 1], [1, 0, 0, 1])


@pytest.mark.parametrize("channels", [1, 3])
def test_wrong_number_of_channels_raises(channels):
    with pytest.raises(ValueError, match=f"network needs 2 channels, residual has {channels}"):
        network_input(np.zeros((channels, 16, 16), dtype=np.float32), step=4)


def test_unknown_setting_of_the_network_raises():
    with pytest.raises(ValueError, match="dilation"):
        UnetConfig(dilation=2)

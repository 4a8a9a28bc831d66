import numpy as np
import pytest

from iar.detection.backend import keras
from iar.detection.runtime import as_network
from iar.detection.tiling import most_pixels, reach, tiled
from iar.detection.unet import PRESETS, UnetConfig, build_unet

TINY = UnetConfig(base_filters=2, depth=2, stem=1)
CONFIGS = {
    "no stem": TINY,
    "stem": UnetConfig(base_filters=2, depth=2, stem=2),
    "deeper": UnetConfig(base_filters=1, depth=3, stem=1, activation="elu"),
    "as k-unet": UnetConfig(base_filters=2, depth=2, stem=1, normalisation="none", decoder="transposed"),
    "as x-unet": UnetConfig(base_filters=2, depth=2, stem=1, normalisation="none", head_filters=2),
}


def alive(config):
    """A network of which every weight counts, without the sigmoid at its end: nothing hides what a pixel sees."""
    model = build_unet(config)
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(0.2, 0.3, weight.shape) ** 2 + 0.01 for weight in model.get_weights()])
    return as_network(keras().Model(model.inputs, model.layers[-2].output))


def pictures(slots, bins, batch=1):
    return np.random.default_rng(1).standard_normal((batch, slots, bins, 3)).astype(np.float32)


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_a_pixel_beyond_the_reach_changes_nothing_and_one_just_inside_most_of_it_does(config):
    network, far = alive(config), reach(config)
    size = 2 * (2 * far // config.step + 2) * config.step
    picture = pictures(size, config.step)
    before, place = network(picture)[0], size // 2
    picture[0, place] += 100
    changed = np.flatnonzero((network(picture)[0] != before).any(axis=1)) - place
    assert np.abs(changed).max() <= far
    assert np.abs(changed).max() > far / 3  # no more careful than it has to be


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
@pytest.mark.parametrize("shape", [(25, 2), (2, 25), (13, 11)], ids=["long", "wide", "both"])
def test_tiles_give_the_picture_that_the_whole_gives(config, shape):
    network, halo = alive(config), -(-reach(config) // config.step)
    slots, bins = (n * halo * config.step // 2 // config.step * config.step for n in shape)
    whole, seen = pictures(slots, bins, batch=2), []

    def counted(part):
        seen.append(part.shape)
        return network(part)

    limit = slots * bins // 2
    np.testing.assert_allclose(tiled(counted, config, pixels=limit)(whole), network(whole), rtol=1e-5)
    assert len(seen) > 1
    assert len(set(seen)) == 1  # made ready for one shape


def test_a_picture_that_fits_is_not_cut():
    def whole(part):
        return part[..., 0]

    picture = pictures(864, 416)
    np.testing.assert_array_equal(tiled(whole, PRESETS["light"])(picture), picture[..., 0])
    assert most_pixels(PRESETS["x-unet"]) < 2**20 < most_pixels(PRESETS["light"])


def test_a_network_that_looks_at_the_whole_picture_is_not_given_tiles():
    config = UnetConfig(base_filters=2, depth=2, stem=1, normalisation="group")
    with pytest.raises(ValueError, match=r"picture of 200 x 4 pixels is above the 100 .* group normalisation"):
        tiled(alive(config), config, pixels=100)(pictures(200, 4))

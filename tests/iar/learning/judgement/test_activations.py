import numpy as np
import pytest

from iar.detection.planes import PLANES
from iar.detection.unet import UnetConfig, build_unet
from iar.learning.judgement.activations import layer_activations

pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)


def test_maps_have_the_size_of_their_depth_and_the_filters_of_their_layer():
    picture = np.random.default_rng(1).standard_normal((16, 32, len(PLANES))).astype(np.float32)
    maps = layer_activations(build_unet(UnetConfig(base_filters=2, depth=3, stem=1)), picture)
    assert {name: values.shape for name, values in maps.items()} == {
        "first": (16, 32, 2),
        "deepest": (4, 8, 8),
        "last": (16, 32, 2),
    }
    assert all((values >= 0).all() for values in maps.values())  # after a ReLU

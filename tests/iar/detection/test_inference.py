import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from iar.detection.inference import MISSING_PROBABILITY, fringe_probability, pack_probability, unpack_probability
from iar.detection.runtime import as_network
from iar.detection.tiling import reach, tiled
from iar.detection.unet import UnetConfig, build_unet

TINY = UnetConfig(base_filters=2, depth=2)
PROBABILITIES = hnp.arrays(
    np.float32,
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=20),
    elements=st.floats(0, 1, width=32) | st.just(float("nan")),
)


@pytest.fixture(scope="module")
def tiny():
    return as_network(build_unet(TINY))


@settings(max_examples=50)
@given(PROBABILITIES)
def test_packed_probability_comes_back_within_half_a_step_and_nan_stays_nan(probability):
    back = unpack_probability(pack_probability(probability))
    assert back.dtype == np.float32
    np.testing.assert_array_equal(np.isnan(back), np.isnan(probability))
    np.testing.assert_allclose(back, probability, atol=1 / 500 + 1e-6)


@settings(max_examples=50)
@given(hnp.arrays(np.uint8, (3, 7), elements=st.integers(0, 250) | st.just(MISSING_PROBABILITY)))
def test_steps_of_the_archive_come_back_as_they_are(packed):
    np.testing.assert_array_equal(pack_probability(unpack_probability(packed)), packed)


def test_certain_is_not_missing():
    packed = pack_probability(np.array([[0, 1, np.nan]], dtype=np.float32))
    np.testing.assert_array_equal(packed, [[0, 250, 255]])


def test_slots_without_data_are_nan_and_slots_with_one_channel_are_not(tiny):
    density = np.random.default_rng(0).uniform(0.1, 1, (2, 12, 40)).astype(np.float32)
    density[:, 3] = np.nan
    density[0, 7] = np.nan
    missing = np.isnan(fringe_probability(density, tiny, step=TINY.step, pieces=3))
    assert missing[3].all()
    assert not np.delete(missing, 3, axis=0).any()


def test_probability_does_not_depend_on_the_unit_of_the_density(tiny):
    density = np.random.default_rng(1).uniform(0.1, 1, (2, 12, 40)).astype(np.float32)
    once, louder = (fringe_probability(d, tiny, step=TINY.step, pieces=3) for d in (density, 50 * density))
    np.testing.assert_allclose(louder, once, atol=1e-4)


def test_night_without_any_data_is_all_nan(tiny):
    density = np.full((2, 12, 40), np.nan, dtype=np.float32)
    assert np.isnan(fringe_probability(density, tiny, step=TINY.step, pieces=3)).all()


def test_a_week_in_one_picture_keeps_its_proportions_and_a_night_in_it_is_as_alone(tiny):
    density = np.random.default_rng(2).uniform(0.1, 1, (2, 600, 40)).astype(np.float32)
    part = slice(200, 400)
    in_tiles = tiled(tiny, TINY, pixels=150 * 40)
    week, night = (
        fringe_probability(d, network, step=TINY.step, pieces=3)
        for d, network in ((density, in_tiles), (density[:, part], tiny))
    )
    assert week.shape == (600, 40)
    inside = slice(reach(TINY), -reach(TINY))
    np.testing.assert_allclose(week[part][inside], night[inside], atol=1e-5)

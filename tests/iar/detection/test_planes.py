"""What a network sees of a night, and that a plane more is a line in one file."""

import datetime as dt

import numpy as np
import pytest

from iar.detection import planes
from iar.detection.bundle import load_bundle
from iar.detection.inference import fringe_probability
from iar.detection.planes import network_input, padded_size
from iar.learning.examples import Examples, simulate_example
from iar.learning.judgement.evaluation import count_examples
from iar.learning.judgement.looks import turned
from iar.learning.training.augmentation import augment
from iar.settings import SpectraSettings

NIGHT = dt.date(2014, 1, 10)
SLOTS, STEP = 48, 4
BINS = len(SpectraSettings().frequency_hz)
ONE_MORE = planes.Plane("mean of both coils", lambda scaled, _there: scaled.mean(axis=0), swapped=3)


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


def test_every_plane_has_one_that_takes_its_place_and_takes_its_in_turn():
    order = planes.swapped_channels()
    assert [order[one] for one in order] == list(range(len(planes.PLANES)))
    assert order[: planes.CHANNELS] == [1, 0]


@pytest.fixture
def four(monkeypatch):
    """Examples of nights with four planes: one more, as a line more in the table would make it."""
    monkeypatch.setattr(planes, "PLANES", (*planes.PLANES, ONE_MORE))
    made = [simulate_example(NIGHT + dt.timedelta(days=31 * i), seed=1, step=STEP, slots=SLOTS) for i in range(2)]
    pictures, masks = (np.stack([getattr(one, name) for one in made]) for name in ("picture", "mask"))
    return Examples(pictures, masks, np.array(["2014-01", "2014-02"]), np.array(["fringes", "faint"]))


def test_a_plane_more_is_seen_in_examples_and_follows_the_channels_through_the_augmentation(four):
    picture, mask = four.picture.astype(np.float32), four.mask[..., None].astype(np.float32)
    np.testing.assert_allclose(picture[..., 3], picture[..., :2].mean(axis=-1), atol=2e-3)
    for seed in range(8):
        changed, _ = augment(picture, mask, np.random.default_rng(seed), how="physics")
        assert not np.array_equal(changed, picture)
        np.testing.assert_allclose(changed[..., 3], changed[..., :2].mean(axis=-1), atol=1e-6)


def test_a_plane_more_is_turned_and_judged_with_the_rest(four):
    """That networks learn from pictures of any planes is held in `tests.iar.learning.test_presets`."""
    shapes = set()

    def network(pictures):
        shapes.add(pictures.shape[-1])
        return np.ones(pictures.shape[:3], dtype=np.float32)

    counts = count_examples(turned(network), four)
    assert (counts.near + counts.far).sum() == 2 * SLOTS * BINS
    density = np.random.default_rng(1).gamma(3, size=(2, SLOTS, 40)).astype(np.float32)
    assert (fringe_probability(density, turned(network), step=STEP, pieces=3) == 1).all()
    assert shapes == {4}


def test_a_network_trained_before_goes_on_seeing_the_planes_it_learnt_from(monkeypatch):
    shipped = load_bundle()
    density = np.random.default_rng(1).gamma(3, size=(2, SLOTS, 40)).astype(np.float32)

    def found():
        return fringe_probability(density, shipped.network, step=shipped.card.unet.step, pieces=3)

    before = found()
    monkeypatch.setattr(planes, "PLANES", (*planes.PLANES, ONE_MORE))
    np.testing.assert_array_equal(found(), before)

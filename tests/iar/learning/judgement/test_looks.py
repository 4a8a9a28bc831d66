import numpy as np
import pytest

from iar.learning.judgement.looks import ensemble, turned


@pytest.fixture
def pictures():
    return np.random.default_rng(0).random((2, 6, 5, 3)).astype(np.float32)


def first_plane(pictures):
    return pictures[..., 0]


def lean_to_the_beginning(pictures):
    """A network that believes more in what comes early."""
    return pictures[..., 0] * np.linspace(1, 0, pictures.shape[1], dtype=np.float32)[:, None]


def test_a_network_that_is_blind_to_a_channel_sees_both_after_the_swap(pictures):
    np.testing.assert_allclose(turned(first_plane)(pictures), pictures[..., :2].mean(axis=-1), rtol=1e-6)


def test_a_network_that_leans_to_one_end_of_the_night_stands_upright_after_the_reversal(pictures):
    found = turned(lean_to_the_beginning, channels=False)(pictures)
    np.testing.assert_allclose(found, pictures[..., 0] / 2, rtol=1e-6)  # (w + (1 - w)) / 2 at every slot


def test_each_turn_can_be_left_out(pictures):
    np.testing.assert_array_equal(turned(lean_to_the_beginning, time=False, channels=False)(pictures),
                                  lean_to_the_beginning(pictures))  # fmt: skip
    np.testing.assert_allclose(turned(first_plane, channels=False)(pictures), pictures[..., 0], rtol=1e-6)


def test_pictures_without_channels_are_only_reversed(pictures):
    np.testing.assert_allclose(turned(first_plane)(pictures[..., :1]), pictures[..., 0], rtol=1e-6)


def test_work_is_two_or_four_times_as_much(pictures):
    looks = []

    def counting(pictures):
        looks.append(len(pictures))
        return pictures[..., 0]

    turned(counting)(pictures)
    assert looks == [2] * 4
    turned(counting, channels=False)(pictures)
    assert looks == [2] * 6


def test_ensemble_tells_mean_and_disagreement(pictures):
    found = ensemble([first_plane, lambda p: p[..., 1]], pictures)
    np.testing.assert_allclose(found.mean, pictures[..., :2].mean(axis=-1), rtol=1e-6)
    np.testing.assert_allclose(found.spread, np.abs(pictures[..., 0] - pictures[..., 1]) / 2, atol=1e-6)
    assert found.mean.dtype == found.spread.dtype == np.float32


def test_network_that_agrees_with_itself_has_no_spread(pictures):
    assert not ensemble([first_plane], pictures).spread.any()
